// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/validate.hpp"

namespace argos {
namespace {

using testing::HasSubstr;

struct Case {
  std::string input, expected;
};

void expect_domains(const std::vector<Case>& cases) {
  for (const auto& [input, expected] : cases) {
    const auto ascii = ascii_domain(input);
    ASSERT_TRUE(ascii.has_value()) << input << ": " << ascii.error().text();
    EXPECT_EQ(*ascii, expected) << input;
    EXPECT_EQ(*ascii_domain(*ascii), expected) << "twice: " << input;
  }
}

void expect_refused(const std::vector<Case>& cases) {
  for (const auto& [input, expected] : cases) {
    const auto ascii = ascii_domain(input);
    ASSERT_FALSE(ascii.has_value()) << input << " -> " << *ascii;
    EXPECT_THAT(ascii.error().text(), HasSubstr(expected)) << input;
    EXPECT_EQ(ascii.error().retry, Retry::never);
  }
}

TEST(Domain, IsLowerCaseWithoutItsFinalDot) {
  expect_domains({{"app.example.com", "app.example.com"},
                  {"APP.Example.COM.", "app.example.com"},
                  {"localhost", "localhost"},
                  {"1password.com", "1password.com"}});
}

TEST(Domain, OfUnicodeBecomesALabels) {
  expect_domains({{"Bücher.example", "xn--bcher-kva.example"},
                  {"bu\u0308cher.example", "xn--bcher-kva.example"},  // u and a combining diaeresis
                  {"faß.de", "xn--fa-hia.de"},                        // non-transitional: not fass.de
                  {"日本語。jp", "xn--wgv71a119e.jp"},
                  {"xn--bcher-kva.example", "xn--bcher-kva.example"}});
}

TEST(Domain, MayHaveOneLeadingWildcardLabel) {
  expect_domains(
      {{"*.example.com", "*.example.com"}, {"*.Bücher.example", "*.xn--bcher-kva.example"}, {"*.localhost", "*.localhost"}});
  expect_refused({{"*", "write a name after"},
                  {"*.", "write a name after"},
                  {"a.*.com", "only the whole first label"},
                  {"*a.com", "only the whole first label"},
                  {"*.*.com", "only the whole first label"},
                  {"a.*", "only the whole first label"}});
}

TEST(Domain, MayHaveWhatDnsAllowsAndIdnaDoesNot) {
  expect_domains({{"_dmarc.example.com", "_dmarc.example.com"},
                  {"my_app.lan", "my_app.lan"},
                  {"r3---sn.example.com", "r3---sn.example.com"}});
}

TEST(Domain, IsNoIpAddress) {
  expect_refused({{"192.0.2.1", "is an IP address"},
                  {"::1", "is an IP address"},
                  {"2001:db8::1", "is an IP address"},
                  {"[::1]", "is an IP address"},
                  {"１９２.0.2.1", "is an IP address"},
                  {"192.0.2", "ends in a number"},
                  {"192.0.2.256", "ends in a number"},
                  {"123", "ends in a number"}});
}

TEST(Domain, IsOnlyTheName) {
  const std::string hint = "write only the name, such as app.example.com";
  expect_refused({{"https://app.example.com", hint},
                  {"app.example.com:443", hint},
                  {"app.example.com/x", hint},
                  {"a b", hint},
                  {"a\tb", hint},
                  {"me@example.com", hint},
                  {"{host}.example.com", hint},
                  {"{env.X}", "placeholders do not work here"}});
}

TEST(Domain, HasSoundLabels) {
  expect_refused({{"", "is empty"},
                  {"a..b", "empty label"},
                  {".a", "empty label"},
                  {"a..", "empty label"},
                  {".", "empty label"},
                  {"-a.com", "starts or ends with '-'"},
                  {"a-.com", "starts or ends with '-'"},
                  {"a,b.com", "','"},
                  {"a:b", "':'"},
                  {"ab℀c.de", "'/'"},
                  {"xn--zzz-.de", "not an international domain name"},
                  {"xn--a.de", "not an international domain name"},
                  {std::string(64, 'a') + ".com", "has 64 characters; a label has at most 63"},
                  {"\xff.com", "not UTF-8"}});
}

TEST(Domain, HasAtMost253Characters) {
  std::string long_name;
  while (long_name.size() < 250) long_name += "a.";
  expect_domains({{long_name + "com", long_name + "com"}, {long_name + "com.", long_name + "com"}});
  expect_refused({{long_name + "comm", "has 254 characters; a domain name has at most 253"},
                  {"*." + long_name + "com", "has 255 characters"},
                  {std::string(300, 'a'), "has 300 characters; a domain name has at most 253"}});
}

TEST(TargetHost, IsAnAddressOrANameInOneSpelling) {
  const std::vector<Case> cases{{"10.0.0.1", "10.0.0.1"}, {"2001:DB8::0:1", "2001:db8::1"},
                                {"::1", "::1"},           {"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
                                {"app", "app"},           {"my_app-1", "my_app-1"},
                                {"App.LAN.", "app.lan"},  {"3f2a", "3f2a"}};
  for (const auto& [input, expected] : cases) {
    const auto host = target_host(input);
    ASSERT_TRUE(host.has_value()) << input << ": " << host.error().text();
    EXPECT_EQ(*host, expected);
  }
}

TEST(TargetHost, RefusesTheRestAndSaysWhatToWrite) {
  const std::vector<Case> cases{{"[::1]", "write ::1"},
                                {"[::1]:80", "write ::1"},
                                {"10.0.0.1:80", "write host: 10.0.0.1 and port: 80"},
                                {"http://app", "is a URL"},
                                {"{env.HOST}", "placeholders do not work here"},
                                {"10.0.0.256", "ends in a number"},
                                {"010.0.0.1", "ends in a number"},
                                {"10.0.0", "ends in a number"},
                                {"fe80::1%eth0", "not an IPv6 address"},
                                {"1:2:3", "not an IPv6 address"},
                                {"bücher.lan", "write xn--bcher-kva.lan"},
                                {"a b", "space"},
                                {"*.lan", "'*'"},
                                {"", "is empty"},
                                {"a/b", "has a path"},
                                {"[", "has brackets"}};
  for (const auto& [input, expected] : cases) {
    const auto host = target_host(input);
    ASSERT_FALSE(host.has_value()) << input << " -> " << *host;
    EXPECT_THAT(host.error().text(), HasSubstr(expected)) << input;
  }
}

TEST(HostAndPort, PutsBracketsAroundIpv6) {
  EXPECT_EQ(host_and_port("127.0.0.1", 80), "127.0.0.1:80");
  EXPECT_EQ(host_and_port("::1", 80), "[::1]:80");
  EXPECT_EQ(host_and_port("app.lan", 8080), "app.lan:8080");
}

}  // namespace
}  // namespace argos
