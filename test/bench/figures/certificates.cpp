// SPDX-License-Identifier: Apache-2.0
#include "test/bench/figures/certificates.hpp"

#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "controllers/certificates.hpp"
#include "runtime/rows.hpp"
#include "test/bench/figures/figure.hpp"
#include "test/e2e/certificates.hpp"
#include "test/support/support.hpp"

namespace argos::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kCertificates = 1000;
constexpr int kColdRounds = 3, kScanRounds = 9;

std::string name(int at) { return "host-" + std::to_string(at); }

// The controller, a database and a folder.
class Bench {
 public:
  // ext4 seeks past every inode that was deleted lately in a block group, whoever asks for one: each folder in a group of its own.
  Bench() {
    test::shell("chattr +T '" + home_.path().string() + "' 2>/dev/null");
    std::vector<test::MadeCertificate> made;
    for (int at = 0; at < kCertificates; ++at) made.push_back(test::make_certificate(name(at) + ".test"));
    write_rows(made);
  }

  double cold() {
    folder_ = home_ / ("manual-certs-" + std::to_string(++rounds_));
    store_->write([](Database& database) { return database.run("DELETE FROM certificate_files"); }).value();
    controller_ = std::make_unique<Controller>(
        std::make_unique<Certificates>(*store_, conditions_, http_, workers_, clock_, ring_,
                                       Certificates::Options{.folder = folder_, .caddy_admin = {{}, 0, home_ / "nobody"}}),
        conditions_, clock_);
    const auto took = pass();
    if (!conditions_.is_true(controller_->key(), "Ready")) throw std::runtime_error("the pass to be measured fails");
    return took;
  }

  double pass() {
    controller_->mark(controller_->key(), "bench");
    return milliseconds_of([&] { test::settle(context_, *controller_); });
  }

  double plain_writes() const {
    const auto copies = fs::path(folder_ + "-copies");
    fs::create_directories(copies);
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& file : pair_files()) files.emplace_back(copies / file.filename(), read_file(file).value());
    const auto took = milliseconds_of([&] {
      for (const auto& [path, bytes] : files) write_plainly(path, bytes);
    });
    return took;
  }

  double sha256sum() const {
    return milliseconds_of([&] { test::shell("cd '" + folder_ + "' && sha256sum *.*.crt *.*.key > /dev/null"); });
  }

 private:
  void write_rows(const std::vector<test::MadeCertificate>& made) {
    const auto written = store_->write([&](Database& database) -> Result<> {
      for (int at = 0; at < kCertificates; ++at) {
        const auto& one = made[static_cast<std::size_t>(at)];
        const Certificate row{name(at), one.certificate, "", ring_.seal({"Certificate", name(at), "key"}, one.key).value()};
        if (auto put_it = put(database, name(at), row, ManagedBy::apply, "cli"); !put_it) return put_it.error();
      }
      return {};
    });
    written.value();
  }

  std::vector<fs::path> pair_files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!entry.is_symlink()) out.push_back(entry.path());
    }
    return out;
  }

  static void write_plainly(const std::string& path, const std::string& bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool done = ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(file) == 0;
    ::close(file);
    if (!done) throw std::runtime_error("cannot write " + path);
  }

  test::TempFolder home_;
  std::string folder_;
  int rounds_ = 0;
  KeyRing ring_{test::CertificateWorld::kMasterKey, {}};
  boost::asio::io_context context_;
  BeastHttpClient http_;
  Workers workers_;
  SystemClock clock_;
  Conditions conditions_{clock_};
  std::unique_ptr<Store> store_ = test::ready_store(home_ / "argos.db");
  std::unique_ptr<Controller> controller_;
};

int loads_of_an_import() {
  test::CertificateWorld world;
  world.start_caddy();
  world.start_argos();
  world.until_ready();
  std::vector<std::string> names;
  for (int at = 0; at < kCertificates; ++at) names.push_back(name(at));
  const auto before = world.caddy_writes();
  if (!world.bring(names)) throw std::runtime_error("the import is refused");
  if (!test::eventually([&] { return world.shows(names.front()) && world.shows(names.back()); }, std::chrono::minutes(1))) {
    throw std::runtime_error("an imported certificate is not shown");
  }
  world.until_ready();
  return world.caddy_writes() - before;
}

}  // namespace

CertificateCost measure_certificates() {
  spdlog::set_level(spdlog::level::off);
  Bench bench;
  std::vector<double> colds, plain, scans, sums;
  for (int round = 0; round < kColdRounds; ++round) {
    colds.push_back(bench.cold());
    plain.push_back(bench.plain_writes());
  }
  for (int round = 0; round < kScanRounds; ++round) {
    scans.push_back(bench.pass());
    sums.push_back(bench.sha256sum());
  }
  return {kCertificates, median(colds), median(plain), median(scans), median(sums), loads_of_an_import()};
}

}  // namespace argos::bench
