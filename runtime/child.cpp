// SPDX-License-Identifier: Apache-2.0
#include "runtime/child.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/fmt/fmt.h>

namespace argos {
namespace asio = boost::asio;
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::map<std::string, std::string> all = added;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = std::min(text.find('='), text.size());
    // Secrets of ours are none of a child's business.
    if (text.starts_with("ARGOS_") || text.starts_with("CROWDSEC_")) continue;
    all.emplace(text.substr(0, equals), text.substr(std::min(equals + 1, text.size())));
  }
  std::vector<std::string> out;
  out.reserve(all.size());
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

// Between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* command, char* const* environment, const char* folder, int log) {
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(folder) == 0) ::execvpe(command[0], command, environment);
  constexpr int kCannotExecute = 127;
  ::_exit(kCannotExecute);
}

}  // namespace

Result<std::unique_ptr<Child>> Child::start(const asio::any_io_executor& executor, const ChildSpec& spec) {
  const auto failed = [&](std::string_view what) {
    return Error{"CannotStart", fmt::format("cannot start {}: {}: {}", spec.command.front(), what, std::strerror(errno))};
  };
  auto command = spec.command;
  auto environment = merged_environment(spec.environment);
  const auto command_pointers = pointers(command);
  const auto environment_pointers = pointers(environment);
  const int log = ::open(spec.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return failed("its log");
  const pid_t pid = ::fork();
  if (pid == 0) become(command_pointers.data(), environment_pointers.data(), spec.folder.c_str(), log);
  ::close(log);
  if (pid < 0) return failed("fork");
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    const auto error = failed("pidfd_open");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return error;
  }
  ::fcntl(pidfd, F_SETFD, FD_CLOEXEC);
  return std::unique_ptr<Child>(new Child(executor, pid, pidfd));
}

Child::Child(const asio::any_io_executor& executor, pid_t pid, int pidfd) : pid_(pid), pidfd_(executor, pidfd) {}

Child::~Child() {
  if (!alive()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Child::alive() {
  if (status_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  status_ = status;
  return false;
}

void Child::signal(int number) {
  if (!status_) ::kill(pid_, number);
}

void Child::end(std::chrono::milliseconds patience) {
  if (!alive()) return;
  signal(SIGTERM);
  pollfd wait{pidfd_.native_handle(), POLLIN, 0};
  ::poll(&wait, 1, static_cast<int>(patience.count()));
  if (!alive()) return;
  signal(SIGKILL);
  ::poll(&wait, 1, -1);
  (void)alive();
}

Task<std::string> Child::ended() {
  while (alive()) co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  if (WIFSIGNALED(*status_)) co_return fmt::format("signal {}", WTERMSIG(*status_));
  constexpr int kCannotExecute = 127;
  if (WEXITSTATUS(*status_) == kCannotExecute) co_return "exit status 127: the program was not found";
  co_return fmt::format("exit status {}", WEXITSTATUS(*status_));
}

}  // namespace argos
