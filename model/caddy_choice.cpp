// SPDX-License-Identifier: Apache-2.0
#include "model/caddy_choice.hpp"

#include <algorithm>
#include <string>

#include "model/caddy_claims.hpp"
#include "model/validate.hpp"

namespace argos {
namespace {

template <class Spec>
const Object<Spec>* find(const std::vector<Object<Spec>>& objects, const std::string& name) {
  const auto by_name = [](const Object<Spec>& object) -> const std::string& { return object.meta.name; };
  const auto found = std::ranges::lower_bound(objects, name, {}, by_name);
  return found == objects.end() || found->meta.name != name ? nullptr : &*found;
}

template <class Spec>
bool is_nothing(const Object<Spec>& object) {
  if constexpr (std::is_same_v<Spec, CertificatePair>) return !object.spec.on_disk();
  return false;
}

template <class Spec>
void changed_of(const std::vector<Object<Spec>>& wanted, const std::vector<Object<Spec>>& accepted, std::vector<Key>& out) {
  for (const auto& object : wanted) {
    if (!object.errors.empty() || is_nothing(object)) continue;
    const auto* const before = find(accepted, object.meta.name);
    if (before == nullptr || before->spec != object.spec) out.push_back({Spec::kKind, object.meta.name});
  }
}

template <class Spec>
Object<Spec> keep(const Object<Spec>& wanted, const Object<Spec>& accepted) {
  return {wanted.meta, accepted.spec, {}, true};
}

class Choice {
 public:
  Choice(const Desired& wanted, const Desired& accepted, const std::set<Key>& left_out)
      : wanted_(wanted), accepted_(accepted), left_out_(left_out) {}

  Desired forms() {
    auto out = what_hosts_use();
    const auto shown = certificates_by_host(out.certificates);
    out.hosts = choose(wanted_.hosts, accepted_.hosts, [&](const auto& host) { return loses(host, out, shown); });
    keep_former_owners(out);
    out.settings = settings();
    keep_groups_of_kept_hosts(out);
    out.pairs_on_disk = wanted_.pairs_on_disk;
    return out;
  }

  std::set<Key> cut_short() {
    const auto used = what_hosts_use();
    const auto shown = certificates_by_host(used.certificates);
    std::set<Key> out;
    for (const auto& host : wanted_.hosts) {
      const bool is_wanted = !is_left_out(host) && host.errors.empty() && find(accepted_.hosts, host.meta.name) == nullptr;
      if (is_wanted && loses(host, used, shown)) out.insert({Kind::host, host.meta.name});
    }
    return out;
  }

 private:
  Desired what_hosts_use() const {
    Desired out;
    out.target_groups = choose(wanted_.target_groups, accepted_.target_groups, [](const auto&) { return false; });
    out.certificates = choose(wanted_.certificates, accepted_certificates(), [](const auto&) { return false; });
    return out;
  }

  std::vector<Object<CertificatePair>> accepted_certificates() const {
    auto out = accepted_.certificates;
    std::erase_if(out, [&](const auto& one) { return !wanted_.pairs_on_disk.contains(one.spec.file("")); });
    return out;
  }

  template <class Spec>
  bool is_left_out(const Object<Spec>& object) const {
    return left_out_.contains({Spec::kKind, object.meta.name});
  }

  template <class Spec, class Stays>
  std::vector<Object<Spec>> choose(const std::vector<Object<Spec>>& wanted, const std::vector<Object<Spec>>& accepted,
                                   const Stays& stays) const {
    std::vector<Object<Spec>> out;
    out.reserve(wanted.size());
    for (const auto& object : wanted) {
      const bool left_out = is_left_out(object);
      const auto* const before =
          left_out || !object.errors.empty() || stays(object) ? find(accepted, object.meta.name) : nullptr;
      if (before != nullptr) {
        out.push_back(keep(object, *before));
      } else if (!left_out) {
        out.push_back(object);
      }
    }
    return out;
  }

  bool loses(const Object<Host>& host, const Desired& chosen, const CertificatesByHost& shown) const {
    return loses_its_group(host, chosen) || loses_its_certificate(host, shown);
  }

  // Its new form refers to a group that is wanted and cannot be had.
  bool loses_its_group(const Object<Host>& host, const Desired& chosen) const {
    const auto& group = host.spec.target_group;
    if (group.empty() || find(chosen.target_groups, group) != nullptr) return false;
    return find(wanted_.target_groups, group) != nullptr;
  }

  // Its new form shows a certificate that is on disk and cannot be had.
  bool loses_its_certificate(const Object<Host>& host, const CertificatesByHost& shown) const {
    if (host.spec.tls.mode != TlsMode::manual) return false;
    const auto wanted = wanted_certificates_.find(host.meta.name);
    if (wanted == wanted_certificates_.end() || !wanted->second->spec.on_disk()) return false;
    const auto found = shown.find(host.meta.name);
    return found == shown.end() || !found->second->spec.on_disk();
  }

  // Renaming a host and breaking it at once must not take its names down.
  void keep_former_owners(Desired& out) const {
    std::set<std::string> unserved;
    for (const auto& host : wanted_.hosts) {
      const bool left_out = is_left_out(host) || !host.errors.empty();
      if (left_out && find(accepted_.hosts, host.meta.name) == nullptr) add_names(host.spec, unserved);
    }
    if (unserved.empty()) return;
    for (const auto& host : accepted_.hosts) {
      if (find(wanted_.hosts, host.meta.name) != nullptr) continue;
      std::set<std::string> names;
      add_names(host.spec, names);
      const bool has_one = std::ranges::any_of(names, [&](const auto& name) { return unserved.contains(name); });
      if (has_one) insert(out.hosts, keep(host, host));
    }
  }

  static void add_names(const Host& host, std::set<std::string>& names) {
    const auto add = [&](const std::string& domain) {
      if (auto ascii = ascii_domain(domain)) names.insert(std::move(*ascii));
    };
    add(host.domain);
    for (const auto& alias : host.aliases) add(alias);
  }

  template <class Spec>
  static void insert(std::vector<Object<Spec>>& objects, Object<Spec> object) {
    const auto name_of = [](const Object<Spec>& one) -> const std::string& { return one.meta.name; };
    objects.insert(std::ranges::lower_bound(objects, object.meta.name, {}, name_of), std::move(object));
  }

  Object<Settings> settings() const {
    const bool usable = wanted_.settings.errors.empty() && !left_out_.contains({Kind::settings, std::string(Settings::kName)});
    return usable ? wanted_.settings : keep(wanted_.settings, accepted_.settings);
  }

  void keep_groups_of_kept_hosts(Desired& out) const {
    for (const auto& host : out.hosts) {
      const auto& name = host.spec.target_group;
      if (!host.kept || name.empty() || find(out.target_groups, name) != nullptr) continue;
      const auto* const group = find(accepted_.target_groups, name);
      if (group == nullptr) continue;
      insert(out.target_groups, keep(*group, *group));
    }
  }

  const Desired& wanted_;
  const Desired& accepted_;
  const std::set<Key>& left_out_;
  const CertificatesByHost wanted_certificates_ = certificates_by_host(wanted_.certificates);
};

}  // namespace

std::vector<Key> changed_objects(const Desired& wanted, const Desired& accepted) {
  std::vector<Key> out;
  changed_of(wanted.hosts, accepted.hosts, out);
  changed_of(wanted.target_groups, accepted.target_groups, out);
  changed_of(wanted.certificates, accepted.certificates, out);
  if (wanted.settings.errors.empty() && wanted.settings.spec != accepted.settings.spec) {
    out.push_back({Kind::settings, std::string(Settings::kName)});
  }
  std::ranges::sort(out);
  return out;
}

std::set<Key> system_objects(const Desired& wanted) {
  std::set<Key> out;
  const auto add = [&]<class Spec>(const std::vector<Object<Spec>>& objects) {
    for (const auto& object : objects) {
      if (object.meta.managed_by == ManagedBy::system) out.insert({Spec::kKind, object.meta.name});
    }
  };
  add(wanted.hosts);
  add(wanted.target_groups);
  return out;
}

Desired choose(const Desired& wanted, const Desired& accepted, const std::set<Key>& left_out) {
  return Choice(wanted, accepted, left_out).forms();
}

std::set<Key> hosts_cut_short(const Desired& wanted, const Desired& accepted, const std::set<Key>& left_out) {
  return Choice(wanted, accepted, left_out).cut_short();
}

}  // namespace argos
