#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The README's promise, on a Debian 12 with nothing on it: makes such a root in a temporary folder, clones the last commit into it
# and runs what the README tells a newcomer to run. As root, with debootstrap; takes as long as `make test` and a little more.
#   test/ground/bare_root.sh [COMMAND]     COMMAND instead of the README's, for instance "make build"
# KEEP=1 keeps the root. Not part of `make test`.
set -euo pipefail
tree=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "bare_root: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "bare_root: apt-get install -y debootstrap" >&2; exit 1; }

if [ "${1:-}" != --inside ]; then # a PID and a mount namespace of our own: whatever is left over dies with it
  exec unshare --mount-proc --pid --fork --kill-child "$0" --inside "${1:-}"
fi
command=${2:-}

root=$(mktemp -d /var/tmp/argos-bare.XXXXXX)
chmod 755 "$root" # it becomes /, which every user must be able to enter
clean_up() {
  umount -R "$root"/{dev,sys,proc} 2>/dev/null || true
  [ -n "${KEEP:-}" ] && echo "bare_root: kept $root" || rm -rf --one-file-system "$root"
}
trap clean_up EXIT
step() { printf '\n== %5d s  %s\n' "$SECONDS" "$*"; }

step "debootstrap"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" { print $1; exit }')
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
rm -f "$root.log"
# The machine's way to its packages: sources, options, keys, names.
rm -rf "$root"/etc/apt/sources.list*
cp -a /etc/apt/. "$root/etc/apt/"
cp -a /usr/share/keyrings/. "$root/usr/share/keyrings/"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/sys" && mount --make-rslave "$root/dev"
git clone --quiet --no-hardlinks "$tree" "$root/argos"
inside() { chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb bash -c "cd /argos && $*" </dev/null; }

step "apt-get install -y make"
inside "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y make >/dev/null"

if [ -n "$command" ]; then
  step "$command"
  inside "$command"
  step "done"
  exit 0
fi

step "make test"
inside "make test"

step "make up"
setsid chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c 'cd /argos && exec make up' </dev/null \
  >"$root/up.log" 2>&1 &
up=$!
fails() { echo "bare_root: $*"; tail -n 40 "$root/up.log"; kill -KILL -- -$up 2>/dev/null; exit 1; }
until grep -qs 'hello\.localhost' "$root/up.log"; do # `make up` prints the URLs once all of them answer
  kill -0 $up 2>/dev/null || fails "make up ended by itself"
  [ $SECONDS -lt 3600 ] || fails "make up printed no URL"
  sleep 0.2
done
cat "$root/up.log"
urls=$(grep -o 'https\{0,1\}://[a-z]*\.localhost[^ ]*' "$root/up.log" | sort -u)
[ -n "$urls" ] || fails "no URLs"
for url in $urls; do
  case $url in *panel.localhost*) url=${url%/}/readyz ;; esac # argos answers there, and has nothing at / yet
  step "curl $url"
  inside "curl --silent --show-error --fail --insecure --max-time 20 --retry 20 --retry-delay 1 --retry-all-errors $url" || fails "$url does not answer"
done

step "Ctrl-C"
kill -INT -- -$up
wait $up || true
tail -n 5 "$root/up.log"
left=$(ps -e -o pid= -o args= | awk -v me=$$ '$1 != me && $1 != 1 && !/ps -e|awk -v|bare_root/')
[ -z "$left" ] || fails "still running: $left"
step "done: everything answered, nothing is left running"
