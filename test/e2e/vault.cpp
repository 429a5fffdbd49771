// SPDX-License-Identifier: Apache-2.0
#include "test/e2e/vault.hpp"

#include <boost/json.hpp>

namespace argos::test {
namespace {

constexpr int kPatience = 5000;  // milliseconds, for the lock

bool opens(const KeyRing& ring, const Row& row) {
  const std::string name(row.at("subject").as_string());
  const auto opened = ring.open({"Certificate", name, "key"}, row.at("envelope").as_string());
  return opened && opened->text() == Vault::plain(name);
}

}  // namespace

std::map<std::string, std::string> master_keys(const std::string& current, const std::vector<std::string>& previous) {
  std::string list;
  for (const auto& key : previous) list += (list.empty() ? "" : ",") + key;
  return {{"ARGOS_MASTER_KEY", current}, {"ARGOS_MASTER_KEY_PREVIOUS", list}};
}

Vault::Vault(std::string path) : path_(std::move(path)) { ready_store(path_); }

void Vault::hold(int number, const std::string& master_key) const {
  const auto name = "c" + std::to_string(number);
  const auto envelope = KeyRing(master_key, {}).seal({"Certificate", name, "key"}, plain(name)).value();
  auto database = Database::open(path_, Database::Mode::read_write, kPatience).value();
  const auto done = database.run(
      "INSERT INTO host_manual_certs (name, key_pem_encrypted) VALUES (?, ?) "
      "ON CONFLICT (name) DO UPDATE SET key_pem_encrypted = excluded.key_pem_encrypted",
      cells(name, envelope));
  if (!done) throw std::runtime_error(done.error().text());
}

Rows Vault::query(const std::string& sql) const {
  return Database::open(path_, Database::Mode::read_write, kPatience).value().query(sql).value();
}

bool Vault::is_under(const std::string& master_key) const {
  const KeyRing ring(master_key, {});
  return std::ranges::all_of(query("SELECT * FROM sealed"), [&](const Row& row) { return opens(ring, row); });
}

std::string Vault::damage(const std::vector<std::string>& master_keys) const {
  const KeyRing ring("", master_keys);
  std::string out;
  for (const auto& row : query("SELECT * FROM sealed")) {
    if (!opens(ring, row)) out += boost::json::serialize(row) + "\n";
  }
  for (const auto& row :
       query("SELECT name FROM host_manual_certs AS held WHERE key_pem_encrypted <> (SELECT after ->> "
             "'$.key_pem_encrypted' FROM changes WHERE kind = 'host_manual_certs' AND name = held.name ORDER BY "
             "seq DESC LIMIT 1)"))
    out += boost::json::serialize(row) + " is not as in its last revision\n";
  const auto check = boost::json::serialize(query("PRAGMA quick_check").front());
  if (check.find("ok") == std::string::npos) out += check;
  return out;
}

std::string Vault::bytes() const {
  std::string out;
  for (const auto& row : query("SELECT * FROM sealed ORDER BY place, seq, subject")) out += boost::json::serialize(row) + "\n";
  return out;
}

}  // namespace argos::test
