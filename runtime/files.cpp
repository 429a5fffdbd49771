// SPDX-License-Identifier: Apache-2.0
#include "runtime/files.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace {

Error failure(std::string_view what, const std::filesystem::path& path, int code) {
  const char* const reason = code == ENOENT ? "NotFound" : code == ENOSPC || code == EDQUOT ? "DiskFull" : "CannotWrite";
  return {reason, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(code)), "", Retry::backoff};
}

// A file descriptor that closes itself; close() tells whether that went well, since a full disk may speak only then.
class File {
 public:
  File(const std::filesystem::path& path, int flags, unsigned mode = 0)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  bool close() { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<> sync_folder(const std::filesystem::path& folder) {
  const File opened(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  if (!opened || ::fsync(opened.get()) != 0) return failure("fsync", folder, errno);
  return {};
}

}  // namespace

Result<> write_atomically(const std::filesystem::path& path, std::string_view contents, unsigned mode) {
  const auto temporary = path.string() + fmt::format(".tmp-{}", ::getpid());
  const auto give_up = [&](std::string_view what) -> Result<> {
    const int code = errno;
    ::unlink(temporary.c_str());
    return failure(what, path, code);
  };
  File file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  if (!file) return failure("write", path, errno);
  if (!write_all(file.get(), contents)) return give_up("write");
  if (::fchmod(file.get(), mode) != 0) return give_up("set the mode of");
  if (::fsync(file.get()) != 0) return give_up("fsync");
  if (!file.close()) return give_up("close");
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up("rename into");
  return sync_folder(path.parent_path());
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t most) {
  const File file(path, O_RDONLY);
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) {
    return Error{errno == ENOENT ? "NotFound" : "CannotRead",
                 fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)), "", Retry::backoff};
  }
  if (S_ISDIR(about.st_mode)) return Error{"CannotRead", fmt::format("{} is a folder", path.string()), "", Retry::backoff};
  std::string out;
  std::array<char, 65536> block{};
  for (;;) {
    const auto got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return Error{"CannotRead", fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)), "", Retry::backoff};
    if (got == 0) return out;
    out.append(block.data(), static_cast<std::size_t>(got));
    if (out.size() > most)
      return Error{"TooLarge", fmt::format("{} has more than {} bytes", path.string(), most), "", Retry::backoff};
  }
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string out;
  for (unsigned at = 0; at < size; ++at) out += fmt::format("{:02x}", digest[at]);
  return out;
}

}  // namespace argos
