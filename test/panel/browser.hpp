// SPDX-License-Identifier: Apache-2.0
// Somebody at the panel over TCP: keeps the cookie that he is given, and sends JSON.
#pragma once

#include "runtime/users.hpp"
#include "test/panel/panel_fixture.hpp"

namespace argos::test {

inline const std::string kPassword = "correct horse battery";

class Browser {
 public:
  explicit Browser(PanelTest& panel, std::string address = "") : panel_(panel), address_(std::move(address)) {}

  HttpResponse send(std::string method, std::string target, const boost::json::value& body = nullptr) {
    std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/json"}};
    if (!cookie.empty()) headers.emplace_back("Cookie", "theme=dark; " + cookie);
    if (!token.empty()) headers.emplace_back("Authorization", "Bearer " + token);
    if (!address_.empty()) headers.emplace_back("X-Forwarded-For", address_);
    auto answer = argos::test::send(panel_.loop, tcp(panel_.server.port()),
                                    {std::move(method), std::move(target), std::move(headers),
                                     body.is_null() ? std::string("{}") : boost::json::serialize(body)});
    if (const auto set = answer.headers.find("set-cookie"); set != answer.headers.end())
      cookie = set->second.substr(0, set->second.find(';'));
    return answer;
  }
  HttpResponse log_in(const std::string& user, const std::string& password = kPassword, const std::string& code = "") {
    return send("POST", "/api/v1/login", {{"user", user}, {"password", password}, {"code", code}});
  }

  std::string cookie, token;

 private:
  PanelTest& panel_;
  std::string address_;  // as a trusted proxy would tell it
};

struct LoginTest : PanelTest {
  void add(const std::string& name, Role role, bool must_change = false) {
    write([&](Database& database) {
      return add_user(database, {name, role, hash_password(Secret(kPassword), kQuickCost), must_change}, clock.wall());
    });
  }
  void write(const StoreJob& job) {
    if (auto done = store->write(Actor{"tester", "a test"}, job); !done) throw std::runtime_error(done.error().text());
  }
  Browser logged_in(const std::string& user) {
    Browser out(*this);
    if (const auto answer = out.log_in(user); answer.status != 200) throw std::runtime_error(answer.body);
    return out;
  }
  std::int64_t audited(const std::string& where) { return count("SELECT count(*) FROM audit_log WHERE " + where); }
};

}  // namespace argos::test
