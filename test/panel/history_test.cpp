// SPDX-License-Identifier: Apache-2.0
// The history and undo over the API.
#include "test/model/some_objects.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct HistoryApi : PanelTest {
  void host(const std::string& domain, const std::string& name = "app") {
    const auto done = put("/api/v1/hosts/" + name, {{"domain", domain}, {"targetGroup", "app"}}, {{"Argos-Client", "a test"}});
    ASSERT_LT(done.status, 300) << done.body;
  }
  HttpResponse undo(boost::json::object more = {}) {
    boost::json::object body{{"kind", "Host"}, {"name", "app"}};
    for (const auto& field : more) body[field.key()] = field.value();
    return ask("POST", "/api/v1/undo", serialize(body));
  }
  boost::json::array items(const std::string& query = "") { return list(ask("GET", "/api/v1/history" + query), "items"); }
  std::string domain() { return std::string(json(ask("GET", "/api/v1/hosts/app")).at("spec").at("domain").as_string()); }
  std::int64_t revisions() { return count("SELECT count(*) FROM changes"); }
  // The host as a file in the folder would have written it.
  void from_manifest(const std::string& domain) {
    std::filesystem::create_directories(folder / "manifests");
    config.manifests_dir = folder / "manifests";
    sql("REPLACE INTO hosts (name, domain, target_group, managed_by, owner) VALUES ('app', '" + domain +
        "', 'app', 'manifest', 'edge/app.yaml')");
  }
};

TEST_F(HistoryApi, TellsWhoFromWhereAndWhatNewestFirst) {
  host("a.test");
  host("b.test");
  const auto all = items();
  ASSERT_EQ(all.size(), 2U);
  const auto& last = all[0];
  EXPECT_EQ(last.at("revision"), 2);
  EXPECT_EQ(last.at("kind"), "Host");
  EXPECT_EQ(last.at("name"), "app");
  EXPECT_EQ(last.at("what"), "changed");
  EXPECT_NE(last.at("actor"), "");
  EXPECT_EQ(last.at("origin"), "a test");
  EXPECT_EQ(last.at("fields"), boost::json::array{"spec.domain"});
  EXPECT_EQ(last.at("before").at("spec").at("domain"), "a.test");
  EXPECT_EQ(last.at("after").at("spec").at("domain"), "b.test");
  EXPECT_EQ(last.at("after").at("metadata"), (boost::json::object{{"name", "app"}, {"managedBy", "apply"}, {"owner", "cli"}}));
  EXPECT_EQ(all[1].at("what"), "created");
  EXPECT_TRUE(all[1].at("before").is_null());
  EXPECT_EQ(json(ask("GET", "/api/v1/history/2")), last);
}

TEST_F(HistoryApi, IsOfOneKindOfOneObjectAndInPages) {
  host("a.test");
  host("b.test", "other");
  put("/api/v1/targetgroups/app", kGroup);
  host("c.test");
  const auto numbers = [&](const std::string& query) {
    std::vector<std::int64_t> out;
    for (const auto& item : items(query)) out.push_back(item.at("revision").as_int64());
    return out;
  };
  EXPECT_THAT(numbers(""), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(numbers("?kind=hosts"), ElementsAre(4, 2, 1));
  EXPECT_THAT(numbers("?kind=Host&name=app"), ElementsAre(4, 1));
  EXPECT_THAT(numbers("?limit=2"), ElementsAre(4, 3));
  EXPECT_THAT(numbers("?limit=2&before=3"), ElementsAre(2, 1));
}

TEST_F(HistoryApi, IsOfOneHandAndOfOneKindOfChange) {
  host("a.test");
  host("b.test");
  sql("UPDATE hosts SET domain = 'c.test'");
  EXPECT_EQ(items("?what=created").size(), 1U);
  EXPECT_EQ(items("?what=changed").size(), 2U);
  EXPECT_EQ(items("?actor=outside").size(), 1U);
  EXPECT_EQ(items("?actor=outside&what=created").size(), 0U);
}

TEST_F(HistoryApi, AnObjectSaysSinceWhenItIsSoAndByWhom) {
  host("a.test");
  const auto changed = json(ask("GET", "/api/v1/hosts/app")).at("status").at("changed");
  EXPECT_EQ(changed.at("at"), items()[0].at("at"));
  EXPECT_EQ(changed.at("by"), items()[0].at("actor"));
  EXPECT_EQ(list(ask("GET", "/api/v1/hosts"), "items")[0].at("status").at("changed"), changed);
  sql("UPDATE hosts SET domain = 'c.test'");
  EXPECT_EQ(list(ask("GET", "/api/v1/hosts?limit=1"), "items")[0].at("status").at("changed").at("by"), "outside");
}

TEST_F(HistoryApi, WhatIsAskedWronglyIsSaid) {
  for (const char* const query : {"?kind=hots", "?name=app", "?limit=0", "?limit=x", "?before=-1"})
    EXPECT_EQ(ask("GET", std::string("/api/v1/history") + query).status, 422) << query;
  EXPECT_EQ(reason(ask("GET", "/api/v1/history/x")), "RevisionNotFound");
  EXPECT_EQ(ask("GET", "/api/v1/history/7").status, 404);
  for (const char* const body : {R"({"kind":"Host"})", R"({"kind":"Hots","name":"a"})",
                                 R"({"kind":"controller","name":"caddy"})", R"({"kind":"Host","name":"a","too":1})", R"([])"})
    EXPECT_EQ(ask("POST", "/api/v1/undo", body).status, 422) << body;
}

TEST_F(HistoryApi, ARowThatMakesNoSenseIsShownWithItsErrors) {
  host("a.test");
  sql("UPDATE hosts SET domain = 'no domain' WHERE name = 'app'");
  const auto last = items().at(0);
  EXPECT_EQ(last.at("actor"), "outside");
  EXPECT_EQ(last.at("after").at("status").at("errors").at(0).at("path"), "spec.domain");
  EXPECT_FALSE(last.at("before").as_object().contains("status"));
}

TEST_F(HistoryApi, UndoIsARevisionItself) {
  host("a.test");
  host("b.test");
  const auto done = undo();
  ASSERT_EQ(done.status, 200) << done.body;
  const auto answer = json(done);
  EXPECT_EQ(answer.at("outcome"), "restored");
  EXPECT_EQ(answer.at("undone"), 2);
  EXPECT_EQ(answer.at("revision"), 3);
  EXPECT_EQ(answer.at("before").at("spec").at("domain"), "b.test");
  EXPECT_EQ(answer.at("after").at("spec").at("domain"), "a.test");
  EXPECT_EQ(domain(), "a.test");
  EXPECT_EQ(items().at(0).at("origin"), "undo of 2");
  EXPECT_NE(items().at(0).at("actor"), "outside");
}

TEST_F(HistoryApi, UndoRecreatesWhatWasDeletedAndDeletesWhatWasCreated) {
  host("a.test");
  ask("DELETE", "/api/v1/hosts/app");
  EXPECT_EQ(json(undo()).at("outcome"), "recreated");
  EXPECT_EQ(domain(), "a.test");
  const auto gone = json(undo());
  EXPECT_EQ(gone.at("outcome"), "deleted");
  EXPECT_TRUE(gone.at("after").is_null());
  EXPECT_EQ(ask("GET", "/api/v1/hosts/app").status, 404);
  EXPECT_EQ(reason(undo()), "NothingToUndo");
}

TEST_F(HistoryApi, UndoToANumberIsHowItWasJustAfter) {
  host("a.test");
  host("b.test");
  host("c.test");
  EXPECT_EQ(json(undo({{"to", 1}})).at("outcome"), "restored");
  EXPECT_EQ(domain(), "a.test");
  EXPECT_EQ(items().at(0).at("origin"), "undo to 1");
  const auto again = json(undo({{"to", 1}}));
  EXPECT_EQ(again.at("outcome"), "unchanged");
  EXPECT_TRUE(again.at("revision").is_null());
  EXPECT_EQ(revisions(), 4);
}

TEST_F(HistoryApi, ADryRunChangesNothing) {
  host("a.test");
  host("b.test");
  const auto answer = json(undo({{"dryRun", true}}));
  EXPECT_EQ(answer.at("outcome"), "restored");
  EXPECT_EQ(answer.at("after").at("spec").at("domain"), "a.test");
  EXPECT_TRUE(answer.at("revision").is_null());
  EXPECT_EQ(domain(), "b.test");
  EXPECT_EQ(revisions(), 2);
}

TEST_F(HistoryApi, UndoBringsBackWhoOwnedItToo) {
  put("/api/v1/hosts/app?owner=ci", kHost);
  put("/api/v1/hosts/app", kHost);
  undo();
  EXPECT_EQ(json(ask("GET", "/api/v1/hosts/app")).at("metadata").at("owner"), "ci");
}

TEST_F(HistoryApi, AManifestsObjectIsLeftToItsFileAndItsEarlierFormIsTold) {
  from_manifest("a.test");
  sql("UPDATE hosts SET domain = 'b.test' WHERE name = 'app'");
  const auto refused = undo();
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.headers.at("content-type"), "application/problem+json");
  EXPECT_EQ(reason(refused), "ManagedByManifest");
  EXPECT_EQ(json(refused).at("file").as_string(), folder / "manifests/edge/app.yaml");
  EXPECT_EQ(json(refused).at("earlier").at("spec").at("domain"), "a.test");
  EXPECT_THAT(hint(refused), HasSubstr("manifests/edge/app.yaml"));
  EXPECT_EQ(revisions(), 2);
  const auto first = undo({{"to", 1}});
  EXPECT_EQ(json(first).at("earlier").at("spec").at("domain"), "a.test");
}

TEST_F(HistoryApi, WhatWasTakenOutOfAFileIsToldForThatFile) {
  from_manifest("a.test");
  sql("DELETE FROM hosts");
  const auto refused = undo();
  EXPECT_EQ(refused.status, 409) << "the manifests controller would delete it again";
  EXPECT_EQ(json(refused).at("file").as_string(), folder / "manifests/edge/app.yaml");
  EXPECT_EQ(json(refused).at("earlier").at("spec").at("domain"), "a.test");
}

TEST_F(HistoryApi, WhatAFileCreatedCannotBeUndoneToNothing) {
  from_manifest("a.test");
  const auto refused = undo();
  EXPECT_EQ(refused.status, 409);
  EXPECT_TRUE(json(refused).at("earlier").is_null());
  EXPECT_THAT(hint(refused), HasSubstr("take it out of"));
  EXPECT_EQ(count("SELECT count(*) FROM hosts"), 1);
}

TEST_F(HistoryApi, WithTheFolderGoneWhatWasAManifestsBecomesTheOperators) {
  from_manifest("a.test");
  sql("UPDATE hosts SET domain = 'b.test' WHERE name = 'app'");
  config.manifests_dir.clear();
  EXPECT_EQ(undo().status, 200);
  const auto object = json(ask("GET", "/api/v1/hosts/app"));
  EXPECT_EQ(object.at("spec").at("domain"), "a.test");
  EXPECT_EQ(object.at("metadata").at("managedBy"), "apply");
  EXPECT_EQ(object.at("metadata").at("owner"), "cli");
}

TEST_F(HistoryApi, AnEarlierFormThatIsNotValidIsNotBroughtBack) {
  sql("INSERT INTO hosts (name, domain) VALUES ('app', 'no domain')");
  host("b.test");
  const auto refused = undo();
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(reason(refused), "EarlierFormInvalid");
  EXPECT_EQ(json(refused).at("errors").at(0).at("path"), "spec.domain");
  EXPECT_EQ(domain(), "b.test");
}

TEST_F(HistoryApi, WhatCannotBeUndoneIsRefusedByReason) {
  EXPECT_EQ(undo().status, 404);
  host("a.test");
  host("a.test", "other");
  EXPECT_EQ(reason(undo({{"to", 2}})), "AnotherObject");
  EXPECT_EQ(undo({{"to", 2}}).status, 409);
  EXPECT_EQ(reason(undo({{"to", 9}})), "RevisionNotFound");
  host("b.test");
  sql("DELETE FROM changes WHERE seq = 1");
  EXPECT_EQ(reason(undo({{"to", 1}})), "RevisionPruned");
}

TEST_F(HistoryApi, UndoWaitsForAnotherWritersLockAndSaysSo) {
  host("a.test");
  host("b.test");
  context.lock_patience = std::chrono::milliseconds(50);
  auto other = Database::open(store->path(), Database::Mode::read_write, 1000);
  ASSERT_TRUE(other->script("BEGIN IMMEDIATE"));
  EXPECT_EQ(undo().status, 503);
  ASSERT_TRUE(other->script("ROLLBACK"));
  EXPECT_EQ(undo().status, 200);
}

// Whatever somebody does, undo after undo passes through each earlier form, to the beginning.
template <class Spec>
void edits_and_undos(HistoryApi& api, std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  SomeObjects some(seed);
  const std::string target =
      "/api/v1/" + std::string(names_of(Spec::kKind).plural) + "/" + (Spec::kKind == Kind::settings ? "default" : "app");
  const auto now = [&]() -> boost::json::value {
    const auto answer = api.ask("GET", target);
    return answer.status == 404 ? boost::json::value() : json(answer).at("spec");
  };
  std::vector<boost::json::value> forms{now()};
  for (int step = 0; step < 12; ++step) {
    const bool erase = !forms.back().is_null() && some.number(0, 3) == 0;
    if (erase) {
      ASSERT_EQ(api.ask("DELETE", target).status, 204);
    } else {
      const auto done = api.put(target, to_json_value(some.template spec<Spec>()));
      ASSERT_LT(done.status, 300) << done.body;
    }
    if (now() != forms.back()) forms.push_back(now());
  }
  const boost::json::object wish{{"kind", names_of(Spec::kKind).manifest}, {"name", target.substr(target.rfind('/') + 1)}};
  for (auto form = forms.rbegin() + 1; form != forms.rend(); ++form) {
    const auto done = api.ask("POST", "/api/v1/undo", serialize(wish));
    ASSERT_EQ(done.status, 200) << done.body;
    ASSERT_EQ(now(), *form);
  }
  EXPECT_EQ(reason(api.ask("POST", "/api/v1/undo", serialize(wish))), "NothingToUndo");
}

TEST_F(HistoryApi, UndoAfterUndoPassesThroughEachEarlierHost) { edits_and_undos<Host>(*this, 1); }
TEST_F(HistoryApi, UndoAfterUndoPassesThroughEachEarlierGroup) { edits_and_undos<TargetGroup>(*this, 2); }
TEST_F(HistoryApi, UndoAfterUndoPassesThroughEachEarlierSettings) { edits_and_undos<Settings>(*this, 3); }

}  // namespace
}  // namespace argos::test
