// SPDX-License-Identifier: Apache-2.0
// Who listens on which TCP port of this machine, as /proc tells it: for `doctor`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace argos {

struct Listener {
  std::string address;  // "0.0.0.0", "127.0.0.1", "::1"
  int port = 0;
  std::uint64_t inode = 0;

  bool everywhere() const { return address == "0.0.0.0" || address == "::"; }
};

// The listening sockets in the text of /proc/net/tcp or /proc/net/tcp6. Lines that make no sense are passed over.
std::vector<Listener> parse_listeners(std::string_view table);

// Those of this network namespace, on that port.
std::vector<Listener> listeners_on(int port, const std::string& proc = "/proc");

struct Process {
  int pid = 0;
  std::string name;
};
// Who has that socket open; nothing where this user may not look.
std::optional<Process> process_of(std::uint64_t inode, const std::string& proc = "/proc");

}  // namespace argos
