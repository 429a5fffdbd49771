// SPDX-License-Identifier: Apache-2.0
#include "cli/kinds.hpp"

#include <algorithm>
#include <vector>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "model/nearest.hpp"
#include "model/text.hpp"

namespace argos {
namespace {

Error unknown(std::string_view word) {
  std::vector<std::string_view> known;
  std::string list;
  for (const auto& names : desired_kinds()) {
    known.push_back(names.plural);
    list += (list.empty() ? "" : ", ") + std::string(names.plural);
  }
  const auto meant = nearest(word, known);
  return {"UnknownKind", "there is no kind '" + shown(word) + "'",
          meant ? "did you mean " + std::string(*meant) + "?" : "known: " + list, Retry::never};
}

}  // namespace

Result<Kind> desired_kind(std::string_view word) {
  const auto kind = kind_from(word);
  if (kind == Kind::controller) return Error{"UnknownKind", "controllers are not objects", "see `argos status`", Retry::never};
  if (!kind) return unknown(word);
  return *kind;
}

Result<Key> parse_key(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto kind = kind_from(text.substr(0, slash));
  if (!kind) return unknown(text.substr(0, slash));
  return Key{*kind, std::string(text.substr(std::min(slash + 1, text.size())))};
}

Result<Key> parse_object(const std::string& kind, const std::string& name) {
  auto key = parse_key(name.empty() ? kind : kind + "/" + name);
  if (!key) return key;
  if (const auto known = desired_kind(names_of(key->kind).manifest); !known) return known.error();
  if (key->name.empty()) key->name = only_name(key->kind);
  if (!key->name.empty()) return key;
  return Error{
      "NameRequired", "which of the " + std::string(names_of(key->kind).plural) + "?",
      "write " + to_string(Key{key->kind, "NAME"}) + "; `argos get " + std::string(names_of(key->kind).plural) + "` lists them",
      Retry::never};
}

std::string history_of(const Key& key) {
  return "&kind=" + std::string(names_of(key.kind).manifest) +
         (key.name.empty() ? "" : "&name=" + boost::urls::encode(key.name, boost::urls::unreserved_chars));
}

std::string path_of(const Key& key) {
  const std::string all = "/api/v1/" + std::string(names_of(key.kind).plural);
  return key.name.empty() ? all : all + "/" + boost::urls::encode(key.name, boost::urls::unreserved_chars);
}

}  // namespace argos
