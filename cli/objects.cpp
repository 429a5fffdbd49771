// SPDX-License-Identifier: Apache-2.0
#include "cli/objects.hpp"

#include <ctime>
#include <iostream>

#include "manifests/yaml.hpp"
#include "model/unified_diff.hpp"
#include "runtime/certificate_intake.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostFields = 4;

// A certificate's texts become what they say; its key is the certificate's own, or it would not have been taken.
boost::json::object readable(boost::json::object object) {
  if (kind_from(text_at(object, {"kind"})) != Kind::certificate) return object;
  const auto sent = text_at(object, {"spec", "certificate"}), more = text_at(object, {"spec", "chain"});
  const auto now = std::chrono::system_clock::now();
  FieldErrors ignored;
  const auto examined = examine(sent, more, "", now, ignored);
  auto facts = certificate_facts(examined ? examined->leaf : sent, examined ? examined->chain : more, now);
  for (const auto* const of_today : {"daysLeft", "warnings"}) facts.erase(of_today);
  object["spec"] = {{"host", text_at(object, {"spec", "host"})}, {"certificate", std::move(facts)}};
  return object;
}

// An earlier form without what is said about it.
std::string form_text(const boost::json::value& form) {
  if (!form.is_object()) return {};
  auto shown = form.get_object();
  shown.erase("status");
  return to_yaml(readable(std::move(shown)));
}

std::string_view colour_of(std::string_view line) {
  if (line.starts_with("---") || line.starts_with("+++")) return "\033[1m";
  if (line.starts_with('-')) return "\033[31m";
  if (line.starts_with('+')) return "\033[32m";
  if (line.starts_with("@@")) return "\033[36m";
  return {};
}

std::string fields_of(const boost::json::value& revision) {
  const auto& fields = list_at(revision, {"fields"});
  std::string out;
  for (std::size_t at = 0; at < fields.size() && at < kMostFields; ++at) {
    out += (at == 0 ? "" : ", ") + (fields[at].is_string() ? std::string(fields[at].get_string()) : "");
  }
  return fields.size() > kMostFields ? out + ", …" : out;
}

}  // namespace

boost::json::object manifest_of(const boost::json::value& object) {
  const auto* const spec = value_at(object, {"spec"});
  return {{"apiVersion", text_at(object, {"apiVersion"})},
          {"kind", text_at(object, {"kind"})},
          {"metadata", {{"name", text_at(object, {"metadata", "name"})}}},
          {"spec", spec == nullptr ? boost::json::value() : *spec}};
}

std::string manifest_text(const boost::json::value& object) { return to_yaml(manifest_of(object)); }

std::string readable_text(const boost::json::value& object) { return to_yaml(readable(manifest_of(object))); }

std::string rounded(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  if (seconds < 2 * kMinute) return std::to_string(seconds) + "s";
  if (seconds < 2 * kHour) return std::to_string(seconds / kMinute) + "m";
  if (seconds < 2 * kDay) return std::to_string(seconds / kHour) + "h";
  return std::to_string(seconds / kDay) + "d";
}

std::string time_left(const std::string& until) {
  std::tm parts{};
  if (::strptime(until.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return {};
  const auto seconds = ::timegm(&parts) - std::time(nullptr);
  return seconds <= 0 ? "ended" : rounded(seconds);
}

std::string expiry_of(const boost::json::value& host) {
  std::string first;
  for (const auto& one : list_at(host, {"status", "certificates"})) {
    const auto end = text_at(one, {"notAfter"});
    if (!end.empty() && (first.empty() || end < first)) first = end;
  }
  return time_left(first);
}

std::string row_errors(const boost::json::value& object) {
  std::string out;
  for (const auto& error : list_at(object, {"status", "errors"})) {
    out += (out.empty() ? "" : "; ") + text_at(error, {"path"}) + ": " + text_at(error, {"message"});
  }
  return out;
}

Key key_of(const boost::json::value& object) {
  auto name = text_at(object, {"metadata", "name"});
  if (name.empty()) name = text_at(object, {"name"});
  return {kind_from(text_at(object, {"kind"})).value_or(Kind::host), std::move(name)};
}

std::string form_diff(const boost::json::value& before, const std::string& before_label, const boost::json::value& after,
                      const std::string& after_label) {
  const auto old = form_text(before), now = form_text(after);
  return unified_diff({old, before_label, before.is_object()}, {now, after_label, after.is_object()});
}

void print_diff(std::string_view diff) {
  const bool colours = colours_wanted();
  while (!diff.empty()) {
    const auto line = diff.substr(0, diff.find('\n'));
    diff.remove_prefix(std::min(line.size() + 1, diff.size()));
    const auto colour = colours ? colour_of(line) : std::string_view{};
    std::cout << colour << line << (colour.empty() ? "\n" : "\033[0m\n");
  }
}

Table revision_table(const boost::json::array& revisions) {
  Table table({"REVISION", "WHEN", "WHAT", "OBJECT", "WHO", "FROM", "FIELDS"});
  for (const auto& one : revisions) {
    table.add({text_at(one, {"revision"}), text_at(one, {"at"}), text_at(one, {"what"}), to_string(key_of(one)),
               text_at(one, {"actor"}), text_at(one, {"origin"}), fields_of(one)});
  }
  return table;
}

}  // namespace argos
