// SPDX-License-Identifier: Apache-2.0
#include "runtime/archive_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <unordered_set>

#include <archive.h>
#include <archive_entry.h>
#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"
#include "runtime/archive_input.hpp"
#include "runtime/gzip.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestMetadata = 64U << 10U;
constexpr std::size_t kLongestPath = 1024;
constexpr std::int64_t kMostMembers = 1'000'000;
constexpr std::uint64_t kEndOfTar = 1024;  // zeros, at the least (POSIX, "pax", ustar interchange format)
constexpr std::string_view kCaddy = "caddy/", kDatabase = "argos.db", kMetadata = "metadata.json";

bool is_below_caddy(std::string_view path) {
  if (!path.starts_with(kCaddy) || path.size() > kLongestPath || !is_utf8(path)) return false;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const auto part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (std::ranges::any_of(part, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) return false;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

Error unexpected(std::string_view path, std::string_view what) {
  return {"UnexpectedMember", fmt::format("'{}' {}", shown(path, 200), what)};
}

// The tar within, for libarchive; with what must be known of it when libarchive is done.
class Unpacked {
 public:
  Unpacked(ArchiveInput& input, JobProgress& progress, std::uint64_t most)
      : gunzip_([&input, &progress] { return input.next(progress); }), most_(most) {}

  Result<std::string_view> next() {
    auto bytes = gunzip_.next();
    if (!bytes || bytes->empty()) return bytes;
    count_ += bytes->size();
    if (count_ > most_) return Error{"TooLarge", fmt::format("it holds more than {} bytes", most_)};
    const auto last = bytes->find_last_not_of('\0');
    zeros_ = last == std::string_view::npos ? zeros_ + bytes->size() : bytes->size() - last - 1;
    return bytes;
  }

  // Behind its last member a tar has zeros only, up to its end.
  Result<> finish(std::uint64_t seen) {
    for (;;) {
      const auto more = next();
      if (!more) return more.error();
      if (more->empty()) break;
    }
    if (zeros_ < kEndOfTar || zeros_ + seen < count_) return Error{"NotATar", "the tar within does not end as one does"};
    return {};
  }

 private:
  Gunzip gunzip_;
  std::uint64_t most_, count_ = 0, zeros_ = 0;
};

class ArchiveReader {
 public:
  ArchiveReader(ArchiveInput& input, JobProgress& progress, const ArchiveReadOptions& options, ReadArchive& out)
      : options_(options),
        out_(out),
        unpacked_(input, progress, options.most_unpacked),
        tar_(archive_read_new(), archive_read_free) {
    archive_read_support_format_tar(tar_.get());
    const auto read = [](archive* handle, void* self, const void** bytes) -> la_ssize_t {
      return static_cast<ArchiveReader*>(self)->more(handle, bytes);
    };
    archive_read_open(tar_.get(), this, nullptr, read, nullptr);
  }

  Result<> run() {
    for (archive_entry* entry = nullptr;;) {
      const int code = archive_read_next_header(tar_.get(), &entry);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) return failure();
      if (++members_ > kMostMembers) return Error{"TooLarge", "it holds too many files"};
      if (auto read = read_member(entry); !read) return read;
    }
    if (failed_) return *failed_;
    if (auto ended = unpacked_.finish(static_cast<std::uint64_t>(archive_filter_bytes(tar_.get(), 0))); !ended) return ended;
    return judge();
  }

 private:
  la_ssize_t more(archive* handle, const void** bytes) {
    const auto next = unpacked_.next();
    if (next) {
      *bytes = next->data();
      return static_cast<la_ssize_t>(next->size());
    }
    failed_ = next.error();
    archive_set_error(handle, EIO, "the input has failed");
    return -1;
  }

  Error failure() const {
    if (failed_) return *failed_;
    const char* const words = archive_error_string(tar_.get());
    return {"NotATar", fmt::format("the tar within makes no sense: {}", words == nullptr ? "?" : shown(words, 200))};
  }

  // What a plain tar of files and folders holds; nothing that could lead elsewhere.
  Result<> read_member(archive_entry* entry) {
    const char* const name = archive_entry_pathname(entry);
    std::string path(name == nullptr ? "" : name);
    const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (path.starts_with("./")) path.erase(0, 2);
    while (is_folder && path.ends_with('/')) path.pop_back();
    const bool plain = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr &&
                       archive_entry_sparse_count(entry) == 0;
    if (is_folder && (path.empty() || path == "." || path == "caddy" || is_below_caddy(path))) return {};
    if (!plain) return unexpected(path, "is no plain file");
    if (const auto size = archive_entry_size(entry); size < 0 || static_cast<std::uint64_t>(size) > options_.most_unpacked)
      return Error{"TooLarge", fmt::format("'{}' in it says that it has {} bytes", shown(path, 200), size)};
    if (!seen_.insert(std::hash<std::string>{}(path)).second) return unexpected(path, "is in it twice");
    if (path == kDatabase) return read_database();
    if (path == kMetadata) return read_metadata();
    if (!is_below_caddy(path)) return unexpected(path, "does not belong into an archive");
    ++out_.caddy_files;
    return read_data(path, [](std::string_view) { return Result<>(); });
  }

  Result<> read_data(const std::string& path, const ByteSink& sink) {
    bool empty = true;
    for (;;) {
      const void* bytes = nullptr;
      std::size_t count = 0;
      la_int64_t at = 0;
      const int code = archive_read_data_block(tar_.get(), &bytes, &count, &at);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) return failure();
      empty = false;
      const std::string_view block(static_cast<const char*>(bytes), count);
      if (auto taken = sink(block); !taken) return taken;
      if (!options_.take) continue;
      if (auto taken = options_.take(path, block); !taken) return taken;
    }
    return empty && options_.take ? options_.take(path, {}) : Result<>();
  }

  Result<> read_database() {
    Sha256 hash;
    auto read = read_data(std::string(kDatabase), [&](std::string_view bytes) {
      hash.add(bytes);
      database_bytes_ += static_cast<std::int64_t>(bytes.size());
      return Result<>();
    });
    database_sha256_ = hash.hex();
    return read;
  }

  Result<> read_metadata() {
    return read_data(std::string(kMetadata), [&](std::string_view bytes) -> Result<> {
      if (metadata_.size() + bytes.size() > kLongestMetadata) return Error{"MetadataInvalid", "metadata.json is too long"};
      metadata_ += bytes;
      return {};
    });
  }

  Result<> judge() {
    if (database_sha256_.empty()) return Error{"DatabaseMissing", "there is no argos.db in it"};
    if (metadata_.empty()) return Error{"MetadataMissing", "there is no metadata.json in it"};
    auto metadata = parse_archive_metadata(metadata_);
    if (!metadata) return metadata.error();
    out_.metadata = std::move(*metadata);
    if (out_.metadata->db_sha256 == database_sha256_ && out_.metadata->db_bytes == database_bytes_) return {};
    return Error{"DatabaseDiffers", "argos.db in it is not the one that metadata.json speaks of"};
  }

  const ArchiveReadOptions& options_;
  ReadArchive& out_;
  Unpacked unpacked_;
  std::optional<Error> failed_;
  std::string database_sha256_, metadata_;
  std::int64_t database_bytes_ = 0, members_ = 0;
  std::unordered_set<std::size_t> seen_;  // their paths' hashes: a million paths could be a gigabyte
  std::unique_ptr<archive, int (*)(archive*)> tar_;
};

}  // namespace

ReadArchive read_archive(const std::string& path, JobProgress& progress, const ArchiveReadOptions& options) {
  ReadArchive out;
  auto input = ArchiveInput::open(path, options.from_disk);
  if (!input) {
    out.problem = input.error();
    return out;
  }
  out.bytes = static_cast<std::uint64_t>(input->stamp().size);
  out.mtime_ns = input->stamp().mtime_ns;
  input->throttle(options.bytes_a_second);
  progress.enter(options.phase, out.bytes);
  if (auto read = ArchiveReader(*input, progress, options, out).run(); !read) out.problem = read.error();
  if (out.problem && !is_about_bytes(*out.problem)) return out;
  auto sha256 = input->sha256(progress);
  if (sha256) out.sha256 = std::move(*sha256);
  if (!sha256 && !out.problem) out.problem = sha256.error();
  return out;
}

bool is_about_bytes(const Error& problem) {
  constexpr std::array<std::string_view, 10> kOfBytes{
      "Truncated", "Corrupt",         "TrailingBytes",   "NotATar",         "UnexpectedMember",
      "TooLarge",  "DatabaseMissing", "DatabaseDiffers", "MetadataMissing", "MetadataInvalid"};
  return std::ranges::find(kOfBytes, problem.reason) != kOfBytes.end();
}

}  // namespace argos
