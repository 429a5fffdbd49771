// SPDX-License-Identifier: Apache-2.0
#include "runtime/files.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include "runtime/folder.hpp"
#include "runtime/hashing.hpp"

namespace argos {

File& File::operator=(File&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

bool File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool File::finish() { return ::fsync(descriptor_) == 0 && close(); }

bool File::close() { return descriptor_ < 0 || ::close(std::exchange(descriptor_, -1)) == 0; }

Result<std::string> read_rest(const File& file, const std::filesystem::path& shown, std::uint64_t most) {
  std::string out;
  std::array<char, 65536> block;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  for (;;) {
    const auto got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Error{"CannotRead", fmt::format("cannot read {}: {}", shown.string(), std::strerror(errno)), "", Retry::backoff};
    }
    if (got == 0) return out;
    out.append(block.data(), static_cast<std::size_t>(got));
    if (out.size() > most) {
      return Error{"TooLarge", fmt::format("{} has more than {} bytes", shown.string(), most), "", Retry::backoff};
    }
  }
}

Result<> write_atomically(const std::filesystem::path& path, std::string_view contents, unsigned mode) {
  const auto folder = Folder::open(path.parent_path());
  if (!folder) return folder.error();
  if (auto written = folder->write(path.filename().string(), contents, {mode, {}}); !written) return written;
  return folder->sync();
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t most) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0) {
    return Error{errno == ENOENT ? "NotFound" : "CannotRead",
                 fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)), "", Retry::backoff};
  }
  if (S_ISDIR(about.st_mode)) return Error{"CannotRead", fmt::format("{} is a folder", path.string()), "", Retry::backoff};
  return read_rest(file, path, most);
}

std::string absolute_path(const std::filesystem::path& path) {
  auto out = std::filesystem::absolute(path).lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

}  // namespace argos
