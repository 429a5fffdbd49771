// SPDX-License-Identifier: Apache-2.0
#include "model/schema.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "model/object.hpp"

namespace argos {
namespace {

TEST(Schema, EveryKindHasOne) {
  for (const auto& names : desired_kinds()) {
    const auto schema = manifest_schema(names.kind);
    EXPECT_EQ(schema.at("properties").at_pointer("/kind/const"), boost::json::value(names.manifest));
    EXPECT_EQ(schema.at("properties").at_pointer("/apiVersion/const"), boost::json::value(kApiVersion));
    EXPECT_EQ(boost::json::serialize(schema.at("required")), R"(["apiVersion","kind","metadata","spec"])");
    EXPECT_EQ(schema.at("additionalProperties"), boost::json::value(false));
  }
}

TEST(Schema, ComesFromTheDescriptionThatReadsTheObject) {
  const boost::json::value host = manifest_schema(Kind::host);
  EXPECT_EQ(boost::json::serialize(host.at_pointer("/properties/spec/required")), R"(["domain"])");
  EXPECT_EQ(boost::json::serialize(host.at_pointer("/properties/spec/properties/tls/properties/mode/enum")),
            R"(["auto","manual","internal","none"])");
  EXPECT_EQ(host.at_pointer("/properties/spec/properties/enabled/default"), boost::json::value(true));
  EXPECT_EQ(host.at_pointer("/properties/spec/additionalProperties"), boost::json::value(false));
  EXPECT_FALSE(host.at_pointer("/properties/spec/properties/domain").get_object().contains("default"));
  const Host defaults;
  for_each_member(defaults, [&](std::string_view name, const auto&) {
    const auto* const property = host.at_pointer("/properties/spec/properties").get_object().if_contains(camel_case(name));
    ASSERT_NE(property, nullptr) << name;
    EXPECT_TRUE(property->get_object().contains("description")) << name;
  });
}

TEST(Schema, AStatusIsATextOrANumber) {
  const boost::json::value group = manifest_schema(Kind::target_group);
  EXPECT_EQ(boost::json::serialize(group.at_pointer("/properties/spec/properties/healthCheck/properties/expectStatus/type")),
            R"(["string","integer"])");
  EXPECT_EQ(boost::json::serialize(group.at_pointer("/properties/spec/properties/targets/items/required")),
            R"(["host","port"])");
}

TEST(Schema, OfACertificateIsWhatMayBeWritten) {
  const boost::json::value certificate = manifest_schema(Kind::certificate);
  EXPECT_EQ(boost::json::serialize(certificate.at_pointer("/properties/spec/required")), R"(["host"])");
  const auto& fields = certificate.at_pointer("/properties/spec/properties").get_object();
  for (const auto* const name : {"certificate", "certificateFile", "chain", "chainFile", "key", "keyFile", "sealedKey"})
    EXPECT_TRUE(fields.contains(name)) << name;
}

TEST(Schema, SettingsHaveOneName) {
  const boost::json::value settings = manifest_schema(Kind::settings);
  EXPECT_EQ(settings.at_pointer("/properties/metadata/properties/name/const"), boost::json::value("default"));
}

}  // namespace
}  // namespace argos
