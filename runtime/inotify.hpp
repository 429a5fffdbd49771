// SPDX-License-Identifier: Apache-2.0
// The kernel's file events, less their details: "something under these folders moved".
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "runtime/task.hpp"

namespace argos {

// Loop thread only. Every failure to watch is silent: callers look again from time to time in any case.
class Inotify {
 public:
  // What counts: a file written is one closed after writing (an editor's save), or each write (a log, a WAL).
  enum class Writes { when_closed, each };
  explicit Inotify(boost::asio::any_io_executor executor, Writes writes = Writes::when_closed);

  using Paths = std::vector<std::filesystem::path>;
  // Watches exactly these folders (no sub-folders) from now on; of the `ways` only which names there are, not what is written there.
  // True: one of them was not watched until now.
  bool watch(const Paths& folders, const Paths& ways = {});
  // Waits until something in a watched folder moved (false: `most` has passed), and swallows what came with it.
  Task<bool> moved(std::chrono::steady_clock::duration most);

 private:
  void drain();

  boost::asio::posix::stream_descriptor descriptor_;
  std::uint32_t events_;
  std::vector<int> watches_;
};

}  // namespace argos
