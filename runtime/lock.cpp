// SPDX-License-Identifier: Apache-2.0
#include "runtime/lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "model/condition.hpp"

namespace argos {
namespace {

std::string text_at(const boost::json::object& object, std::string_view name) {
  const auto* const found = object.if_contains(name);
  return found == nullptr ? "?" : found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
}

std::string holder_of(int descriptor) {
  std::array<char, 1024> text{};
  const auto got = ::pread(descriptor, text.data(), text.size(), 0);
  boost::system::error_code bad;
  const auto json = boost::json::parse(std::string_view(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0), bad);
  if (bad || !json.is_object()) return "another argos";
  const auto& holder = json.get_object();
  return fmt::format("the argos with pid {} on {} since {}", text_at(holder, "pid"), text_at(holder, "host"),
                     text_at(holder, "since"));
}

std::string self() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return boost::json::serialize(
      boost::json::object{{"host", host.data()}, {"pid", ::getpid()}, {"since", to_rfc3339(std::chrono::system_clock::now())}});
}

}  // namespace

Result<Lock> Lock::take(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error{"CannotLock", fmt::format("cannot open {}: {}", path, std::strerror(errno)),
                 "mend the data folder's owner or mode, or set ARGOS_DATA_DIR", Retry::never};
  }
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Error{"Locked", fmt::format("{} is held by {}", path, holder_of(descriptor)),
                 "stop that one first, or give this one a data folder of its own", Retry::never};
  }
  const auto text = self() + "\n";
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, text.data(), text.size(), 0) < 0) {
    return Error{"CannotLock", fmt::format("cannot write {}: {}", path, std::strerror(errno)), "", Retry::never};
  }
  return lock;
}

Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace argos
