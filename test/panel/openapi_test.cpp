// SPDX-License-Identifier: Apache-2.0
// The description of the API is the table of routes: all of them, none besides, and nothing that leads nowhere.
#include <set>

#include "model/text.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {
namespace {

using ::testing::StartsWith;

std::set<std::string> operations_of(std::span<const Route> table) {
  std::set<std::string> out;
  for (const auto& route : table) {
    std::string path(route.pattern);
    const auto at = path.find("{kind}");
    for (const auto& names : desired_kinds()) {
      auto one = path;
      if (at != std::string::npos) one.replace(at, 6, names.plural);
      out.insert(lower(route.method) + " " + one);
    }
  }
  return out;
}

void gather_references(const boost::json::value& value, std::set<std::string>& out) {
  if (const auto* const array = value.if_array()) {
    for (const auto& item : *array) gather_references(item, out);
  }
  const auto* const object = value.if_object();
  if (object == nullptr) return;
  for (const auto& item : *object) {
    if (item.key() == "$ref") out.insert(std::string(item.value().as_string()));
    gather_references(item.value(), out);
  }
}

struct OpenApi : PanelTest {
  boost::json::value document = json(over_tcp("GET", "/api/v1/openapi.json"));
};

TEST_F(OpenApi, HasEveryRouteAndNoOther) {
  EXPECT_THAT(std::string(document.at("openapi").as_string()), StartsWith("3.1"));
  std::set<std::string> told;
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object())
      told.insert(std::string(operation.key()) + " " + std::string(path.key()));
  }
  EXPECT_EQ(told, operations_of(routes()));
}

TEST_F(OpenApi, NoReferenceLeadsNowhere) {
  std::set<std::string> references;
  gather_references(document, references);
  EXPECT_GT(references.size(), 10U);
  for (const auto& reference : references) {
    boost::system::error_code none;
    EXPECT_NE(document.find_pointer(reference.substr(1), none), nullptr) << reference;
  }
}

}  // namespace
}  // namespace argos::test
