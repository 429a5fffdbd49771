// SPDX-License-Identifier: Apache-2.0
#include "controllers/caddy_process.hpp"

#include <charconv>
#include <csignal>
#include <filesystem>

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <spdlog/spdlog.h>

#include "runtime/files.hpp"

namespace argos {
namespace asio = boost::asio;
namespace {

constexpr auto kPatience = std::chrono::seconds(5);  // for requests in hand, when it is asked to end

std::string boot_file(const std::string& folder) { return folder + "/caddy.json"; }
std::string pid_file(const std::string& folder) { return folder + "/caddy.pid"; }

Task<void> tell_end(std::shared_ptr<Child> child, std::function<void()> ended) {
  const auto how = co_await child->ended();
  spdlog::warn("caddy-process: Caddy (pid {}) has ended: {}", child->pid(), how);
  ended();
}

bool runs_from(pid_t pid, const std::string& boot) {
  const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline", 1U << 16U);
  return command && command->find(boot) != std::string::npos;
}

}  // namespace

void CaddyProcess::end_leftover(const std::string& folder) {
  const auto text = read_file(pid_file(folder), 64);
  pid_t pid = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc() || pid <= 1) return;
  if (!runs_from(pid, boot_file(folder))) return;
  spdlog::info("caddy-process: ending the Caddy (pid {}) that a former run left", pid);
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) return;
  pollfd wait{pidfd, POLLIN, 0};
  ::kill(pid, SIGTERM);
  if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) == 0) {
    ::kill(pid, SIGKILL);
    ::poll(&wait, 1, -1);
  }
  ::close(pidfd);
}

CaddyProcess::~CaddyProcess() {
  if (child_) child_->end(kPatience);
}

bool CaddyProcess::has_gone_silent() const {
  const auto* const ready = conditions_.find({Kind::controller, "caddy"}, "Ready");
  if (ready == nullptr || ready->status != Status::no) return false;
  if (ready->reason != "CaddyUnreachable" && ready->reason != "Timeout") return false;
  return clock_.wall() - std::max(ready->last_transition, started_) > kNotAnswering;
}

Task<Result<Next>> CaddyProcess::reconcile(const Key&) {
  if (child_ && child_->alive()) {
    if (!has_gone_silent()) co_return Next::on_change();
    spdlog::warn("caddy-process: Caddy runs, but {} has not answered for {} s: starting it anew", options_.admin.text(),
                 kNotAnswering.count());
    child_->signal(SIGKILL);
    co_await child_->ended();
  }
  const auto executor = co_await asio::this_coro::executor;
  if (auto started = start(executor); !started) co_return started.error();
  co_return Next::on_change();
}

Result<> CaddyProcess::start(const asio::any_io_executor& executor) {
  const boost::json::value boot{{"admin", {{"listen", "unix/" + options_.admin.socket}}}};
  if (auto written = write_atomically(boot_file(options_.folder), boost::json::serialize(boot), 0600); !written) return written;
  std::error_code ignored;
  std::filesystem::create_directories(options_.folder + "/caddy", ignored);
  auto child = Child::start(
      executor, {.command = {"caddy", "run", "--config", boot_file(options_.folder), "--pidfile", pid_file(options_.folder)},
                 .environment = {{"HOME", options_.folder},
                                 {"XDG_DATA_HOME", options_.folder},
                                 {"XDG_CONFIG_HOME", options_.folder + "/config"}},
                 .folder = options_.folder,
                 .log = options_.folder + "/caddy.log"});
  if (!child) return child.error();
  child_ = std::move(*child);
  started_ = clock_.wall();
  spdlog::info("caddy-process: started Caddy, pid {}", child_->pid());
  asio::co_spawn(executor, tell_end(child_, ended_), asio::detached);
  return {};
}

}  // namespace argos
