// SPDX-License-Identifier: Apache-2.0
#include "runtime/archive_output.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

namespace argos {

Error write_failure(int code, std::string_view what, const std::string& shown) {
  const bool full = code == ENOSPC || code == EDQUOT;
  return {full ? "NoSpace" : "CannotWrite", fmt::format("cannot {} {}: {}", what, shown, std::strerror(code)),
          full ? "make room there, or have the policy keep fewer archives" : ""};
}

ArchiveOutput::ArchiveOutput(File file, std::string shown)
    : file_(std::move(file)), shown_(std::move(shown)), thread_([this] { work(); }) {}

ArchiveOutput::~ArchiveOutput() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  end();
}

bool ArchiveOutput::push(std::vector<char> chunk) {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [&] { return failed_ || waiting_.size() < kMostWaiting; });
  if (failed_) return false;
  waiting_.push_back(std::move(chunk));
  moved_.notify_all();
  return true;
}

void ArchiveOutput::end() {
  {
    const std::lock_guard lock(mutex_);
    last_ = true;
  }
  moved_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<ArchiveOutput::Made> ArchiveOutput::finish() {
  end();
  if (failed_) return *failed_;
  return Made{bytes_, hash_.hex()};
}

bool ArchiveOutput::take(std::vector<char>& chunk) {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [&] { return last_ || !waiting_.empty(); });
  if (waiting_.empty() || abandoned_) return false;
  chunk = std::move(waiting_.front());
  waiting_.pop_front();
  moved_.notify_all();
  return true;
}

void ArchiveOutput::work() {
  const ByteSink sink = [this](std::string_view bytes) { return write(bytes); };
  std::vector<char> chunk;
  while (take(chunk)) {
    if (auto added = gzip_.add({chunk.data(), chunk.size()}, sink); !added) return fail(added.error());
  }
  if (abandoned_) return;
  if (auto finished = gzip_.finish(sink); !finished) return fail(finished.error());
  if (auto closed = close(); !closed) fail(closed.error());
}

void ArchiveOutput::fail(const Error& error) {
  const std::lock_guard lock(mutex_);
  failed_ = error;
  moved_.notify_all();
}

Result<> ArchiveOutput::write(std::string_view bytes) {
  hash_.add(bytes);
  bytes_ += bytes.size();
  if (!file_.write(bytes)) return failure("write");
  write_back();
  return {};
}

// Bit by bit, waiting for the former bit: all of it at the last fsync would hold up whoever commits on that disk meanwhile. What fails
// here fails there too.
void ArchiveOutput::write_back() {
  if (bytes_ - on_their_way_ < kWriteBack) return;
  (void)::sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE);
  on_their_way_ = bytes_;
}

Result<> ArchiveOutput::close() {
  if (::fsync(file_.get()) != 0) return failure("fsync");
  if (!file_.close()) return failure("close");
  return {};
}

Error ArchiveOutput::failure(const char* what) const { return write_failure(errno, what, shown_); }

}  // namespace argos
