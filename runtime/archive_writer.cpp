// SPDX-License-Identifier: Apache-2.0
#include "runtime/archive_writer.hpp"

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <future>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/archive_reader.hpp"
#include "runtime/db_snapshot.hpp"
#include "runtime/file_stamp.hpp"
#include "runtime/folder.hpp"
#include "runtime/partial_file.hpp"
#include "runtime/tar_writer.hpp"

namespace argos {
namespace {

constexpr std::size_t kBlock = 1U << 20U;
constexpr std::uint64_t kSmallest = 8, kSpare = 64U << 10U;  // an archive is rarely less than an eighth of its database
constexpr std::string_view kPartial = ".partial";

std::string partial_of(const std::string& name) { return "." + name + std::string(kPartial); }
bool is_partial(std::string_view name) {
  return name.starts_with(std::string(".") + std::string(kArchivePrefix)) && name.ends_with(kPartial);
}

// The question whether a snapshot is sound, asked on another thread; told to end with this.
class ProofInHand {
 public:
  ProofInHand(const SnapshotProof& proof, const std::string& snapshot) {
    if (proof) answer_ = std::async(std::launch::async, [this, &proof, &snapshot] { return ask(proof, snapshot); });
  }
  ProofInHand(const ProofInHand&) = delete;
  ProofInHand& operator=(const ProofInHand&) = delete;
  ~ProofInHand() { stop_ = true; }

  Result<> answer() { return answer_.valid() ? answer_.get() : Result<>(); }

 private:
  Result<> ask(const SnapshotProof& proof, const std::string& snapshot) const {
    auto database = Database::open(snapshot, Database::Mode::read_only);
    if (!database) return database.error();
    database->stop_when(stop_);
    return proof(*database);
  }

  std::atomic<bool> stop_ = false;
  std::future<Result<>> answer_;  // the last member: its end waits for the thread
};

class ArchiveMaker {
 public:
  ArchiveMaker(const ArchiveJob& job, JobProgress& progress) : job_(job), progress_(progress) { out_.metadata = job.metadata; }

  Result<WrittenArchive> run() {
    std::error_code failed;
    std::filesystem::create_directories(job_.folder, failed);
    if (failed) return write_failure(failed.value(), "make", job_.folder);
    auto snapshot = DatabaseSnapshot::take(job_.database, progress_);
    if (!snapshot) return snapshot.error();
    ProofInHand proof(job_.proof, snapshot->path());
    if (auto written = write(snapshot->path(), proof); !written) return written.error();
    return std::move(out_);
  }

 private:
  Result<> write(const std::string& snapshot, ProofInHand& proof) {
    PartialFile partial(job_.folder, partial_of(job_.name));
    auto file = partial.open();
    if (!file) return file.error();
    ArchiveOutput output(std::move(*file), partial.path());
    if (auto packed = pack(snapshot, output); !packed) {
      const auto why = output.finish();  // what the second thread met is why the first one failed
      return why ? packed : why.error();
    }
    const auto made = output.finish();
    if (!made) return made.error();
    out_.name = job_.name;
    out_.bytes = made->bytes;
    out_.sha256 = made->sha256;
    if (auto read = read_back(partial.path()); !read) return read;
    if (auto proven = proof.answer(); !proven) return proven;
    if (progress_.cancelled) return cancelled_error();
    return partial.place(job_.name);
  }

  // From the disk, as far as the kernel lets go of what it has in memory.
  Result<> read_back(const std::string& path) {
    if (!job_.proof) return {};
    const auto read = read_archive(path, progress_, {.from_disk = true, .phase = JobPhase::proof});
    if (read.problem) return *read.problem;
    const bool same = read.sha256 == out_.sha256 && read.metadata == out_.metadata && read.caddy_files == out_.caddy.files;
    if (same) return {};
    return Error{"ReadsDifferently",
                 fmt::format("{} reads otherwise than it was written: the disk or the memory is failing", path)};
  }

  Result<> pack(const std::string& snapshot, ArchiveOutput& output) {
    TarWriter tar(output, parse_rfc3339(job_.metadata.created_at).value_or(WallTime{}));
    if (auto packed = pack_database(snapshot, tar); !packed) return packed;
    if (auto packed = pack_caddy(tar); !packed) return packed;
    const auto text = to_json_text(out_.metadata);
    if (auto begun = tar.begin("metadata.json", text.size()); !begun) return begun;
    if (auto added = tar.add(text); !added) return added;
    return tar.finish();
  }

  Result<> pack_database(const std::string& snapshot, TarWriter& tar) {
    const File file(::open(snapshot.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0) return write_failure(errno, "read", snapshot);
    const auto size = static_cast<std::uint64_t>(about.st_size);
    if (auto room = check_free_space(job_.folder, size / kSmallest + kSpare); !room) return room;
    progress_.enter(JobPhase::archive, size);
    if (auto begun = tar.begin("argos.db", size); !begun) return begun;
    Sha256 hash;
    std::vector<char> block(kBlock);
    for (std::uint64_t left = size; left > 0;) {
      if (progress_.cancelled) return cancelled_error();
      const auto got = ::read(file.get(), block.data(), std::min<std::uint64_t>(left, block.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return write_failure(got < 0 ? errno : EIO, "read", snapshot);
      const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
      hash.add(bytes);
      if (auto added = tar.add(bytes); !added) return added;
      left -= bytes.size();
      progress_.done += bytes.size();
    }
    out_.metadata.db_bytes = static_cast<std::int64_t>(size);
    out_.metadata.db_sha256 = hash.hex();
    return {};
  }

  Result<> pack_caddy(TarWriter& tar) {
    if (job_.caddy_data.empty()) return {};
    const CapturedFiles into{[&](const std::string& path, std::uint64_t size) -> Result<> {
                               if (progress_.cancelled) return cancelled_error();
                               return tar.begin("caddy/" + path, size);
                             },
                             [&](std::string_view bytes) { return tar.add(bytes); }};
    auto captured = capture_caddy(job_.caddy_data, job_.never, into);
    if (!captured) return captured.error();
    out_.caddy = std::move(*captured);
    out_.metadata.caddy_files = out_.caddy.files;
    return {};
  }

  const ArchiveJob& job_;
  JobProgress& progress_;
  WrittenArchive out_;
};

}  // namespace

Result<WrittenArchive> write_archive(const ArchiveJob& job, JobProgress& progress) {
  auto made = ArchiveMaker(job, progress).run();
  if (!made) return made;
  struct stat about {};
  if (::stat((job.folder + "/" + made->name).c_str(), &about) == 0) made->mtime_ns = stamp_of(about).mtime_ns;
  return made;
}

std::string free_archive_name(const std::string& folder, WallTime created) {
  for (int number = 0;; ++number) {
    auto name = archive_name(created, number);
    struct stat about {};
    if (::lstat((folder + "/" + name).c_str(), &about) != 0) return name;
  }
}

Result<> remove_archive_leftovers(const std::string& folder) { return remove_files(folder, is_partial); }

}  // namespace argos
