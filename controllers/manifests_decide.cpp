// SPDX-License-Identifier: Apache-2.0
#include "controllers/manifests_decide.hpp"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "runtime/rows.hpp"

namespace argos {
namespace {

constexpr std::size_t kMostOfOne = 12;     // findings of one object
constexpr std::size_t kMostFindings = 500;  // of one pass
constexpr auto kLeaf = "cert_pem", kKey = "key_pem_encrypted";
constexpr std::string_view kWritten = "manifest/";

// What to say about a row that stays as it is.
std::string first_error(const ManifestFolder& folder, const std::string& file) {
  const auto held = folder.files.find(file);
  if (held == folder.files.end() || held->second->parsed.errors.empty()) return file + " has errors";
  return held->second->parsed.errors.front().text();
}

// The row in the manifest's shape, as it is: what makes no sense is told as it was found.
template <class Spec>
boost::json::object told(const Row& row, const std::string& prefix = {}) {
  boost::json::object out;
  const Spec shape{};
  for_each_member(shape, [&](std::string_view name, const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    const auto column = prefix + std::string(name);
    if constexpr (DescribedStruct<Member>) {
      out[field_name<Spec>(name)] = told<Member>(row, column + "_");
    } else {
      const auto* const cell = row.if_contains(column);
      if (cell == nullptr || cell->is_null()) return;
      boost::json::value value = *cell;
      boost::system::error_code no_json;
      if (detail::kIsJsonColumn<Member> && cell->is_string()) value = boost::json::parse(cell->get_string(), no_json);
      if (no_json) value = *cell;
      if (std::is_same_v<Member, bool> && (*cell == 0 || *cell == 1)) value = *cell == 1;
      out[field_name<Spec>(name)] = std::move(value);
    }
  });
  return out;
}

boost::json::value told(const Key& key, const Row& row) {
  auto out = with_spec(key.kind, [&]<class Spec>() { return told<Spec>(row); });
  out["managedBy"] = row.at("managed_by");
  out["owner"] = row.at("owner");
  return out;
}

bool holds(const Row& row, const ManifestForm& form) {
  return std::ranges::all_of(form, [&](const auto& column) {
    const auto* const cell = row.if_contains(column.key());
    return cell != nullptr && *cell == column.value();
  });
}

// Where the key cannot be opened on one of the two sides, the leaf tells whether it is the same.
ManifestForm fitted(const ManifestRows& held, const Row* row, ManifestForm form) {
  const auto* const wanted = form.if_contains(kKey);
  const auto* const leaf = form.if_contains(kLeaf);
  if (row == nullptr || wanted == nullptr || leaf == nullptr || row->at(kLeaf) != *leaf) return form;
  const auto& mark = row->at(kKey).as_string();
  if (wanted->as_string() == kLocked ? is_open(mark) : mark == kLocked && held.cannot_seal) form[kKey] = mark;
  return form;
}

bool is_manifests(const Row& row) { return row.at("managed_by") == "manifest"; }

template <class Map>
auto* find_in(Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

class Decision {
 public:
  Decision(const ManifestPlan& plan, const ManifestRows& held, const InOrder& before)
      : plan_(plan), held_(held), before_(before), policy_(policy()) {}

  ManifestWork take(const std::vector<Key>& gone) {
    for (const auto* const object : plan_.puts) judge(*object);
    for (const auto& [key, why] : plan_.invalid) {
      if (auto good = last_good(key)) judge(key, *good);
    }
    for (const auto& key : gone) judge_gone(key);
    return std::move(work_);
  }

 private:
  // The files' word on it comes before the row's, which may be what somebody changed.
  OnDrift policy() const {
    const Key settings{Kind::settings, std::string(Settings::kName)};
    const auto* const row = find_in(held_.rows, settings);
    boost::json::value word = row == nullptr ? boost::json::value() : row->at("drift_manifests");
    if (!held_.suspended.contains(settings)) {
      const auto declared = std::ranges::find(plan_.puts, settings, &ManifestObject::key);
      if (declared != plan_.puts.end()) {
        word = form_of(**declared).at("drift_manifests");
      } else if (const auto good = plan_.invalid.contains(settings) ? last_good(settings) : std::nullopt) {
        if (const auto* const column = good->if_contains("drift_manifests")) word = *column;
      }
    }
    return word == "report" ? OnDrift::report : OnDrift::heal;
  }

  std::optional<ManifestForm> last_good(const Key& key) const {
    const auto* const written = find_in(held_.written, key);
    if (written == nullptr) return std::nullopt;
    boost::system::error_code bad;
    const auto form = boost::json::parse(written->text, bad);
    return bad || !form.is_object() ? std::nullopt : std::optional(form.get_object());
  }

  // Most are as they were, and that is not worked out again. Of a certificate the key ring has a say too.
  void judge(const ManifestObject& object) {
    const auto* const row = find_in(held_.rows, object.key);
    const Agreed now{&object, row == nullptr ? 0 : row->at("generation").as_int64()};
    const auto* const before = find_in(before_, object.key);
    const bool in_order = (before != nullptr && *before == now) || judge(object.key, form_of(object));
    if (in_order && object.key.kind != Kind::certificate) work_.in_order.emplace(object.key, now);
  }

  // True where there is nothing to do or say.
  bool judge(const Key& key, const ManifestForm& form) {
    const auto* const row = find_in(held_.rows, key);
    const auto* const written = find_in(held_.written, key);
    const WrittenForm now{boost::json::serialize(form), std::string(form.at("owner").as_string())};
    const auto wanted = fitted(held_, row, form);
    const bool same_file = written != nullptr && written->text == now.text;
    const bool same_row = row != nullptr && holds(*row, wanted);
    if (!same_row && held_.suspended.contains(key)) {
      note(key, &wanted, row, FindingAction::suspended);
      return false;
    }
    if (!same_row && same_file) {
      note(key, &wanted, row, policy_ == OnDrift::heal ? FindingAction::healed : FindingAction::reported);
      if (policy_ == OnDrift::report) return false;
    }
    if (!same_row) work_.puts.emplace_back(key, wanted);
    if (!same_file) work_.remember.emplace_back(key, now);
    return same_row && same_file;
  }

  void judge_gone(const Key& key) {
    const auto* const row = find_in(held_.rows, key);
    const bool ours = row != nullptr && is_manifests(*row);
    const bool written = held_.written.contains(key);
    if (ours && held_.suspended.contains(key)) return note(key, nullptr, row, FindingAction::suspended);
    if (ours && !written) {  // no file ever declared it
      note(key, nullptr, row, policy_ == OnDrift::heal ? FindingAction::healed : FindingAction::reported);
      if (policy_ == OnDrift::report) return;
    }
    if (ours) work_.deletions.push_back(key);
    if (written) work_.forget.push_back(key);
  }

  void note(const Key& key, const ManifestForm* wanted, const Row* found, FindingAction action) {
    const auto one = wanted == nullptr ? boost::json::value() : told(key, *wanted);
    const auto other = found == nullptr ? boost::json::value() : told(key, *found);
    const auto within = fmt::format("/{}/{}", names_of(key.kind).plural, pointer_segment(key.name));
    const auto all =
        wanted != nullptr && found != nullptr
            ? differences(one, other, kMostOfOne)
            : std::vector<Difference>{{"", wanted == nullptr ? nullptr : &one, found == nullptr ? nullptr : &other}};
    for (const auto& difference : all) {
      if (work_.findings.size() >= kMostFindings) return;
      work_.findings.push_back(finding_at(difference, key, within));
      work_.findings.back().action = action;
    }
  }

  const ManifestPlan& plan_;
  const ManifestRows& held_;
  const InOrder& before_;
  OnDrift policy_;
  ManifestWork work_;
};

}  // namespace

ManifestPlan plan(const ManifestFolder& folder, const ManifestRows& held) {
  ManifestPlan out;
  std::map<Key, const ManifestObject*> declared;
  std::set<const ManifestObject*> losers;
  std::map<Key, std::string> kept;  // key -> the file in which it is not valid
  std::set<std::string> doubtful;  // files whose objects all stay
  for (const auto& [name, file] : folder.files) {
    if (file->parsed.unreadable) doubtful.insert(name);
    for (const auto& key : file->parsed.invalid) kept.emplace(key, name);
    for (const auto& object : file->parsed.objects) {
      out.puts.push_back(&object);  // by file and line
      auto [first, fresh] = declared.try_emplace(object.key, &object);
      if (fresh) continue;
      // Whose row it is keeps it; otherwise the first file in order does.
      const ManifestObject* loser = &object;
      if (held.file_of(object.key) == object.file) std::swap(first->second, loser);
      losers.insert(loser);
      out.errors.push_back({loser->file, loser->at, "Duplicate",
                            fmt::format("{} is declared in {} too", to_string(object.key), first->second->file),
                            "keep one of them"});
    }
  }
  if (!losers.empty()) std::erase_if(out.puts, [&](const ManifestObject* object) { return losers.contains(object); });
  const auto not_declared = [&](const Key& key, const std::string& file) {
    if (declared.contains(key)) return;
    if (const auto invalid = kept.find(key); invalid != kept.end()) {
      out.invalid[key] = first_error(folder, invalid->second);
    } else if (doubtful.contains(file)) {
      out.invalid[key] = first_error(folder, file);
    } else if (folder.complete) {
      out.gone.push_back(key);
    }
  };
  for (const auto& [key, form] : held.written) not_declared(key, form.file);
  for (const auto& [key, row] : held.rows) {
    if (is_manifests(row) && !held.written.contains(key)) not_declared(key, std::string(row.at("owner").as_string()));
  }
  std::ranges::sort(out.gone);
  return out;
}

namespace {

// The host that the files declare, else the one that is held.
std::optional<Host> host_of(const ManifestPlan& plan, const ManifestRows& held, const Key& key) {
  for (const auto* const object : plan.puts) {
    if (object->key == key) return std::get<Host>(object->spec);
  }
  const auto* const row = find_in(held.rows, key);
  return row == nullptr ? std::nullopt : std::optional(object_from_row<Host>(*row).spec);
}

bool is_held(const ManifestRows& held, const ManifestObject& object) {
  const auto* const row = find_in(held.rows, object.key);
  return row != nullptr && holds(*row, fitted(held, row, form_of(object)));
}

// Nobody can open the key that is held, and until a key is accepted none can be sealed in its place.
bool waits_for_a_key(const ManifestRows& held, const Key& key) {
  const auto* const row = find_in(held.rows, key);
  return held.cannot_seal && row != nullptr && row->at(kKey).as_string() == kLocked;
}

// Why its key cannot be kept. One that nobody can open does not take the place of one that opens.
std::optional<Error> key_trouble(const ManifestRows& held, const Row* row, const ReadCertificate& read) {
  const std::string_view mark = row == nullptr ? std::string_view() : std::string_view(row->at(kKey).as_string());
  if (read.locked)
    return is_open(mark) && row->at(kLeaf).as_string() != std::string_view(read.leaf) ? read.locked : std::nullopt;
  const bool sealed = !read.sealed_key.empty() || mark == read.key_mark;
  return sealed ? std::nullopt : held.cannot_seal;
}

// Why it is not taken. What is held stays: what becomes of its host later is not the manifest's fault.
std::optional<FieldError> why_refused(const ManifestPlan& plan, const ManifestRows& held, const ManifestObject& object,
                                      const ReadCertificate& read) {
  if (is_held(held, object)) return std::nullopt;
  if (const auto why = key_trouble(held, find_in(held.rows, object.key), read))
    return FieldError{key_field(read), why->reason, why->message, why->hint};
  const auto host = host_of(plan, held, {Kind::host, read.host});
  return host ? uncovered_names(*host, read) : std::nullopt;
}

}  // namespace

void refuse_system_objects(const ManifestRows& held, ManifestPlan& plan) {
  std::set<Key> system;
  for (const auto& [key, row] : held.rows) {
    if (row.at("managed_by") == "system") system.insert(key);
  }
  if (system.empty()) return;
  std::erase_if(plan.puts, [&](const ManifestObject* object) {
    if (!system.contains(object->key)) return false;
    plan.undecided = true;  // until it is no more
    plan.errors.push_back({object->file, object->at, "ManagedBySystem", comes_from_environment(object->key),
                           "give yours another name, or change the environment"});
    return true;
  });
  std::erase_if(plan.invalid, [&](const auto& one) { return system.contains(one.first); });
}

void refuse_certificates(const ManifestFolder& folder, const ManifestRows& held, ManifestPlan& plan) {
  std::erase_if(plan.puts, [&](const ManifestObject* object) {
    if (object->key.kind != Kind::certificate) return false;
    const auto& file = *folder.files.at(object->file);
    const auto error = why_refused(plan, held, *object, *file.certificates.read.at(object->key));
    plan.undecided = plan.undecided || error || waits_for_a_key(held, object->key);
    if (!error) return false;
    plan.errors.push_back({object->file, place_in_manifest(file.bytes, object->at, error->path), error->reason,
                           error->path + ": " + error->message, error->hint});
    if (held.rows.contains(object->key)) plan.invalid[object->key] = plan.errors.back().text();
    return true;
  });
}

ManifestForm form_of(const ManifestObject& object) {
  ManifestForm form;
  std::visit([&](const auto& spec) { to_row(spec, form); }, object.spec);
  form["managed_by"] = enum_text(ManagedBy::manifest);
  form["owner"] = object.file;
  return form;
}

WrittenForm WrittenForm::from_value(std::string_view value) {
  const auto end = std::min(value.find('\n'), value.size());
  return {std::string(value.substr(0, end)), std::string(value.substr(std::min(end + 1, value.size())))};
}

std::string written_key(const Key& key) { return fmt::format("{}{}/{}", kWritten, names_of(key.kind).table, key.name); }

std::optional<Key> key_of_written(std::string_view key) {
  if (!key.starts_with(kWritten)) return std::nullopt;
  key.remove_prefix(kWritten.size());
  const auto slash = key.find('/');
  const auto kind = slash == std::string_view::npos ? std::nullopt : kind_from(key.substr(0, slash));
  if (!kind) return std::nullopt;
  return Key{*kind, std::string(key.substr(slash + 1))};
}

std::string_view ManifestRows::file_of(const Key& key) const {
  if (const auto* const form = find_in(written, key)) return form->file;
  const auto* const row = find_in(rows, key);
  return row != nullptr && is_manifests(*row) ? std::string_view(row->at("owner").as_string()) : std::string_view();
}

ManifestWork decide(const ManifestPlan& plan, const ManifestRows& held, const std::vector<Key>& gone, const InOrder& before) {
  return Decision(plan, held, before).take(gone);
}

}  // namespace argos
