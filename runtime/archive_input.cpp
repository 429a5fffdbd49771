// SPDX-License-Identifier: Apache-2.0
#include "runtime/archive_input.hpp"

#include <cerrno>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr std::size_t kBlock = 256U << 10U;

Error cannot_read(const std::string& path, int code) {
  return {code == ENOENT ? "NotFound" : "CannotRead",
          fmt::format("cannot read {}: {}", path, code == ELOOP ? "it is no regular file" : std::strerror(code))};
}

}  // namespace

ArchiveInput::ArchiveInput(std::string path, File file, FileStamp stamp)
    : path_(std::move(path)), file_(std::move(file)), stamp_(stamp), block_(kBlock) {}

Result<ArchiveInput> ArchiveInput::open(const std::string& path, bool from_disk) {
  File file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return cannot_read(path, errno);
  if (!S_ISREG(about.st_mode)) return cannot_read(path, ELOOP);
  if (from_disk) (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  return ArchiveInput(path, std::move(file), stamp_of(about));
}

Result<std::string_view> ArchiveInput::next(JobProgress& progress) {
  if (progress.cancelled) return cancelled_error();
  rest();
  for (;;) {
    const auto got = ::read(file_.get(), block_.data(), block_.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path_, errno);
    const std::string_view bytes(block_.data(), static_cast<std::size_t>(got));
    hash_.add(bytes);
    taken_ += bytes.size();
    progress.done += bytes.size();
    return bytes;
  }
}

// On a thread that has nothing else to do.
void ArchiveInput::rest() const {
  if (bytes_a_second_ == 0) return;
  const std::chrono::duration<double> wanted(static_cast<double>(taken_) / static_cast<double>(bytes_a_second_));
  std::this_thread::sleep_until(begun_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(wanted));
}

Result<std::string> ArchiveInput::sha256(JobProgress& progress) {
  for (;;) {
    const auto more = next(progress);
    if (!more) return more.error();
    if (more->empty()) return hash_.hex();
  }
}

}  // namespace argos
