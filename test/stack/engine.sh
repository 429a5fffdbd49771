# SPDX-License-Identifier: Apache-2.0
# Sourced: a Docker engine to test with. Where one answers, it is that one. Where none does, Docker's own engine is started in
# namespaces of its own, with Debian's packages: no bridge, firewall rule or process of it outlives the test.
#   engine_prepare        installs what is missing
#   engine_start builds   an engine whose builds reach the package mirrors
#   engine_start runs     an engine whose containers have a network of their own, that nobody else reaches
#   engine_stop
#   inside COMMAND…       runs COMMAND where the published ports are
# $ENGINE is a work folder, kept between runs as a cache. $engine_own is 1 for an engine of this script's.
ENGINE=${ENGINE:-${TMPDIR:-/tmp}/argos-stack}
engine_own=
engine_trust=/etc/ssl/machine.crt
engine_outer=
engine_inner=

engine_prepare() {
  mkdir -p "$ENGINE"
  if docker info >/dev/null 2>&1; then
    docker compose version >/dev/null || { echo "stack: docker compose (v2.24 or newer) is needed" >&2; return 1; }
    return
  fi
  [ "$(id -u)" = 0 ] || { echo "stack: no Docker answers, and only root can start one" >&2; return 1; }
  engine_own=1
  export DOCKER_HOST=unix://$ENGINE/docker.sock DOCKER_CONFIG=$ENGINE/config
  if ! command -v dockerd >/dev/null || ! command -v debootstrap >/dev/null || ! command -v ip >/dev/null; then
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends \
      docker.io debootstrap iproute2 >/dev/null
  fi
  engine_plugins
  engine_base
}

engine_mirror() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1; }

engine_plugins() { # Compose v2 and buildx: the packages of the next Debian, unpacked beside, not installed
  [ ! -x "$DOCKER_CONFIG/cli-plugins/docker-compose" ] || return 0
  local next=$ENGINE/next
  mkdir -p "$next/lists/partial" "$next/archives/partial" "$DOCKER_CONFIG/cli-plugins"
  : >"$next/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(engine_mirror) trixie main" >"$next/sources.list"
  local apt=(apt-get -qq -o Dir::Etc::SourceList="$next/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State="$next"
             -o Dir::State::Lists="$next/lists" -o Dir::State::status="$next/status" -o Dir::Cache="$next" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  (cd "$next" && "${apt[@]}" download docker-compose docker-buildx && for deb in *.deb; do dpkg-deb -x "$deb" x; done)
  cp "$next"/x/usr/libexec/docker/cli-plugins/docker-* "$DOCKER_CONFIG/cli-plugins/"
}

engine_base() { # what stands for debian:bookworm-slim
  [ ! -s "$ENGINE/base.tar" ] || return 0
  local root=$ENGINE/root
  rm -rf "$root"
  debootstrap --variant=minbase bookworm "$root" "$(engine_mirror)" >"$ENGINE/debootstrap.log"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*
  mkdir -p "$root${engine_trust%/*}"
  cp /etc/ssl/certs/ca-certificates.crt "$root$engine_trust" # a registry may be reached through a proxy that this machine trusts
  tar -C "$root" --numeric-owner -cf "$ENGINE/base.tar.new" .
  mv "$ENGINE/base.tar.new" "$ENGINE/base.tar"
  rm -rf "$root"
}

engine_start() {
  [ -n "$engine_own" ] || return 0
  rm -rf "$ENGINE/exec" "$ENGINE/dockerd.pid" "$ENGINE/docker.sock" # a stale containerd.pid hangs the next start
  rm -rf "$ENGINE/data/network" "$ENGINE/data/containers" "$ENGINE/data/volumes" # of a run that was cut off; images stay
  local engine="dockerd --data-root $ENGINE/data --exec-root $ENGINE/exec --pidfile $ENGINE/dockerd.pid -H $DOCKER_HOST"
  engine="$engine --storage-driver overlay2 --exec-opt native.cgroupdriver=cgroupfs"
  local namespaces=(-m -p --fork --mount-proc --kill-child --propagation slave)
  case $1 in
    builds) unshare "${namespaces[@]}" $engine --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
      >"$ENGINE/engine.log" 2>&1 & ;;
    runs) unshare -n "${namespaces[@]}" sh -c "ip link set lo up; exec $engine" >"$ENGINE/engine.log" 2>&1 & ;;
  esac
  engine_outer=$!
  until docker version >/dev/null 2>&1; do
    kill -0 "$engine_outer" 2>/dev/null || { tail -n 5 "$ENGINE/engine.log" >&2; return 1; }
    sleep 0.1
  done
  engine_inner=$(pgrep -P "$engine_outer")
  docker image inspect debian:bookworm-slim >/dev/null 2>&1 ||
    docker import -c 'CMD ["bash"]' -c "ENV SSL_CERT_FILE=$engine_trust NODE_EXTRA_CA_CERTS=$engine_trust" \
      "$ENGINE/base.tar" debian:bookworm-slim >/dev/null
}

engine_stop() {
  [ -n "$engine_outer" ] || return 0
  kill -TERM "${engine_inner:-$engine_outer}" 2>/dev/null || true
  local tries=0
  while kill -0 "$engine_outer" 2>/dev/null; do
    [ $((tries += 1)) -lt 150 ] || kill -9 "$engine_outer" 2>/dev/null || true
    sleep 0.1
  done
  engine_outer=
  local group
  for group in /sys/fs/cgroup/*/docker; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
  done
}

inside() {
  if [ -n "$engine_own" ]; then
    nsenter -t "$engine_inner" -m -n -- "$@"
  else
    "$@"
  fi
}
