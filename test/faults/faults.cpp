// SPDX-License-Identifier: Apache-2.0
// The n-th system call goes wrong. A library that is preloaded into the program under test: it counts the calls that make, write,
// flush, rename or remove files below one folder, whoever makes them (argos, SQLite, libarchive), and does harm to the n-th.
//
//   LD_PRELOAD=libfaults.so FAULTS_CONTROL=FILE argos serve
//
// FILE holds a FaultControl, which the test maps too: test/support/faulty_disk.hpp makes it, arms it at any time, also in a running
// program, and reads the count, which outlives a kill. Without FAULTS_CONTROL every call passes.
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <dlfcn.h>

#include "test/faults/control.hpp"

namespace {

using argos::test::Fault;
using argos::test::FaultControl;

FaultControl* map_control() {
  const char* const file = std::getenv("FAULTS_CONTROL");
  if (file == nullptr) return nullptr;
  const int descriptor = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0));
  void* const mapped = ::mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::close(descriptor);
  if (mapped == MAP_FAILED) std::abort();
  return std::launder(static_cast<FaultControl*>(mapped));
}

FaultControl* control() {
  static FaultControl* const kMapped = map_control();
  return kMapped;
}

// No memory is asked for: a call may come between fork and exec.
struct Path {
  std::array<char, PATH_MAX> text{};
  bool is_below(const char* folder) const { return std::strncmp(text.data(), folder, std::strlen(folder)) == 0; }
};

Path path_of(int descriptor) {
  Path out;
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  if (::readlink(link.data(), out.text.data(), out.text.size() - 1) < 0) out.text.front() = '\0';
  return out;
}

Path path_at(int folder, const char* path) {
  Path out;
  Path base;
  if (path[0] == '/') {
    std::snprintf(out.text.data(), out.text.size(), "%s", path);
    return out;
  }
  if (folder == AT_FDCWD) {
    if (::getcwd(base.text.data(), base.text.size()) == nullptr) return out;
  } else {
    base = path_of(folder);
  }
  if (std::strlen(base.text.data()) + std::strlen(path) + 2 > out.text.size()) return out;
  std::strcpy(out.text.data(), base.text.data());
  std::strcat(std::strcat(out.text.data(), "/"), path);
  return out;
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

using Story = decltype(FaultControl::story);

Story story_of(const char* call, const Path& path) {
  Story out{};
  std::snprintf(out.data(), out.size(), "%s %s", call, path.text.data());
  return out;
}

bool is_meant(const FaultControl& shared, const char* call, const Path& path) {
  return shared.only[0] == '\0' || ::fnmatch(shared.only.data(), story_of(call, path).data(), 0) == 0;
}

// The fault that comes to this call. A kill does not come back.
Fault strike(const char* call, const Path& path, bool writes) {
  FaultControl* const shared = control();
  if (shared == nullptr || !path.is_below(shared->below.data()) || !is_meant(*shared, call, path)) return Fault::none;
  const auto fault = static_cast<Fault>(shared->fault.load());
  if ((fault == Fault::short_write || fault == Fault::torn_write) && !writes) return Fault::none;
  const int number = ++shared->calls;
  if (fault == Fault::none || number < shared->nth || number - shared->nth >= shared->times) return Fault::none;
  if (shared->struck++ == 0) shared->story = story_of(call, path);
  if (fault == Fault::kill) die();
  if (fault == Fault::stop) ::raise(SIGSTOP);  // to this thread: another one might take it later
  errno = shared->error;
  return fault;
}

bool fails(const char* call, const Path& path) { return strike(call, path, false) == Fault::fail; }

template <class WriteSome>
ssize_t write_some(const char* call, int descriptor, std::size_t size, WriteSome write) {
  const auto half = (size + 1) / 2;
  switch (strike(call, path_of(descriptor), true)) {
    case Fault::fail: return -1;
    case Fault::short_write: return write(half);
    case Fault::torn_write: write(half); die();
    default: return write(size);
  }
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming, cert-dcl50-cpp): the C library's names
#define REAL(name) static const auto kReal = reinterpret_cast<decltype(&name)>(::dlsym(RTLD_NEXT, #name))
#define MODE(flags)                               \
  mode_t mode = 0;                                \
  if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) { \
    va_list more;                                 \
    va_start(more, flags);                        \
    mode = va_arg(more, mode_t);                  \
    va_end(more);                                 \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  REAL(open);
  MODE(flags)
  return fails("open", path_at(AT_FDCWD, path)) ? -1 : kReal(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  MODE(flags)
  return fails("open", path_at(AT_FDCWD, path)) ? -1 : kReal(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  REAL(openat);
  MODE(flags)
  return fails("open", path_at(folder, path)) ? -1 : kReal(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  REAL(openat64);
  MODE(flags)
  return fails("open", path_at(folder, path)) ? -1 : kReal(folder, path, flags, mode);
}
int __open_2(const char* path, int flags) {
  REAL(__open_2);
  return fails("open", path_at(AT_FDCWD, path)) ? -1 : kReal(path, flags);
}
int __open64_2(const char* path, int flags) {
  REAL(__open64_2);
  return fails("open", path_at(AT_FDCWD, path)) ? -1 : kReal(path, flags);
}
FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  return fails("open", path_at(AT_FDCWD, path)) ? nullptr : kReal(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  return fails("open", path_at(AT_FDCWD, path)) ? nullptr : kReal(path, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  REAL(write);
  return write_some("write", descriptor, size, [&](size_t part) { return kReal(descriptor, bytes, part); });
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  REAL(pwrite);
  return write_some("write", descriptor, size, [&](size_t part) { return kReal(descriptor, bytes, part, at); });
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  REAL(pwrite64);
  return write_some("write", descriptor, size, [&](size_t part) { return kReal(descriptor, bytes, part, at); });
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
  REAL(writev);
  const size_t size = count > 0 ? parts[0].iov_len : 0;
  return write_some("write", descriptor, size, [&](size_t part) {
    const iovec first{count > 0 ? parts[0].iov_base : nullptr, part};
    return part == size ? kReal(descriptor, parts, count) : kReal(descriptor, &first, 1);
  });
}

int fsync(int descriptor) {
  REAL(fsync);
  return fails("fsync", path_of(descriptor)) ? -1 : kReal(descriptor);
}
int fdatasync(int descriptor) {
  REAL(fdatasync);
  return fails("fsync", path_of(descriptor)) ? -1 : kReal(descriptor);
}
int ftruncate(int descriptor, off_t size) noexcept {
  REAL(ftruncate);
  return fails("ftruncate", path_of(descriptor)) ? -1 : kReal(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) noexcept {
  REAL(ftruncate64);
  return fails("ftruncate", path_of(descriptor)) ? -1 : kReal(descriptor, size);
}
int fchmod(int descriptor, mode_t mode) noexcept {
  REAL(fchmod);
  return fails("chmod", path_of(descriptor)) ? -1 : kReal(descriptor, mode);
}
int chmod(const char* path, mode_t mode) noexcept {
  REAL(chmod);
  return fails("chmod", path_at(AT_FDCWD, path)) ? -1 : kReal(path, mode);
}
int fchmodat(int folder, const char* path, mode_t mode, int flags) noexcept {
  REAL(fchmodat);
  return fails("chmod", path_at(folder, path)) ? -1 : kReal(folder, path, mode, flags);
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  return fails("rename", path_at(AT_FDCWD, to)) ? -1 : kReal(from, to);
}
int renameat(int from_folder, const char* from, int folder, const char* to) noexcept {
  REAL(renameat);
  return fails("rename", path_at(folder, to)) ? -1 : kReal(from_folder, from, folder, to);
}
int renameat2(int from_folder, const char* from, int folder, const char* to, unsigned flags) noexcept {
  REAL(renameat2);
  return fails("rename", path_at(folder, to)) ? -1 : kReal(from_folder, from, folder, to, flags);
}
int link(const char* from, const char* to) noexcept {
  REAL(link);
  return fails("link", path_at(AT_FDCWD, to)) ? -1 : kReal(from, to);
}
int linkat(int from_folder, const char* from, int folder, const char* to, int flags) noexcept {
  REAL(linkat);
  return fails("link", path_at(folder, to)) ? -1 : kReal(from_folder, from, folder, to, flags);
}
int symlink(const char* target, const char* path) noexcept {
  REAL(symlink);
  return fails("symlink", path_at(AT_FDCWD, path)) ? -1 : kReal(target, path);
}
int symlinkat(const char* target, int folder, const char* path) noexcept {
  REAL(symlinkat);
  return fails("symlink", path_at(folder, path)) ? -1 : kReal(target, folder, path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  return fails("mkdir", path_at(AT_FDCWD, path)) ? -1 : kReal(path, mode);
}
int mkdirat(int folder, const char* path, mode_t mode) noexcept {
  REAL(mkdirat);
  return fails("mkdir", path_at(folder, path)) ? -1 : kReal(folder, path, mode);
}

int unlink(const char* path) noexcept {
  REAL(unlink);
  return fails("unlink", path_at(AT_FDCWD, path)) ? -1 : kReal(path);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  REAL(unlinkat);
  return fails("unlink", path_at(folder, path)) ? -1 : kReal(folder, path, flags);
}
int remove(const char* path) noexcept {
  REAL(remove);
  return fails("unlink", path_at(AT_FDCWD, path)) ? -1 : kReal(path);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming, cert-dcl50-cpp)
