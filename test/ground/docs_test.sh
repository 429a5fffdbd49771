#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Documents do not lead into the void: every relative link resolves, every `make target` they name exists.
set -eu
cd "$(dirname "$0")/../.."
failed=0
for document in README.md CONTRIBUTING.md docs/*.md; do
  folder=$(dirname "$document")
  for link in $(grep -o '](\([^)#:]*\)' "$document" | sed 's/^](//' | sort -u); do
    [ -e "$folder/$link" ] || { echo "$document: link to nothing: $link"; failed=1; }
  done
  for target in $(grep -o '`make [a-z]*`' "$document" | sed 's/`make //; s/`//' | sort -u); do
    grep -q "^\([a-z ]* \)\{0,1\}$target\( [a-z ]*\)\{0,1\}:" Makefile || { echo "$document: no such target: make $target"; failed=1; }
  done
  for path in $(grep -o '`\(model\|manifests\|runtime\|controllers\|panel\|cli\|test\|scripts\|cmake\|docs\)/[A-Za-z0-9_./-]*`' "$document" | tr -d '`' | sort -u); do
    [ -e "$path" ] || { echo "$document: names a file that is not there: $path"; failed=1; }
  done
done
exit $failed
