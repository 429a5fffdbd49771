// SPDX-License-Identifier: Apache-2.0
// `explain`: why an object is as it is, step by step, from where it was written to what Caddy runs. Made to be read at night: each step
// is one heading with the short answer first.
#include <algorithm>
#include <iostream>

#include <spdlog/fmt/fmt.h>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "manifests/manifest.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostLines = 30;  // of one piece of YAML
constexpr std::size_t kMostEntries = 5;  // of one trace
constexpr std::size_t kLongestText = 600;

std::string safe(const std::string& text) { return shown(text, kLongestText); }

void heading(int step, std::string_view what, const std::string& answer) {
  std::cout << "\n" << step << ". " << what << ": " << safe(answer) << "\n";
}

void line(std::string_view indent, const std::string& text) { std::cout << indent << text << "\n"; }

// Control characters cannot be in it: to_yaml writes them escaped.
void print_yaml(const boost::json::value& value, std::string_view indent) {
  const auto text = to_yaml(value);
  std::string_view rest = text;
  for (std::size_t count = 0; !rest.empty(); ++count) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (count == kMostLines) {
      const auto more = std::ranges::count(rest, '\n');
      return line(indent, "… " + std::to_string(more) + " more lines: -o yaml prints everything");
    }
    line(indent, std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void print_suspension(const boost::json::value& explained) {
  const auto* const held = value_at(explained, {"suspended"});
  if (held == nullptr || held->is_null()) return;
  const auto note = text_at(*held, {"note"}), until = text_at(*held, {"until"});
  line("", "suspended by " + safe(text_at(*held, {"actor"})) + " since " + text_at(*held, {"since"}) +
               (until.empty() ? "" : " until " + until) + (note.empty() ? "" : ": " + safe(note)));
}

void print_row(const boost::json::value& explained) {
  heading(2, "What is wanted", text_at(explained, {"row", "answer"}));
  for (const auto& error : list_at(explained, {"row", "errors"})) {
    line("   ", safe(text_at(error, {"path"}) + ": " + text_at(error, {"message"})));
  }
  if (const auto* const spec = value_at(explained, {"row", "spec"})) print_yaml(*spec, "   ");
}

void print_places(const boost::json::array& places, std::string_view field, bool only_unequal) {
  for (const auto& place : places) {
    const bool equal = text_at(place, {"equal"}) == "true";
    if (only_unequal && equal) continue;
    line("   ", safe(text_at(place, {"path"})));
    const auto* const what = value_at(place, {field});
    if (what == nullptr || what->is_null()) {
      line("     ", "nothing");
    } else {
      print_yaml(*what, "     ");
    }
  }
}

void print_conditions(int step, const boost::json::array& conditions) {
  const auto* const ready = condition_at(conditions, "Ready");
  heading(step, "Conditions", ready == nullptr ? "none yet" : "Ready is " + text_at(*ready, {"status"}));
  if (conditions.empty()) return;
  Table table({"   TYPE", "STATUS", "REASON", "SINCE", "MESSAGE"});
  for (const auto& one : conditions) {
    table.add({"   " + text_at(one, {"type"}), text_at(one, {"status"}), text_at(one, {"reason"}),
               text_at(one, {"lastTransitionTime"}), text_at(one, {"message"})});
  }
  print(table);
}

std::string how_often(const boost::json::value& entry) {
  const auto times = text_at(entry, {"times"});
  return times.empty() || times == "1" ? "" : " (" + times + " times in a row)";
}

std::string milliseconds(const boost::json::value& result) {
  const auto* const took = value_at(result, {"tookMs"});
  return fmt::format("{:.1f} ms", took != nullptr && took->is_number() ? took->to_number<double>() : 0);
}

void print_trace(const boost::json::value& controller) {
  const auto& wakes = list_at(controller, {"trace", "wakes"});
  for (std::size_t at = 0; at < std::min(wakes.size(), kMostEntries); ++at) {
    line("     ", text_at(wakes[at], {"when"}) + "  woken: " + safe(text_at(wakes[at], {"why"})) + how_often(wakes[at]));
  }
  const auto& results = list_at(controller, {"trace", "results"});
  for (std::size_t at = 0; at < std::min(results.size(), kMostEntries); ++at) {
    const auto message = text_at(results[at], {"message"});
    line("     ", text_at(results[at], {"when"}) + "  ended: " + safe(text_at(results[at], {"outcome"})) +
                      (message.empty() ? "" : ": " + safe(message)) + ", after " + milliseconds(results[at]) +
                      how_often(results[at]));
  }
}

std::string state_of(const boost::json::value& controller) {
  const auto* const ready = condition_at(list_at(controller, {"conditions"}), "Ready");
  if (ready == nullptr) return "has not run yet";
  auto out = "Ready is " + text_at(*ready, {"status"}) + ", " + text_at(*ready, {"reason"});
  if (const auto next = text_at(controller, {"nextReconcile"}); !next.empty()) out += "; next look at " + next;
  return out;
}

void print_hands(const boost::json::array& controllers) {
  heading(6, "What was done lately",
          controllers.empty() ? "nothing is known" : "by those whose work this is, the newest first");
  for (const auto& controller : controllers) {
    line("   ", text_at(controller, {"name"}) + ": " + state_of(controller));
    print_trace(controller);
  }
}

void print_targets(const boost::json::value& explained) {
  for (const auto& group : list_at(explained, {"targets", "groups"})) {
    for (const auto& target : list_at(group, {"targets"})) {
      line("   ", safe(text_at(target, {"target"})) + " is " + text_at(target, {"state"}) + " (" + text_at(target, {"reason"}) +
                      ") since " + text_at(target, {"since"}));
    }
  }
}

void print_certificates(const boost::json::value& explained) {
  for (const auto& one : list_at(explained, {"certificates"})) {
    const auto failed = text_at(one, {"failed"}), error = text_at(one, {"lastError"});
    const auto what = failed.empty() ? "by " + text_at(one, {"issuer"}) + ", ends " + text_at(one, {"notAfter"}) +
                                           ", SHA-256 " + text_at(one, {"fingerprint"})
                                     : failed;
    line("   ", "visitors of " + safe(text_at(one, {"name"})) + " are shown: " + safe(what));
    if (!error.empty()) line("     ", "Caddy tries in vain to get one: " + safe(error));
  }
}

void print_object(const boost::json::value& explained) {
  line("", text_at(explained, {"object"}));
  print_suspension(explained);
  heading(1, "Where it comes from", text_at(explained, {"from", "answer"}));
  print_row(explained);
  heading(3, "What is made of it", text_at(explained, {"rendered", "answer"}));
  print_places(list_at(explained, {"rendered", "places"}), "wanted", false);
  heading(4, "What runs", text_at(explained, {"running", "answer"}));
  print_places(list_at(explained, {"running", "places"}), "running", true);
  print_certificates(explained);
  print_conditions(5, list_at(explained, {"conditions"}));
  print_targets(explained);
  print_hands(list_at(explained, {"controllers"}));
}

void print_controller(const boost::json::value& controller) {
  line("", "controller/" + text_at(controller, {"name"}));
  print_conditions(1, list_at(controller, {"conditions"}));
  const auto next = text_at(controller, {"nextReconcile"});
  heading(2, "Next look", next.empty() ? "when something changes" : next);
  heading(3, "What was done lately",
          text_at(controller, {"reconciles"}) + " passes, " + text_at(controller, {"failures"}) + " of them failed");
  print_trace(controller);
}

}  // namespace

int explain(const ObjectOptions& options) {
  const auto key = parse_key(options.name.empty() ? options.kind : options.kind + "/" + options.name);
  if (!key || key->name.empty()) {
    complain(key ? "which one? explain KIND NAME, such as `argos explain host app`" : key.error().text());
    return kUsage;
  }
  const auto client = make_client("argos explain");
  if (!client) {
    complain(client.error().text());
    return kUsage;
  }
  const auto answer = client->get(std::string("/api/v1/explain") + path_of(*key).substr(std::string_view("/api/v1").size()));
  if (!answer) return fail(answer.error());
  if (options.format != Format::table) {
    print(options.format, *answer);
  } else if (key->kind == Kind::controller) {
    print_controller(*answer);
  } else {
    print_object(*answer);
  }
  return kDone;
}

}  // namespace argos
