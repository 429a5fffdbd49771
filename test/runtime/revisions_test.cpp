// SPDX-License-Identifier: Apache-2.0
// The feed as history, and what an undo brings back, on a real database.
#include "runtime/revisions.hpp"

#include "runtime/suspensions.hpp"
#include "runtime/undo.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct RevisionsTest : testing::Test {
  test::TempFolder folder;
  std::unique_ptr<Store> store = test::ready_store(folder / "argos.db");
  const Key app{Kind::host, "app"};

  void as(const Actor& by, const std::function<Result<>(Database&)>& job) {
    const auto done = store->write(by, job);
    ASSERT_TRUE(done) << done.error().text();
  }
  void edit(const std::string& domain, const std::string& name = "app", const Actor& by = {"alice", "argos apply"}) {
    Host host;
    host.domain = domain;
    as(by, [&](Database& database) -> Result<> {
      const auto written = put(database, name, host, ManagedBy::apply, "cli");
      if (!written) return written.error();
      return {};
    });
  }
  void erase() {
    as({"alice", "argos delete"}, [&](Database& database) -> Result<> { return ok(remove(database, app)); });
  }
  static Result<> ok(const Result<bool>& done) {
    if (!done) return done.error();
    return {};
  }
  void outside(const std::string& sql) {
    auto other = Database::open(store->path(), Database::Mode::read_write, 1000);
    const auto done = other->script(sql);
    ASSERT_TRUE(done) << done.error().text();
  }
  template <class F>
  auto look(F f) {
    std::invoke_result_t<F, Database&> out = Error{"NotCalled", ""};
    (void)store->read([&](Database& database) -> Result<> {
      out = f(database);
      return {};
    });
    return out;
  }
  std::vector<Revision> revisions(const RevisionQuery& query = {}) {
    return *look([&](Database& database) { return read_revisions(database, query); });
  }
  std::vector<std::int64_t> numbers(const RevisionQuery& query) {
    std::vector<std::int64_t> out;
    for (const auto& revision : revisions(query)) out.push_back(revision.seq);
    return out;
  }
  Result<UndoPlan> plan(std::optional<std::int64_t> to = {}, const Key& key = {Kind::host, "app"}) {
    return look([&](Database& database) { return plan_undo(database, key, to); });
  }
  static std::string domain(const Form& form) { return form ? std::string(form->at("domain").as_string()) : "none"; }
  // "of 3: a.test"
  std::string planned(std::optional<std::int64_t> to = {}) {
    const auto found = plan(to);
    if (!found) return found.error().reason;
    return found->origin.substr(5) + ": " + domain(found->form);
  }
  // As the API does it. What it brought back.
  std::string undo(std::optional<std::int64_t> to = {}) {
    std::string out;
    as({"bob", "argos undo"}, [&](Database& database) -> Result<> {
      const auto found = plan_undo(database, app, to);
      if (!found) return found.error();
      if (auto said = say_origin(database, found->origin); !said) return said;
      out = domain(found->form);
      if (!found->form) return ok(remove(database, app));
      const auto object = object_from_row<Host>(*found->form);
      const auto written = put(database, "app", object.spec, object.meta.managed_by, object.meta.owner);
      if (!written) return written.error();
      return {};
    });
    return out;
  }
};

// ---- reading ---------------------------------------------------------------------------------------------------------------

TEST_F(RevisionsTest, SayWhoFromWhereAndWhatWasBeforeAndAfter) {
  edit("a.test");
  edit("b.test", "app", {"bob", "a script"});
  const auto found = revisions();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].seq, 2);
  EXPECT_EQ(found[0].key, app);
  EXPECT_EQ(found[0].what, "changed");
  EXPECT_EQ(found[0].actor, "bob");
  EXPECT_EQ(found[0].origin, "a script");
  EXPECT_EQ(found[0].at.size(), std::string("2026-11-23T06:08:47.123Z").size());
  EXPECT_EQ(domain(found[0].before), "a.test");
  EXPECT_EQ(domain(found[0].after), "b.test");
  EXPECT_EQ(found[1].what, "created");
  EXPECT_FALSE(found[1].before);
  const auto object = object_from_row<Host>(*found[1].after);
  EXPECT_EQ(object.meta.name, "app");
  EXPECT_EQ(object.meta.managed_by, ManagedBy::apply);
  EXPECT_EQ(object.meta.owner, "cli");
}

TEST_F(RevisionsTest, OfOneObjectOfOneKindAndOlderThan) {
  edit("a.test");
  edit("b.test", "other");
  as({"alice", ""}, [](Database& database) -> Result<> {
    return ok(put(database, "app", TargetGroup{}, ManagedBy::apply, "cli").has_value());
  });
  edit("c.test");
  EXPECT_THAT(numbers({}), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(numbers({.kind = Kind::host, .name = "app"}), ElementsAre(4, 1));
  EXPECT_THAT(numbers({.kind = Kind::host}), ElementsAre(4, 2, 1));
  EXPECT_THAT(numbers({.before = 4, .limit = 2}), ElementsAre(3, 2));
}

TEST_F(RevisionsTest, ThatACertificatesFilesWereWrittenIsNone) {
  const Key cert{Kind::certificate, "cert"};
  outside("INSERT INTO host_manual_certs (name, host) VALUES ('cert', 'app')");
  outside("UPDATE host_manual_certs SET host = 'other'");
  outside("INSERT INTO certificate_files VALUES ('cert', 'aaaaaaaaaaaa', 'app', 1, '[]', '', '', 1)");
  EXPECT_THAT(numbers({.kind = cert.kind, .name = cert.name}), ElementsAre(2, 1));
  EXPECT_EQ(plan({}, cert)->form->at("host").as_string(), "app");
  EXPECT_EQ(look([](Database& database) { return read_revision(database, 3); }).error().reason, "RevisionPruned");
}

TEST_F(RevisionsTest, AnotherProgramsHandIsOutside) {
  outside("INSERT INTO hosts (name, domain) VALUES ('app', 'a.test')");
  EXPECT_EQ(revisions().front().actor, "outside");
  EXPECT_EQ(revisions().front().origin, "");
}

TEST_F(RevisionsTest, OnesFromBeforeFormsWereKeptAreListedWithoutThem) {
  outside("INSERT INTO changes (kind, name) VALUES ('hosts', 'app')");
  const auto found = revisions();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].keeps_forms());
  EXPECT_EQ(found[0].actor, "");
  EXPECT_THAT(changed_fields(found[0]), IsEmpty());
  EXPECT_EQ(plan().error().reason, "NoEarlierForm");
  EXPECT_EQ(plan(1).error().reason, "NoEarlierForm");
}

TEST_F(RevisionsTest, NameTheFieldsThatDiffer) {
  edit("a.test");
  outside("UPDATE hosts SET domain = 'b.test', tls_mode = 'internal', tls_challenge = 'http', owner = 'ci' WHERE name = 'app'");
  EXPECT_THAT(changed_fields(revisions().front()), ElementsAre("spec.domain", "spec.tls.mode", "spec.tls.challenge", "owner"));
  outside("UPDATE hosts SET tls_challenge = NULL WHERE name = 'app'");
  EXPECT_THAT(changed_fields(revisions().front()), ElementsAre("spec.tls.challenge"));
}

TEST_F(RevisionsTest, OneThatWasForgottenIsToldFromOneThatNeverWas) {
  edit("a.test");
  edit("b.test");
  outside("DELETE FROM changes WHERE seq = 1");
  const auto reason = [&](std::int64_t seq) {
    const auto found = look([&](Database& database) { return read_revision(database, seq); });
    return found ? "found" : found.error().reason;
  };
  EXPECT_EQ(reason(1), "RevisionPruned");
  EXPECT_EQ(reason(2), "found");
  EXPECT_EQ(reason(3), "RevisionNotFound");
  EXPECT_EQ(reason(-1), "RevisionNotFound");
}

// ---- undo ------------------------------------------------------------------------------------------------------------------

TEST_F(RevisionsTest, UndoIsTheFormBeforeTheLastChange) {
  edit("a.test");
  EXPECT_EQ(planned(), "of 1: none") << "it was created";
  edit("b.test");
  EXPECT_EQ(planned(), "of 2: a.test");
  erase();
  EXPECT_EQ(planned(), "of 3: b.test");
}

TEST_F(RevisionsTest, UndoAfterUndoGoesFurtherBackToTheBeginning) {
  edit("a.test");
  edit("b.test");
  edit("c.test");
  EXPECT_EQ(undo(), "b.test");
  EXPECT_EQ(undo(), "a.test");
  EXPECT_EQ(undo(), "none");
  EXPECT_EQ(planned(), "NothingToUndo");
}

TEST_F(RevisionsTest, AnEditBetweenUndosIsUndoneFirst) {
  edit("a.test");
  edit("b.test");
  edit("c.test");
  EXPECT_EQ(undo(), "b.test");
  edit("d.test");
  EXPECT_EQ(undo(), "b.test");
  EXPECT_EQ(undo(), "a.test");
}

TEST_F(RevisionsTest, ToANumberLeadsAnywhereAndTheNextUndoGoesOnFromThere) {
  edit("a.test");
  edit("b.test");
  edit("c.test");
  EXPECT_EQ(undo(), "b.test");
  EXPECT_EQ(undo(3), "c.test");
  EXPECT_EQ(undo(1), "a.test");
  EXPECT_EQ(planned(), "of 1: none");
  EXPECT_EQ(undo(2), "b.test");
  EXPECT_EQ(undo(), "a.test");
}

TEST_F(RevisionsTest, ToADeletionIsNone) {
  edit("a.test");
  erase();
  edit("b.test");
  EXPECT_EQ(planned(2), "to 2: none");
}

TEST_F(RevisionsTest, AClientThatOnlyCallsItselfAnUndoIsNotTakenForOne) {
  edit("a.test");
  edit("b.test");
  edit("c.test", "app", {"mallory", "undo of 2"});
  EXPECT_EQ(planned(), "of 3: b.test");
  edit("d.test", "app", {"mallory", "undo of 4"});
  EXPECT_EQ(planned(), "of 4: c.test");
  edit("e.test", "app", {"mallory", "undo to 99999999999999999999"});
  EXPECT_EQ(planned(), "of 5: d.test");
}

TEST_F(RevisionsTest, SuspendingIsNoChangeToUndo) {
  edit("a.test");
  edit("b.test");
  as({"alice", "argos suspend"}, [&](Database& database) { return ok(suspend(database, app, "", "alice", {})); });
  as({"alice", "argos resume"}, [&](Database& database) { return ok(resume(database, app)); });
  EXPECT_EQ(planned(), "of 2: a.test");
  EXPECT_EQ(planned(3), "NotUndoable");
}

TEST_F(RevisionsTest, AReplacementByAnotherHandIsOneChange) {
  edit("a.test");
  outside("REPLACE INTO hosts (name, domain) VALUES ('app', 'b.test')");
  EXPECT_EQ(planned(), "of 2: a.test") << "the trigger for the row that was displaced is not called";
  outside("PRAGMA recursive_triggers = ON; REPLACE INTO hosts (name, domain) VALUES ('app', 'c.test')");
  EXPECT_EQ(planned(), "of 4: b.test") << "here it is";
}

TEST_F(RevisionsTest, WhatCannotBeUndoneSaysWhy) {
  EXPECT_EQ(planned(), "NotFound");
  edit("a.test", "other");
  edit("a.test");
  EXPECT_EQ(planned(1), "AnotherObject");
  EXPECT_THAT(plan(1).error().message, HasSubstr("host/other"));
  EXPECT_EQ(planned(7), "RevisionNotFound");
  edit("b.test");
  outside("DELETE FROM changes WHERE seq < 3");
  EXPECT_EQ(planned(2), "RevisionPruned");
  EXPECT_EQ(undo(), "a.test") << "the last change is kept";
  EXPECT_EQ(planned(), "NothingToUndo");
}

}  // namespace
}  // namespace argos
