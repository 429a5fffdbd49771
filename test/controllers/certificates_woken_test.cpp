// SPDX-License-Identifier: Apache-2.0
// What has the certificates controller look: the folder's watch alone, and the scan alone.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "controllers/certificates.hpp"
#include "runtime/files.hpp"
#include "runtime/manager.hpp"
#include "runtime/rows.hpp"
#include "test/support/certificates.hpp"
#include "test/support/support.hpp"

namespace argos::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kOften = 20ms;  // a scan
constexpr auto kPatience = 20s;

struct CertificatesWoken : testing::Test {
  CertificatesWoken() {
    fs::create_directories(certs);
    const auto put_it = store->write([&](Database& database) -> Result<> {
      const Certificate spec{"app", made.certificate, "", ring.seal({"Certificate", "cert", "key"}, made.key).value()};
      const auto done = put(database, "cert", spec, ManagedBy::apply, "cli");
      if (!done) return done.error();
      return {};
    });
    EXPECT_TRUE(put_it);
  }
  ~CertificatesWoken() override {
    manager.stop();
    context.run();
  }
  Manager::Wiring add() {
    return manager.add<Certificates>(*store, conditions, http, workers, clock, ring,
                                     Certificates::Options{.folder = certs, .caddy_admin = nobody});
  }
  bool soon(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds() && std::chrono::steady_clock::now() < end) context.run_for(5ms);
    return holds();
  }
  bool is_whole() const {
    const auto key = read_file(file);
    struct stat about {};
    return key && *key == made.key && ::lstat(file.c_str(), &about) == 0 && (about.st_mode & 07777U) == kKeyMode;
  }
  void begin() {
    boost::asio::co_spawn(context, manager.run(), [](const std::exception_ptr&) {});
  }
  // Each is seen by whoever is to look, and nothing else has it look.
  void expect_mended(const std::vector<std::function<void()>>& hands) {
    const auto rests = [&] { return is_whole() && manager.find("certificates")->idle(); };
    ASSERT_TRUE(soon(rests));
    for (const auto& tamper : hands) {
      tamper();
      ASSERT_TRUE(soon(rests));
    }
  }

  const std::vector<std::function<void()>> seen_by_a_watch{
      [&] { std::ofstream(file, std::ios::app) << "x"; }, [&] { fs::permissions(file, fs::perms::all); },
      [&] { fs::remove(file); }, [&] { fs::rename(folder.write("another", "planted"), file); }};
  const std::vector<std::function<void()>> seen_by_no_watch{[&] { fs::resize_file(file, 3); }};  // nobody opened it

  const TempFolder folder;
  const std::string certs = folder / "manual-certs";
  const MadeCertificate made = make_certificate("app.test");
  const std::string file = certs + "/app." + pair_id(made.certificate, made.key) + ".key";
  boost::asio::io_context context;
  SystemClock clock;
  std::unique_ptr<Store> store = ready_store(folder / "argos.db");
  Conditions conditions{clock};
  BeastHttpClient http;
  Workers workers;
  const KeyRing ring{std::string(64, 'a'), {}};
  const Endpoint nobody = Endpoint::parse("unix://" + (folder / "no.sock")).value();
  Manager manager{*store, conditions, clock};
};

TEST_F(CertificatesWoken, ByTheWatchAloneOfWhatItSees) {
  add().files(certs);
  begin();
  expect_mended(seen_by_a_watch);
}

TEST_F(CertificatesWoken, ByTheScanAloneOfAnything) {
  add().every(kOften);
  begin();
  expect_mended(seen_by_a_watch);
  expect_mended(seen_by_no_watch);
}

}  // namespace
}  // namespace argos::test
