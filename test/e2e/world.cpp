// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/world.hpp"

#include <csignal>

#include <boost/json.hpp>

#include "runtime/files.hpp"
#include "test/support/program.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;

constexpr int kMostKeys = 4;                               // of those that are written for Caddy
constexpr std::uintmax_t kLargest = 64UL * 1024 * 1024;    // a larger file is a test's ballast

bool may_hold_secrets(const fs::path& file) {
  const auto name = file.filename().string();
  return name.ends_with(".key") || name.find(".key.tmp-") != std::string::npos || name == "initial-admin-password";
}

std::string text_of(const Shell& said) { return said.out; }
std::string text_of(const Answer& said) { return said.body; }

}  // namespace

World::World() {
  std::filesystem::create_directories(folder / "manifests");
  std::filesystem::create_directories(folder / "data");
  std::filesystem::create_directories(folder / "log");
}

World::~World() {
  for (auto* process : {server.get(), caddy.get()}) {
    if (process == nullptr || !process->alive()) continue;
    process->signal(SIGKILL);
    process->wait();
  }
  search();
}

void World::start_caddy() {
  run_caddy(folder.write("boot.json", R"({"admin":{"listen":"127.0.0.1:)" + std::to_string(admin_port) + R"("}})"));
}

void World::start_caddy_as_shipped() {
  auto text = read_file(source_file("Caddyfile")).value();
  const auto put = [&](const std::string& shipped, const std::string& ours) {
    const auto at = text.find(shipped);
    if (at == std::string::npos) throw std::runtime_error("the Caddyfile has no " + shipped);
    text.replace(at, shipped.size(), ours);
  };
  put("caddy-admin:2019", "127.0.0.1:" + std::to_string(admin_port));
  put(":80 {", ":" + std::to_string(http_port) + " {");
  run_caddy(folder.write("Caddyfile", text));
}

void World::run_caddy(const std::string& config) {
  const char* const chosen = std::getenv("ARGOS_TEST_CADDY");
  caddy = std::make_unique<Process>(
      std::vector<std::string>{chosen == nullptr ? "caddy" : chosen, "run", "--config", config},
      std::map<std::string, std::string>{
          {"HOME", folder.path()}, {"XDG_DATA_HOME", folder / "caddy-data"}, {"XDG_CONFIG_HOME", folder / "caddy-config"}},
      folder.path(), folder / "caddy.log");
  if (!eventually([&] { return http(admin, "/config/").status == 200; }))
    throw std::runtime_error("Caddy does not start: " + caddy->log());
}

std::map<std::string, std::string> World::environment() const {
  return {{"ARGOS_DATA_DIR", folder / "data"},
          {"ARGOS_MANIFESTS_DIR", folder / "manifests"},
          {"ARGOS_CADDY_ADMIN", admin},
          {"ARGOS_HTTP_PORT", std::to_string(http_port)},
          {"ARGOS_HTTPS_PORT", std::to_string(https_port)},
          {"ARGOS_CADDY_ACCESS_LOG", folder / "log/access.log"},
          {"ARGOS_CADDY_ERRORS_LOG", folder / "log/errors.log"},
          {"ARGOS_LISTEN", "127.0.0.1:0"},
          {"ARGOS_LOG_LEVEL", "trace"}};
}

void World::start_argos(const std::map<std::string, std::string>& more) { launch({argos_binary(), "serve"}, more); }

void World::start_argos_as(int uid) {
  const auto id = std::to_string(uid);
  // The program may lie where only root may go.
  const auto program = folder / "argos";
  std::filesystem::copy_file(argos_binary(), program);
  launch({"setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups", program, "serve"}, {});
}

void World::launch(std::vector<std::string> command, const std::map<std::string, std::string>& more) {
  auto all = environment();
  for (const auto& [name, value] : more) all[name] = value;
  search_file(folder / "argos.log");
  keep_secrets(all);
  std::filesystem::remove(folder / "argos.log");
  server = std::make_unique<Process>(std::move(command), all, folder.path(), folder / "argos.log");
}

void World::until_argos_answers() {
  if (!eventually([&] { return probe("/healthz").status == 200 && api("/api/v1/hosts").status == 200; }))
    throw std::runtime_error("argos does not answer: " + server->log());
}

void World::until_ready() {
  if (!eventually([&] { return probe("/readyz").status == 200; }, std::chrono::seconds(20))) {
    throw std::runtime_error("argos does not become ready: " + probe("/readyz").body + "\n" + server->log());
  }
}

Answer World::get(const std::string& domain, const std::string& path) const {
  return http("http://127.0.0.1:" + std::to_string(http_port), path, domain);
}

bool World::serves(const std::string& domain, const std::string& body) const {
  const auto answer = get(domain);
  return answer.status == 200 && answer.body == body;
}

Shell World::argos(const std::string& arguments) const {
  return noted("argos " + arguments, shell("ARGOS_DATA_DIR='" + (folder / "data") + "' '" + argos_binary() + "' " + arguments));
}

Shell World::sql(const std::string& statement) const {
  // Argos may be writing down what it remembers just then.
  return shell("sqlite3 -cmd '.timeout 5000' '" + (folder / "data/argos.db") + "' \"" + statement + "\"");
}
Answer World::api(const std::string& target) const { return noted(target, http(socket(), target)); }

std::string World::url() const {
  const auto log = server->log();
  const std::string_view mark = "listening at ";
  const auto at = log.find(mark);
  if (at == std::string::npos) return "";
  const auto begins = at + mark.size();
  return log.substr(begins, log.find_first_of(" \n", begins) - begins);
}

Answer World::probe(const std::string& target) const {
  const auto at = url();
  return at.empty() ? Answer{} : noted(target + " over TCP", http(at, target));
}

std::string World::caddy_config() const { return http(admin, "/config/").body; }

std::string World::condition(const std::string& path, const std::string& type) const {
  const auto answer = api("/api/v1/" + path);
  boost::system::error_code bad;
  const auto object = boost::json::parse(answer.body, bad);
  if (bad || answer.status != 200) return "";
  for (const auto& item : object.at("status").at("conditions").as_array()) {
    if (item.at("type") != type.c_str()) continue;
    return std::string(item.at("status").as_string()) + " " + std::string(item.at("reason").as_string()) + " " +
           std::string(item.at("message").as_string());
  }
  return "";
}

int World::caddy_writes() const {
  int writes = 0;
  std::istringstream metrics(http(admin, "/metrics").body);
  for (std::string line; std::getline(metrics, line);) {
    const bool counts =
        line.starts_with("caddy_admin_http_requests_total{") && line.find("method=\"POST\"") != std::string::npos;
    if (counts && line.find("/adapt") == std::string::npos) writes += std::stoi(line.substr(line.rfind(' ') + 1));
  }
  return writes;
}

std::string World::host(const std::string& name, const std::string& domain, const std::string& body) {
  return "apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: " + name + "}\nspec:\n  domain: " + domain +
         "\n  tls: {mode: none}\n  caddyHandlers: [{handler: static_response, body: \"" + body + "\"}]\n---\n";
}

// ---- secrets that lie where none belongs

template <class Said>
Said World::noted(const std::string& asked, Said said) const {
  const std::lock_guard lock(said_mutex_);
  said_[asked] = text_of(said);
  return said;
}

void World::keep_secrets(const std::map<std::string, std::string>& environment) {
  constexpr std::size_t kKeyDigits = 64, kTellingBytes = 16;
  for (const std::string name : {"ARGOS_MASTER_KEY", "ARGOS_MASTER_KEY_PREVIOUS"}) {
    const auto held = environment.find(name);
    std::istringstream keys(held == environment.end() ? "" : held->second);
    for (std::string key; std::getline(keys, key, ',');) {
      if (key.size() == kKeyDigits && key.find_first_not_of("0123456789abcdef") == std::string::npos)
        leaks_.keep_secret_hex(name, key);
    }
  }
  for (const std::string name : {"ARGOS_SESSION_SECRET", "ARGOS_INITIAL_ADMIN_PASSWORD", "ARGOS_METRICS_TOKEN"}) {
    const auto held = environment.find(name);
    if (held != environment.end() && held->second.size() >= kTellingBytes) leaks_.keep_secret(name, held->second);
  }
}

void World::keep_secret_files() {
  std::error_code none;
  int kept = 0;
  for (const auto& entry : fs::directory_iterator(folder / "data/manual-certs", none)) {
    if (kept == kMostKeys) return;
    if (entry.path().extension() != ".key" || !fs::is_regular_file(entry.symlink_status())) continue;
    try {
      leaks_.keep_secret_key(entry.path().filename().string(), read_file(entry.path()).value());
      ++kept;
    } catch (const std::exception&) {  // a test wrote something else there
    }
  }
}

void World::search_file(const fs::path& file) {
  for (auto& found : leaks_.in_file(file)) found_.push_back(std::move(found));
}

void World::search() {
  keep_secret_files();
  if (!leaks_.keeps_any()) return;
  for (const auto* const log : {"argos.log", "caddy.log", "log/access.log", "log/errors.log"}) search_file(folder / log);
  std::error_code none;
  for (fs::recursive_directory_iterator entry(folder / "data", none), end; !none && entry != end; entry.increment(none)) {
    std::error_code gone;
    const bool is_file = fs::is_regular_file(entry->symlink_status(gone)) && entry->file_size(gone) <= kLargest;
    if (is_file && !may_hold_secrets(entry->path())) search_file(entry->path());
  }
  for (const auto& [asked, said] : said_) {
    for (const auto& found : leaks_.in(said)) found_.push_back("the answer to " + asked + ": " + found);
  }
  EXPECT_THAT(found_, testing::IsEmpty()) << "secrets where none belong";
}

}  // namespace argos::test
