// SPDX-License-Identifier: Apache-2.0
#include "test/support/archives.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <spdlog/fmt/fmt.h>

#include "runtime/gzip.hpp"

namespace argos::test {

std::string bytes_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, std::string> untarred(const std::string& archive) {
  const TempFolder into;
  std::map<std::string, std::string> out;
  if (std::system(("tar xzf '" + archive + "' -C '" + into.path().string() + "'").c_str()) != 0) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(into.path())) {
    if (entry.is_regular_file())
      out[entry.path().lexically_relative(into.path()).string()] = bytes_of_file(entry.path().string());
  }
  return out;
}

std::string gzipped(const std::string& bytes) {
  std::string out;
  Gzip gzip;
  const ByteSink sink = [&](std::string_view more) {
    out += more;
    return Result<>();
  };
  EXPECT_TRUE(gzip.add(bytes, sink));
  EXPECT_TRUE(gzip.finish(sink));
  return out;
}

namespace {

std::string tar_of(const std::vector<TarMember>& members) {
  std::string out;
  archive* const tar = archive_write_new();
  archive_write_set_format_pax_restricted(tar);
  archive_write_set_bytes_per_block(tar, 0);
  const auto write = [](archive*, void* into, const void* bytes, std::size_t count) -> la_ssize_t {
    static_cast<std::string*>(into)->append(static_cast<const char*>(bytes), count);
    return static_cast<la_ssize_t>(count);
  };
  archive_write_open(tar, &out, nullptr, write, nullptr);
  for (const auto& member : members) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.path.c_str());
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_filetype(entry, member.type == 'd' ? AE_IFDIR : member.type == 'l' ? AE_IFLNK : AE_IFREG);
    if (member.type == 'l') archive_entry_set_symlink(entry, member.contents.c_str());
    if (member.type == 'h') archive_entry_set_hardlink(entry, member.contents.c_str());
    archive_entry_set_size(entry, member.type == 'f' ? static_cast<la_int64_t>(member.contents.size()) : 0);
    EXPECT_EQ(archive_write_header(tar, entry), ARCHIVE_OK);
    if (member.type == 'f') archive_write_data(tar, member.contents.data(), member.contents.size());
    archive_entry_free(entry);
  }
  archive_write_close(tar);
  archive_write_free(tar);
  return out;
}

}  // namespace

void make_archive(const std::string& path, const std::vector<TarMember>& members) {
  std::ofstream(path, std::ios::binary) << gzipped(tar_of(members));
}

void make_bomb(const std::string& path, std::uint64_t bytes) {
  constexpr std::size_t kHeader = 512, kSize = 124, kChecksum = 148, kBlock = 1U << 20U;
  auto header = tar_of({{"argos.db", ""}}).substr(0, kHeader);
  header.replace(kSize, 12, fmt::format("{:011o} ", bytes)).replace(kChecksum, 8, 8, ' ');
  unsigned sum = 0;
  for (const unsigned char byte : header) sum += byte;
  header.replace(kChecksum, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  std::ofstream file(path, std::ios::binary);
  const ByteSink sink = [&](std::string_view more) {
    file << more;
    return Result<>();
  };
  const std::string zeros(kBlock, '\0');
  Gzip gzip;
  EXPECT_TRUE(gzip.add(header, sink));
  for (std::uint64_t at = 0; at < bytes; at += kBlock) EXPECT_TRUE(gzip.add(zeros, sink));
  EXPECT_TRUE(gzip.add(zeros.substr(0, 2 * kHeader), sink));
  EXPECT_TRUE(gzip.finish(sink));
}

std::string metadata_for(const std::string& database, BackupKind kind) {
  ArchiveMetadata out;
  out.kind = kind;
  out.created_at = "2026-11-20T02:00:00.000Z";
  out.db_sha256 = sha256_hex(database);
  out.db_bytes = static_cast<std::int64_t>(database.size());
  return to_json_text(out);
}

std::map<std::string, std::string> contents_of(const std::string& archive, std::optional<Error>& problem) {
  std::map<std::string, std::string> out;
  JobProgress progress;
  ArchiveReadOptions options;
  options.take = [&](std::string_view path, std::string_view bytes) {
    out[std::string(path)] += bytes;
    return Result<>();
  };
  problem = read_archive(archive, progress, options).problem;
  return out;
}

}  // namespace argos::test
