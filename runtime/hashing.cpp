// SPDX-License-Identifier: Apache-2.0
#include "runtime/hashing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <spdlog/fmt/fmt.h>

#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kBlock = 128U << 10U;  // stays in the core's cache between read() and the hash

Error failure(const std::filesystem::path& path, int code) {
  const bool other = code == ELOOP;  // a link, with O_NOFOLLOW
  const char* const reason = code == ENOENT || code == ENOTDIR ? "NotFound" : other ? "NotAFile" : "CannotRead";
  return {reason, fmt::format("cannot read {}: {}", path.string(), other ? "it is no regular file" : std::strerror(code)), "",
          Retry::backoff};
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

// Fetched once: EVP_sha256() is looked up by name at each use.
Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> kSha256(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  EVP_DigestInit_ex(context_.get(), kSha256.get(), nullptr);
}

void Sha256::add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is filled
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

FileHash::FileHash(std::filesystem::path path, File file, FileStamp stamp)
    : path_(std::move(path)),
      file_(std::move(file)),
      stamp_(stamp),
      left_(static_cast<std::uint64_t>(stamp.size)),
      block_(std::min<std::uint64_t>(kBlock, left_)) {}

Result<FileHash> FileHash::open(const std::filesystem::path& path, From from) {
  File file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) return failure(path, errno);
  if (!S_ISREG(about.st_mode)) return failure(path, ELOOP);
  if (from == From::disk) (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  return FileHash(path, std::move(file), stamp_of(about));
}

Result<std::uint64_t> FileHash::advance(std::uint64_t most) {
  std::uint64_t taken = 0;
  while (taken < most && left_ > 0) {
    const auto got = ::read(file_.get(), block_.data(), std::min<std::uint64_t>({block_.size(), left_, most - taken}));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(path_, errno);
    if (got == 0) left_ = 0;  // shorter than it was: hex() says so
    hash_.add({block_.data(), static_cast<std::size_t>(got)});
    taken += static_cast<std::uint64_t>(got);
    left_ -= std::min(left_, static_cast<std::uint64_t>(got));
  }
  return taken;
}

Result<std::string> FileHash::hex() {
  struct stat now {};
  if (::lstat(path_.c_str(), &now) != 0) return failure(path_, errno);
  if (stamp_of(now) == stamp_) return hash_.hex();
  return Error{"Moved", fmt::format("cannot read {}: it changes meanwhile", path_.string()), "", Retry::backoff};
}

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  auto file = FileHash::open(path);
  if (!file) return file.error();
  while (file->left() > 0) {
    if (auto read = file->advance(file->left()); !read) return read.error();
  }
  return file->hex();
}

}  // namespace argos
