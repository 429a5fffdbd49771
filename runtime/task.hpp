// SPDX-License-Identifier: Apache-2.0
// A coroutine on the loop.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace argos {

// A capturing lambda must never be one: its captures die at the first suspension.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace argos
