// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_choice.hpp"

#include <gtest/gtest.h>

namespace argos {
namespace {

Object<Host> host(const std::string& name, const std::string& domain, const std::string& group = "") {
  Object<Host> out;
  out.meta.name = name;
  out.spec.domain = domain;
  out.spec.target_group = group;
  return out;
}

Object<TargetGroup> group(const std::string& name, int port) {
  Object<TargetGroup> out;
  out.meta.name = name;
  out.spec.targets.push_back({.host = "127.0.0.1", .port = port});
  return out;
}

// "a=new.test* b=…": what is in the document, with a star where it is kept.
std::string text(const Desired& forms) {
  std::string out;
  for (const auto& one : forms.hosts) out += one.meta.name + "=" + one.spec.domain + (one.kept ? "* " : " ");
  for (const auto& one : forms.target_groups) {
    out += one.meta.name + "=" + std::to_string(one.spec.targets.front().port) + (one.kept ? "* " : " ");
  }
  return out;
}

const Key kA{Kind::host, "a"}, kB{Kind::host, "b"}, kG{Kind::target_group, "g"};

TEST(CaddyChoice, WhatIsNotLeftOutIsAsWanted) {
  const Desired wanted{{host("a", "new.test")}, {group("g", 2)}, {}}, accepted{{host("a", "old.test")}, {}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {})), "a=new.test g=2 ");
}

TEST(CaddyChoice, WhatIsLeftOutKeepsTheAcceptedFormOrIsNotThere) {
  const Desired wanted{{host("a", "new.test"), host("b", "b.test")}, {}, {}}, accepted{{host("a", "old.test")}, {}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {kA, kB})), "a=old.test* ");
}

TEST(CaddyChoice, ADeletedObjectIsGoneAlsoIfItWasAccepted) {
  const Desired wanted, accepted{{host("a", "old.test")}, {group("g", 1)}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {kA, kG})), "");
}

TEST(CaddyChoice, ARowThatMakesNoSenseKeepsTheAcceptedForm) {
  auto bad = host("a", "");
  bad.errors.push_back({"spec.domain", "Required", "is missing", ""});
  const Desired wanted{{bad}, {}, {}}, accepted{{host("a", "old.test")}, {}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {})), "a=old.test* ");
  EXPECT_TRUE(changed_objects(wanted, accepted).empty());
}

TEST(CaddyChoice, AHostWhoseNewGroupCannotBeHadStaysAsItWasWithItsFormerGroup) {
  const Desired wanted{{host("a", "a.test", "g"), host("b", "b.test", "g")}, {group("g", 2)}, {}};
  const Desired accepted{{host("a", "a.test", "former")}, {group("former", 1)}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {kG})), "a=a.test* b=b.test former=1* ");
}

TEST(CaddyChoice, AKeptHostTakesAGroupThatHasChangedAsItIsNow) {
  const Desired wanted{{host("a", "new.test", "g")}, {group("g", 2)}, {}};
  const Desired accepted{{host("a", "old.test", "g")}, {group("g", 1)}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {kA})), "a=old.test* g=2 ");
}

TEST(CaddyChoice, AHostThatWasRenamedAndCannotBeHadStaysUnderItsFormerName) {
  const Desired wanted{{host("b", "Same.test")}, {}, {}}, accepted{{host("a", "same.test"), host("c", "c.test")}, {}, {}};
  EXPECT_EQ(text(choose(wanted, accepted, {kB})), "a=same.test* ") << "and what nobody wants goes";
  EXPECT_EQ(text(choose(wanted, accepted, {})), "b=Same.test ");
}

TEST(CaddyChoice, WhatIsArgosOwnIsToldByWhoManagesIt) {
  Desired wanted{{host("a", "a.test"), host("b", "b.test")}, {group("g", 1), group("h", 1)}, {}};
  EXPECT_TRUE(system_objects(wanted).empty());
  wanted.hosts[1].meta.managed_by = wanted.target_groups[0].meta.managed_by = ManagedBy::system;
  EXPECT_EQ(system_objects(wanted), (std::set<Key>{kB, kG}));
}

TEST(CaddyChoice, SettingsThatAreLeftOutKeepTheAcceptedOnes) {
  Desired wanted, accepted;
  wanted.settings.meta.name = "default";
  wanted.settings.spec.acme_email = "new@example.com";
  accepted.settings.spec.acme_email = "old@example.com";
  const Key settings{Kind::settings, "default"};
  EXPECT_EQ(choose(wanted, accepted, {}).settings.spec.acme_email, "new@example.com");
  EXPECT_EQ(choose(wanted, accepted, {settings}).settings.spec.acme_email, "old@example.com");
  EXPECT_EQ(changed_objects(wanted, accepted), std::vector<Key>{settings});
}

}  // namespace
}  // namespace argos
