#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# scripts/rules must refuse each of these one-file trees, for the reason named, and accept the good ones.
set -eu
rules=$(cd "$(dirname "$0")/../.." && pwd)/scripts/rules
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
licence='// SPDX-License-Identifier: Apache-2.0'

look() { # file, its lines after the licence -> output and status of the rules
  rm -rf "${tree:?}"/*
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "$licence" "$2" >"$tree/$1"
  status=0
  output=$("$rules" "$tree" 2>&1) || status=$?
}
refuses() { # what, file, lines, a part of the message
  look "$2" "$3"
  case "$status/$output" in
    1/*"$4"*) ;;
    *) echo "FAILED: $1: status $status, said: $output"; failed=1 ;;
  esac
}
accepts() {
  look "$2" "$3"
  [ "$status" = 0 ] || { echo "FAILED: $1: $output"; failed=1; }
}

accepts "a room includes itself and what lies under it" controllers/a.cpp '#include "model/host.hpp"
#include "controllers/a.hpp"'
accepts "model knows the pure libraries" model/a.cpp '#include <string>
#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <idn2.h>'
accepts "tests include anything" test/e2e/a_test.cpp '#include "controllers/caddy.hpp"
#include <sqlite3.h>'
accepts "a lambda that captures may return something else" panel/a.cpp 'auto f = [this](int x) -> Result<int> { return x; };'
accepts "a lambda without captures may be a coroutine" panel/a.cpp 'auto f = [](int x) -> Task<int> { co_return x; };'

refuses "model includes runtime" model/a.cpp '#include "runtime/store.hpp"' 'model must not include runtime'
refuses "manifests includes runtime" manifests/a.cpp '#include "runtime/store.hpp"' 'manifests must not include runtime'
refuses "runtime includes controllers" runtime/a.cpp '#include "controllers/caddy.hpp"' 'runtime must not include controllers'
refuses "panel includes a controller" panel/a.cpp '#include "controllers/caddy.hpp"' 'panel must not include controllers'
refuses "panel includes manifests" panel/a.cpp '#include "manifests/manifest.hpp"' 'panel must not include manifests'
refuses "controllers includes panel" controllers/a.cpp '#include "panel/server.hpp"' 'controllers must not include panel'
refuses "the program includes a test" main.cpp '#include "test/support/x.hpp"' 'main.cpp must not include test'
refuses "an include with spaces" runtime/a.cpp '  #  include "panel/x.hpp"' 'runtime must not include panel'
refuses "an include beside the file" runtime/a.cpp '#include "store.hpp"' 'name it from the root'
refuses "model knows Asio" model/a.cpp '#include <boost/asio.hpp>' 'model must not know <boost/asio.hpp>'
refuses "model knows SQLite" model/a.cpp '#include <sqlite3.h>' 'model must not know <sqlite3.h>'
refuses "model knows files" model/a.cpp '#include <fstream>' 'model must not know <fstream>'
refuses "model reads the clock" model/a.cpp 'auto now = std::chrono::system_clock::now();' 'reads no clock'
refuses "panel knows SQLite" panel/a.cpp '#include <sqlite3.h>' 'panel must not know <sqlite3.h>'
refuses "a capturing coroutine" runtime/a.cpp 'spawn([this, x](int y) -> Task<void> { co_return; });' 'must not be a coroutine'
refuses "a capturing coroutine without parameters" runtime/a.cpp 'spawn([&] -> boost::asio::awaitable<void> { co_return; });' 'must not be a coroutine'
refuses "a header without its guard" model/a.hpp 'struct A {};' '#pragma once is missing'
printf 'int x;\n' >"$tree/model/a.cpp"
"$rules" "$tree" >/dev/null 2>&1 && { echo "FAILED: a source without its licence"; failed=1; }
mkdir -p "$tree/scripts" && printf '#!/bin/sh\nif true\n' >"$tree/scripts/broken" && rm -r "$tree/model"
"$rules" "$tree" >/dev/null 2>&1 && { echo "FAILED: a shell script that does not parse"; failed=1; }
exit $failed
