// SPDX-License-Identifier: Apache-2.0
#include "model/error.hpp"

#include <stdexcept>

namespace argos {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(error.reason + ": " + error.message + " (unchecked result in " + where.function_name() + ")");
}

}  // namespace argos
