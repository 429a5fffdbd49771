// SPDX-License-Identifier: Apache-2.0
#include "model/differences.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

using boost::json::parse;
using testing::HasSubstr;
using testing::Not;

struct Case {
  const char* rule;
  const char* wanted;
  const char* found;
  const char* differences;  // "path: wanted -> found" each, in order
  std::size_t at_most = 10;
};

std::string told(const Case& given) {
  const auto wanted = parse(given.wanted), found = parse(given.found);
  std::string out;
  for (const auto& one : differences(wanted, found, given.at_most)) {
    out +=
        fmt::format("{}{}: {} -> {}", out.empty() ? "" : "; ", one.path, one.wanted ? boost::json::serialize(*one.wanted) : "-",
                    one.found ? boost::json::serialize(*one.found) : "-");
  }
  return out;
}

TEST(Differences, AreToldWhereTheyAre) {
  const Case cases[] = {
      {"equal documents do not differ", R"({"a":[1,{"b":null}]})", R"({"a":[1,{"b":null}]})", ""},
      {"the order of names is none", R"({"a":1,"b":2})", R"({"b":2,"a":1})", ""},
      {"numbers of equal value are equal", R"({"a":[1,2e0,-3]})", R"({"a":[1.0,2,-3.0]})", ""},
      {"empty ones are equal", R"({"a":[],"b":{}})", R"({"a":[],"b":{}})", ""},
      {"a value", R"({"a":{"b":1,"c":2}})", R"({"a":{"b":1,"c":3}})", "/a/c: 2 -> 3"},
      {"text is no number", R"({"a":1})", R"({"a":"1"})", R"(/a: 1 -> "1")"},
      {"null is not nothing", R"({"a":null,"b":1})", R"({"b":1})", "/a: null -> -"},
      {"what is missing is one, whatever is in it", R"({"a":{"b":{"c":1}},"d":1})", R"({"d":1})", R"(/a: {"b":{"c":1}} -> -)"},
      {"what was added", R"({"d":1})", R"({"a":{"b":1},"d":1})", R"(/a: - -> {"b":1})"},
      {"other kinds", R"({"a":[1]})", R"({"a":{"0":1}})", R"(/a: [1] -> {"0":1})"},
      {"names are escaped", R"({"a/b":{"c~d":1,"":1}})", R"({"a/b":{"c~d":2,"":2}})", "/a~1b/c~0d: 1 -> 2; /a~1b/: 1 -> 2"},
      {"by position", "[1,2,3]", "[1,9,3]", "/1: 2 -> 9"},
      {"one put in", R"({"a":[{"r":1},{"r":2},{"r":3}]})", R"({"a":[{"r":1},{"r":9},{"r":2},{"r":3}]})",
       R"(/a/1: - -> {"r":9})"},
      {"one taken out", R"({"a":[{"r":1},{"r":2},{"r":3}]})", R"({"a":[{"r":2},{"r":3}]})", R"(/a/0: {"r":1} -> -)"},
      {"one taken out of equal ones", "[1,1,1]", "[1,1]", "/2: 1 -> -"},
      {"one put in and one changed in front", R"([{"r":1,"x":1},{"r":2}])", R"([{"r":1,"x":2},{"r":8},{"r":2}])",
       R"(/0/x: 1 -> 2; /1: - -> {"r":8})"},
      {"nothing in common is one", R"({"servers":{"http":{"a":1},"https":{"a":2}}})", R"({"servers":{"srv0":{"a":1}}})",
       R"(/servers: {"http":{"a":1},"https":{"a":2}} -> {"srv0":{"a":1}})"},
      {"an emptied list is one", R"({"a":[1,2,3]})", R"({"a":[]})", "/a: [1,2,3] -> []"},
      {"another document", R"({"a":1})", "null", R"(: {"a":1} -> null)"},
      {"too many: further out", R"({"a":[1,2,3],"b":{"c":1}})", R"({"a":[4,5,6],"b":{"c":2}})",
       "/a: [1,2,3] -> [4,5,6]; /b/c: 1 -> 2", 3},
      {"far too many: the whole", R"({"a":1,"b":2})", R"({"a":3,"b":4})", R"(: {"a":1,"b":2} -> {"a":3,"b":4})", 1},
      {"at most none is one", "1", "2", ": 1 -> 2", 0},
  };
  for (const auto& given : cases) EXPECT_EQ(told(given), given.differences) << given.rule;
}

TEST(Differences, OfALargeDocumentTakeTimeInProportion) {
  const auto document = [](int hosts, const std::string& port) {
    boost::json::array routes;
    for (int at = 0; at < hosts; ++at) {
      routes.push_back(parse(fmt::format(
          R"({{"match":[{{"host":["h{0}.example.com","www.h{0}.example.com"]}}],"terminal":true,"handle":[{{"handler":"subroute","routes":)"
          R"([{{"handle":[{{"handler":"reverse_proxy","upstreams":[{{"dial":"10.0.0.1:{1}"}}],"transport":{{"protocol":"http"}},)"
          R"("headers":{{"request":{{"set":{{"Host":["{{http.request.host}}"],"X-Forwarded-Host":["a","b"]}}}}}}}}]}}]}}]}})",
          at, at % 2 == 0 ? "80" : port)));
    }
    return boost::json::value{{"apps", {{"http", {{"servers", {{"https", {{"routes", std::move(routes)}}}}}}}}}};
  };
  auto wanted = document(4000, "81");
  auto found = document(4000, "82");
  found.at_pointer("/apps/http/servers/https/routes")
      .as_array()
      .erase(found.at_pointer("/apps/http/servers/https/routes").as_array().begin());
  const auto begun = std::chrono::steady_clock::now();
  const auto all = differences(wanted, found, 20);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2)) << "a matter of milliseconds";
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().path, "/apps/http/servers/https/routes");
}

TEST(Masked, IsCompactAndCutAtACharacter) {
  const auto value = parse(R"({"a": [1, "ä"], "b": true})");
  EXPECT_EQ(masked(&value), R"({"a":[1,"ä"],"b":true})");
  EXPECT_EQ(masked(nullptr), "");
  EXPECT_EQ(masked(&value, 9), R"({"a":[1,"…)") << "not within a character";
  EXPECT_EQ(masked(&value, 11), R"({"a":[1,"ä…)");
  const boost::json::value large(boost::json::string(1 << 20, 'x'));
  EXPECT_EQ(masked(&large).size(), 300 + std::string_view("…").size());
}

TEST(Masked, SecretsAreNotShownWhateverTheirDepth) {
  const char* const cases[] = {
      R"({"password":"S3CRET"})",
      R"({"a":[{"http_basic":{"accounts":[{"username":"u","password":"S3CRET"}]}}]})",
      R"({"provider":{"name":"cloudflare","api_token":"S3CRET"}})",
      R"({"request":{"set":{"Authorization":["S3CRET"]}}})",
      R"({"set":{"X-Api-Key":["S3CRET"]}})",
      R"({"eab":{"key_id":"S3CRET","mac_key":"S3CRET"}})",
      R"({"sealedKey":"S3CRET","HMACKey":"S3CRET","clientSecret":{"deep":["S3CRET"]}})",
      R"({"Cookie":"S3CRET","access_key_id":"S3CRET","PASSWD":"S3CRET","credentials":"S3CRET"})",
      R"(["-----BEGIN EC PRIVATE KEY-----\nS3CRET"])",
      R"({"to":"https://user:S3CRET@example.com/x"})",
      R"({"value":["Bearer S3CRET"]})",
  };
  for (const auto* const text : cases) {
    const auto value = parse(text);
    EXPECT_THAT(masked(&value), Not(HasSubstr("S3CRET"))) << text;
    EXPECT_THAT(masked(&value), HasSubstr("***")) << text;
  }
}

TEST(Masked, TheNameMayLieInThePath) {
  const boost::json::value value("S3CRET");
  EXPECT_EQ(masked("/handle/0/accounts/0/password", &value), "\"***\"");
  EXPECT_EQ(masked("/set/Authorization/0", &value), "\"***\"");
  EXPECT_EQ(masked("/handle/0/body", &value), "\"S3CRET\"");
}

TEST(Masked, WhatIsNoSecretIsShown) {
  for (const auto* const text :
       {R"({"keepalive":1,"monkey":"a","passes":2,"domain":"auth.example.com","host":["token.example.com"]})",
        R"({"dial":"[::1]:80","to":"http://example.com:80/a@b","compass":1,"author":"x","preserveHost":true})"}) {
    const auto value = parse(text);
    EXPECT_EQ(masked(&value), boost::json::serialize(value));
  }
}

}  // namespace
}  // namespace argos
