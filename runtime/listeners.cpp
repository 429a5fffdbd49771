// SPDX-License-Identifier: Apache-2.0
#include "runtime/listeners.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <arpa/inet.h>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kListening = "0A";
constexpr std::size_t kWord = 8;  // hex digits

template <class T>
std::optional<T> number(std::string_view text, int base) {
  T out{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// Words of four bytes each, in the machine's order.
std::optional<std::string> address_of(std::string_view hex) {
  constexpr std::size_t kMostWords = 4;
  if (hex.size() != kWord && hex.size() != kMostWords * kWord) return std::nullopt;
  std::array<std::uint32_t, kMostWords> words{};
  for (std::size_t at = 0; at * kWord < hex.size(); ++at) {
    const auto word = number<std::uint32_t>(hex.substr(at * kWord, kWord), 16);
    if (!word) return std::nullopt;
    words[at] = *word;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = hex.size() == kWord ? AF_INET : AF_INET6;
  if (::inet_ntop(family, words.data(), text.data(), text.size()) == nullptr) return std::nullopt;
  return text.data();
}

// "  0: 0100007F:1F90 00000000:0000 0A … uid timeout inode …"
std::optional<Listener> parse_line(const std::string& line) {
  std::istringstream fields(line);
  std::string number_of_line, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
  fields >> number_of_line >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
  const auto colon = local.find(':');
  if (state != kListening || colon == std::string::npos) return std::nullopt;
  const auto address = address_of(std::string_view(local).substr(0, colon));
  const auto port = number<int>(std::string_view(local).substr(colon + 1), 16);
  const auto node = number<std::uint64_t>(inode, 10);
  if (!address || !port || !node) return std::nullopt;
  return Listener{*address, *port, *node};
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool has_open(const fs::path& process, const std::string& link) {
  std::error_code failed;
  for (fs::directory_iterator entry(process / "fd", failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code gone;
    if (fs::read_symlink(entry->path(), gone) == link) return true;
  }
  return false;
}

}  // namespace

std::vector<Listener> parse_listeners(std::string_view table) {
  std::vector<Listener> out;
  std::istringstream lines{std::string(table)};
  for (std::string line; std::getline(lines, line);) {
    if (auto listener = parse_line(line)) out.push_back(std::move(*listener));
  }
  return out;
}

std::vector<Listener> listeners_on(int port, const std::string& proc) {
  std::vector<Listener> out;
  for (const auto* const table : {"tcp", "tcp6"}) {
    std::ifstream file(proc + "/net/" + table);
    std::stringstream text;
    text << file.rdbuf();
    for (auto& listener : parse_listeners(text.str())) {
      if (listener.port == port) out.push_back(std::move(listener));
    }
  }
  return out;
}

std::optional<Process> process_of(std::uint64_t inode, const std::string& proc) {
  const auto link = fmt::format("socket:[{}]", inode);
  std::error_code failed;
  for (fs::directory_iterator entry(proc, failed), end; !failed && entry != end; entry.increment(failed)) {
    const auto pid = number<int>(entry->path().filename().string(), 10);
    if (pid && has_open(entry->path(), link)) return Process{*pid, first_line(entry->path() / "comm")};
  }
  return std::nullopt;
}

}  // namespace argos
