// SPDX-License-Identifier: Apache-2.0
// `describe`: all that is known of one object, on one page.
#include <chrono>
#include <ctime>
#include <iostream>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "cli/objects.hpp"
#include "manifests/yaml.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

constexpr int kLastChanges = 5;

struct Page {
  Key key;
  boost::json::value object;
  boost::json::array references;  // a host's target group, a target group's hosts
  boost::json::array history;
};

std::string age_of(const std::string& since) {
  std::tm parts{};
  if (::strptime(since.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return {};
  return rounded(std::max<std::int64_t>(std::time(nullptr) - ::timegm(&parts), 0));
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    out += "  " + std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

void print_section(std::string_view title, const std::string& text) { std::cout << "\n" << title << "\n" << indented(text); }

std::string conditions_text(const boost::json::value& object) {
  const auto generation = number_at(object, {"metadata", "generation"});
  Table table({"TYPE", "STATUS", "REASON", "AGE", "MESSAGE"});
  for (const auto& one : list_at(object, {"status", "conditions"})) {
    const bool older = number_at(one, {"observedGeneration"}) < generation;
    table.add({text_at(one, {"type"}), text_at(one, {"status"}), text_at(one, {"reason"}),
               age_of(text_at(one, {"lastTransitionTime"})), (older ? "(of an older form) " : "") + text_at(one, {"message"})});
  }
  return table.empty() ? "no controller has looked at it yet\n" : table.text(colours_wanted());
}

std::string references_text(const boost::json::array& references) {
  Table table({"OBJECT", "READY", "REASON", "WHAT"});
  for (const auto& one : references) {
    const auto* const ready = condition_at(list_at(one, {"status", "conditions"}), "Ready");
    const auto field = [&](std::string_view name) { return ready == nullptr ? std::string() : text_at(*ready, {name}); };
    std::string what = text_at(one, {"spec", "domain"});
    for (const auto& target : list_at(one, {"spec", "targets"}))
      what += (what.empty() ? "" : ", ") + text_at(target, {"host"}) + ":" + text_at(target, {"port"});
    const bool there = value_at(one, {"spec"}) != nullptr;
    table.add({to_string(key_of(one)), field("status"), there ? field("reason") : "NotFound", what});
  }
  return table.text(colours_wanted());
}

std::string certificates_text(const boost::json::array& certificates) {
  constexpr std::size_t kDigits = 16;
  Table table({"NAME", "ISSUER", "ENDS", "LEFT", "SHA-256", "LAST ERROR"});
  for (const auto& one : certificates) {
    const auto error = text_at(one, {"lastError"}), failed = text_at(one, {"failed"});
    table.add({text_at(one, {"name"}), text_at(one, {"issuer"}), text_at(one, {"notAfter"}),
               time_left(text_at(one, {"notAfter"})), text_at(one, {"fingerprint"}).substr(0, kDigits),
               error.empty() ? failed : error});
  }
  return table.text(colours_wanted());
}

Result<boost::json::array> references_of(const Client& client, const Key& key, const boost::json::value& object) {
  if (key.kind == Kind::host) {
    const Key group{Kind::target_group, text_at(object, {"spec", "targetGroup"})};
    if (group.name.empty()) return boost::json::array{};
    const auto answer = client.get(path_of(group));
    if (answer) return boost::json::array{*answer};
    if (answer.error().reason != "NotFound") return answer.error();
    return boost::json::array{{{"kind", "TargetGroup"}, {"metadata", {{"name", group.name}}}}};
  }
  if (key.kind != Kind::target_group) return boost::json::array{};
  const auto answer = client.get(path_of({Kind::host, ""}));
  if (!answer) return answer.error();
  boost::json::array out;
  for (const auto& host : list_at(*answer, {"items"})) {
    if (text_at(host, {"spec", "targetGroup"}) == key.name) out.push_back(host);
  }
  return out;
}

Result<Page> read_page(const Client& client, const Key& key) {
  auto object = client.get(path_of(key));
  if (!object) return object.error();
  auto references = references_of(client, key, *object);
  if (!references) return references.error();
  const auto history = client.get("/api/v1/history?limit=" + std::to_string(kLastChanges) + history_of(key));
  if (!history) return history.error();
  return Page{key, std::move(*object), std::move(*references), list_at(*history, {"items"})};
}

void print_page(const Page& page) {
  const auto owner = text_at(page.object, {"metadata", "owner"});
  const auto* const spec = value_at(page.object, {"spec"});
  std::cout << to_string(page.key) << "\n  managed by " << text_at(page.object, {"metadata", "managedBy"})
            << (owner.empty() ? "" : " (" + shown(owner, 200) + ")") << ", generation "
            << text_at(page.object, {"metadata", "generation"}) << "\n";
  if (const auto wrong = row_errors(page.object); !wrong.empty()) print_section("Errors", shown(wrong, 2000) + "\n");
  if (page.key.kind == Kind::certificate) {
    const auto* const facts = value_at(page.object, {"status", "certificate"});
    print_section("Host", text_at(page.object, {"spec", "host"}) + "\n");
    if (facts != nullptr) print_section("Certificate", to_yaml(*facts));
  } else if (spec != nullptr) {
    print_section("Spec", to_yaml(*spec));
  }
  print_section("Conditions", conditions_text(page.object));
  if (const auto& shown_ones = list_at(page.object, {"status", "certificates"}); !shown_ones.empty())
    print_section("Certificates that visitors are shown", certificates_text(shown_ones));
  if (page.key.kind == Kind::host && !page.references.empty()) print_section("Target group", references_text(page.references));
  if (page.key.kind == Kind::target_group) {
    print_section("Hosts", page.references.empty() ? "none sends anything here\n" : references_text(page.references));
  }
  print_section("Last changes", page.history.empty() ? "none is kept\n" : revision_table(page.history).text(colours_wanted()));
}

}  // namespace

int describe(const ObjectOptions& options) {
  if (is_backup_word(options.kind)) {
    const auto slash = options.kind.find('/');
    return describe_backup(slash == std::string::npos ? options.name : options.kind.substr(slash + 1), options.format);
  }
  const auto key = parse_object(options.kind, options.name);
  if (!key) return misused(key.error());
  const auto client = make_client("argos describe");
  if (!client) return misused(client.error());
  const auto page = read_page(*client, *key);
  if (!page) return fail(page.error());
  if (options.format == Format::table) {
    print_page(*page);
  } else {
    print(options.format,
          boost::json::object{{"object", page->object}, {"references", page->references}, {"history", page->history}});
  }
  return kDone;
}

}  // namespace argos
