// SPDX-License-Identifier: Apache-2.0
// The whole API, driven from its own description: whatever is sent is answered, within the schema, and never with a 5xx.
#include <boost/url.hpp>

#include "test/panel/browser.hpp"
#include "test/support/archives.hpp"
#include "test/support/json_schema.hpp"
#include "test/support/torture.hpp"

namespace argos::test {
namespace {

using ::testing::IsEmpty;

struct Operation {
  std::string method, path;
  boost::json::value told;
};

struct ApiTorture : LoginTest {
  ApiTorture() {
    for (const auto& item : schemas.document().at("paths").as_object()) {
      for (const auto& one : item.value().as_object()) {
        std::string method(one.key());
        for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        if (item.key() != "/api/v1/events") operations.push_back({method, std::string(item.key()), one.value()});
      }
    }
    be_admin();
  }

  // Whatever was done to the account meanwhile.
  void be_admin() {
    write([&](Database& database) -> Result<> {
      for (const auto* const sql : {"DELETE FROM login_throttles", "DELETE FROM users WHERE name = 'boss'"}) {
        if (auto done = database.run(sql, {}); !done) return done;
      }
      return add_user(database, {"boss", Role::admin, hash_password(Secret(kPassword), kQuickCost), false}, clock.wall());
    });
    boss.cookie.clear();
    if (const auto answer = boss.log_in("boss"); answer.status != 200) throw std::runtime_error(answer.body);
  }

  std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random() % below); }
  std::string name() {
    constexpr std::array<const char*, 9> kNames{"app", "web", "default", "boss", "1", "2", "caddy", "no-such", "a.tar.gz"};
    return pick(8) == 0 ? odd_text(random) : kNames.at(pick(kNames.size()));
  }
  std::string query_value(std::string_view parameter) {
    if (parameter == "dryRun") return std::array{"true", "true", "perhaps"}.at(pick(3));
    if (parameter == "wait") return std::array{"1ms", "2m", "soon"}.at(pick(3));
    constexpr std::array<const char*, 6> kValues{"1", "0", "-3", "Host", "app", "500"};
    return pick(5) == 0 ? odd_text(random) : kValues.at(pick(kValues.size()));
  }

  std::string target(const Operation& operation) {
    std::string path = operation.path;
    if (const auto at = path.find("{name}"); at != std::string::npos)
      path.replace(at, 6, boost::urls::encode(name(), boost::urls::unreserved_chars));
    std::string query;
    for (const auto& parameter : operation.told.at("parameters").as_array()) {
      if (parameter.at("in") != "query" || pick(3) != 0) continue;
      const std::string_view named = parameter.at("name").as_string();
      query += (query.empty() ? "?" : "&") + std::string(named) + "=" +
               boost::urls::encode(query_value(named), boost::urls::unreserved_chars);
    }
    return path + query;
  }
  std::string body(const Operation& operation) {
    if (pick(30) == 0) return odd_text(random);
    const auto* const sent = operation.told.as_object().if_contains("requestBody");
    if (sent == nullptr) return pick(2) == 0 ? "{}" : "";
    const auto& content = sent->at("content").as_object();
    if (!content.contains("application/json")) return pick(2) == 0 ? archive : archive.substr(0, pick(archive.size()));
    return serialize(schemas.make(content.at("application/json").at("schema"), random));
  }

  // As the description says, where it says anything of that status.
  std::vector<std::string> broken_by(const Operation& operation, const HttpResponse& answer) {
    const auto& answers = operation.told.at("responses").as_object();
    const auto exact = std::to_string(answer.status);
    const bool good = answer.status < 300;
    const auto& told = answers.contains(exact) ? answers.at(exact) : answers.at(good ? "2XX" : "default");
    const auto* const content = told.as_object().if_contains("content");
    if (answer.status == 304 || (answer.status == 202 && answer.body.empty()) || answer.status == 204)
      return answer.body.empty() ? std::vector<std::string>{} : std::vector<std::string>{"204 with a body"};
    if (content == nullptr) return {};  // text: the probes
    const auto& [type, schema] = *content->as_object().begin();
    if (answer.headers.at("content-type") != type) return {"the content type is " + answer.headers.at("content-type")};
    return schemas.broken(schema.at("schema"), boost::json::parse(answer.body));
  }

  static std::string an_archive(const TempFolder& folder) {
    const auto path = folder / "sent.tar.gz";
    make_archive(path, {{"argos.db", "no database"}, {"metadata.json", metadata_for("no database")}});
    return bytes_of_file(path);
  }

  std::string archive = an_archive(folder);
  JsonSchemas schemas{json(over_tcp("GET", "/api/v1/openapi.json"))};
  std::vector<Operation> operations;
  Browser boss{*this};
  std::mt19937_64 random{seed()};
};

TEST_F(ApiTorture, WhateverIsSentIsAnsweredWithinTheSchemaAndNeverAs5xx) {
  std::map<int, int> answers;
  const int all = rounds(1'500, 40'000);
  for (int round = 0; round < all; ++round) {
    const auto& operation = operations[pick(operations.size())];
    const auto path = target(operation), sent = body(operation);
    const bool local = pick(3) == 0;
    const auto answer =
        local ? ask(operation.method, path, sent, {{"Content-Type", "application/json"}})
              : argos::test::send(
                    loop, tcp(server.port()),
                    {operation.method, path, {{"Content-Type", "application/json"}, {"Cookie", boss.cookie}}, sent});
    ++answers[answer.status];
    const auto shown = operation.method + " " + path + " " + sent.substr(0, 2000);
    ASSERT_TRUE(answer.status < 500 || operation.path == "/readyz") << shown << "\n" << answer.body;
    ASSERT_THAT(broken_by(operation, answer), IsEmpty()) << shown << "\n" << answer.status << " " << answer.body;
    if (!local &&
        (answer.status == 401 || reason_if_any(answer) == "PasswordChangeRequired" || answer.headers.contains("set-cookie")))
      be_admin();
    if (round % 50 == 0) clock.advance(std::chrono::minutes(1));
    if (round % 400 == 0) be_admin();  // and once more the password
  }
  for (const int status : {200, 201, 204, 404, 422}) EXPECT_GT(answers[status], 0) << status;
}

}  // namespace
}  // namespace argos::test
