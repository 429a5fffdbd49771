// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/site.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/algorithm/string/replace.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kRounds = 9;
constexpr int kBoots = 3;
constexpr auto kPatience = 60s;

// Closer than test::eventually: these waits are measured.
void wait_until(const std::function<bool()>& holds, const char* what, std::chrono::milliseconds between = 5ms) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error(fmt::format("in vain: {}", what));
    std::this_thread::sleep_for(between);
  }
}

double milliseconds_of_curl(const std::string& arguments) {
  const auto curl = test::shell("curl -sS -o /dev/null -w '%{time_total} %{http_code}' " + arguments);
  double seconds = 0;
  int status = 0;
  std::istringstream(curl.out) >> seconds >> status;
  if (status != 200) throw std::runtime_error("curl " + arguments + ": " + curl.out);
  return seconds * 1000;
}

void end(std::unique_ptr<test::Process>& process) {
  if (!process) return;
  process->signal(SIGKILL);
  process->wait();
  process.reset();
}

}  // namespace

Site::Site(int hosts) {
  cost_.hosts = hosts;
  for (int one = 0; one < hosts; ++one) world_.manifest(name(one) + ".yaml", manifest(name(one), "form0"));
}

// A host that answers by itself, so that its form can be seen, with a target group as any other has one.
boost::json::value Site::host(const std::string& name, const std::string& form) {
  return {{"apiVersion", "argos.edge/v1"},
          {"kind", "Host"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"domain", name + ".test"},
            {"targetGroup", name == kApplied ? "host-0" : name},
            {"tls", {{"mode", "none"}}},
            {"caddyHandlers", boost::json::array{{{"handler", "static_response"}, {"body", form}}}}}}};
}

// JSON is YAML.
std::string Site::manifest(const std::string& name, const std::string& form) {
  const boost::json::value group{{"apiVersion", "argos.edge/v1"},
                                 {"kind", "TargetGroup"},
                                 {"metadata", {{"name", name}}},
                                 {"spec", {{"targets", boost::json::array{{{"host", "192.0.2.7"}, {"port", 8080}}}}}}};
  return boost::json::serialize(group) + "\n---\n" + boost::json::serialize(host(name, form)) + "\n";
}

bool Site::serves(const std::string& name, const std::string& form) const {
  return test::ask(world_.http_port, {.host = name + ".test"}).body == form;
}

// Whoever asks slows down what is measured. So nobody does before half a bare load's time is over, in which nothing can be served.
void Site::until_served(const std::string& name, const std::string& form) const {
  std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(cost_.load / 2));
  wait_until([&] { return serves(name, form); }, "a form is served", 2ms);
}

bool Site::is_ready() const { return test::http("http://" + argos_listens_, "/readyz").status == 200; }
void Site::until_ready() const {
  wait_until([&] { return is_ready(); }, "argos is ready");
}

std::string Site::document() const {
  auto out = world_.caddy_config();
  const auto replace = [&](int from, int to) { boost::replace_all(out, fmt::format(":{}", from), fmt::format(":{}", to)); };
  replace(world_.http_port, yardstick_.http_port());
  replace(world_.https_port, yardstick_.https_port());
  replace(world_.admin_port, yardstick_.endpoint().port);
  boost::replace_all(out, world_.folder / "log", yardstick_.folder().path().string());
  return out;
}

void Site::measure() {
  boots();
  saves();
  const auto resync = measure_resync(world_);
  cost_.get = resync.get;
  cost_.resync = resync.pass;
  cost_.resync_writes = resync.writes;
  double pages = 0, resident = 0;
  std::ifstream(fmt::format("/proc/{}/statm", world_.server->pid())) >> pages >> resident;
  cost_.memory_mib = resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// With the rows there, and a Caddy that has just started with its admin endpoint and nothing else.
double Site::boot() {
  end(world_.server);
  end(world_.caddy);
  world_.start_caddy();
  return milliseconds_of([&] {
    world_.start_argos({{"ARGOS_LISTEN", argos_listens_}, {"ARGOS_LOG_LEVEL", "info"}});
    until_ready();
  });
}

void Site::boots() {
  const auto last = name(cost_.hosts - 1);
  boot();  // the rows are made
  until_served(last, "form0");
  std::vector<double> boots, loads;
  for (int round = 0; round < kBoots; ++round) {
    boots.push_back(boot());
    if (!serves(last, "form0")) throw std::runtime_error("argos is ready, and a host is not served");
    yardstick_.kill9();
    yardstick_.start();
    loads.push_back(bare_load(document()));
  }
  cost_.boot = median(boots);
  cost_.first_load = median(loads);
}

// By curl's own clock: less its start, which takes as long as a small load.
double Site::bare_load(const std::string& document) const {
  const auto file = yardstick_.folder().write("document.json", document);
  return milliseconds_of_curl(
      fmt::format("-H 'Content-Type: application/json' --data-binary @'{}' {}/config/", file, yardstick_.endpoint().text()));
}

double Site::save_file(const std::string& form) {
  const auto next = world_.folder.write("next.yaml", manifest(name(0), form));
  const auto took = milliseconds_of([&] {
    fs::rename(next, world_.folder / ("manifests/" + name(0) + ".yaml"));
    until_served(name(0), form);
  });
  until_ready();
  return took;
}

double Site::save_row(const std::string& form) {
  const auto body = boost::json::serialize(boost::json::value{{"objects", {host(kApplied, form)}}});
  const auto took = milliseconds_of([&] {
    const auto socket = "unix://" + (world_.folder / "data/argos.sock");
    if (test::http(socket, "/api/v1/apply", {}, "POST", body).status != 200) throw std::runtime_error("apply is refused");
    until_served(kApplied, form);
  });
  until_ready();
  return took;
}

// Each form is new, so that no document is one that Caddy runs already: such a load would be none. A bare load goes between two saves,
// since argos rests after a load for as long as that took, and a save should find it rested.
void Site::saves() {
  save_row("form0");
  cost_.load = bare_load(document());
  std::vector<double> loads, files, rows;
  for (int round = 1; round <= kRounds; ++round) {
    files.push_back(save_file(fmt::format("form{}", round)));
    loads.push_back(bare_load(document()));
    rows.push_back(save_row(fmt::format("form{}", round)));
    loads.push_back(bare_load(document()));
  }
  cost_.document_kib = static_cast<double>(world_.caddy_config().size()) / 1024;
  cost_.load = median(loads);
  cost_.saved_file = median(files);
  cost_.saved_row = median(rows);
}

void Site::begin_idle() {
  idle_cpu_ = cpu_seconds();
  idle_posts_ = world_.caddy_writes();
  idle_stamp_ = stamp_of_database();
}

void Site::end_idle(std::chrono::seconds waited) {
  cost_.idle_percent = 100 * (cpu_seconds() - idle_cpu_) / static_cast<double>(waited.count());
  cost_.idle_writes = world_.caddy_writes() - idle_posts_ + (stamp_of_database() == idle_stamp_ ? 0 : 1);
}

double Site::cpu_seconds() const {
  std::ifstream file(fmt::format("/proc/{}/stat", world_.server->pid()));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  constexpr int kBeforeTimes = 11;  // "state" to "cmajflt", proc(5)
  std::string skipped;
  for (int field = 0; field < kBeforeTimes; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Moves with every commit.
std::string Site::stamp_of_database() const {
  std::string out;
  for (const auto* const file : {"data/argos.db", "data/argos.db-wal"}) {
    struct stat held {};
    if (::stat((world_.folder / file).c_str(), &held) != 0) continue;
    out += fmt::format("{} {}.{};", held.st_size, held.st_mtim.tv_sec, held.st_mtim.tv_nsec);
  }
  return out;
}

}  // namespace argos::bench
