// SPDX-License-Identifier: Apache-2.0
#include "model/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/object.hpp"
#include "test/model/some_objects.hpp"

namespace argos {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

template <class Spec>
class EveryKind : public testing::Test {};
using Specs = testing::Types<Host, TargetGroup, Settings, BackupPolicy>;
TYPED_TEST_SUITE(EveryKind, Specs);

TYPED_TEST(EveryKind, ComesBackFromJson) {
  SomeObjects some(1);
  for (int round = 0; round < 200; ++round) {
    const auto spec = some.template spec<TypeParam>();
    TypeParam back;
    FieldErrors errors;
    from_json_value(boost::json::parse(boost::json::serialize(to_json_value(spec))), "spec", back, errors);
    ASSERT_THAT(errors, IsEmpty()) << to_string(errors);
    ASSERT_EQ(back, spec) << to_json_value(spec);
  }
}

TYPED_TEST(EveryKind, ComesBackFromItsRow) {
  SomeObjects some(2);
  for (int round = 0; round < 200; ++round) {
    const auto spec = some.template spec<TypeParam>();
    boost::json::object row;
    to_row(spec, row);
    TypeParam back;
    FieldErrors errors;
    from_row(row, "spec", back, errors);
    ASSERT_THAT(errors, IsEmpty()) << to_string(errors);
    ASSERT_EQ(back, spec) << row;
  }
}

TYPED_TEST(EveryKind, SomeObjectsAreSound) {
  SomeObjects some(3);
  for (int round = 0; round < 200; ++round) {
    const auto errors = validate(some.template spec<TypeParam>());
    ASSERT_THAT(errors, IsEmpty()) << to_string(errors);
  }
}

template <class Spec>
std::string errors_of(std::string_view json) {
  Spec spec;
  FieldErrors errors;
  from_json_value(boost::json::parse(json), "spec", spec, errors);
  return to_string(errors);
}

TEST(Describe, EachErrorSaysWhatIsWrongAndWhatToDo) {
  const auto of_a_key = errors_of<Host>(R"({"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj": 1})");
  EXPECT_THAT(of_a_key, HasSubstr("spec.(a name of 64 characters): is not a field here"));
  EXPECT_EQ(errors_of<Host>(R"({"domian": "a"})"), "spec.domian: is not a field here (did you mean domain?)");
  EXPECT_EQ(errors_of<Host>(R"({"domain": 5})"), "spec.domain: must be a text, found a number 5 (put it in quotes)");
  EXPECT_EQ(errors_of<Host>(R"({"domain": null})"), "spec.domain: has no value (write a text, or take the line out)");
  EXPECT_EQ(errors_of<Host>(R"({"enabled": "yes"})"), "spec.enabled: must be true or false, found a text 'yes'");
  EXPECT_EQ(errors_of<Host>(R"({"aliases": "a"})"), "spec.aliases: must be a list, found a text 'a'");
  EXPECT_EQ(errors_of<Host>(R"({"tls": {"mode": "atuo"}})"), "spec.tls.mode: 'atuo' is not known here (did you mean auto?)");
  EXPECT_EQ(errors_of<Host>(R"({"tls": {"mode": "xyzzy"}})"),
            "spec.tls.mode: 'xyzzy' is not known here (known: auto, manual, internal, none)");
  EXPECT_EQ(errors_of<TargetGroup>(R"({"targets": [{}, {"port": "80"}]})"),
            "spec.targets[1].port: must be a whole number, found a text '80'");
  EXPECT_EQ(errors_of<TargetGroup>(R"({"targets": [{"port": 80.5}]})"),
            "spec.targets[0].port: must be a whole number, found a number 80.5");
  EXPECT_EQ(errors_of<TargetGroup>(R"({"targets": [{"port": 99999999999}]})"),
            "spec.targets[0].port: 99999999999 is out of range");
  EXPECT_EQ(errors_of<Settings>(R"({"retryFor": "5 seconds"})"),
            "spec.retryFor: must be a duration such as 30s, 1m30s or 500ms, found a text '5 seconds'");
}

TEST(Describe, AllErrorsAreToldAtOnce) {
  EXPECT_EQ(errors_of<Host>(R"({"domain": 5, "enabled": 1, "x": 2})"),
            "spec.domain: must be a text, found a number 5 (put it in quotes); spec.enabled: must be true or false, found a "
            "number 1; "
            "spec.x: is not a field here (known: domain, aliases, targetGroup, enabled, tls, caddyHandlers)");
}

TEST(Describe, WhatAListOrAMappingHoldsIsNotShown) {
  EXPECT_THAT(errors_of<Host>(R"({"domain": {"password": "hunter2"}})"), testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(errors_of<Host>(R"({"caddyHandlers": {"password": "hunter2"}})"), testing::Not(HasSubstr("hunter2")));
}

TEST(Describe, AStatusMayBeWrittenAsANumber) {
  TargetGroup group;
  FieldErrors errors;
  from_json_value(boost::json::parse(R"({"healthCheck": {"expectStatus": 204}})"), "spec", group, errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(group.health_check.expect_status, "204");
}

TEST(Describe, AFieldWithAnErrorStaysAsItWas) {
  Settings settings;
  FieldErrors errors;
  from_json_value(boost::json::parse(R"({"gracePeriod": "soon", "retryFor": "1s"})"), "spec", settings, errors);
  EXPECT_EQ(settings.grace_period, Settings{}.grace_period);
  EXPECT_EQ(to_string(settings.retry_for), "1s");
}

TEST(Describe, ARowThatSomebodyEditedByHandHasTheSameErrors) {
  boost::json::object row;
  to_row(Host{}, row);
  row["enabled"] = 2;
  row["tls_mode"] = "atuo";
  row["aliases"] = "[1";
  Host host;
  FieldErrors errors;
  from_row(row, "spec", host, errors);
  EXPECT_EQ(to_string(errors),
            "spec.aliases: must be JSON text, found a text '[1'; spec.enabled: must be 0 or 1, found a number 2; "
            "spec.tls.mode: 'atuo' is not known here (did you mean auto?)");
}

TEST(Describe, ColumnsAreSnakeCaseWithTheNestedStructsName) {
  EXPECT_THAT(columns<Host>(), testing::ElementsAre("domain", "aliases", "target_group", "enabled", "tls_mode", "tls_email",
                                                    "tls_challenge", "tls_acme_ca_url", "caddy_handlers"));
}

TEST(Describe, EveryFieldHasASentence) {
  const auto check = []<class T>(const T& object) {
    for_each_member(object, [&](std::string_view name, const auto&) {
      EXPECT_TRUE(std::ranges::any_of(T::kDocs, [&](const FieldDoc& doc) { return doc.member == name && !doc.text.empty(); }))
          << name;
    });
  };
  check(Host{});
  check(Tls{});
  check(TargetGroup{});
  check(Target{});
  check(HealthCheck{});
  check(Settings{});
}

TEST(Describe, AFieldMayBeCalledOtherwiseThanItsColumn) {
  const Certificate certificate{"app", "the leaf", "the chain", "sealed"};
  const boost::json::value json{{"host", "app"}, {"certificate", "the leaf"}, {"chain", "the chain"}, {"sealedKey", "sealed"}};
  EXPECT_EQ(to_json_value(certificate), json);
  Certificate back;
  FieldErrors errors;
  from_json_value(json, "spec", back, errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(back, certificate);
  boost::json::object row;
  to_row(certificate, row);
  EXPECT_EQ(row.at("key_pem_encrypted"), "sealed");
  row["key_pem_encrypted"] = 7;
  from_row(row, "spec", back, errors);
  EXPECT_THAT(to_string(errors), HasSubstr("spec.sealedKey: must be a text"));
  EXPECT_THAT(errors_of<Certificate>(R"({"keyPemEncrypted": "x"})"), HasSubstr("spec.keyPemEncrypted: is not a field here"));
}

}  // namespace
}  // namespace argos
