package platform

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// connectTime bounds connecting, and the TLS handshake.
const connectTime = 10 * time.Second

// guardedClient is a client that reaches public addresses only, unless the
// account's configuration allows others. The address is checked after the name
// was resolved, at each connection, so that a name cannot turn to a private
// address later. Proxies from the environment are not used: behind one, the
// address could not be checked.
func guardedClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: connectTime}
	if !allowPrivate {
		dialer.Control = publicOnly
	}
	return &http.Client{Transport: &http.Transport{
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: connectTime,
		IdleConnTimeout:     30 * time.Second,
		ForceAttemptHTTP2:   true,
	}}
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
