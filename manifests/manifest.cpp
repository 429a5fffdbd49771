// SPDX-License-Identifier: Apache-2.0
#include "manifests/manifest.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include "manifests/yaml.hpp"
#include "model/schema.hpp"
#include "model/text.hpp"
#include "model/validate.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostErrors = 20;  // an object; more help nobody

struct Metadata {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Metadata, (), (name))

std::vector<std::string_view> known_kinds() {
  std::vector<std::string_view> kinds;
  for (const auto& names : desired_kinds()) kinds.push_back(names.manifest);
  return kinds;
}

// The text of a field of the document itself; nothing, with an error, where there is none.
std::optional<std::string> text_field(const boost::json::object& document, std::string_view field, std::string_view hint,
                                      FieldErrors& errors) {
  const auto* const found = document.if_contains(field);
  if (found == nullptr) {
    errors.push_back({std::string(field), "Required", "is missing", std::string(hint)});
    return std::nullopt;
  }
  const auto before = errors.size();
  std::string text;
  from_json_value(*found, std::string(field), text, errors);
  return errors.size() == before ? std::optional(text) : std::nullopt;
}

void check_api_version(const boost::json::object& document, FieldErrors& errors) {
  const auto hint = fmt::format("write apiVersion: {}", kApiVersion);
  const auto version = text_field(document, "apiVersion", hint, errors);
  if (version && *version != kApiVersion)
    errors.push_back({"apiVersion", "Unknown", fmt::format("'{}' is not known here", shown(*version)), hint});
}

std::optional<Kind> read_kind(const boost::json::object& document, FieldErrors& errors) {
  const auto kinds = known_kinds();
  const auto known = fmt::format("known: {}", fmt::join(kinds, ", "));
  const auto word = text_field(document, "kind", known, errors);
  if (!word) return std::nullopt;
  for (const auto& names : desired_kinds()) {
    if (names.manifest == *word) return names.kind;
  }
  const auto close = nearest(*word, kinds);
  errors.push_back({"kind", "Unknown", fmt::format("'{}' is not known here", shown(*word)),
                    close ? fmt::format("did you mean {}?", *close) : known});
  return std::nullopt;
}

// The name, where it is one.
std::optional<std::string> read_name(const boost::json::object& document, std::optional<Kind> kind, FieldErrors& errors) {
  const auto* const found = document.if_contains("metadata");
  if (found == nullptr) {
    errors.push_back({"metadata", "Required", "is missing", "write metadata: {name: my-app}"});
    return std::nullopt;
  }
  Metadata metadata;
  const auto before = errors.size();
  from_json_value(*found, "metadata", metadata, errors);
  const bool unreadable = errors.size() != before && metadata.name.empty();
  const auto bad = unreadable ? FieldErrors{} : validate_name(kind.value_or(Kind::host), metadata.name);
  errors.insert(errors.end(), bad.begin(), bad.end());
  return unreadable || !bad.empty() ? std::nullopt : std::optional(metadata.name);
}

void check_fields(const boost::json::object& document, FieldErrors& errors) {
  static const std::vector<std::string> kKnown{"apiVersion", "kind", "metadata", "spec"};
  for (const auto& item : document) {
    if (std::ranges::find(kKnown, std::string_view(item.key())) == kKnown.end())
      detail::unknown_field(errors, "", item.key(), kKnown);
  }
}

// Is the field at `path`, or one around it, among `paths`?
bool is_within(std::string_view path, const std::unordered_set<std::string_view>& paths) {
  while (!path.empty()) {
    if (paths.contains(path)) return true;
    const auto cut = path.find_last_of(".[");
    path = cut == std::string_view::npos ? std::string_view{} : path.substr(0, cut);
  }
  return false;
}

template <class Spec>
Spec read_spec(const boost::json::value& json, FieldErrors& errors) {
  Spec spec;
  FieldErrors unread;
  from_json_value(json, "spec", spec, unread);
  // A field that could not be read still has its default; what validation says about that would only confuse.
  std::unordered_set<std::string_view> paths;
  for (const auto& error : unread) paths.insert(error.path);
  auto invalid = validate(spec);
  std::erase_if(invalid, [&](const FieldError& error) { return is_within(error.path, paths); });
  std::ranges::move(unread, std::back_inserter(errors));
  std::ranges::move(invalid, std::back_inserter(errors));
  return spec;
}

class FileReader {
 public:
  explicit FileReader(std::string file) { out_.file = std::move(file); }

  void refuse(YamlError error) {
    add(std::move(error));
    out_.unreadable = true;
  }

  void read(YamlDocument document) {
    const bool sound = document.errors.empty();
    report(document);
    const auto* const object = document.value ? document.value->if_object() : nullptr;
    if (object == nullptr) {
      if (sound)
        add({document.start(), "WrongType",
             fmt::format("an object must be a mapping, found {}", detail::type_name(*document.value)),
             "start with apiVersion, kind, metadata and spec"});
      out_.unreadable = true;
      return;
    }
    FieldErrors errors;
    check_api_version(*object, errors);
    const auto kind = read_kind(*object, errors);
    const auto name = read_name(*object, kind, errors);
    check_fields(*object, errors);
    if (!kind || !name) {
      if (sound) report(document, errors);
      out_.unreadable = true;
      return;
    }
    const Key key{*kind, *name};
    auto spec = sound ? read_any_spec(*kind, *object, errors) : AnySpec{};
    if (sound) report(document, errors);
    accept(document, key, std::move(spec), sound && errors.empty());
  }

  ManifestFile take() {
    std::ranges::stable_sort(out_.errors, {}, &ManifestError::at);
    return std::move(out_);
  }

 private:
  using AnySpec = decltype(ManifestObject::spec);

  static AnySpec read_any_spec(Kind kind, const boost::json::object& object, FieldErrors& errors) {
    const auto* const spec = object.if_contains("spec");
    if (spec == nullptr) {
      errors.push_back({"spec", "Required", "is missing", "write what the object should be under spec"});
      return {};
    }
    return with_spec(kind, [&]<class Spec>() { return AnySpec(read_spec<Input<Spec>>(*spec, errors)); });
  }

  void accept(const YamlDocument& document, const Key& key, AnySpec spec, bool valid) {
    const auto [first, fresh] = seen_.emplace(key, document.start());
    if (!fresh) {
      add({document.value_at("metadata.name"), "Duplicate",
           fmt::format("{} '{}' is already in this file, on line {}", names_of(key.kind).manifest, key.name,
                       first->second.line),
           "keep one of them, or rename this one"});
    } else if (!valid) {
      out_.invalid.push_back(key);
    } else {
      const auto* const json = document.value->get_object().if_contains("spec");
      out_.objects.push_back(
          {key, out_.file, document.start(), std::move(spec), json->is_object() ? json->get_object() : boost::json::object{}});
    }
  }

  void add(YamlError error) {
    out_.errors.push_back({out_.file, error.at, std::move(error.reason), std::move(error.message), std::move(error.hint)});
  }

  void report(YamlDocument& document) {
    cut_short(document.errors.size(), document.start());
    for (std::size_t at = 0; at < std::min(document.errors.size(), kMostErrors); ++at) add(std::move(document.errors[at]));
  }
  void report(const YamlDocument& document, const FieldErrors& errors) {
    cut_short(errors.size(), document.start());
    for (std::size_t at = 0; at < std::min(errors.size(), kMostErrors); ++at) {
      const auto& error = errors[at];
      const bool field_itself = error.reason == "Unknown" && error.message == "is not a field here";
      const auto where = field_itself ? document.key_at(error.path) : document.value_at(error.path);
      add({where, error.reason, fmt::format("{}: {}", error.path, error.message), error.hint});
    }
  }
  void cut_short(std::size_t count, Position at) {
    if (count > kMostErrors)
      add({at, "Invalid", fmt::format("this object has {} errors; here are {} of them", count, kMostErrors), ""});
  }

  ManifestFile out_;
  std::map<Key, Position> seen_;
};

}  // namespace

std::string ManifestError::text() const {
  const auto place = at.line > 0 ? fmt::format("{}:{}:{}", file, at.line, at.column) : file;
  return hint.empty() ? fmt::format("{}: {}", place, message) : fmt::format("{}: {} ({})", place, message, hint);
}

ManifestFile parse_manifest(std::string file, std::string_view text) {
  FileReader reader(std::move(file));
  if (text.size() > kLargestManifest) {
    reader.refuse({{},
                   "TooLarge",
                   fmt::format("the file has {} bytes; a manifest has at most {}", text.size(), kLargestManifest),
                   "split it"});
    return reader.take();
  }
  try {
    for (auto& document : read_yaml(text)) reader.read(std::move(document));
  } catch (const std::exception& problem) {
    reader.refuse({{}, "NotYaml", fmt::format("the file could not be read: {}", problem.what()), ""});
  }
  return reader.take();
}

Position place_in_manifest(std::string_view text, Position start, std::string_view path) {
  for (const auto& document : read_yaml(text)) {
    if (document.start() == start) return document.value_at(path);
  }
  return start;
}

}  // namespace argos
