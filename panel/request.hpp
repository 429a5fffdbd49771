// SPDX-License-Identifier: Apache-2.0
// A request, as the API sees it: no Beast, no socket.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/account.hpp"

namespace argos {

class Upload;

// Who is at the other end.
struct Peer {
  std::optional<uid_t> uid;  // of a process on argos.sock
  std::string address;       // "192.0.2.7", over TCP; behind trusted proxies the client's, as they tell it

  bool on_socket() const { return uid.has_value(); }
};

// Who asks over TCP, once that is known.
struct Caller {
  std::string user;     // empty: a token that no user owns
  std::string session;  // its id; empty: came with a token
  std::string token;    // its name
  Role role = Role::viewer;
  bool confirmed = false;    // gave the password a moment ago
  bool must_change = false;  // the password, before anything else
  std::string token_id = {};
};

struct Request {
  std::string method = "GET";
  std::string path = "/";                      // percent-decoded
  std::map<std::string, std::string> query;    // percent-decoded; the last of repeated ones
  std::map<std::string, std::string> headers;  // lower-case names; repeated ones joined by ", "
  std::string body;
  std::shared_ptr<Upload> upload;  // where the body went instead
  Peer peer;
  bool tls = false;  // the client came by HTTPS, as a trusted proxy tells
  std::optional<Caller> caller;  // none on argos.sock, and where nobody need say who he is

  std::string_view header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
  }
  std::string_view parameter(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? std::string_view{} : std::string_view(found->second);
  }
  // By its method alone: whether it may change anything.
  bool is_change() const { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }
};

}  // namespace argos
