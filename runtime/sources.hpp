// SPDX-License-Identifier: Apache-2.0
// What wakes controllers: time, folders, and the database file itself.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/http_client.hpp"
#include "runtime/reconciler.hpp"
#include "runtime/store.hpp"

namespace argos {

// Marks one key at once, then every `span`.
class Timer final : public Source {
 public:
  Timer(Key key, Span span) : key_(std::move(key)), span_(span) {}
  Task<void> run(Sink sink) override;

 private:
  Key key_;
  Span span_;
};

// Marks one key when anything below a folder may have moved: files written, renamed, removed, folders made, links swapped, the
// folder itself appearing or going. It may cry wolf; where the kernel drops events or a watch is lost it marks as well.
class FolderWatch final : public Source {
 public:
  FolderWatch(Key key, std::string folder) : key_(std::move(key)), folder_(std::move(folder)) {}
  Task<void> run(Sink sink) override;

 private:
  Key key_;
  std::string folder_;
};

// Has the store read its feed when another process may have written: the WAL moved, or a second has passed.
class FeedWatch final : public Source {
 public:
  explicit FeedWatch(Store& store) : store_(store) {}
  Task<void> run(Sink sink) override;

 private:
  Store& store_;
};

// Holds an idle connection to a server and marks one key when it begins, when the server ends it, and each time none can be had. Caddy
// ends it at every reload, whoever asked for it, and at its own end: a restart or a foreign change is seen at once, without asking
// again and again. `first`, where there is one, is called before each mark.
class ConnectionWatch final : public Source {
 public:
  ConnectionWatch(Key key, Endpoint endpoint, std::string target, std::function<void()> first = {})
      : key_(std::move(key)), endpoint_(std::move(endpoint)), target_(std::move(target)), first_(std::move(first)) {}
  Task<void> run(Sink sink) override;

 private:
  Key key_;
  Endpoint endpoint_;
  std::string target_;
  std::function<void()> first_;
};

}  // namespace argos
