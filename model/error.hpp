// SPDX-License-Identifier: Apache-2.0
// What can go wrong, as a value: a constant for machines, a sentence for people, and whether trying again can help.
#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace argos {

enum class Retry {
  backoff,  // the world may change by itself: try again, less and less often
  never,    // pointless until the input changes: the controller is stalled
};

struct Error {
  Error() = default;
  // Not an aggregate: a Result<std::string> must see that a text is never an Error.
  Error(std::string why, std::string what, std::string todo = {}, Retry again = Retry::backoff)
      : reason(std::move(why)), message(std::move(what)), hint(std::move(todo)), retry(again) {}

  std::string reason;   // CamelCase constant, as in a condition
  std::string message;  // what is wrong and where; never a secret
  std::string hint;     // what to do; may be empty
  Retry retry = Retry::backoff;

  // One line for a person: "message (hint)".
  std::string text() const { return hint.empty() ? message : message + " (" + hint + ")"; }
};

template <class T = void>
using Result = boost::system::result<T, Error>;

// boost::system::result calls this when value() is asked of an error: a programming mistake, never control flow.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace argos
