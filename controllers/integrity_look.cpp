// SPDX-License-Identifier: Apache-2.0
#include "controllers/integrity_look.hpp"

#include <numeric>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr int kBusyMilliseconds = 2000;

class Sorting {
 public:
  Sorting(const LookQuestion& question, ByPath<ReadFile> remembered)
      : question_(question), database_(absolute_path(question.database)), remembered_(std::move(remembered)) {}

  void sort(const std::string& path, const TreeEntry& entry) {
    // Reading its own database would also end the locks that argos holds on it: see make_private in runtime/store.cpp.
    if (is_left_out(path, database_)) return;
    if (entry.kind != FileKind::file) {
      found.files.emplace(path, FileState{entry.kind, entry.target, {}});
      return;
    }
    ++answer.files;
    answer.bytes += static_cast<std::uint64_t>(entry.stamp.size);
    if (const auto trouble = question_.known.troubles.find(path); trouble != question_.known.troubles.end()) {
      found.unreadable.emplace(*trouble);
    } else if (const auto* const sha256 = known(path, entry.stamp)) {
      found.files.emplace(path, FileState{FileKind::file, *sha256, entry.mode});
    } else {
      answer.unread.push_back({path, static_cast<std::uint64_t>(entry.stamp.size),
                               remembered_.contains(path) ? FileHash::From::disk : FileHash::From::anywhere});
    }
  }
  void find_gone(const Tree& tree) {
    for (const auto& [path, file] : remembered_) {
      if (!tree.entries.contains(path)) answer.gone.push_back(path);
    }
  }

  LookAnswer answer;
  FoundFiles found;

 private:
  const std::string* known(const std::string& path, const FileStamp& stamp) const {
    const auto now = question_.known.done.find(path);
    if (now != question_.known.done.end()) return now->second.stamp == stamp ? &now->second.sha256 : nullptr;
    const auto before = remembered_.find(path);
    const bool holds = before != remembered_.end() && before->second.stamp == stamp &&
                       question_.now - before->second.read_at < question_.reread;
    return holds ? &before->second.sha256 : nullptr;
  }

  const LookQuestion& question_;
  const std::string database_;
  ByPath<ReadFile> remembered_;
};

}  // namespace

Result<LookAnswer> look(const LookQuestion& question) {
  auto database = Database::open(question.database, Database::Mode::read_only, kBusyMilliseconds);
  if (!database) return database.error();
  auto expectations = read_expectations(*database, question.certs);
  if (!expectations) return expectations.error();
  auto remembered = read_remembered(*database);
  if (!remembered) return remembered.error();

  const auto places = expectations->places();
  auto tree = read_tree(places);
  Sorting sorting(question, std::move(*remembered));
  for (const auto& [path, entry] : tree.entries) sorting.sort(path, entry);
  sorting.find_gone(tree);
  sorting.found.unreadable.merge(tree.unreadable);
  sorting.found.missing = std::move(tree.missing);
  sorting.answer.places = places;
  if (!sorting.answer.unread.empty()) return std::move(sorting.answer);

  // Anew: what argos wrote meanwhile is expected by now.
  expectations = read_expectations(*database, question.certs);
  if (!expectations) return expectations.error();
  sorting.answer.differences = expectations->judge(places, std::move(sorting.found));
  return std::move(sorting.answer);
}

std::uint64_t Reading::bytes() const {
  const auto whole = std::accumulate(files_.begin(), files_.end(), std::uint64_t{0},
                                     [](std::uint64_t sum, const UnreadFile& file) { return sum + file.size; });
  return open_ ? whole - files_.front().size + open_->left() : whole;
}

Reading::Piece Reading::read(std::uint64_t bytes, std::size_t files, WallTime now) {
  Piece out;
  const auto until = files_.size() - std::min(files, files_.size());
  while (files_.size() > until && out.bytes < bytes) out.bytes += read_front(bytes - out.bytes, out);
  for (auto& [path, file] : out.done) file.read_at = now;
  return out;
}

std::uint64_t Reading::read_front(std::uint64_t most, Piece& into) {
  const auto taken = advance_front(most);
  if (!taken) {
    end_front(taken.error(), into);
  } else if (open_->left() == 0) {
    end_front(open_->hex(), into);
  }
  return taken ? *taken : 0;
}

Result<std::uint64_t> Reading::advance_front(std::uint64_t most) {
  if (!open_) {
    opened_ = std::chrono::system_clock::now();
    auto opened = FileHash::open(files_.front().path, files_.front().from);
    if (!opened) return opened.error();
    open_.emplace(std::move(*opened));
  }
  return open_->advance(most);
}

// What is gone, or no file any more, is another look's matter.
void Reading::end_front(Result<std::string> sha256, Piece& into) {
  const auto path = std::move(files_.front().path);
  files_.pop_front();
  const auto file = std::exchange(open_, std::nullopt);
  if (sha256) {
    into.done.emplace(path, ReadFile{file->stamp(), std::move(*sha256), {}, is_settled(file->stamp(), opened_)});
  } else if (sha256.error().reason == "Moved") {
    into.moved.push_back(path);
  } else if (sha256.error().reason == "CannotRead") {
    into.troubles.emplace(path, sha256.error().message);
  }
}

void step_back() {
  constexpr int kNice = 10;
  thread_local const int kDone = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
  (void)kDone;
}

}  // namespace argos
