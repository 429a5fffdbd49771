// SPDX-License-Identifier: Apache-2.0
// A file that another program appends to: its whole lines, each once, also where it is rotated, cut short, or not there yet.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/reconciler.hpp"

namespace argos {

// No Asio, no clock. A file that cannot be read is one without lines.
class LogTail {
 public:
  static constexpr std::uint64_t kLookBack = 256UL * 1024;  // into what was there before the first look
  static constexpr std::size_t kMostAtOnce = 256UL * 1024;
  static constexpr std::size_t kLongestLine = 64UL * 1024;  // a longer one is left out

  using Take = std::function<void(std::string_view line)>;

  explicit LogTail(std::string path) : path_(std::move(path)) {}
  ~LogTail() { close(); }
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  // Hands over the lines that have come since the last time. True: there may be more of them at once.
  bool read(const Take& take);

 private:
  bool open();
  void close();
  bool is_replaced() const;
  std::size_t read_some(const Take& take, std::size_t most);
  void append(std::string_view bytes, const Take& take);

  // Constant after construction
  std::string path_;
  // Between two reads
  int file_ = -1;
  std::uint64_t offset_ = 0;
  std::string begun_;      // of a line whose end has not come
  bool skipping_ = false;  // up to the end of a line that is too long, or that began before the first look
  bool looked_ = false;
};

// Follows the file and hands each line to `take`; where that says true the key is marked.
class LogFollower final : public Source {
 public:
  using Take = std::function<bool(std::string_view line)>;
  LogFollower(Key key, std::string path, Take take) : key_(std::move(key)), tail_(std::move(path)), take_(std::move(take)) {}
  Task<void> run(Sink sink) override;

 private:
  Key key_;
  LogTail tail_;
  Take take_;
};

}  // namespace argos
