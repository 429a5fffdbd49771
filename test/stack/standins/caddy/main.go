// SPDX-License-Identifier: Apache-2.0

// Caddy as in caddy/, with a bouncer of the tests' own. It stands for caddy-crowdsec-bouncer where that cannot be had: the same names
// of modules and fields, the same questions to CrowdSec's local API, and as much of the answer as a ban of one address needs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "github.com/caddy-dns/cloudflare"
	_ "github.com/caddy-dns/route53"
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	_ "github.com/mholt/caddy-ratelimit"
)

func init() {
	caddy.RegisterModule(App{})
	caddy.RegisterModule(Handler{})
	caddy.RegisterModule(AppSec{})
	httpcaddyfile.RegisterGlobalOption("crowdsec", parseApp)
	httpcaddyfile.RegisterHandlerDirective("appsec", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) { return AppSec{}, nil })
	httpcaddyfile.RegisterHandlerDirective("crowdsec", func(httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) { return Handler{}, nil })
	httpcaddyfile.RegisterDirectiveOrder("crowdsec", httpcaddyfile.Before, "respond")
}

// App polls the stream of decisions.
type App struct {
	APIUrl          string `json:"api_url,omitempty"`
	APIKey          string `json:"api_key"`
	TickerInterval  string `json:"ticker_interval,omitempty"`
	EnableStreaming *bool  `json:"enable_streaming,omitempty"`
	EnableHardFails *bool  `json:"enable_hard_fails,omitempty"`
	AppSecURL       string `json:"appsec_url,omitempty"`
	AppSecTimeout   string `json:"appsec_timeout,omitempty"`
	AppSecFailOpen  *bool  `json:"appsec_fail_open,omitempty"`
	AppSecMaxBody   int    `json:"appsec_max_body_bytes,omitempty"`

	every  time.Duration
	stop   context.CancelFunc
	banned *sync.Map
}

func (App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "crowdsec", New: func() caddy.Module { return new(App) }}
}

func (a *App) Provision(caddy.Context) error {
	replacer := caddy.NewReplacer()
	a.APIKey = replacer.ReplaceKnown(a.APIKey, "")
	if a.APIKey == "" {
		return errors.New("crowdsec API key must not be empty")
	}
	var err error
	a.every, err = time.ParseDuration(a.TickerInterval)
	a.banned = new(sync.Map)
	return err
}

func (a *App) Start() error {
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	go func() {
		whole := true // after any failure everything is asked for again: a lost answer is lost for good
		for {
			whole = a.pull(ctx, whole) != nil
			select {
			case <-ctx.Done():
				return
			case <-time.After(a.every):
			}
		}
	}()
	return nil
}

func (a *App) Stop() error { a.stop(); return nil }

type decision struct{ Value, Type string }

func (a *App) pull(ctx context.Context, whole bool) error {
	target := a.APIUrl + "v1/decisions/stream"
	if whole {
		target += "?startup=true"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Api-Key", a.APIKey)
	request.Header.Set("User-Agent", "argos-test-bouncer/1")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	var news struct{ New, Deleted []decision }
	if err := json.NewDecoder(answer.Body).Decode(&news); err != nil {
		return err
	}
	for _, gone := range news.Deleted {
		a.banned.Delete(gone.Value)
	}
	for _, one := range news.New {
		a.banned.Store(one.Value, one.Type)
	}
	return nil
}

// Handler refuses the banned.
type Handler struct{ app *App }

func (Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.crowdsec", New: func() caddy.Module { return new(Handler) }}
}

func (h *Handler) Provision(ctx caddy.Context) error {
	app, err := ctx.App("crowdsec")
	if err == nil {
		h.app = app.(*App)
	}
	return err
}

func (h *Handler) UnmarshalCaddyfile(*caddyfile.Dispenser) error { return nil }

func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	client, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	if _, banned := h.app.banned.Load(client); banned {
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	return next.ServeHTTP(w, r)
}

// parseApp reads the global option.
func parseApp(d *caddyfile.Dispenser, _ any) (any, error) {
	var a App
	for d.Next(); d.NextBlock(0); {
		name := d.Val()
		value := strings.Join(d.RemainingArgs(), " ")
		var err error
		switch name {
		case "api_url":
			a.APIUrl = value
		case "api_key":
			a.APIKey = value
		case "appsec_url":
			a.AppSecURL = value
		case "appsec_timeout":
			a.AppSecTimeout = value
		case "appsec_fail_open":
			yes := true
			a.AppSecFailOpen = &yes
		case "appsec_max_body_bytes":
			a.AppSecMaxBody, err = strconv.Atoi(value)
		default:
			err = d.Errf("unknown option %s", name)
		}
		if err != nil {
			return nil, err
		}
	}
	return httpcaddyfile.App{Name: "crowdsec", Value: caddyconfig.JSON(a, nil)}, nil
}

// AppSec asks of each request whether it may pass.
type AppSec struct{ app *App }

func (AppSec) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.handlers.appsec", New: func() caddy.Module { return new(AppSec) }}
}

func (h *AppSec) Provision(ctx caddy.Context) error {
	app, err := ctx.App("crowdsec")
	if err == nil {
		h.app = app.(*App)
	}
	return err
}

func (h *AppSec) UnmarshalCaddyfile(*caddyfile.Dispenser) error { return nil }

func (h AppSec) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if status, err := h.ask(r); err != nil {
		if h.app.AppSecFailOpen == nil || !*h.app.AppSecFailOpen {
			return err
		}
	} else if status == http.StatusForbidden {
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	return next.ServeHTTP(w, r)
}

func (h AppSec) ask(r *http.Request) (int, error) {
	patience, err := time.ParseDuration(h.app.AppSecTimeout)
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(r.Context(), patience)
	defer stop()
	question, err := http.NewRequestWithContext(ctx, http.MethodGet, h.app.AppSecURL, nil)
	if err != nil {
		return 0, err
	}
	question.Header.Set("X-Crowdsec-Appsec-Uri", r.URL.String())
	question.Header.Set("X-Crowdsec-Appsec-Api-Key", h.app.APIKey)
	answer, err := http.DefaultClient.Do(question)
	if err != nil {
		return 0, err
	}
	answer.Body.Close()
	return answer.StatusCode, nil
}

func main() { caddycmd.Main() }
