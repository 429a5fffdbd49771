#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs AppSec into CrowdSec's two volumes, or puts it right: after the first start, and after a volume was lost.
#   docker compose exec crowdsec sh /setup/setup-appsec.sh
# It changes nothing of what is there already, needs the hub, and leaves everything as it was where the hub cannot be reached.
set -eu
setup=$(cd "$(dirname "$0")" && pwd)
config=${CROWDSEC_CONFIG_DIR:-/etc/crowdsec}

cscli appsec-rules list >/dev/null 2>&1 || {
  echo "setup-appsec: this CrowdSec has no AppSec: 1.6 or newer is needed. Nothing was changed." >&2
  exit 1
}
for collection in crowdsecurity/appsec-virtual-patching crowdsecurity/appsec-generic-rules; do
  cscli collections install "$collection" || {
    echo "setup-appsec: $collection could not be installed: is the hub reachable? AppSec is not switched on." >&2
    exit 1
  }
done
put() { # the listener comes last: it names what the others bring
  mkdir -p "$(dirname "$2")"
  cmp -s "$1" "$2" || { cp "$1" "$2.new" && mv "$2.new" "$2"; }
}
put "$setup/appsec-configs/argos.yaml" "$config/appsec-configs/argos.yaml"
put "$setup/acquis.appsec.yaml" "$config/acquis.d/appsec.yaml"
crowdsec -c "$config/config.yaml" -t >/dev/null 2>&1 || {
  rm -f "$config/acquis.d/appsec.yaml"
  echo "setup-appsec: CrowdSec refuses the configuration: \`crowdsec -t\` says why. AppSec is not switched on." >&2
  exit 1
}
kill -HUP 1
echo "setup-appsec: AppSec listens on port 7422"
