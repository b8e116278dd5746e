package platform

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// connectTime bounds connecting, and the TLS handshake.
const connectTime = 10 * time.Second

// guardedClient is a client that reaches public addresses only, unless the
// account's configuration allows others. The address is checked after the name
// was resolved, at each connection, so that a name cannot turn to a private
// address later. Proxies from the environment are not used: behind one, the
// address could not be checked.
func guardedClient(allowPrivate bool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:         guardedDialer(allowPrivate).DialContext,
		TLSHandshakeTimeout: connectTime,
		IdleConnTimeout:     30 * time.Second,
		ForceAttemptHTTP2:   true,
	}}
}

// guardedDialer connects to public addresses only, unless others are allowed.
func guardedDialer(allowPrivate bool) *net.Dialer {
	dialer := &net.Dialer{Timeout: connectTime}
	if !allowPrivate {
		dialer.Control = publicOnly
	}
	return dialer
}

// address is the address of a server as it stands in options.
type address struct{ key, value, example string }

// serverURL reads the address of a server that is called by its root.
func serverURL(op string, a address, allowPrivate bool) (*url.URL, error) {
	server, err := webURL(op, a, allowPrivate)
	if err == nil && (server.Path != "" || server.RawQuery != "") {
		err = clip.Errorf(clip.Invalid, op, "%s: write an address such as %s", a.key, a.example)
	}
	return server, err
}

// webURL reads an address that secrets are sent to.
func webURL(op string, a address, allowPrivate bool) (*url.URL, error) {
	at, err := url.Parse(a.value)
	switch {
	case err != nil, at.Host == "", at.Scheme != "https" && at.Scheme != "http", at.User != nil:
		return nil, clip.Errorf(clip.Invalid, op, "%s: write an address such as %s", a.key, a.example)
	case at.Scheme == "http" && !allowPrivate:
		return nil, clip.Errorf(clip.Invalid, op, "%s: http would show passwords and tokens to everybody on the way; write https", a.key)
	}
	return at, nil
}

// publicOnly refuses a connection to an address that is not public.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !public(at.Addr()) {
		return fmt.Errorf("%s is not a public address; write allow_private: true if it is meant", at.Addr())
	}
	return nil
}

// notPublic are the ranges that netip does not know as private (IANA special
// purpose registries, 2026-11-24): this network, shared, protocol assignments,
// benchmarking, reserved, NAT64 and 6to4, which can hide an address of the rest.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
}

// public reports whether an address belongs to the open internet.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
