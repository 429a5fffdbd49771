// SPDX-License-Identifier: Apache-2.0
// What most tests need: a folder of their own, a clock moved by hand, a loop to run a coroutine on, and waiting for a condition.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/migrations.hpp"
#include "runtime/clock.hpp"
#include "runtime/controller.hpp"
#include "runtime/store.hpp"
#include "runtime/task.hpp"

namespace argos::test {

// A new empty folder, gone with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "argos-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, std::string_view contents) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << contents;
    return file.string();
  }

 private:
  std::filesystem::path path_;
};

struct ManualClock final : Clock {
  Time now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(Span span) {
    now_ += span;
    wall_ += std::chrono::duration_cast<WallTime::duration>(span);
  }

 private:
  Time now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
};

// Runs a task on a loop of its own until it ends.
template <class T>
T run(boost::asio::io_context& context, Task<T> task) {
  std::exception_ptr thrown;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr e) { thrown = e; });
    context.restart();
    context.run();
    if (thrown) std::rethrow_exception(thrown);
  } else {
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr e, T value) {
      thrown = e;
      result.emplace(std::move(value));
    });
    context.restart();
    context.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }
}

// Steps the controller until nothing is due. A controller that wakes itself for ever is a defect.
inline void settle(boost::asio::io_context& context, Controller& controller) {
  constexpr int kMostSteps = 1000;
  for (int step = 0; step < kMostSteps; ++step) {
    if (!run(context, controller.step())) return;
  }
  throw std::logic_error("the controller does not settle");
}

// Waits for an effect of other processes or threads; false when it has not come in time.
inline bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // between two looks
  }
  return true;
}

// A store with this program's schema, ready.
inline std::unique_ptr<Store> ready_store(const std::string& path) {
  auto store = std::make_unique<Store>(path);
  if (auto opened = store->open(); !opened) throw std::runtime_error(opened.error().text());
  const auto migrated = store->unguarded([](Database& database) -> Result<> {
    auto done = migrate(database, migration_steps());
    if (!done) return done.error();
    return {};
  });
  if (!migrated) throw std::runtime_error(migrated.error().text());
  store->set_ready(true);
  return store;
}

}  // namespace argos::test
