// SPDX-License-Identifier: Apache-2.0
// `history` and `undo`: who changed what, and the way back.
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/objects.hpp"

namespace argos {
namespace {

Result<std::string> history_target(const HistoryOptions& options) {
  std::string out = "/api/v1/history?limit=" + std::to_string(options.limit);
  if (options.before > 0) out += "&before=" + std::to_string(options.before);
  if (options.kind.empty()) return out;
  const auto key = parse_key(options.name.empty() ? options.kind : options.kind + "/" + options.name);
  if (!key) return key.error();
  return out + history_of(*key);
}

// What became of it, in one line.
std::string outcome_of(const boost::json::value& answer) {
  const auto outcome = text_at(answer, {"outcome"}), of = text_at(answer, {"undone"}), to = text_at(answer, {"to"});
  const auto then = of.empty() ? "just after revision " + to : "before revision " + of;
  if (outcome == "unchanged") return "unchanged: it is as it was " + then;
  if (outcome == "deleted") return "deleted: there was none " + then;
  return outcome + ": as it was " + then;
}

int print_undone(const UndoOptions& options, const boost::json::value& answer) {
  if (options.format != Format::table) {
    print(options.format, answer);
    return kDone;
  }
  const auto revision = text_at(answer, {"revision"}), name = to_string(key_of(answer));
  const auto* const before = value_at(answer, {"before"});
  const auto* const after = value_at(answer, {"after"});
  std::cout << name << " " << outcome_of(answer) << (options.dry_run ? " (dry run)" : "") << "\n";
  if (const auto message = text_at(answer, {"message"}); !message.empty()) complain(message);
  if (options.dry_run && before != nullptr && after != nullptr) print_diff(form_diff(*before, name, *after, name));
  if (!revision.empty()) std::cout << "this is revision " << revision << "\n";
  return kDone;
}

// A manifest's object: the file must be edited, and this is what to write there.
int refused(const Client::Answer& answer) {
  const auto* const earlier = value_at(answer.body, {"earlier"});
  if (earlier != nullptr && earlier->is_object()) std::cout << manifest_text(*earlier);
  return fail(refusal_in(answer));
}

}  // namespace

int history(const HistoryOptions& options) {
  const auto target = history_target(options);
  if (!target) return misused(target.error());
  const auto client = make_client("argos history");
  if (!client) return misused(client.error());
  const auto answer = client->get(*target);
  if (!answer) return fail(answer.error());
  const auto& items = list_at(*answer, {"items"});
  if (options.format == Format::table) {
    print(revision_table(items));
  } else {
    print(options.format, *answer);
  }
  return kDone;
}

int undo(const UndoOptions& options) {
  const auto key = parse_object(options.kind, options.name);
  if (!key) return misused(key.error());
  const auto client = make_client("argos undo");
  if (!client) return misused(client.error());
  boost::json::value wish{{"kind", names_of(key->kind).manifest}, {"name", key->name}, {"dryRun", options.dry_run}};
  if (options.to > 0) wish.get_object()["to"] = options.to;
  const auto answer = client->ask("POST", "/api/v1/undo", &wish);
  if (!answer) return fail(answer.error());
  return answer->status < 400 ? print_undone(options, answer->body) : refused(*answer);
}

}  // namespace argos
