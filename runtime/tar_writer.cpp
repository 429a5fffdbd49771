// SPDX-License-Identifier: Apache-2.0
#include "runtime/tar_writer.hpp"

#include <algorithm>
#include <cerrno>

#include <archive.h>
#include <archive_entry.h>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

constexpr std::size_t kChunk = 1U << 20U;

}  // namespace

void TarWriter::Free::operator()(archive* handle) const { archive_write_free(handle); }

TarWriter::TarWriter(ArchiveOutput& output, WallTime time) : output_(output), time_(time), archive_(archive_write_new()) {
  chunk_.reserve(kChunk);
  archive_write_set_format_pax_restricted(archive_.get());
  archive_write_add_filter_none(archive_.get());
  archive_write_set_bytes_per_block(archive_.get(), 0);  // what is written comes at once, as it is
  const auto write = [](archive* handle, void* self, const void* bytes, std::size_t count) -> la_ssize_t {
    if (static_cast<TarWriter*>(self)->take({static_cast<const char*>(bytes), count})) return static_cast<la_ssize_t>(count);
    archive_set_error(handle, EIO, "the output has failed");
    return -1;
  };
  archive_write_open(archive_.get(), this, nullptr, write, nullptr);
}

// Not archive_write_close(): what failed half-way would be written on.
TarWriter::~TarWriter() {
  if (archive_) archive_write_fail(archive_.get());
}

Result<> TarWriter::check(long code) const {
  if (code >= ARCHIVE_OK) return {};
  const char* const words = archive_error_string(archive_.get());
  return Error{"CannotWrite", fmt::format("tar: {}", words == nullptr ? "an unknown error" : words)};
}

Result<> TarWriter::begin(const std::string& path, std::uint64_t size) {
  constexpr unsigned kOwnersAlone = 0600;
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), kOwnersAlone);
  archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(time_), 0);
  return check(archive_write_header(archive_.get(), entry.get()));
}

Result<> TarWriter::add(std::string_view bytes) {
  return check(archive_write_data(archive_.get(), bytes.data(), bytes.size()));
}

Result<> TarWriter::finish() {
  if (auto closed = check(archive_write_close(archive_.get())); !closed) return closed;
  return hand_over() ? Result<>() : Error{"CannotWrite", "tar: the output has failed"};
}

bool TarWriter::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kChunk - chunk_.size());
    chunk_.insert(chunk_.end(), part.begin(), part.end());
    bytes.remove_prefix(part.size());
    if (chunk_.size() == kChunk && !hand_over()) return false;
  }
  return true;
}

bool TarWriter::hand_over() {
  std::vector<char> next;
  next.reserve(kChunk);
  return output_.push(std::exchange(chunk_, std::move(next)));
}

}  // namespace argos
