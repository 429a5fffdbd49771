// SPDX-License-Identifier: Apache-2.0
// As much of JSON Schema (2020-12) as argos' own schemas use: what a value breaks of one, and values made from one at random.
#pragma once

#include <random>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace argos::test {

class JsonSchemas {
 public:
  // The document that "#/…" in a $ref points into.
  explicit JsonSchemas(boost::json::value document) : document_(std::move(document)) {}

  const boost::json::value& document() const { return document_; }

  // One line a rule that is broken; throws on a keyword that it does not know, since then nobody would look at it.
  std::vector<std::string> broken(const boost::json::value& schema, const boost::json::value& found,
                                  const std::string& path = "") const;

  // Mostly what the schema allows; now and then something else: another type, too much of it, a field too many or too few.
  boost::json::value make(const boost::json::value& schema, std::mt19937_64& random, int depth = 0) const;

 private:
  const boost::json::object& resolved(const boost::json::value& schema) const;

  boost::json::value document_;
};

// Text that programs stumble over.
std::string odd_text(std::mt19937_64& random);

}  // namespace argos::test
