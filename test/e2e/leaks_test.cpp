// SPDX-License-Identifier: Apache-2.0
// A whole life of certificates and keys at log level trace, good ones and every kind of mishap; then all that it left behind and said
// is searched for the keys.
#include <csignal>

#include "test/e2e/world.hpp"
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

class LeaksOfALife : public testing::Test {
 protected:
  LeaksOfALife() {
    leaks_.keep_secret_hex("the former master key", kFormer);
    leaks_.keep_secret_hex("the master key", kMaster);
    leaks_.keep_secret_key("the key of app", app_.key);
    leaks_.keep_secret_key("the key of api", api_.key);
    leaks_.keep_secret_key("the key of none", none_.key);
  }

  void start(std::map<std::string, std::string> keys) {
    keys.emplace("ARGOS_LOG_LEVEL", "trace");
    world_.start_argos(keys);
    world_.until_argos_answers();
  }
  void stop() {
    world_.server->signal(SIGTERM);
    world_.server->wait();
    said_ += world_.server->log();
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

  void bring_good_ones();
  void bring_bad_ones();
  void look_at_everything();

  const TempFolder inputs_;
  const MadeCertificate app_ = make_certificate("app.test"),
                        api_ = make_certificate(Wish{.names = {"api.test"}, .key = "RSA 2048"}),
                        none_ = make_certificate(Wish{.names = {"none.test"}, .key = "ED25519"});
  Leaks leaks_;
  std::string said_;
  World world_;
};

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
                                    "schema",
                                    "version"}) {
    argos(command);
  }
  for (const auto* const target :
       {"/api/v1/status", "/api/v1/certificates", "/api/v1/certificates/app", "/api/v1/hosts", "/api/v1/history"}) {
    ask(target);
  }
  for (const auto* const target : {"/metrics", "/healthz", "/readyz"}) said_ += world_.probe(target).body;
  said_ += world_.caddy_config();
  EXPECT_THAT(leaks_.in_family(world_.server->pid()), IsEmpty());
}

TEST_F(LeaksOfALife, NothingThatIsLeftBehindOrSaidHoldsAKey) {
  world_.start_caddy();
  start({{"ARGOS_MASTER_KEY", kFormer}});
  bring_good_ones();
  stop();
  start({{"ARGOS_MASTER_KEY", kMaster}, {"ARGOS_MASTER_KEY_PREVIOUS", kFormer}});
  bring_bad_ones();
  EXPECT_EQ(shown(world_.https_port, "app.test"), app_.fingerprint);
  world_.manifest("certs/app.key", none_.key);  // renewed in halves
  EXPECT_TRUE(eventually([&] { return world_.argos("status").out.find("app.yaml") != std::string::npos; }));
  look_at_everything();
  world_.sql("UPDATE host_manual_certs SET key_pem_encrypted = 'nonsense' WHERE name = 'api'");
  EXPECT_TRUE(eventually([&] { return world_.condition("certificates/api", "Decryptable").starts_with("False"); }));
  look_at_everything();
  stop();
  start({{"ARGOS_MASTER_KEY", std::string(64, '0')}});
  look_at_everything();
  stop();

  ASSERT_THAT(leaks_.in_files(world_.folder / "manifests"), Contains(HasSubstr("bad1.yaml: the key of none")))
      << "the search is blind";
  fs::remove_all(world_.folder / "manifests");
  EXPECT_THAT(leaks_.in_files(world_.folder.path()), IsEmpty());
  EXPECT_THAT(leaks_.in(said_), IsEmpty());
}

}  // namespace
}  // namespace argos::test
