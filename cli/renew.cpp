// SPDX-License-Identifier: Apache-2.0
// `renew`: asks for a host's certificates to be issued anew, and with --wait says what came of it.
#include <iostream>
#include <thread>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "model/duration.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::chrono::milliseconds kPause{100};

// "app", "host/app"
Result<Key> host_named(const std::string& word) {
  if (word.find('/') == std::string::npos) return Key{Kind::host, word};
  const auto key = parse_key(word);
  if (!key || (key->kind == Kind::host && !key->name.empty())) return key;
  return Error{"Invalid", shown(word) + " is no host", "write `argos renew app` or `argos renew host/app`", Retry::never};
}

int told(const boost::json::value& request) {
  const auto object = text_at(request, {"object"}), message = shown(text_at(request, {"message"}), 1000);
  if (text_at(request, {"state"}) != "done")
    return fail({text_at(request, {"reason"}), object + " was not renewed: " + message, ""});
  std::cout << object << " renewed: " << message << "\n";
  return kDone;
}

int wait_for(const Client& client, const std::string& id, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto request = client.get("/api/v1/requests/" + id);
    if (request && !text_at(*request, {"finishedAt"}).empty()) return told(*request);
    if (!request && request.error().reason == "NotAllowed") return fail(request.error());
    if (std::chrono::steady_clock::now() + kPause > deadline) {
      complain("not in time: " + (request ? "request " + id + " is " + text_at(*request, {"state"}) : request.error().text()));
      return kLate;
    }
    std::this_thread::sleep_for(kPause);  // between two looks
  }
}

}  // namespace

int renew(const RenewOptions& options) {
  const auto key = host_named(options.host);
  if (!key) return misused(key.error());
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return misused({"Invalid", "--timeout " + shown(options.timeout) + " is no duration", "write 60s or 5m"});
  const auto client = make_client("argos renew");
  if (!client) return misused(client.error());
  const auto asked = client->post(path_of(*key) + "/renew", boost::json::object{});
  if (!asked) return fail(asked.error());
  const auto id = text_at(*asked, {"id"});
  if (options.wait) return wait_for(*client, id, timeout->value);
  std::cout << to_string(*key) << " is being renewed (request " << id << "); `argos renew " << key->name
            << " --wait` says what comes of it\n";
  return kDone;
}

}  // namespace argos
