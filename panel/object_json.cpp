// SPDX-License-Identifier: Apache-2.0
#include "panel/object_json.hpp"

#include <algorithm>
#include <filesystem>

#include "model/validate.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

constexpr std::size_t kLongestOwner = 64;
constexpr std::size_t kEtagDigits = 32;

const boost::json::object kNothing;

void check_fields(const boost::json::object& object, const std::string& path, const std::vector<std::string>& known,
                  FieldErrors& errors) {
  for (const auto& field : object) {
    if (std::ranges::find(known, std::string_view(field.key())) == known.end()) {
      detail::unknown_field(errors, path, field.key(), known);
    }
  }
}

// A text field, or "" where it is absent or (with an error) no text.
std::string text_field(const boost::json::object& object, const std::string& path, std::string_view name, FieldErrors& errors) {
  const auto* const found = object.if_contains(name);
  if (found == nullptr) return {};
  if (found->is_string()) return std::string(found->get_string());
  detail::wrong_type(errors, detail::join(path, name), "a text", *found);
  return {};
}

const boost::json::object& object_field(const boost::json::object& object, std::string_view name, FieldErrors& errors) {
  const auto* const found = object.if_contains(name);
  if (found == nullptr) return kNothing;
  if (found->is_object()) return found->get_object();
  detail::wrong_type(errors, std::string(name), "a mapping", *found);
  return kNothing;
}

std::optional<Kind> read_kind(const std::string& word, FieldErrors& errors) {
  std::vector<std::string> known;
  for (const auto& names : desired_kinds()) {
    if (names.manifest == word) return names.kind;
    known.emplace_back(names.manifest);
  }
  detail::unknown_value(errors, "kind", word, known);
  return std::nullopt;
}

void must_match_path(const std::string& field, const std::string& sent, std::string_view path, FieldErrors& errors) {
  if (sent.empty() || sent == path) return;
  errors.push_back({field, "Invalid", "'" + sent + "' is not what the path says", "write " + std::string(path)});
}

void read_identity(const boost::json::object& sent, const Key* path, SentObject& out) {
  const auto version = text_field(sent, "", "apiVersion", out.errors);
  if (!version.empty() && version != kApiVersion) {
    out.errors.push_back({"apiVersion", "Unknown", "'" + version + "' is not known here", "write " + std::string(kApiVersion)});
  }
  const auto& metadata = object_field(sent, "metadata", out.errors);
  check_fields(metadata, "metadata", {"name", "generation", "managedBy", "owner"}, out.errors);
  out.kind = text_field(sent, "", "kind", out.errors);
  out.name = text_field(metadata, "metadata", "name", out.errors);
  if (path != nullptr) {
    must_match_path("kind", out.kind, names_of(path->kind).manifest, out.errors);
    must_match_path("metadata.name", out.name, path->name, out.errors);
    out.kind = names_of(path->kind).manifest;
    out.name = path->name;
  }
  const auto kind = read_kind(out.kind, out.errors);
  if (!kind) return;
  const auto wrong = validate_name(*kind, out.name);
  out.errors.insert(out.errors.end(), wrong.begin(), wrong.end());
  if (wrong.empty()) out.key = Key{*kind, out.name};
}

// What has no right form is not judged by its content too.
template <class Sent>
void read_spec(const boost::json::value& sent, SentObject& out) {
  Sent spec{};
  from_json_value(sent, "spec", spec, out.errors);
  const FieldErrors malformed = out.errors;
  for (auto& error : validate(spec)) {
    if (std::ranges::find(malformed, error.path, &FieldError::path) == malformed.end()) out.errors.push_back(std::move(error));
  }
  if (out.errors.empty()) out.spec = std::move(spec);
}

}  // namespace

SentObject read_object(const boost::json::value& sent, const Key* path) {
  SentObject out;
  if (!sent.is_object()) {
    detail::wrong_type(out.errors, "", "a mapping with apiVersion, kind, metadata and spec", sent);
    return out;
  }
  const auto& object = sent.get_object();
  check_fields(object, "", {"apiVersion", "kind", "metadata", "spec", "status"}, out.errors);
  read_identity(object, path, out);
  if (!out.key) return out;
  const auto* const spec = object.if_contains("spec");
  if (spec == nullptr) {
    out.errors.push_back({"spec", "Required", "there is no spec", ""});
    return out;
  }
  with_spec(out.key->kind, [&]<class Spec>() { read_spec<Input<Spec>>(*spec, out); });
  return out;
}

namespace {

struct SentCertificate {
  std::string name;
  CertificateInput sent;
};
struct Judged {
  std::optional<ReadCertificate> read;
  FieldErrors errors;
};

std::vector<Judged> judge(const KeyRing& ring, WallTime now, std::vector<SentCertificate>& certificates) {
  std::vector<Judged> out(certificates.size());
  for (std::size_t at = 0; at < certificates.size(); ++at) {
    auto& [name, sent] = certificates[at];
    out[at].read = read_certificate(ring, name, sent, now, out[at].errors);
    wipe(sent.key);
  }
  return out;
}

void refuse_files(const CertificateInput& sent, FieldErrors& errors) {
  for (const auto& text : kCertificateTexts) {
    if ((sent.*text.file).empty()) continue;
    errors.push_back(
        {text.file_path(), "NotSupported", "argos reads no files for a client", "send the text itself; `argos apply` does"});
  }
}

}  // namespace

Task<> judge_certificates(PanelContext& context, std::span<SentObject> objects) {
  std::vector<SentObject*> places;
  std::vector<SentCertificate> certificates;
  for (auto& object : objects) {
    auto* const sent = std::get_if<CertificateInput>(&object.spec);
    if (sent == nullptr) continue;
    refuse_files(*sent, object.errors);
    if (!object.errors.empty()) continue;
    places.push_back(&object);
    certificates.push_back({object.name, std::move(*sent)});
  }
  if (places.empty()) co_return;
  auto job = [&ring = context.secrets.ring(), now = context.clock.wall(), sent = std::move(certificates)]() mutable {
    return judge(ring, now, sent);
  };
  auto judged = co_await context.workers.run(std::move(job));
  for (std::size_t at = 0; at < places.size(); ++at) {
    places[at]->errors = std::move(judged[at].errors);
    if (judged[at].read) places[at]->spec = std::move(*judged[at].read);
  }
}

Result<std::optional<Certificate>> to_stored(const PanelContext& context, Database& database, const std::string& name,
                                             const ReadCertificate& sent, FieldErrors& errors) {
  const auto host = read_one<Host>(database, sent.host);
  if (!host) return host.error();
  if (const auto uncovered = *host ? uncovered_names((*host)->spec, sent) : std::nullopt) {
    errors.push_back(*uncovered);
    return std::optional<Certificate>{};
  }
  auto stored = stored_form(database, context.secrets, name, sent);
  if (stored) return std::optional(std::move(*stored));
  if (stored.error().reason != "MasterKeyNotConfigured" && stored.error().reason != "WrongMasterKey") return stored.error();
  errors.push_back({key_field(sent), stored.error().reason, stored.error().message, stored.error().hint});
  return std::optional<Certificate>{};
}

boost::json::object envelope(const Meta& meta, Kind kind, boost::json::value spec) {
  return {{"apiVersion", kApiVersion},
          {"kind", names_of(kind).manifest},
          {"metadata",
           {{"name", meta.name},
            {"generation", meta.generation},
            {"managedBy", enum_text(meta.managed_by)},
            {"owner", meta.owner}}},
          {"spec", std::move(spec)}};
}

std::string etag_of(const Meta& meta, const boost::json::value& spec, const std::string& epoch) {
  const auto hash = sha256_hex(std::to_string(meta.generation) + "\n" + epoch + "\n" + boost::json::serialize(spec));
  return "\"" + hash.substr(0, kEtagDigits) + "\"";
}

Result<std::string> read_epoch(Database& database) {
  const auto rows = database.query("SELECT value FROM meta WHERE key = 'epoch'");
  if (!rows) return rows.error();
  if (rows->empty()) return std::string();
  return std::string(rows->front().at("value").as_string());
}

std::optional<Problem> who_forbids(const PanelContext& context, const Meta& meta, Kind kind) {
  const auto object = to_string(Key{kind, meta.name});
  if (meta.managed_by == ManagedBy::system) {
    return Problem{409, "ManagedBySystem", comes_from_environment({kind, meta.name}), "change the environment instead", {}, {}};
  }
  if (meta.managed_by != ManagedBy::manifest) return std::nullopt;
  const auto& folder = context.config.manifests_dir;
  std::error_code ignored;
  if (folder.empty() || !std::filesystem::is_directory(folder, ignored)) return std::nullopt;  // ownership is released
  const auto file = (std::filesystem::path(folder) / meta.owner).string();
  return Problem{409, "ManagedByManifest", object + " comes from the manifest " + file, "edit " + file + " instead", {}, {}};
}

FieldErrors check_owner(const std::string& path, std::string_view owner) {
  const bool sound = !owner.empty() && owner.size() <= kLongestOwner && std::ranges::all_of(owner, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
  if (sound) return {};
  return {{path, "Invalid", "this is not an owner's name", "use 1 to 64 letters, digits, '-', '_' or '.'"}};
}

Result<std::string> owner_of(const Request& request) {
  std::string_view owner = request.parameter("owner");
  if (owner.empty()) owner = request.header("argos-owner");
  if (owner.empty()) owner = "cli";
  if (const auto wrong = check_owner("owner", owner); !wrong.empty()) {
    return Error{"InvalidOwner", to_string(wrong), "", Retry::never};
  }
  return std::string(owner);
}

}  // namespace argos
