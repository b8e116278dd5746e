package feed

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"syscall"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Limits of the HTTP client. A feed's server that is slower than this is no
// live source.
const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 5 * time.Second
	maxRedirects  = 5
)

// newClient makes the guarded HTTP client: http and https only, no proxy from
// the environment, and no private address however a name, a redirect or a
// playlist leads there, unless allowPrivate. It keeps cookies, which may be
// what a content delivery network lets segments be fetched by.
func newClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}
	if !allowPrivate {
		dialer.Control = guard
	}
	jar, _ := cookiejar.New(nil) // fails never (net/http/cookiejar, Go 1.26)
	return &http.Client{
		Jar: jar,
		Transport: &http.Transport{
			Proxy:                 nil,
			DialContext:           dialer.DialContext,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: headerTimeout,
			MaxIdleConnsPerHost:   2,
			IdleConnTimeout:       60 * time.Second,
			ForceAttemptHTTP2:     true,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return clip.Errorf(clip.Unavailable, "follow redirects", "more than %d of them", maxRedirects)
			}
			req.Header.Del("Referer") // a token in a URL is not for the next host
			return checkScheme(req.URL.Scheme)
		},
	}
}

func checkScheme(scheme string) error {
	if scheme != "http" && scheme != "https" {
		return clip.Errorf(clip.Denied, "fetch from a feed", "%q is not http or https", scheme)
	}
	return nil
}

// guard is called with the address that a name resolved to, right before the
// connection is made, so that no second look-up can give another one.
func guard(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address %q: %w", address, err)
	}
	if ip := ap.Addr(); !public(ip) {
		return clip.Errorf(clip.Denied, "connect to "+ip.String(),
			"it is no public address; set allow_private on the feed if it is meant to be read from there")
	}
	return nil
}

// eachAddress calls try with the addresses that host:port stands for, until
// one of them works. None is tried that the guard does not let through.
func eachAddress(ctx context.Context, address string, allowPrivate bool, try func(resolved string) error) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return clip.Errorf(clip.Invalid, "read the address", "%w", err)
	}
	ips, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return clip.Errorf(clip.Unavailable, "look up "+host, "%w", err)
	}
	for _, ip := range ips {
		resolved := net.JoinHostPort(ip, port)
		if !allowPrivate {
			err = guard("", resolved, nil)
		}
		if err == nil {
			err = try(resolved)
		}
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// reserved are the networks that are not the public internet (IANA
// special-purpose registries, 2026-11-24), beside those that net/netip names.
var reserved = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// public reports whether an address is on the public internet. Addresses that
// carry an IPv4 address inside are judged by that one.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		b := ip.As16()
		switch {
		case netip.MustParsePrefix("64:ff9b::/96").Contains(ip): // NAT64
			return public(netip.AddrFrom4([4]byte(b[12:16])))
		case netip.MustParsePrefix("2002::/16").Contains(ip): // 6to4
			return public(netip.AddrFrom4([4]byte(b[2:6])))
		}
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate()
}

// pause waits for d or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
