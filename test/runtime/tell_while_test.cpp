// SPDX-License-Identifier: Apache-2.0
#include "runtime/tell_while.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "runtime/workers.hpp"

namespace argos {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

struct TellWhileTest : ::testing::Test {
  asio::io_context context;
  Workers workers{1};
  std::atomic<int> told = 0;
  int over = 0, made = 0;
  std::exception_ptr thrown;

  // False: it has not ended in time.
  bool await(std::function<int()> job) {
    auto tell = [this](bool is_over) { is_over ? ++over : ++told; };
    auto running = workers.run(std::move(job));
    bool ended = false;
    asio::co_spawn(context, tell_while(std::move(running), std::move(tell), 1ms), [&](std::exception_ptr why, int value) {
      thrown = std::move(why);
      made = value;
      ended = true;
    });
    context.run_for(10s);
    return ended;
  }
};

TEST_F(TellWhileTest, TellsUntilTheWorkIsDone) {
  ASSERT_TRUE(await([this] {
    while (told < 3) std::this_thread::yield();
    return 7;
  }));
  EXPECT_EQ(made, 7);
  EXPECT_EQ(over, 1);
}

TEST_F(TellWhileTest, WorkThatThrowsEndsIt) {
  ASSERT_TRUE(await([]() -> int { throw std::runtime_error("no thread"); }));
  EXPECT_THROW(std::rethrow_exception(thrown), std::runtime_error);
  EXPECT_EQ(over, 1);
}

}  // namespace
}  // namespace argos
