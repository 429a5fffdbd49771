// SPDX-License-Identifier: Apache-2.0
// The commands, each a function of its options that returns the exit status. What is typed becomes these in app.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/output.hpp"

namespace argos {

struct ApplyOptions {
  std::vector<std::string> paths;  // "-": stdin
  std::string owner = "cli";
  bool prune = false;
  bool dry_run = false;
  Format format = Format::table;
};
int apply(const ApplyOptions& options);

struct GetOptions {
  std::string kind;  // or KIND/NAME
  std::string name;
  Format format = Format::table;
};
int get(const GetOptions& options);

int status(Format format);

struct ObjectOptions {
  std::string kind, name;  // KIND NAME, or KIND/NAME
  Format format = Format::table;
};
int describe(const ObjectOptions& options);
int delete_object(const ObjectOptions& options);
int explain(const ObjectOptions& options);  // also of kind controller

struct HistoryOptions {
  std::string kind, name;  // none: of everything
  int limit = 20;
  std::int64_t before = 0;  // only older revisions than this one
  Format format = Format::table;
};
int history(const HistoryOptions& options);

struct UndoOptions {
  std::string kind, name;
  std::int64_t to = 0;  // 0: before the last change
  bool dry_run = false;
  Format format = Format::table;
};
int undo(const UndoOptions& options);

// Either of them.
struct DiffOptions {
  std::vector<std::string> paths;
  std::int64_t revision = 0;
};
int diff(const DiffOptions& options);

struct ExportOptions {
  std::vector<std::string> kinds;  // none: all
  Format format = Format::yaml;
};
int export_objects(const ExportOptions& options);

struct SealOptions {
  std::string object;  // Certificate/NAME
  std::string file;    // none: stdin
};
int seal(const SealOptions& options);

struct WaitOptions {
  std::string wanted = "condition=Ready";  // condition=TYPE[=STATUS]
  std::string object;                      // KIND/NAME; empty: see all
  bool all = false;                        // every object and controller, not the controllers alone
  std::string timeout = "60s";
};
int wait(const WaitOptions& options);

struct RenewOptions {
  std::string host;  // or host/NAME
  bool wait = false;
  std::string timeout = "3m";
};
int renew(const RenewOptions& options);

struct BackupOptions {
  std::string note;
  std::string name;  // to verify one
  bool all = false;
  bool dry_run = false;
  Format format = Format::table;
};
int backup_now(const BackupOptions& options);
int backup_list(const BackupOptions& options);
int backup_verify(const BackupOptions& options);
int backup_prune(const BackupOptions& options);
bool is_backup_word(std::string_view word);  // "backup", "backups/NAME": no kind of objects that anyone writes
int get_backups(const std::string& name, Format format);
int describe_backup(const std::string& name, Format format);

int drift(Format format);  // kDifferent where something is still otherwise than wanted
struct KeepOptions {
  std::string id;
  bool dry_run = false;
};
int keep_found(const KeepOptions& options);
void print_suspended(const boost::json::array& suspended);

int init(const std::string& path);  // .env
int migrate_status(Format format);
int migrate_rollback();
int volume_list(Format format, bool with_size);

struct SuspendOptions {
  std::string kind, name;  // controllers too; KIND NAME, or KIND/NAME
  std::string note;
  std::string lasts;  // "2h"; empty: until it is resumed
};
int suspend(const SuspendOptions& options);
int resume(const SuspendOptions& options);

// These work with nothing running.
int check_key(Format format);  // kDifferent where something is not under the current key
int accept_key(Format format);
struct UserOptions {
  std::string name;
  std::string role = "viewer";
  std::string password_file;  // "-": stdin; none: one is made up
  Format format = Format::table;
};
int user_add(const UserOptions& options);
int user_reset_password(const UserOptions& options);
int user_disable(const UserOptions& options);
int user_enable(const UserOptions& options);
int user_disable_second_factor(const UserOptions& options);
int user_list(Format format);

struct TokenOptions {
  std::string name;  // to revoke one: or its id
  std::string role = "viewer";
  std::string expires = "90d";
  Format format = Format::table;
};
int token_create(const TokenOptions& options);
int token_revoke(const TokenOptions& options);
int token_list(Format format);
struct IntegrityOptions {
  std::vector<std::string> paths;  // or volumes' names; none: the folder of certificates, or all of which something is known
  std::string file;                // the operator's own list, instead of the database
  bool forget = false;
  Format format = Format::table;
};
int integrity_baseline(const IntegrityOptions& options);
int integrity_verify(const IntegrityOptions& options);  // kDifferent where anything differs
int doctor(Format format);
int show_config(Format format);
int show_version(Format format);
int show_schema(const std::string& kind, Format format);

}  // namespace argos
