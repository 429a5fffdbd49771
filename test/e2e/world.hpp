// SPDX-License-Identifier: Apache-2.0
// A real Caddy, a real argos and a folder of manifests, each a process or a folder of its own.
//
// Whatever a test was about, in the end it fails if a secret of this argos lies where none belongs: those of its environment and the
// private keys that it wrote for Caddy, in all that is in its data folder (archives too), in its logs, and in the last answer to whatever
// the test asked by command or over HTTP.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "test/support/leaks.hpp"
#include "test/support/process.hpp"

namespace argos::test {

class World {
 public:
  World();
  ~World();

  void start_caddy();  // without --resume, with its admin endpoint and nothing else
  void start_caddy_as_shipped();  // without --resume, with the Caddyfile of this tree at the world's ports
  void start_argos(const std::map<std::string, std::string>& more = {});
  void start_argos_as(int uid);  // as root only
  // argos answers and has said where.
  void until_argos_answers();
  void until_ready();

  Answer get(const std::string& domain, const std::string& path = "/") const;  // a visitor's request, over HTTP
  bool serves(const std::string& domain, const std::string& body) const;
  Shell argos(const std::string& arguments) const;  // the command line
  Shell sql(const std::string& statement) const;
  Answer api(const std::string& target) const;  // over argos.sock
  Answer probe(const std::string& target) const;  // over TCP
  std::string url() const;  // http://127.0.0.1:7, as argos says it; empty before that
  std::string socket() const { return "unix://" + (folder / "data/argos.sock"); }
  std::string caddy_config() const;
  std::string condition(const std::string& path, const std::string& type) const;  // "True Programmed message"
  // How many configurations have been sent to this Caddy since it started.
  int caddy_writes() const;

  void manifest(const std::string& file, const std::string& text) const { folder.write("manifests/" + file, text); }
  // A host that answers `body` by itself, on plain HTTP.
  static std::string host(const std::string& name, const std::string& domain, const std::string& body);

  TempFolder folder;
  int http_port = free_port();
  int https_port = free_port();
  int admin_port = free_port();
  std::string admin = "http://127.0.0.1:" + std::to_string(admin_port);
  std::unique_ptr<Process> caddy, server;

 private:
  std::map<std::string, std::string> environment() const;
  void run_caddy(const std::string& config);
  void launch(std::vector<std::string> command, const std::map<std::string, std::string>& more);
  void keep_secrets(const std::map<std::string, std::string>& environment);
  void keep_secret_files();
  void search_file(const std::filesystem::path& file);
  void search();
  template <class Said>
  Said noted(const std::string& asked, Said said) const;

  Leaks leaks_;
  std::vector<std::string> found_;  // in logs that are gone
  mutable std::mutex said_mutex_;
  mutable std::map<std::string, std::string> said_;  // by what was asked
};

// Waits, and shows what argos and Caddy logged when it is in vain. For longer than Caddy's minute: a new one clears its storage of
// empty folders while it saves its first certificates there, and one that fails for that it tries again only then.
#define EVENTUALLY(...)                                                                         \
  ASSERT_TRUE(::argos::test::eventually([&] { return __VA_ARGS__; }, std::chrono::seconds(75))) \
      << (world.server ? world.server->log() : "") << (world.caddy ? world.caddy->log() : "")

}  // namespace argos::test
