// SPDX-License-Identifier: Apache-2.0
// The lines that sha256sum writes and checks, and odd names of files in them, in JSON and on the screen.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.hpp"

namespace argos {

struct Checksum {
  std::string sha256;  // 64 lower-case hex digits
  std::string name;    // its bytes, whatever they are
  bool operator==(const Checksum&) const = default;
};

// As `sha256sum -c` reads it, with its line end: a name with a backslash, a newline or a carriage return is escaped and marked.
std::string checksum_line(const Checksum& checksum);

// What sha256sum wrote, with `-b` and `--tag` too; empty lines and comments (#) are none. The error names the line.
Result<std::vector<Checksum>> parse_checksums(std::string_view text);

// A name as UTF-8, from which its bytes can be had again: backslash, newline and carriage return as `\\`, `\n`, `\r`, a byte that is no
// UTF-8 as `\xff`. Most names are themselves.
std::string name_text(std::string_view name);
std::optional<std::string> name_from_text(std::string_view text);

}  // namespace argos
