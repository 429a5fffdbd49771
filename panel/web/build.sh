#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the panel into the folder OUT, as web.cpp and web.bin, which CMake links into argos.    panel/web/build.sh OUT
set -eu
cd "$(dirname "$0")"
out=$1
mkdir -p "$out"
( # one at a time: all build folders share node_modules
  flock 9
  if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-progress --loglevel=error
    cp package-lock.json node_modules/.installed
  fi
) 9>"$out/../npm.lock"
node_modules/.bin/vite build --outDir "$out/dist" --emptyOutDir --logLevel warn
node pack.mjs "$out"
