// SPDX-License-Identifier: Apache-2.0
// `volume list | size`: the folders that are volumes in a container.
#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>

#include "cli/app.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "runtime/volumes.hpp"

namespace argos {
namespace {

namespace fs = std::filesystem;

struct Size {
  std::uint64_t bytes = 0;
  std::int64_t files = 0;
  bool whole = true;  // all of it could be read
};

// Less what is another volume's: one may lie in another.
Size size_of(const std::string& folder, const std::vector<Volume>& all) {
  Size out;
  std::error_code failed;
  auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, failed);
  if (failed) return {0, 0, false};
  for (; entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    if (failed) {
      out.whole = false;
      break;
    }
    const auto path = entry->path().string();
    if (std::ranges::any_of(all, [&](const Volume& other) { return other.folder == path && path != folder; })) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(failed) && !entry->is_symlink(failed)) {
      out.bytes += entry->file_size(failed);
      ++out.files;
    }
  }
  return out;
}

}  // namespace

int volume_list(Format format, bool with_size) {
  const auto config = read_config(client_environment());
  if (!config) return misused(config.error());
  const auto all = volumes(*config);
  boost::json::array items;
  Table table(with_size ? std::vector<std::string>{"VOLUME", "DOCKER VOLUME", "FOLDER", "SIZE", "FILES"}
                        : std::vector<std::string>{"VOLUME", "DOCKER VOLUME", "FOLDER"});
  for (const auto& volume : all) {
    boost::json::object item{{"name", volume.name}, {"hostName", volume.host_name}, {"folder", volume.folder}};
    std::vector<std::string> row{std::string(volume.name), std::string(volume.host_name),
                                 volume.folder.empty() ? "argos does not have it" : volume.folder};
    if (with_size) {
      const auto size = volume.folder.empty() ? Size{0, 0, false} : size_of(volume.folder, all);
      item["bytes"] = size.whole ? boost::json::value(size.bytes) : boost::json::value();
      item["files"] = size.whole ? boost::json::value(size.files) : boost::json::value();
      row.push_back(size.whole ? bytes_text(size.bytes) : "cannot be read");
      row.push_back(size.whole ? std::to_string(size.files) : "");
    }
    items.push_back(std::move(item));
    table.add(std::move(row));
  }
  print_list(format, table, std::move(items));
  return kDone;
}

}  // namespace argos
