// SPDX-License-Identifier: Apache-2.0
// What is learned of a server by one handshake: with certificates made for the purpose and a real server that shows them.
#include "runtime/tls_probe.hpp"

#include "test/support/caddy.hpp"
#include "test/support/tls_server.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct TlsProbeTest : testing::Test {
  test::TempFolder folder;
  boost::asio::io_context context;

  Result<ShownCertificate> look(const std::string& address, std::string name = "app.test",
                                std::chrono::milliseconds patience = 5s) {
    TlsProbe probe(address);
    return test::run(context, probe.look(std::move(name), patience));
  }
};

TEST_F(TlsProbeTest, TheFactsOfTheCertificateAreTold) {
  const auto made = test::make_certificate(test::Wish{.names = {"app.test", "*.app.test"}, .days = 30});
  const test::TlsServer server(folder, made);
  const auto seen = look(server.address());
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(seen->leaf.fingerprint, made.fingerprint);
  EXPECT_THAT(seen->leaf.names, testing::ElementsAre("app.test", "*.app.test"));
  EXPECT_FALSE(seen->trusted);
  EXPECT_THAT(seen->not_trusted_why, HasSubstr("self"));
}

TEST_F(TlsProbeTest, AnExpiredOneIsShownAllTheSame) {
  const test::TlsServer server(folder, test::make_certificate(test::Wish{.names = {"app.test"}, .days = -1}));
  const auto seen = look(server.address());
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_LT(seen->leaf.not_after, std::chrono::system_clock::now());
}

TEST_F(TlsProbeTest, TheNameDecidesWhichCertificateIsShown) {
  const auto one = test::make_certificate("one.test"), two = test::make_certificate("two.test");
  const test::TlsServer server(folder, one, "two.test", two);
  EXPECT_EQ(look(server.address(), "one.test")->leaf.fingerprint, one.fingerprint);
  EXPECT_EQ(look(server.address(), "two.test")->leaf.fingerprint, two.fingerprint);
}

TEST_F(TlsProbeTest, NobodyThereIsUnreachable) {
  const auto seen = look("127.0.0.1:" + std::to_string(test::free_port()));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().reason, "Unreachable");
}

TEST_F(TlsProbeTest, WhoSpeaksNoTlsFailsTheHandshake) {
  test::Backend plain("plain");
  const auto seen = look("127.0.0.1:" + std::to_string(plain.port()), "app.test", 500ms);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().reason, "HandshakeFailed");
}

TEST_F(TlsProbeTest, WhoSaysNothingIsNotWaitedForLongerThanAsked) {
  const test::SilentServer silent;
  const auto begun = std::chrono::steady_clock::now();
  const auto seen = look(silent.address(), "app.test", 200ms);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().reason, "HandshakeFailed");
  EXPECT_THAT(seen.error().message, HasSubstr("not in time"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

}  // namespace
}  // namespace argos
