// SPDX-License-Identifier: Apache-2.0
// The lines of a manifest around an error, as a person may see them: what may be a secret is left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace argos {

struct ExcerptLine {
  int number = 0;  // from 1
  std::string text;
};

// Goes by the text alone, since a manifest with an error perhaps does not parse. Masked, rather too much than too little: what
// follows a name that may be one of a secret (model/masked.hpp; "keyFile" is a path and stays), with the lines that go on with it;
// private keys and long words that look like base64, whatever they are called; passwords in URLs.
class Excerpts {
 public:
  explicit Excerpts(std::string_view text);
  // That line with its neighbours; nothing where there is no such line.
  std::vector<ExcerptLine> around(int line) const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace argos
