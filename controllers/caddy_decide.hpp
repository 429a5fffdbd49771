// SPDX-License-Identifier: Apache-2.0
// What the caddy controller decides, as functions of what is wanted and what was found: no I/O, no clock.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "model/caddy_config.hpp"
#include "runtime/http_client.hpp"

namespace argos {

// A configuration that argos rendered: which it is, and what each object contributes.
struct Form {
  std::string hash;                   // SHA-256 of its canonical JSON
  std::map<Key, std::string> pieces;  // Verdict::piece
};

// The `admin` of what runs, where it says where to listen; else one for the address at which argos found it. Without one Caddy
// would move its endpoint to localhost:2019.
boost::json::object admin_block(const boost::json::value& found, const Endpoint& endpoint);

// Why these ports cannot be served. Caddy itself accepts a site on its own admin port, and then each gets half of the requests.
std::optional<Error> port_taken(const CaddySurroundings& surroundings);

// An endpoint and nothing else: a Caddy that was started with no more, or wiped.
bool is_blank(const boost::json::value& found);

// By its own count of requests (the text of GET /metrics): nobody has changed a Caddy's configuration since it was started, so it runs
// what it was started with. None: it does not say.
std::optional<bool> runs_as_started(std::string_view metrics);

// Whose configuration is it that Caddy runs, where it is not what is wanted?
enum class Whose {
  argos,  // as argos left it
  start,  // Caddy was started anew, with a configuration of its own: nobody's doing, and nobody's wish
  somebody,
};

// What argos sees of Caddy.
struct Sight {
  bool blind = false;  // it is not known what runs
  const Form* running = nullptr;  // where it is one of argos' own whose pieces are known
  std::string piece(const Key& key) const;  // empty: nothing of it runs, or that is not known
};

// Why an object's wanted form is not in the document that argos would have run.
struct LeftOut {
  std::string reason, message;
};

// Caddy refused a document not for what is in it, but for a certificate in its storage that it could not read just then: another
// config's issuer may be writing it.
bool may_pass(const Error& refusal);

// "Programmed" of one object. `left_out`: where that is settled already; `trouble`: why what is to run does not run (yet).
Condition programmed(const Key& key, const Verdict& verdict, const Sight& sight, const LeftOut* left_out, const Error& trouble);

}  // namespace argos
