// What is pinned here is what is built; `go build` checks every sum against the public checksum database.
module argos.edge/caddy

go 1.25.0

require (
	github.com/caddy-dns/cloudflare v0.2.1
	github.com/caddy-dns/route53 v1.6.2
	github.com/caddyserver/caddy/v2 v2.11.4
	github.com/corazawaf/coraza-caddy/v2 v2.5.0
	github.com/hslatman/caddy-crowdsec-bouncer v0.12.1
	github.com/mholt/caddy-ratelimit v0.1.0
)
