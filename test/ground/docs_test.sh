#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Documents tell no tales: every relative link leads somewhere, every `make target` and every file they name exists, and
# docs/reference.md and the program know the same variables.
set -eu
cd "$(dirname "$0")/../.."
failed=0
bad() { echo "$*"; failed=1; }

for document in README.md CONTRIBUTING.md docs/*.md; do
  folder=$(dirname "$document")
  for link in $(grep -o '](\([^)#]*\)' "$document" | sed 's/^](//' | grep -v '^https\{0,1\}:' | sort -u); do
    [ -e "$folder/$link" ] || bad "$document: link to nothing: $link"
  done
  for target in $(grep -o '`make [a-z]*`' "$document" | sed 's/`make //; s/`//' | sort -u); do
    make --dry-run --question "$target" >/dev/null 2>&1 || [ $? = 1 ] || bad "$document: no such target: make $target"
  done
  for path in $(grep -oE '`(model|manifests|runtime|controllers|panel|cli|test|scripts|cmake|docs)/[A-Za-z0-9_./-]*`' "$document" | tr -d '`' | sort -u); do
    [ -e "$path" ] || bad "$document: names a file that is not there: $path"
  done
done

# Commands for the containers are typed by a case of the stack's tests.
for document in docker.md volumes.md crowdsec.md; do
  grep -qx '```sh' "docs/$document" && bad "docs/$document: commands without a name by which test/stack/cases types them"
done
for named in $(grep -oE '^```sh [a-z-]+$' docs/*.md | sed 's,^docs/,,; s/:```sh /:/'); do
  grep -qE "typed ${named%%:*} ${named#*:}( |\$)" test/stack/cases/* || bad "docs/${named%%:*}: no case of test/stack types the commands '${named#*:}'"
done

# Every test that is named as the proof of something is there.
for test in $(grep -oE '`[A-Z][A-Za-z]+\.[A-Z][A-Za-z]+' docs/security.md | tr -d '`' | sort -u); do
  grep -rqE "TEST(_F|_P)?\(${test%%.*}, ${test#*.}" test --include=*_test.cpp || bad "docs/security.md: no such test: $test"
done

known=$(grep -oE '"(ARGOS|CROWDSEC)_[A-Z_]+[A-Z]"' runtime/config.cpp | tr -d '"' | sort -u)
told=$(grep -oE '`(ARGOS|CROWDSEC)_[A-Z_]+[A-Z]`' docs/reference.md | tr -d '`' | sort -u)
for name in $known; do
  echo "$told" | grep -qx "$name" || bad "docs/reference.md does not name $name"
done
for name in $told; do
  echo "$known" | grep -qx "$name" || bad "docs/reference.md names $name, which the program does not know"
done
exit $failed
