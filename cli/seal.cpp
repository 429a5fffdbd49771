// SPDX-License-Identifier: Apache-2.0
// `seal`: a private key -> a text that is safe in a manifest. The running argos seals; where none runs, the environment's key does.
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <iterator>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/kinds.hpp"
#include "runtime/certificate_intake.hpp"
#include "runtime/files.hpp"

namespace argos {
namespace {

Result<Key> certificate_from(const std::string& word) {
  auto key = parse_object(word, "");
  if (!key || key->kind == Kind::certificate) return key;
  return Error{"NothingToSeal", "nothing of " + to_string(*key) + " is sealed", "write --for Certificate/NAME", Retry::never};
}

Result<std::string> read_text(const std::string& file) {
  if (!file.empty()) return read_file(file, kLargestPem);
  if (::isatty(STDIN_FILENO) != 0) complain("paste the private key, then press Ctrl-D");
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<Secret> read_key(const std::string& file) {
  auto text = read_text(file);
  if (!text) return text.error();
  FieldErrors errors;
  auto key = examine_key(*text, errors);
  wipe(*text);
  if (key) return Secret(std::move(*key));
  const auto& error = errors.front();
  return Error{error.reason, (file.empty() ? "what was read from stdin" : file) + " " + error.message, error.hint,
               Retry::never};
}

Result<std::string> seal_there(const Client& client, const Key& certificate, const Secret& plain) {
  const auto answer = client.post(
      "/api/v1/seal", {{"kind", names_of(certificate.kind).manifest}, {"name", certificate.name}, {"key", plain.text()}});
  if (!answer) return answer.error();
  return text_at(*answer, {"sealedKey"});
}

// A database that is there knows whether the environment's key is the right one.
Result<std::string> seal_here(const Config& config, const Key& certificate, const Secret& plain) {
  const Secrets secrets(KeyRing(config.master_key, config.master_key_previous));
  const auto name = name_of_key(certificate.name);
  std::error_code ignored;
  if (!std::filesystem::exists(config.db_path, ignored)) return secrets.ring().seal(name, plain.text());
  auto database = Database::open(config.db_path, Database::Mode::read_only);
  if (!database) return database.error();
  return secrets.seal(*database, name, plain.text());
}

}  // namespace

int seal(const SealOptions& options) {
  const auto certificate = certificate_from(options.object);
  if (!certificate) return misused(certificate.error());
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  const auto plain = read_key(options.file);
  if (!plain) return fail(plain.error());
  auto sealed = seal_there(Client(config->socket_path(), "argos seal"), *certificate, *plain);
  if (!sealed && sealed.error().reason == "NotRunning") sealed = seal_here(*config, *certificate, *plain);
  if (!sealed) return fail(sealed.error());
  std::cout << *sealed << "\n";
  return kDone;
}

}  // namespace argos
