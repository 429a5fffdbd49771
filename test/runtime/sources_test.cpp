// SPDX-License-Identifier: Apache-2.0
#include "runtime/sources.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "runtime/rows.hpp"
#include "test/support/support.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using namespace std::chrono_literals;

// Runs a source on a loop by hand: until it has marked something, or for a while in which it should not.
struct Running {
  explicit Running(Source& source) {
    asio::co_spawn(context, source.run([this](const Key&, std::string_view) { ++marks; }),
                   asio::bind_cancellation_slot(cancel.slot(), [](const std::exception_ptr&) {}));
  }
  ~Running() {
    cancel.emit(asio::cancellation_type::terminal);
    context.restart();
    context.run();
  }
  // Lets what is already on its way arrive, and forgets it.
  void quiet() {
    do {
      marks = 0;
      context.restart();
      context.run_for(150ms);
    } while (marks > 0);
  }
  void until(const std::function<bool()>& holds) {
    while (!holds()) {
      context.restart();
      context.run_one_for(50ms);
    }
  }
  bool marked(std::chrono::milliseconds most = 5s) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (marks == 0 && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_one_for(50ms);
    }
    return marks > 0;
  }
  asio::io_context context;
  asio::cancellation_signal cancel;
  int marks = 0;
};

struct FolderWatchTest : testing::Test {
  test::TempFolder folder;
  std::string watched = folder / "manifests";
  void SetUp() override { fs::create_directories(watched); }
};

TEST_F(FolderWatchTest, MarksOnceAtTheStart) {
  FolderWatch source({}, watched);
  Running running(source);
  EXPECT_TRUE(running.marked());
}

TEST_F(FolderWatchTest, NoticesANewAChangedAndARemovedFile) {
  FolderWatch source({}, watched);
  Running running(source);
  running.quiet();
  folder.write("manifests/a.yaml", "x");
  EXPECT_TRUE(running.marked());
  running.quiet();
  folder.write("manifests/a.yaml", "y");
  EXPECT_TRUE(running.marked());
  running.quiet();
  fs::remove(watched + "/a.yaml");
  EXPECT_TRUE(running.marked());
}

TEST_F(FolderWatchTest, NoticesAnEditorsRenameAndReplace) {
  folder.write("manifests/a.yaml", "x");
  FolderWatch source({}, watched);
  Running running(source);
  running.quiet();
  folder.write("manifests/.a.yaml.tmp", "y");
  running.quiet();
  fs::rename(watched + "/.a.yaml.tmp", watched + "/a.yaml");
  EXPECT_TRUE(running.marked());
}

TEST_F(FolderWatchTest, NoticesFilesInANewSubFolder) {
  FolderWatch source({}, watched);
  Running running(source);
  running.quiet();
  fs::create_directories(watched + "/team/web");
  running.quiet();
  folder.write("manifests/team/web/a.yaml", "x");
  EXPECT_TRUE(running.marked());
}

TEST_F(FolderWatchTest, NoticesAConfigMapsLinkBeingSwapped) {
  folder.write("manifests/..1/a.yaml", "x");
  folder.write("manifests/..2/a.yaml", "y");
  fs::create_directory_symlink("..1", watched + "/..data");
  fs::create_symlink("..data/a.yaml", watched + "/a.yaml");
  FolderWatch source({}, watched);
  Running running(source);
  running.quiet();
  fs::create_directory_symlink("..2", watched + "/..data_tmp");
  running.quiet();
  fs::rename(watched + "/..data_tmp", watched + "/..data");
  EXPECT_TRUE(running.marked());
}

TEST_F(FolderWatchTest, NoticesThatTheFolderItselfIsALinkThatWasSwapped) {
  folder.write("one/a.yaml", "x");
  folder.write("two/a.yaml", "y");
  fs::create_directory_symlink("one", folder / "current");
  FolderWatch source({}, folder / "current");
  Running running(source);
  running.quiet();
  fs::create_directory_symlink("two", folder / "next");
  running.quiet();
  fs::rename(folder / "next", folder / "current");
  EXPECT_TRUE(running.marked());
}

TEST_F(FolderWatchTest, NoticesThatAMissingFolderAppears) {
  FolderWatch source({}, folder / "later/manifests");
  Running running(source);
  running.quiet();
  folder.write("later/manifests/a.yaml", "x");
  EXPECT_TRUE(running.marked());
}

// Where the folder lies beside a database, say.
TEST_F(FolderWatchTest, WhatIsWrittenBesideTheFolderIsNoMove) {
  std::ofstream beside(folder / "argos.db-wal");
  FolderWatch source({}, watched);
  Running running(source);
  running.quiet();
  beside << "x";
  beside.close();
  EXPECT_FALSE(running.marked(300ms));
}

TEST_F(FolderWatchTest, IsQuietWhileNothingMoves) {
  folder.write("manifests/a.yaml", "x");
  FolderWatch source({}, watched);
  Running running(source);
  running.quiet();
  EXPECT_FALSE(running.marked(300ms));
}

TEST(FeedWatch, SeesWhatAnotherProcessWrote) {
  const test::TempFolder folder;
  const auto store = test::ready_store(folder / "argos.db");
  int marks = 0;
  store->watch(Kind::host, [&](const Key&, std::string_view) { ++marks; });
  FeedWatch source(*store);
  Running running(source);
  running.quiet();
  ASSERT_EQ(std::system(("sqlite3 '" + store->path() + "' \"INSERT INTO hosts (name) VALUES ('x')\"").c_str()), 0);
  EXPECT_TRUE(test::eventually([&] {
    running.context.restart();
    running.context.run_one_for(10ms);
    return marks == 1;
  }));
}

// A server that answers one request and then holds the connection until it is told to close it.
struct HoldingServer {
  HoldingServer(asio::io_context& context, const std::string& path)
      : acceptor(context, asio::local::stream_protocol::endpoint(path)), peer(context) {
    acceptor.async_accept(peer, [this](const boost::system::error_code& failed) {
      if (failed) return;
      asio::async_read_until(peer, asio::dynamic_buffer(request), "\r\n\r\n",
                             [this](const boost::system::error_code&, std::size_t) {
                               asio::async_write(peer, asio::buffer(answer),
                                                 [this](const boost::system::error_code&, std::size_t) { answered = true; });
                             });
    });
  }
  asio::local::stream_protocol::acceptor acceptor;
  asio::local::stream_protocol::socket peer;
  std::string request, answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  bool answered = false;
};

TEST(ConnectionWatch, MarksWhenAConnectionBeginsWhenItEndsAndWhenNoneCanBeHad) {
  const test::TempFolder folder;
  const auto path = folder / "admin.sock";
  ConnectionWatch source({}, *Endpoint::parse("unix://" + path), "/");
  Running running(source);
  EXPECT_TRUE(running.marked()) << "nobody is there";
  auto server = std::make_unique<HoldingServer>(running.context, path);
  running.until([&] { return server->answered; });
  running.quiet();
  EXPECT_FALSE(running.marked(200ms)) << "an idle connection is no news";
  server->peer.close();
  EXPECT_TRUE(running.marked()) << "it ended the connection";
}

}  // namespace
}  // namespace argos
