// SPDX-License-Identifier: Apache-2.0

// Caddy with the modules that argos can use; go.mod pins their versions.
package main

import (
	_ "github.com/caddy-dns/cloudflare"
	_ "github.com/caddy-dns/route53"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	_ "github.com/corazawaf/coraza-caddy/v2"
	_ "github.com/hslatman/caddy-crowdsec-bouncer/appsec"
	_ "github.com/hslatman/caddy-crowdsec-bouncer/http"
	_ "github.com/mholt/caddy-ratelimit"
)

func main() { caddycmd.Main() }
