# SPDX-License-Identifier: Apache-2.0
# Sourced: how the cases say what must hold, and what they ask the stack.
passed=0
failed=0
skipped=0

say() { printf '%s\n' "$*"; }
check() { # "what must hold" command…
  local what=$1 words
  shift
  if words=$("$@" 2>&1); then
    passed=$((passed + 1)); say "  ok      $what"
  else
    failed=$((failed + 1)); say "  FAILED  $what"
    [ -z "$words" ] || printf '%s\n' "$words" | tail -n 15 | sed 's/^/          /'
  fi
}
skip() { skipped=$((skipped + 1)); say "  skipped $1"; }
no() { ! "$@"; }
within() { # seconds command…: until it succeeds
  local end=$((SECONDS + $1)) words
  shift
  until words=$("$@" 2>&1); do
    [ "$SECONDS" -lt "$end" ] || { echo "not within the time: $*"; echo "$words"; return 1; }
    sleep 0.1
  done
}

compose() { docker compose "$@"; }
argos() { docker compose exec -T argos argos "$@"; }
volume() { scripts/volume "$@"; }
# As docs/disaster-recovery.md has it: through a container of argos', so that the file is argos' own.
stage() { docker compose run --rm --no-deps -T --entrypoint sh argos -c 'umask 077 && cat >"/data/backups/$0"' "$1" <"$1"; }
up() { docker compose up -d --no-build --wait --wait-timeout 120 "$@"; }
down() { docker compose down "$@"; }
container() { docker compose ps -aq "$1"; }

panel_answers() { inside curl -fsS -m 5 http://127.0.0.1:8080/healthz | grep -qx ok; }
ready() { inside curl -fsS -m 5 http://127.0.0.1:8080/readyz | grep -q '"ready":true'; }
plain_answers() { inside curl -fsS -m 5 --resolve plain.test:80:127.0.0.1 http://plain.test/ | grep -q 'hello from backend'; }
secure_answers() { inside curl -fsSk -m 5 --resolve secure.test:443:127.0.0.1 https://secure.test/ | grep -q 'hello from backend'; }
manual_answers() { [ "$(manual_shown)" = "$(openssl x509 -in manual.crt -noout -fingerprint -sha256)" ]; }
manual_shown() {
  inside timeout 5 openssl s_client -connect 127.0.0.1:443 -servername manual.test </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256
}
all_answers() { plain_answers && secure_answers && manual_answers && ready; }
secure_serial() {
  inside timeout 5 openssl s_client -connect 127.0.0.1:443 -servername secure.test -showcerts </dev/null 2>/dev/null |
    awk '/BEGIN/ { n++ } n == 2' | openssl x509 -noout -fingerprint -sha256
}
# A condition of a controller, by its type, holds that text.
says_of() { argos status -o json | tr -d '\n ' | grep -oE "\{[^{}]*\"type\":\"$1\"[^{}]*\}" | grep -F "$2"; }
hosts_in_argos() { argos get hosts -o json | grep -c '"domain"'; }

make_manual() { # a certificate of the operator's own, and its host
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -keyout manual.key -out manual.crt \
    -subj /CN=manual.test -addext subjectAltName=DNS:manual.test 2>/dev/null
  {
    printf 'apiVersion: argos.edge/v1\nkind: Host\nmetadata: {name: manual}\nspec: {domain: manual.test, targetGroup: backend, tls: {mode: manual}}\n---\n'
    printf 'apiVersion: argos.edge/v1\nkind: Certificate\nmetadata: {name: manual}\nspec:\n  host: manual\n  certificate: |\n'
    sed 's/^/    /' manual.crt
    printf '  key: |\n'
    sed 's/^/    /' manual.key
  } >manual.yaml
}

# Clients who want every site each 100 ms, from visitors_start to visitors_stop; each failure is a line of visitors.log.
visitors_start() {
  rm -f visitors.stop
  : >visitors.log
  : >visitors.count
  local site
  visitors=()
  for site in plain:80:http secure:443:https manual:443:https; do
    inside bash "$PWD/test/stack/visitor" "$PWD/visitors" ${site//:/ } &
    visitors+=($!)
  done
}
visitors_stop() {
  : >visitors.stop
  wait "${visitors[@]}"
}
no_visitor_failed() {
  [ "$(wc -l <visitors.count)" -gt 10 ] || { echo "only $(wc -l <visitors.count) requests were made"; return 1; }
  [ ! -s visitors.log ] || { echo "$(wc -l <visitors.log) of $(($(wc -l <visitors.count) + $(wc -l <visitors.log))) failed"; head -n 5 visitors.log; return 1; }
}

# The commands of a document, as they stand there: what lies between ```sh NAME and ```.
documented() { awk -v opens="\`\`\`sh $2" '$0 == opens { inside = 1; next } /^```/ { inside = 0 } inside' "docs/$1"; }
typed() { # FILE NAME [what sed changes of it]
  local commands
  commands=$(documented "$1" "$2" | sed "${3:-}")
  [ -n "$commands" ] || { echo "docs/$1 has no commands named $2"; return 1; }
  bash -euc "$commands" </dev/null
}
