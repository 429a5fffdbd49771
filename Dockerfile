# SPDX-License-Identifier: Apache-2.0
# Two images: `argos`, and `caddy` with the modules that argos can use. docker-compose.yml builds both.
# The caches need BuildKit, which Docker has since 18.09; no other frontend is fetched.

# Where the program comes from: the stage `build`, or an image that has /out of it.
ARG PROGRAM=build

FROM debian:bookworm-slim AS build
WORKDIR /src
RUN rm -f /etc/apt/apt.conf.d/docker-clean
COPY scripts/install-deps scripts/
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    scripts/install-deps --quiet build
COPY . .
ARG COMMIT=
ARG JOBS=
# What the program links is asked of the program: a list by hand would be wrong one day.
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release --log-level=WARNING -DARGOS_GIT_COMMIT="$COMMIT" \
    && cmake --build --preset release -j "${JOBS:-$(nproc)}" \
    && mkdir /out && cp /etc/ssl/certs/ca-certificates.crt /out/ && strip -o /out/argos build/release/argos \
    && ldd /out/argos | awk '$2 == "=>" { n = split($3, path, "/"); print "*/" path[n] }' | xargs dpkg -S | cut -d: -f1 | sort -u >/out/packages

FROM ${PROGRAM} AS program

FROM debian:bookworm-slim AS argos
COPY --from=program /out/packages /tmp/packages
# libxml2, which libarchive brings, needs two of ICU's libraries: the others go.
# A volume takes the owner of the folder that it is mounted on first, in whichever container that is: here and in `caddy` they agree.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends busybox tini $(cat /tmp/packages) \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /tmp/packages \
       /usr/lib/*/libicu[it]* \
    && ln -s /bin/busybox /usr/local/bin/wget \
    && install -d -o 65534 -g 65534 -m 0700 /data && install -d -o 65534 -g 65534 /data/backups /data/manual-certs \
    && install -d /data/caddy /var/log/caddy
COPY --from=program /out/argos /usr/local/bin/argos
COPY --from=program /out/ca-certificates.crt /etc/ssl/certs/
USER 65534:65534
WORKDIR /data
ENV ARGOS_DATA_DIR=/data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["tini", "--", "argos"]

FROM golang:1.26-bookworm AS caddy-build
WORKDIR /src
# A folder with a main package: another one builds a Caddy with other modules.
ARG CADDY_SOURCE=caddy
COPY ${CADDY_SOURCE}/ ./
RUN --mount=type=cache,target=/root/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOFLAGS=-mod=mod GOMODCACHE=/root/go/pkg/mod CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /caddy .

FROM debian:bookworm-slim AS caddy
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates tini wget \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* \
    && install -d /data /config /var/log/caddy && install -d -o 65534 -g 65534 /etc/caddy/manual-certs
COPY --from=caddy-build /caddy /usr/local/bin/caddy
COPY --chmod=0755 caddy/start /usr/local/bin/caddy-start
COPY Caddyfile /etc/caddy/Caddyfile
ENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/config HOME=/config
EXPOSE 80 443 443/udp
# The whole group is signalled, so that Caddy ends its requests while the script waits for it.
ENTRYPOINT ["tini", "-g", "--", "caddy-start"]
