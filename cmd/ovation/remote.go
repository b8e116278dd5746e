package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
)

// defaultURL is where `ovation up` listens unless told otherwise.
const defaultURL = "http://127.0.0.1:8080"

// remote says which running Ovation the commands talk to.
type remote struct {
	url  string // --url
	data string // --data
}

// client finds the running Ovation: --url or $OVATION_URL, else what the data
// directory says, else the default address. The token is $OVATION_TOKEN, else
// the data directory's, which is only sent to the Ovation that it belongs to.
func (a *app) dial() (*client, error) {
	const op = "find the running Ovation"
	dir := a.remote.dir()
	local := readLine(filepath.Join(dir, configs.URLFile))
	base := firstOf(a.remote.url, a.env("OVATION_URL"), local, defaultURL)
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, clip.Errorf(clip.Invalid, op, "%q is no http:// or https:// URL; mend --url or OVATION_URL", base)
	}
	token := a.env("OVATION_TOKEN")
	if token == "" && (base == local || isLoopback(u)) {
		token = readLine(filepath.Join(dir, configs.TokenFile))
	}
	return &client{base: strings.TrimRight(base, "/"), token: clip.Secret(token)}, nil
}

// isLoopback reports whether a URL stays on this machine.
func isLoopback(u *url.URL) bool {
	h := u.Hostname()
	return h == "localhost" || h == "::1" || strings.HasPrefix(h, "127.")
}

// dir is the data directory that is looked into: the one that was named, else
// of the usual two the one where Ovation was started last.
func (r remote) dir() string {
	if r.data != "" {
		return r.data
	}
	best := configs.Default().Data
	var newest int64
	for _, dir := range []string{configs.Default().Data, demoData} {
		if st, err := os.Stat(filepath.Join(dir, configs.URLFile)); err == nil && st.ModTime().UnixNano() > newest {
			best, newest = dir, st.ModTime().UnixNano()
		}
	}
	return best
}

// readLine is a small file's text without the space around it; empty when it
// cannot be read.
func readLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
