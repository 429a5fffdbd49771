// SPDX-License-Identifier: Apache-2.0
#include "cli/app.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/restore.hpp"
#include "cli/serve.hpp"
#include "cli/up.hpp"
#include "model/nearest.hpp"
#include "model/text.hpp"
#include "runtime/config.hpp"
#include "runtime/secret.hpp"

namespace argos {
namespace {

constexpr const char* kFooter =
    "Commands that ask a running argos find its socket, argos.sock, in ARGOS_DATA_DIR; where that is unset and\n"
    "./var/argos.sock is there (`make up`), it is that one.\n"
    "Exit status: 0 done, 1 failed or not ready, 2 used wrongly, 3 differences found, 4 not in time.\n"
    "Environment: `argos config` prints every variable.";

using Command = std::function<int()>;

int serve_from_environment() {
  auto environment = process_environment();
  auto config = read_config(environment);
  forget_secrets(environment);
  if (config) return serve(*config);
  complain(config.error().text());
  return kUsage;
}

// What was typed, on its way to a command. Lives as long as the parser.
struct Typed {
  Command command = serve_from_environment;
  Format format = Format::table;
  ApplyOptions apply;
  GetOptions get;
  WaitOptions wait;
  UpOptions up;
  std::string schema_kind, shell, env_file = ".env";
  SuspendOptions suspended;
  KeepOptions kept;
  ObjectOptions object;
  HistoryOptions history;
  UndoOptions undo;
  DiffOptions diff;
  ExportOptions exported;
  SealOptions seal;
  IntegrityOptions integrity;
  RenewOptions renewed;
  BackupOptions backup;
  RestoreOptions restored;
  UserOptions user;
  TokenOptions token;
};

CLI::App* add(CLI::App& app, Typed& typed, const char* name, const char* summary, const char* examples, Command command) {
  auto* const sub = app.add_subcommand(name, summary);
  sub->footer(std::string("Examples:\n") + examples);
  sub->callback([&typed, command = std::move(command)] { typed.command = command; });
  return sub;
}

void add_output(CLI::App* sub, Typed& typed) {
  static const std::map<std::string, Format> kFormats{{"table", Format::table}, {"json", Format::json}, {"yaml", Format::yaml}};
  sub->add_option("-o,--output", typed.format, "table, json or yaml")
      ->transform(CLI::CheckedTransformer(kFormats).description(""))
      ->option_text("FORMAT");
}

// KIND NAME or KIND/NAME.
void add_object(CLI::App* sub, std::string& kind, std::string& name) {
  sub->add_option("KIND", kind, "hosts, targetgroups, certificates, settings, backuppolicies or backups; or KIND/NAME")
      ->required()
      ->option_text(" ");
  sub->add_option("NAME", name, "one object of that kind")->option_text(" ");
}

void add_running(CLI::App& app, Typed& typed) {
  add(app, typed, "serve", "run argos: the controllers and the panel (also: no command at all)",
      "  argos serve\n  ARGOS_DATA_DIR=/srv/argos ARGOS_LISTEN=127.0.0.1:8080 argos serve", serve_from_environment);
  auto* const up_command = add(app, typed, "up", "run a complete local stack, its own Caddy included, until Ctrl-C",
                               "  argos up\n  argos up --data ./var", [&typed] { return up(typed.up); });
  up_command->add_option("--data", typed.up.data_dir, "where everything lives (./var)")->option_text("DIR");
}

void add_reading(CLI::App& app, Typed& typed) {
  add_output(
      add(app, typed, "status", "every controller, every object in trouble, every error in the manifests",
          "  argos status\n  argos status -o json | jq '.controllers[].name'", [&typed] { return status(typed.format); }),
      typed);
  auto* const get_command =
      add(app, typed, "get", "objects: hosts, targetgroups, certificates, settings, backuppolicies; and backups",
          "  argos get hosts\n  argos get host app -o yaml\n  argos get targetgroup/app -o json", [&typed] {
            typed.get.format = typed.format;
            return get(typed.get);
          });
  add_object(get_command, typed.get.kind, typed.get.name);
  add_output(get_command, typed);
  auto* const wait_command =
      add(app, typed, "wait", "wait until a condition holds for the newest form of objects or controllers",
          "  argos wait --for=condition=Ready host/app\n  argos wait --for=condition=Ready --all --timeout 2m\n"
          "  argos wait --for=condition=Ready             (the controllers, as /readyz)",
          [&typed] { return wait(typed.wait); });
  wait_command->add_option("OBJECT", typed.wait.object, "KIND/NAME, controller/NAME, or KIND: all of it")->option_text(" ");
  wait_command->add_option("--for", typed.wait.wanted, "condition=TYPE[=STATUS]; Ready where it is left out")
      ->option_text("WHAT");
  wait_command->add_flag("--all", typed.wait.all, "every object and every controller")->excludes("OBJECT")->option_text(" ");
  wait_command->add_option("--timeout", typed.wait.timeout, "how long, such as 60s (the default) or 5m")->option_text("TIME");
}

void add_changing(CLI::App& app, Typed& typed) {
  auto* const sub = add(app, typed, "apply", "apply manifests in one transaction; what is wrong is said, the rest is applied",
                        "  argos apply -f app.yaml\n  argos apply -f ./edge -f more.yaml --dry-run\n"
                        "  argos apply -f ./edge --owner ci --prune     (removes what `ci` applied before and is gone now)\n"
                        "  generate | argos apply -f -",
                        [&typed] {
                          typed.apply.format = typed.format;
                          return apply(typed.apply);
                        });
  sub->add_option("-f,--file", typed.apply.paths,
                  "a file, a folder (*.yaml, *.yml, sub-folders too), or - for stdin; repeatable")
      ->required()
      ->option_text("PATH");
  sub->add_option("--owner", typed.apply.owner, "in whose name (cli)")->option_text("NAME");
  sub->add_flag("--prune", typed.apply.prune, "remove what this owner applied before and is not in PATH");
  sub->add_flag("--dry-run", typed.apply.dry_run, "say what would happen; change nothing");
  add_output(sub, typed);
}

void add_sealing(CLI::App& app, Typed& typed) {
  auto* const sub =
      add(app, typed, "seal", "seal a private key for a manifest: what it prints is safe in git",
          "  argos seal --for Certificate/app --from-file app.key\n  pass show app.key | argos seal --for Certificate/app\n"
          "It opens as the key of that very certificate only. With nothing running, ARGOS_MASTER_KEY seals.",
          [&typed] { return seal(typed.seal); });
  sub->add_option("--for", typed.seal.object, "whose key it is: Certificate/NAME")->required()->option_text("KIND/NAME");
  sub->add_option("--from-file", typed.seal.file, "where the key lies, in PEM form; else it is read from stdin")
      ->option_text("F");
}

void add_renewing(CLI::App& app, Typed& typed) {
  auto* const sub = add(app, typed, "renew", "have Caddy get a host's certificates anew, now",
                        "  argos renew app\n  argos renew app --wait --timeout 1m\n"
                        "Where there is none yet, Caddy tries again at once.",
                        [&typed] { return renew(typed.renewed); });
  sub->add_option("HOST", typed.renewed.host, "a host with tls.mode auto or internal")->required()->option_text(" ");
  sub->add_flag("--wait", typed.renewed.wait, "until another certificate is shown, or none was to be had");
  sub->add_option("--timeout", typed.renewed.timeout, "how long --wait waits (3m)")->option_text("TIME");
}

void add_restoring(CLI::App& app, Typed& typed) {
  auto* const sub =
      add(app, typed, "restore", "make the database what it was in an archive; the one that is replaced is kept beside it",
          "  argos restore --file argos-backup-20261127-020000.tar.gz --dry-run\n"
          "  argos restore --file /mnt/argos-backup-20261127-020000.tar.gz --yes --wait\n"
          "  argos restore --undo --yes          (what the last restore replaced comes back)\n"
          "At once where argos runs, else when it starts. Whatever is wrong is said, and then nothing has changed.",
          [&typed] {
            typed.restored.format = typed.format;
            return restore(typed.restored);
          });
  auto& options = typed.restored;
  sub->add_option("--file", options.file, "the archive: a path, its name in the folder of archives, or - for stdin")
      ->option_text("PATH");
  sub->add_option("--sha256", options.sha256, "what the archive's SHA-256 must be")->option_text("HEX");
  sub->add_option("--extract-caddy", options.extract_caddy,
                  "unpack Caddy's files of the archive into that new folder; restores nothing without --yes")
      ->option_text("FOLDER");
  sub->add_flag("--yes", options.yes, "do it");
  sub->add_flag("--dry-run", options.dry_run, "say what would change, and change nothing");
  sub->add_flag("--wait", options.wait, "until it is done or refused");
  sub->add_option("--timeout", options.timeout, "how long --wait waits (10m)")->option_text("TIME");
  sub->add_flag("--without-secrets", options.without_secrets, "go on where no master key opens what lies sealed in it");
  sub->add_flag("--undo", options.undo, "restore the database that the last restore replaced");
  sub->add_flag("--cancel", options.cancel, "take a restore back that has not been done yet");
  add_output(sub, typed);
}

void add_drifting(CLI::App& app, Typed& typed) {
  auto* const drift_command =
      add(app, typed, "drift", "what was found otherwise than wanted, what was done about it, and what is suspended",
          "  argos drift          (exits 3 while something is left as it was found)\n"
          "  argos drift -o json | jq '.items[] | select(.open)'\n"
          "  argos drift keep 7   (what was found becomes what is wanted)",
          [&typed] { return typed.kept.id.empty() ? drift(typed.format) : keep_found(typed.kept); });
  add_output(drift_command, typed);
  auto* const keep_command =
      drift_command->add_subcommand("keep", "want what was found: it is written into the object's field that says it");
  keep_command->footer("Examples:\n  argos drift keep 7 --dry-run\n  argos drift keep 7");
  keep_command->add_option("ID", typed.kept.id, "of the difference, as `argos drift` lists it")->required()->option_text(" ");
  keep_command->add_flag("--dry-run", typed.kept.dry_run, "only say what would change in Caddy");
  auto* const suspend_command =
      add(app, typed, "suspend", "leave an object or a controller alone for hand work, until it is resumed",
          "  argos suspend host app --note \"moving it to the new rack\" --for 2h\n  argos suspend controller caddy",
          [&typed] { return suspend(typed.suspended); });
  suspend_command->add_option("--note", typed.suspended.note, "why, for whoever finds it")->option_text("TEXT");
  suspend_command->add_option("--for", typed.suspended.lasts, "how long: 30m, 2h; then argos resumes it by itself")
      ->option_text("DURATION");
  auto* const resume_command =
      add(app, typed, "resume", "give a suspended object or controller back: it is put right",
          "  argos resume host app\n  argos resume controller/caddy", [&typed] { return resume(typed.suspended); });
  for (auto* const sub : {suspend_command, resume_command}) {
    sub->add_option("KIND", typed.suspended.kind, "host, targetgroup, certificate, settings or controller; or KIND/NAME")
        ->required()
        ->option_text(" ");
    sub->add_option("NAME", typed.suspended.name, "which one")->option_text(" ");
  }
}

CLI::App* add_group(CLI::App& app, const char* name, const char* summary, const char* footer) {
  auto* const group = app.add_subcommand(name, summary);
  group->require_subcommand(1);
  group->footer(footer);
  return group;
}

void add_keys(CLI::App& app, Typed& typed) {
  auto* const key = add_group(app, "key", "the master key: what lies sealed under which; beginning anew where one is lost",
                              "Examples:\n  argos key check\n  argos key accept");
  add_output(add(*key, typed, "check", "what opens with which key, and whether the former ones may go",
                 "  argos key check     (exits 3 while something is not under the current key, or cannot be read)\n"
                 "  argos key check -o json | jq '.previousMayGo'",
                 [&typed] { return check_key(typed.format); }),
             typed);
  add_output(add(*key, typed, "accept", "the former key is lost: seal under the configured one from now on",
                 "  argos key accept     (what lies sealed under a lost key stays unreadable until it is entered again)",
                 [&typed] { return accept_key(typed.format); }),
             typed);
}

CLI::App* add_user_command(CLI::App& group, Typed& typed, const char* name, const char* summary, const char* examples,
                           int (*command)(const UserOptions&)) {
  auto* const sub = add(group, typed, name, summary, examples, [&typed, command] {
    typed.user.format = typed.format;
    return command(typed.user);
  });
  sub->add_option("USER", typed.user.name, "whom")->required()->option_text(" ");
  return sub;
}

void add_users(CLI::App& app, Typed& typed) {
  auto* const group =
      add_group(app, "user", "who may log in, and as what; needs no running argos",
                "Examples:\n  argos user list\n  argos user add alice --role operator\n"
                "Roles: viewer reads; operator changes hosts and the like too; admin also users, tokens and keys.");
  auto* const add_one = add_user_command(
      *group, typed, "add", "add a user; where no password is given, one is made up and printed",
      "  argos user add alice --role operator\n  pass show alice | argos user add alice --password-file -", user_add);
  add_one->add_option("--role", typed.user.role, "viewer (the default), operator or admin")->option_text("ROLE");
  auto* const reset = add_user_command(*group, typed, "reset-password", "give a user a new password; every session of his ends",
                                       "  argos user reset-password alice", user_reset_password);
  for (auto* const sub : {add_one, reset}) {
    sub->add_option("--password-file", typed.user.password_file, "where the password lies; - is stdin")->option_text("FILE");
    add_output(sub, typed);
  }
  add_user_command(*group, typed, "disable", "keep a user out; every session of his ends", "  argos user disable alice",
                   user_disable);
  add_user_command(*group, typed, "enable", "let a disabled user in again", "  argos user enable alice", user_enable);
  add_user_command(*group, typed, "disable-2fa", "take a user's second factor away, for one who has lost it",
                   "  argos user disable-2fa alice", user_disable_second_factor);
  add_output(add(*group, typed, "list", "all users", "  argos user list\n  argos user list -o json | jq '.items[].name'",
                 [&typed] { return user_list(typed.format); }),
             typed);
}

void add_tokens(CLI::App& app, Typed& typed) {
  auto* const group = add_group(app, "token", "how programs come in; needs no running argos",
                                "Examples:\n  argos token create ci --role operator --expires 90d\n  argos token revoke ci");
  auto* const create =
      add(*group, typed, "create", "make a token: it is printed this once",
          "  argos token create ci --role operator --expires 90d\n  argos token create prometheus --expires never", [&typed] {
            typed.token.format = typed.format;
            return token_create(typed.token);
          });
  create->add_option("TOKEN", typed.token.name, "a name for it, for people")->required()->option_text(" ");
  create->add_option("--role", typed.token.role, "viewer (the default), operator or admin")->option_text("ROLE");
  create->add_option("--expires", typed.token.expires, "after which time: 90d (the default), 12h, never")->option_text("TIME");
  add_output(create, typed);
  add(*group, typed, "revoke", "end a token, at once", "  argos token revoke ci",
      [&typed] { return token_revoke(typed.token); })
      ->add_option("TOKEN", typed.token.name, "its name, or its id")
      ->required()
      ->option_text(" ");
  add_output(add(*group, typed, "list", "all tokens: what for, until when, last used when and from where",
                 "  argos token list\n  argos token list -o json", [&typed] { return token_list(typed.format); }),
             typed);
}

void add_knowing(CLI::App& app, Typed& typed) {
  add_output(add(app, typed, "config", "what the environment says, secrets masked", "  argos config\n  argos config -o json",
                 [&typed] { return show_config(typed.format); }),
             typed);
  add_output(add(app, typed, "version", "which argos this is", "  argos version\n  argos version -o json",
                 [&typed] { return show_version(typed.format); }),
             typed);
  auto* const schema = add(app, typed, "schema", "the JSON Schema of manifests, for editors",
                           "  argos schema Host > host.schema.json\n  argos schema",
                           [&typed] { return show_schema(typed.schema_kind, typed.format); });
  schema->add_option("KIND", typed.schema_kind, "Host, TargetGroup, Certificate or Settings; none: all of them")
      ->option_text(" ");
  add_output(schema, typed);
  add(app, typed, "completion", "a script that completes commands, options and names of objects on TAB",
      "  argos completion bash > /etc/bash_completion.d/argos\n  argos completion zsh > \"${fpath[1]}/_argos\"\n"
      "  argos completion fish > ~/.config/fish/completions/argos.fish",
      [&typed] { return print_completion(typed.shell); })
      ->add_option("SHELL", typed.shell, "bash, zsh or fish")
      ->required()
      ->option_text(" ");
}

void add_looking(CLI::App& app, Typed& typed) {
  auto* const describe_command =
      add(app, typed, "describe", "one object: fields, conditions, what it refers to, its last changes",
          "  argos describe host app\n  argos describe targetgroup/app", [&typed] {
            typed.object.format = typed.format;
            return describe(typed.object);
          });
  add_object(describe_command, typed.object.kind, typed.object.name);
  add_output(describe_command, typed);
  auto* const diff_command =
      add(app, typed, "diff", "what `apply` would change, or what a revision changed; status 3 where anything differs",
          "  argos diff -f app.yaml\n  argos diff -f ./edge -f more.yaml\n  argos diff --revision 42\n"
          "  argos export | argos diff -f -",
          [&typed] { return diff(typed.diff); });
  auto* const file = diff_command->add_option("-f,--file", typed.diff.paths,
                                              "a file, a folder (*.yaml, *.yml, sub-folders too), or - for stdin; repeatable");
  file->option_text("PATH");
  diff_command->add_option("--revision", typed.diff.revision, "a number from `argos history`")
      ->check(CLI::PositiveNumber)
      ->excludes(file)
      ->option_text("N");
  static const std::map<std::string, Format> kFormats{{"yaml", Format::yaml}, {"json", Format::json}};
  auto* const export_command =
      add(app, typed, "export", "every object, or every one of these kinds, as manifests that can be applied again",
          "  argos export > edge.yaml\n  argos export hosts targetgroups\n  argos export -o json | jq '.items[].metadata.name'",
          [&typed] { return export_objects(typed.exported); });
  export_command->add_option("KIND", typed.exported.kinds, "hosts, targetgroups, certificates, settings; none: all of them")
      ->option_text(" ");
  export_command->add_option("-o,--output", typed.exported.format, "yaml or json")
      ->transform(CLI::CheckedTransformer(kFormats).description(""))
      ->option_text("yaml|json");
}

void add_past(CLI::App& app, Typed& typed) {
  auto* const history_command =
      add(app, typed, "history", "who changed what, and when; newest first",
          "  argos history\n  argos history host app\n  argos history hosts --limit 100\n  argos diff --revision 42", [&typed] {
            typed.history.format = typed.format;
            return history(typed.history);
          });
  history_command
      ->add_option("KIND", typed.history.kind, "hosts, targetgroups, certificates or settings; or KIND/NAME; none: everything")
      ->option_text(" ");
  history_command->add_option("NAME", typed.history.name, "one object of that kind")->option_text(" ");
  history_command->add_option("--limit", typed.history.limit, "how many (20)")->check(CLI::Range(1, 500))->option_text("N");
  history_command->add_option("--before", typed.history.before, "only older ones than this revision")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  add_output(history_command, typed);
  auto* const undo_command =
      add(app, typed, "undo", "bring an object back to what it was before its last change, or just after a revision",
          "  argos undo host app\n  argos undo host app --dry-run\n  argos undo host/app --to 42     (forward too)\n"
          "An undo after an undo goes back further. An object of a manifest is left to its file: its earlier form is printed.",
          [&typed] {
            typed.undo.format = typed.format;
            return undo(typed.undo);
          });
  add_object(undo_command, typed.undo.kind, typed.undo.name);
  undo_command->add_option("--to", typed.undo.to, "how it was just after this revision")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  undo_command->add_flag("--dry-run", typed.undo.dry_run, "say what would happen; change nothing");
  add_output(undo_command, typed);
  auto* const delete_command =
      add(app, typed, "delete", "delete one object; one of a manifest must be taken out of its file instead",
          "  argos delete host app\n  argos delete targetgroup/app\n  argos undo host app     (brings it back)",
          [&typed] { return delete_object(typed.object); });
  add_object(delete_command, typed.object.kind, typed.object.name);
}

void add_finding_out(CLI::App& app, Typed& typed) {
  auto* const sub =
      add(app, typed, "explain", "why an object is as it is: from where it was written to what Caddy runs",
          "  argos explain host app\n  argos explain targetgroup/app -o yaml\n  argos explain controller caddy", [&typed] {
            typed.object.format = typed.format;
            return explain(typed.object);
          });
  sub->add_option("KIND", typed.object.kind, "host, targetgroup, certificate, settings or controller; or KIND/NAME")
      ->required()
      ->option_text(" ");
  sub->add_option("NAME", typed.object.name, "which one")->option_text(" ");
  add_output(sub, typed);
  add_output(add(app, typed, "doctor", "look for what is wrong here, also with nothing running",
                 "  argos doctor\n  argos doctor -o json | jq '.checks[] | select(.outcome != \"ok\")'",
                 [&typed] { return doctor(typed.format); }),
             typed);
}

void add_keeping(CLI::App& app, Typed& typed) {
  add(app, typed, "init", "make a file with fresh secrets, once", "  argos init\n  argos init --env /etc/argos/env",
      [&typed] { return init(typed.env_file); })
      ->add_option("--env", typed.env_file, "which file (.env)")
      ->option_text("FILE");
  auto* const migrate = add_group(app, "migrate", "the database's schema, and the way back before an upgrade",
                                  "Examples:\n  argos migrate status\n  argos migrate rollback");
  add_output(add(*migrate, typed, "status", "which steps of the schema were applied, and when",
                 "  argos migrate status -o json", [&typed] { return migrate_status(typed.format); }),
             typed);
  add(*migrate, typed, "rollback", "have the archive restored that was made before the last upgrade",
      "  argos migrate rollback     (with no argos running; then start the older one)", [] { return migrate_rollback(); });
  auto* const volume = add_group(app, "volume", "the folders that are volumes in a container",
                                 "Examples:\n  argos volume list\n  argos volume size");
  add_output(add(*volume, typed, "list", "each volume, and where it is here", "  argos volume list",
                 [&typed] { return volume_list(typed.format, false); }),
             typed);
  add_output(add(*volume, typed, "size", "and how much lies in it", "  argos volume size -o json",
                 [&typed] { return volume_list(typed.format, true); }),
             typed);
}

void add_backups(CLI::App& app, Typed& typed) {
  auto* const backup = add_group(app, "backup", "archives of the database and of Caddy's data",
                                 "Examples:\n  argos backup now\n  argos backup list\n"
                                 "When they are made by themselves, and which stay, says the BackupPolicy (docs/backup.md).");
  const auto command = [&](const char* name, const char* summary, const char* examples, int (*run)(const BackupOptions&)) {
    auto* const sub = add(*backup, typed, name, summary, examples, [&typed, run] {
      typed.backup.format = typed.format;
      return run(typed.backup);
    });
    add_output(sub, typed);
    return sub;
  };
  auto* const now = command("now", "make one, and wait until it was read back",
                            "  argos backup now\n  argos backup now --note 'before the move'", backup_now);
  now->add_option("--note", typed.backup.note, "what it is for; stands in its metadata.json")->option_text("TEXT");
  command("list", "all archives, newest first", "  argos backup list\n  argos backup list -o json", backup_list);
  auto* const verify =
      command("verify", "read archives again, to the last byte",
              "  argos backup verify argos-backup-20261127-020000.tar.gz\n  argos backup verify --all", backup_verify);
  verify->add_option("NAME", typed.backup.name, "one archive")->option_text(" ");
  verify->add_flag("--all", typed.backup.all, "every archive");
  auto* const prune =
      command("prune", "delete what the policy's retention lets go",
              "  argos backup prune --dry-run     (which would go, which stay, and why)\n  argos backup prune", backup_prune);
  prune->add_flag("--dry-run", typed.backup.dry_run, "say what would happen; delete nothing");
}

void add_integrity(CLI::App& app, Typed& typed) {
  auto* const group = add_group(app, "integrity", "whether files are still what they were",
                                "Examples:\n  argos integrity baseline\n  argos integrity verify\n"
                                "Manual certificates are looked at in any case; what argos wrote itself is as it should be.");
  auto* const baseline =
      add(*group, typed, "baseline", "take down what files are: printed as `sha256sum -c` reads it, and watched from then on",
          "  argos integrity baseline                              (the folder of manual certificates)\n"
          "  argos integrity baseline /srv/www /usr/local/bin\n"
          "  argos integrity baseline argos_data --file data.sha256  (only into a file, to be kept elsewhere)\n"
          "  argos integrity baseline --forget /srv/www",
          [&typed] {
            typed.integrity.format = typed.format;
            return integrity_baseline(typed.integrity);
          });
  baseline->add_flag("--forget", typed.integrity.forget, "nothing is expected there any more");
  auto* const verify = add(*group, typed, "verify", "read files, and say which differ; status 3 where any does",
                           "  argos integrity verify\n  argos integrity verify /srv/www\n"
                           "  argos integrity verify --file data.sha256     (also what sha256sum wrote)",
                           [&typed] {
                             typed.integrity.format = typed.format;
                             return integrity_verify(typed.integrity);
                           });
  for (auto* const sub : {baseline, verify}) {
    sub->add_option("PATH", typed.integrity.paths, "a folder with all below it, a file, or a volume's name such as argos_data")
        ->option_text(" ");
    add_output(sub, typed);
  }
  baseline->add_option("--file", typed.integrity.file, "write it there, not into the database; - is stdout")
      ->option_text("FILE");
  verify->add_option("--file", typed.integrity.file, "the list to compare with, not the database's")->option_text("FILE");
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* const command : app.get_subcommands([](const CLI::App*) { return true; }))
    out.push_back(command->get_name());
  return out;
}

int complain_about_command(const std::vector<std::string>& known, std::string_view word) {
  const std::vector<std::string_view> views(known.begin(), known.end());
  const auto meant = nearest(word, views);
  complain("there is no command '" + shown(word) + "'" +
           (meant ? " (did you mean " + std::string(*meant) + "?)" : " (see `argos --help`)"));
  return kUsage;
}

// Where there are commands, the next word that is no option must be one of them: CLI11 would only say that it was not expected.
std::optional<int> refuse_unknown_command(const CLI::App& app, int argc, char** argv) {
  const auto* holder = &app;
  for (int at = 1; at < argc; ++at) {
    const auto known = names_of_commands(*holder);
    if (known.empty()) break;
    if (argv[at][0] == '-') {
      const auto* const option = holder->get_option_no_throw(argv[at]);
      if (option != nullptr && option->get_items_expected_max() > 0) ++at;  // its value
      continue;
    }
    if (std::ranges::find(known, std::string_view(argv[at])) == known.end()) return complain_about_command(known, argv[at]);
    holder = holder->get_subcommand(argv[at]);
  }
  return std::nullopt;
}

int parse_failed(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // --help
  const auto used = app.get_subcommands();
  complain(std::string(error.what()) + " (see `argos " + (used.empty() ? "" : used.front()->get_name() + " ") + "--help`)");
  return kUsage;
}

}  // namespace

int run_cli(int argc, char** argv) {
  keep_memory_private();  // any command may come to hold keys
  CLI::App app("argos: an edge gateway controller for Caddy", "argos");
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  Typed typed;
  add_running(app, typed);
  add_reading(app, typed);
  add_changing(app, typed);
  add_sealing(app, typed);
  add_renewing(app, typed);
  add_backups(app, typed);
  add_restoring(app, typed);
  add_drifting(app, typed);
  add_looking(app, typed);
  add_keys(app, typed);
  add_users(app, typed);
  add_tokens(app, typed);
  add_past(app, typed);
  add_finding_out(app, typed);
  add_keeping(app, typed);
  add_integrity(app, typed);
  add_knowing(app, typed);
  if (argc > 1 && argv[1] == kComplete) {
    for (const auto& line : completions(app, {argv + 2, argv + argc})) std::cout << line << "\n";
    return kDone;
  }
  if (const auto refused = refuse_unknown_command(app, argc, argv)) return *refused;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, error);
  }
  try {
    return typed.command();
  } catch (const std::exception& error) {
    return fail({"InternalError", error.what(), "this is a defect of argos: please report it"});
  }
}

}  // namespace argos
