// SPDX-License-Identifier: Apache-2.0
#include "cli/restore.hpp"

#include <filesystem>
#include <iostream>
#include <thread>

#include <unistd.h>

#include <boost/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/progress.hpp"
#include "controllers/restore_plan.hpp"
#include "controllers/restore_swap.hpp"
#include "model/duration.hpp"
#include "model/text.hpp"
#include "runtime/caddy_extract.hpp"
#include "runtime/files.hpp"
#include "runtime/incoming_archive.hpp"
#include "runtime/random.hpp"
#include "runtime/user.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Error wrongly(std::string message, std::string hint) { return {"Invalid", std::move(message), std::move(hint), Retry::never}; }

// What comes on stdin lies in the folder of archives afterwards, as any other archive does.
Result<std::string> keep_stdin(const RestorePlaces& places) {
  constexpr std::size_t kPart = 256U << 10U;
  auto archive = IncomingArchive::open(places.backups, 0);
  if (!archive) return archive.error();
  std::string part(kPart, '\0');
  while (std::cin.read(part.data(), static_cast<std::streamsize>(part.size())), std::cin.gcount() > 0) {
    const std::string_view bytes(part.data(), static_cast<std::size_t>(std::cin.gcount()));
    if (auto written = archive->write(bytes); !written) return written.error();
  }
  const auto name = fmt::format("uploaded-{}.tar.gz", random_hex(4));
  JobProgress progress;
  const auto kept = archive->keep(name, progress);
  if (!kept) return kept.error();
  return places.backups + "/" + name;
}

Result<std::string> archive_of(const RestoreOptions& options, const RestorePlaces& places) {
  if (options.undo) {
    const auto former = before_restore_files(places);
    if (former.empty()) return Error{"NothingToUndo", "no database that a restore replaced is here", "", Retry::never};
    return former.front();
  }
  if (options.file == "-") return keep_stdin(places);
  std::error_code unknown;
  if (fs::exists(options.file, unknown)) return absolute_path(options.file);
  const auto named = places.backups + "/" + options.file;
  if (options.file.find('/') == std::string::npos && fs::exists(named, unknown)) return named;
  return Error{"NotFound", "there is no " + options.file, "archives lie in " + places.backups, Retry::never};
}

Result<> used_well(const RestoreOptions& options) {
  const int ways = static_cast<int>(!options.file.empty()) + static_cast<int>(options.undo) + static_cast<int>(options.cancel);
  if (ways != 1) return wrongly("say what is to be restored", "restore --file PATH, restore --undo, or restore --cancel");
  if (!options.extract_caddy.empty() && options.file.empty())
    return wrongly("Caddy's files come out of an archive", "restore --file PATH --extract-caddy FOLDER");
  const bool looks = options.dry_run || !options.extract_caddy.empty();
  if (!options.cancel && !looks && !options.yes)
    return wrongly("this replaces the database", "add --yes to do it, or --dry-run to see what would change");
  return {};
}

int cancel(const RestorePlaces& places) {
  const auto marker = read_marker(places);
  if (marker && !*marker) {
    std::cout << "no restore is wanted\n";
    return kDone;
  }
  std::error_code failed;
  fs::remove(places.marker(), failed);
  if (failed) return fail(Error{"CannotWrite", "cannot delete " + places.marker() + ": " + failed.message()});
  std::cout << "the restore is taken back\n";
  return kDone;
}

void print_plan(const boost::json::object& plan) {
  const auto text = [](const boost::json::value& value) { return std::string_view(value.as_string()); };
  std::cout << "from " << text(plan.at("archive"));
  if (plan.at("createdAt").is_string()) std::cout << ", made at " << text(plan.at("createdAt"));
  std::cout << "\nschema " << plan.at("schema").at("from") << " -> " << plan.at("schema").at("to")
            << "; master key: " << text(plan.at("keys")) << "\n";
  if (const auto* const message = plan.if_contains("message")) std::cout << text(*message) << "\n";
  if (!plan.at("replaces").as_bool()) std::cout << "there is no database here: all of it comes from the archive\n";
  Table table({"CHANGE", "KIND", "NAME", "NOTE"});
  for (const auto* const list : {&plan.at("objects"), &plan.at("users")}) {
    for (const auto& one : list->as_array()) {
      const bool file = one.at("manifest").as_bool();
      table.add({std::string(one.at("change").as_string()), std::string(one.at("kind").as_string()),
                 std::string(one.at("name").as_string()), file ? "then as its manifest says" : ""});
    }
  }
  if (!table.empty()) print(table);
  std::cout << plan.at("sessionsEnded") << " sessions would end\n";
}

int foretell(const RestoreOptions& options, const RestorePlaces& places, const RestoreMarker& marker, const KeyRing& ring) {
  JobProgress progress;
  const auto plan = plan_restore(places, marker, ring, progress);
  if (!plan) return fail(plan.error());
  if (options.format == Format::table) {
    print_plan(*plan);
  } else {
    print(options.format, *plan);
  }
  return kDone;
}

Result<> extract(const std::string& archive, const std::string& into) {
  JobProgress progress;
  const auto count = extract_caddy(archive, into, progress);
  if (!count) return count.error();
  std::cout << *count << " of Caddy's files lie in " << into << " now\n";
  return {};
}

// When a refusal was written, of whichever wish.
fs::file_time_type refused_at(const RestorePlaces& places) {
  std::error_code none;
  return fs::last_write_time(places.failed(), none);
}

struct Wish {
  RestoreMarker marker;
  fs::file_time_type refused_before;
};

// That the marker is gone says nothing yet: somebody may have taken it back, or wanted another.
int said_at_the_end(const RestorePlaces& places, const Wish& wish) {
  const auto done = is_restored(places, wish.marker);
  if (!done) return fail(done.error());
  if (*done) {
    std::cout << "restored\n";
    return kDone;
  }
  const auto refusal = read_refusal(places);
  if (refusal && refused_at(places) != wish.refused_before)
    return fail(Error{refusal->reason, "refused, and nothing was changed: " + refusal->message, refusal->hint});
  return fail(Error{"NotRestored", "it was taken back, or another restore came after it",
                    ".restore_failed and the condition LastRestore tell what was done last", Retry::never});
}

// On a terminal, what argos says of it while it works.
class RestoreBar {
 public:
  explicit RestoreBar(const std::string& socket) : client_(socket, "argos restore"), wanted_(::isatty(STDERR_FILENO) == 1) {
    client_.patience(1s);
  }
  void look() {
    if (!wanted_) return;
    const auto report = client_.get("/api/v1/restore");
    if (!report) return;
    if (const auto phase = text_at(*report, {"progress", "phase"}); !phase.empty())
      bar_.show(phase, number_at(*report, {"progress", "bytes"}), number_at(*report, {"progress", "total"}));
  }

 private:
  Client client_;
  bool wanted_;
  PhaseBar bar_;
};

// False: not in time.
bool is_over_in_time(const RestorePlaces& places, const std::string& socket, std::chrono::nanoseconds patience) {
  RestoreBar bar(socket);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    const auto marker = read_marker(places);
    if (marker && !*marker) return true;
    bar.look();
    std::this_thread::sleep_for(100ms);  // between two looks
  }
  return false;
}

int wait_for_it(const RestoreOptions& options, const RestorePlaces& places, const std::string& socket, const Wish& wish) {
  const auto patience = parse_duration(options.timeout);
  if (!patience) return misused(wrongly("'" + shown(options.timeout) + "' is no time to wait", "write 10m or 90s"));
  if (is_over_in_time(places, socket, patience->value)) return said_at_the_end(places, wish);
  std::error_code unknown;
  complain(fs::exists(socket, unknown) ? "it is not done yet; `argos status` says how far it is"
                                       : "argos does not run: it is done when it starts");
  return kLate;
}

}  // namespace

int restore(const RestoreOptions& options) {
  if (auto well = used_well(options); !well) return misused(well.error());
  auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  const auto places = RestorePlaces::of(*config);
  if (options.cancel) return cancel(places);
  const auto archive = archive_of(options, places);
  if (!archive) return fail(archive.error());
  auto marker = new_marker(*archive, user_name(::geteuid()), std::chrono::system_clock::now());
  if (!options.sha256.empty()) marker.sha256 = options.sha256;
  if (options.without_secrets) marker.without_secrets = true;
  if (!options.extract_caddy.empty()) {
    if (auto extracted = extract(*archive, options.extract_caddy); !extracted) return fail(extracted.error());
    if (!options.dry_run && !options.yes) return kDone;
  }
  if (options.dry_run) return foretell(options, places, marker, KeyRing::take(*config));
  std::error_code failed;
  fs::create_directories(places.data_folder, failed);  // after a disaster there is none
  // An earlier refusal stays until this is done: without either an empty database would be made.
  const Wish wish{marker, refused_at(places)};
  if (auto written = write_marker(places, marker); !written) return fail(written.error());
  std::cout << *archive << " is to be restored: at once where argos runs, else when it starts\n";
  return options.wait ? wait_for_it(options, places, config->socket_path(), wish) : kDone;
}

}  // namespace argos
