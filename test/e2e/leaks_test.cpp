// SPDX-License-Identifier: Apache-2.0
// A whole life of certificates, keys and accounts at log level trace, good ones and every kind of mishap; then all that it left behind and
// said is searched for everything that is secret:
//   master keys, private keys, the session secret, the token of the metrics, the bouncer's key; passwords (also ones that were only tried),
//   sessions, tokens of the API, the second factor's secret and its recovery codes
// in logs, database, archives member by member, exports and whatever commands print, answers of the API (errors, manifests, findings,
// history), the stream of events, /metrics, Caddy's configuration and logs, and the arguments and environments of children.
//
// Each other test with whole programs ends with such a search of its own (test/e2e/world.hpp).
#include <csignal>

#include <gtest/gtest-spi.h>

#include "model/totp.hpp"
#include "test/e2e/world.hpp"
#include "test/support/base32.hpp"
#include "test/support/certificates.hpp"
#include "test/support/leaks.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFormer = "5a7e11c0ffee5a7e11c0ffee5a7e11c0ffee5a7e11c0ffee5a7e11c0ffee5a7e";
const std::string kMaster = "0ddba11c0de0ddba11c0de0ddba11c0de0ddba11c0de0ddba11c0de0ddba11c0";
const std::string kWrong = "decade0fdecade0fdecade0fdecade0fdecade0fdecade0fdecade0fdecade0f";
constexpr std::chrono::seconds kPatience{60};  // a password takes its time, the more so on a busy machine
const std::string kSessionSecret = "the secret of sessions, at least 32 bytes long";
const std::string kMetricsToken = "a token that reads the metrics";
const std::string kBouncerKey = "the bouncer's key of CrowdSec";
const std::string kAdmins = "glockenspiel-marzipan-7", kAdminsNext = "wanderlust-poltergeist-8",
                  kBobs = "kindergarten-rucksack-9";
const std::string kMistyped = "glockenspiel-marzipam-7";

class LeaksOfALife : public testing::Test {
 protected:
  LeaksOfALife() {
    leaks_.keep_secret_hex("the former master key", kFormer);
    leaks_.keep_secret_hex("the master key", kMaster);
    leaks_.keep_secret_key("the key of app", app_.key);
    leaks_.keep_secret_key("the key of api", api_.key);
    leaks_.keep_secret_key("the key of none", none_.key);
    for (const auto& secret : {kSessionSecret, kMetricsToken, kBouncerKey, kAdmins, kAdminsNext, kBobs, kMistyped})
      leaks_.keep_secret("'" + secret + "'", secret);
  }

  void start(std::map<std::string, std::string> keys) {
    keys.merge(std::map<std::string, std::string>{{"ARGOS_SESSION_SECRET", kSessionSecret},
                                                  {"ARGOS_METRICS_TOKEN", kMetricsToken},
                                                  {"ARGOS_INITIAL_ADMIN_PASSWORD", kAdmins},
                                                  {"ARGOS_CADDY_DATA_DIR", world_.folder / "caddy-data/caddy"},
                                                  {"CROWDSEC_LAPI_URL", "http://127.0.0.1:" + std::to_string(nobody_)},
                                                  {"CROWDSEC_BOUNCER_API_KEY", kBouncerKey}});
    world_.start_argos(keys);
    world_.until_argos_answers();
    events_ =
        std::make_unique<Process>(std::vector<std::string>{"curl", "-sN", "--unix-socket", world_.folder / "data/argos.sock",
                                                           "http://argos/api/v1/events"},
                                  std::map<std::string, std::string>{}, world_.folder.path(), world_.folder / "events.log");
  }
  void stop() {
    world_.server->signal(SIGTERM);
    world_.server->wait();
    events_->wait();
    EXPECT_THAT(events_->log(), HasSubstr("event: "));
    said_ += world_.server->log() + events_->log();
  }

  static std::string certificate(const std::string& name, const std::string& spec) {
    return "apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: " + name + "}\nspec:\n  host: " + name + "\n" + spec;
  }
  static std::string block(const std::string& field, const std::string& pem) {
    std::string out = "  " + field + ": |\n";
    std::istringstream lines(pem);
    for (std::string line; std::getline(lines, line);) out += "    " + line + "\n";
    return out;
  }
  // Inputs of the test lie where nobody searches.
  std::string input(const std::string& name, const std::string& text) const { return inputs_.write(name, text); }

  int argos(const std::string& arguments) {
    const auto ran = world_.argos(arguments);
    said_ += "$ argos " + arguments + "\n" + ran.out;
    return ran.status;
  }
  void ask(const std::string& target) { said_ += world_.api(target).body; }
  void send(const std::string& method, const std::string& target, const boost::json::value& body) {
    said_ += http("unix://" + (world_.folder / "data/argos.sock"), target, {}, method, boost::json::serialize(body)).body;
  }

  // Somebody at the panel; what he is answered is his own.
  HttpResponse at_panel(const std::string& method, const std::string& target, const boost::json::value& body) {
    boost::asio::io_context context;
    HttpRequest request{method, target, {{"Content-Type", "application/json"}}, boost::json::serialize(body)};
    if (!cookie_.empty()) request.headers.emplace_back("Cookie", cookie_);
    auto answer = run(context, http_.send(Endpoint::parse(world_.url()).value(), std::move(request), kPatience));
    return answer ? std::move(*answer) : HttpResponse{};
  }
  int log_in(const std::string& password, const std::string& code = {}) {
    const auto answer = at_panel("POST", "/api/v1/login", {{"user", "admin"}, {"password", password}, {"code", code}});
    const auto set = answer.headers.find("set-cookie");
    if (set == answer.headers.end()) {
      said_ += answer.body;
      return answer.status;
    }
    cookie_ = set->second.substr(0, set->second.find(';'));
    leaks_.keep_secret("a session", cookie_.substr(cookie_.find('=') + 1));
    return answer.status;
  }

  void have_accounts();
  void bring_good_ones();
  void bring_bad_ones();
  void look_at_everything();

  const TempFolder inputs_;
  const MadeCertificate app_ = make_certificate("app.test"),
                        api_ = make_certificate(Wish{.names = {"api.test"}, .key = "RSA 2048"}),
                        none_ = make_certificate(Wish{.names = {"none.test"}, .key = "ED25519"});
  const int nobody_ = free_port();
  Leaks leaks_;
  std::string said_, cookie_;
  BeastHttpClient http_;
  World world_;
  std::unique_ptr<Process> events_;
};

void LeaksOfALife::have_accounts() {
  ASSERT_EQ(log_in(kMistyped), 401);
  ASSERT_EQ(log_in(kAdmins), 200);
  const auto changed =
      at_panel("PUT", "/api/v1/session/password", {{"currentPassword", kAdmins}, {"newPassword", kAdminsNext}});
  EXPECT_EQ(changed.status, 204) << changed.body;
  ASSERT_EQ(log_in(kAdminsNext), 200);
  const auto token = boost::json::parse(at_panel("POST", "/api/v1/tokens", {{"name", "script"}, {"role", "viewer"}}).body);
  const auto bearer = std::string(token.at("token").as_string());
  leaks_.keep_secret("the token", bearer);
  ask("/api/v1/hosts?token=" + bearer);
  const auto offered = boost::json::parse(at_panel("POST", "/api/v1/session/second-factor", boost::json::object{}).body);
  const auto seed = std::string(offered.at("secret").as_string()), bytes = from_base32(seed);
  leaks_.keep_secret("the second factor", seed);
  leaks_.keep_secret("the second factor", bytes);
  const auto code = totp_code(bytes, totp_step(std::chrono::system_clock::now()));
  const auto enabled = boost::json::parse(at_panel("PUT", "/api/v1/session/second-factor", {{"code", code}}).body);
  for (const auto& one : enabled.at("recoveryCodes").as_array())
    leaks_.keep_secret("a recovery code", std::string(one.as_string()));
  EXPECT_EQ(log_in(kAdminsNext, "000000"), 401);
  const auto bobs = input("bobs", kBobs + "\n");
  EXPECT_EQ(argos("user add bob --role viewer --password-file " + bobs), 0);
  const auto carol = world_.argos("user add carol --role viewer -o json");  // shown this once
  leaks_.keep_secret("carol's password", std::string(boost::json::parse(carol.out).at("password").as_string()));
}

void LeaksOfALife::bring_good_ones() {
  for (const std::string name : {"app", "api"}) {
    world_.manifest(name + ".yaml",
                    "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: " + name + "}\nspec:\n  domain: " + name +
                        ".test\n  tls: {mode: manual}\n  caddyHandlers: [{handler: static_response, body: hello}]\n");
  }
  world_.manifest("certs/app.yaml", certificate("app", "  certificateFile: app.pem\n  keyFile: app.key\n"));
  world_.manifest("certs/app.pem", app_.certificate);
  world_.manifest("certs/app.key", app_.key);
  EXPECT_EQ(argos("apply -f " +
                  input("api.yaml", certificate("api", block("certificate", api_.certificate) + block("key", api_.key)))),
            0);
  EXPECT_EQ(argos("seal --for Certificate/app --from-file " + input("app.pem", app_.key)), 0);
  EXPECT_TRUE(
      eventually([&] { return world_.argos("describe certificate app").out.find(app_.fingerprint) != std::string::npos; }));
}

// A key in every wrong place: another's, twice, broken, in the field of another thing, as a name, as a YAML key.
void LeaksOfALife::bring_bad_ones() {
  const auto broken = none_.key.substr(0, none_.key.size() / 2),
             one_line = boost::json::serialize(boost::json::string(none_.key));
  const std::vector<std::string> bad{
      block("certificate", app_.certificate) + block("key", none_.key),
      block("certificate", none_.certificate + none_.key) + block("key", none_.key),
      block("certificate", none_.key) + block("key", none_.certificate),
      block("certificate", none_.certificate) + block("key", broken),
      block("certificate", none_.certificate) + "  key: " + one_line + "\n  chain: " + one_line + "\n",
      block("certificate", none_.certificate) + "  sealedKey: " + one_line + "\n",
      block("certificate", none_.certificate) + "  certificateFile: " + one_line + "\n",
      "  " + one_line + ": x\n",
      "  certificate: |\n" + none_.key,
      block("certificate", none_.certificate) + "  key: [" + one_line + "]\n",
  };
  int number = 0;
  for (const auto& spec : bad) {
    const auto file = "bad" + std::to_string(++number) + ".yaml";
    EXPECT_NE(argos("apply -f " + input(file, certificate("none", spec))), 0) << file;
    world_.manifest(file, certificate("none" + std::to_string(number), spec));
  }
  argos("seal --for Certificate/none --from-file " + input("broken.pem", broken));
  send("PUT", "/api/v1/certificates/none",
       {{"spec", {{"host", none_.key}, {"certificate", none_.certificate}, {"key", none_.key}}}});
  send("PUT", "/api/v1/hosts/none", {{"spec", {{"domain", none_.key}, {"caddyHandlers", boost::json::array{none_.key}}}}});
  send("POST", "/api/v1/apply", {{"objects", boost::json::array{{{"kind", none_.key}}}}});
  EXPECT_TRUE(eventually([&] { return world_.argos("status").out.find("bad10.yaml") != std::string::npos; }));
}

void LeaksOfALife::look_at_everything() {
  for (const std::string command : {"status",
                                    "status -o json",
                                    "get certificates",
                                    "get certificates -o json",
                                    "get hosts -o yaml",
                                    "describe certificate app",
                                    "describe certificate api -o json",
                                    "describe host app",
                                    "explain certificate/app",
                                    "explain host/app -o json",
                                    "export",
                                    "history",
                                    "history certificate api -o json",
                                    "diff --revision 3",
                                    "drift -o json",
                                    "doctor",
                                    "config",
                                    "config -o json",
                                    "key check",
                                    "key check -o json",
                                    "explain controller certificates",
                                    "explain controller manifests -o json",
                                    "undo certificate api --dry-run",
                                    "integrity verify",
                                    "user list",
                                    "user list -o json",
                                    "token list -o json",
                                    "backup list -o json",
                                    "schema",
                                    "version"}) {
    argos(command);
  }
  for (const auto* const target : {"/api/v1/status", "/api/v1/certificates", "/api/v1/certificates/app", "/api/v1/hosts",
                                   "/api/v1/history", "/api/v1/manifests", "/api/v1/drift", "/api/v1/users", "/api/v1/tokens",
                                   "/api/v1/sessions", "/api/v1/keys", "/metrics"}) {
    ask(target);
  }
  for (const auto* const target : {"/metrics", "/healthz", "/readyz"}) said_ += world_.probe(target).body;
  said_ += world_.caddy_config();
  EXPECT_THAT(leaks_.in_family(world_.server->pid()), IsEmpty());
}

TEST_F(LeaksOfALife, NothingThatIsLeftBehindOrSaidHoldsAKey) {
  world_.start_caddy();
  start({{"ARGOS_MASTER_KEY", kFormer}});
  ASSERT_NO_FATAL_FAILURE(have_accounts());
  bring_good_ones();
  EXPECT_EQ(argos("backup now"), 0);
  stop();
  start({{"ARGOS_MASTER_KEY", kMaster}, {"ARGOS_MASTER_KEY_PREVIOUS", kFormer}});
  bring_bad_ones();
  EXPECT_EQ(shown(world_.https_port, "app.test"), app_.fingerprint);
  world_.manifest("certs/app.key", none_.key);  // renewed in halves
  EXPECT_TRUE(eventually([&] { return world_.argos("status").out.find("app.yaml") != std::string::npos; }));
  for (const auto& entry : fs::directory_iterator(world_.folder / "data/manual-certs")) {
    if (entry.path().extension() == ".key" && !entry.is_symlink()) std::ofstream(entry.path(), std::ios::app) << none_.key;
  }
  EXPECT_TRUE(eventually([&] { return world_.argos("drift").out.find(".key") != std::string::npos; }));
  EXPECT_EQ(argos("backup now"), 0);
  look_at_everything();
  world_.sql("UPDATE host_manual_certs SET key_pem_encrypted = 'nonsense' WHERE name = 'api'");
  EXPECT_TRUE(eventually([&] { return world_.condition("certificates/api", "Decryptable").starts_with("False"); }));
  look_at_everything();
  stop();
  start({{"ARGOS_MASTER_KEY", kWrong}});
  look_at_everything();
  stop();

  ASSERT_THAT(leaks_.in_files(world_.folder / "manifests"), Contains(HasSubstr("bad1.yaml: the key of none")))
      << "the search is blind";
  fs::remove_all(world_.folder / "manifests");
  EXPECT_THAT(leaks_.in_files(world_.folder.path()), IsEmpty());
  EXPECT_THAT(leaks_.in(said_), IsEmpty());
}

TEST(LeaksOfATest, WhatATestWithWholeProgramsLeavesBehindIsSearchedInItsEnd) {
  auto world = std::make_unique<World>();
  world->start_argos({{"ARGOS_MASTER_KEY", kMaster}});
  world->until_argos_answers();
  world->folder.write("data/planted", "its key is " + kMaster);
  EXPECT_NONFATAL_FAILURE(world.reset(), "planted: ARGOS_MASTER_KEY");
}

}  // namespace
}  // namespace argos::test
