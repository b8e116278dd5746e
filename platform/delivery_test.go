package platform_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// deliveredTo looks at what was delivered where the partner finds it: in a
// directory.
func deliveredTo(dir string) *platformtest.Bench {
	return &platformtest.Bench{
		SameVideo: platformtest.SameBytes,
		Posted:    func(t testing.TB, text string) []platformtest.Posted { return posted(t, dir, text) },
		Left:      func(t testing.TB) []string { return tree(t, dir) },
	}
}

// posted lists the deliveries that have a document with the text.
func posted(t testing.TB, dir, text string) []platformtest.Posted {
	t.Helper()
	var found []platformtest.Posted
	for _, name := range tree(t, dir) {
		if strings.HasPrefix(filepath.Base(name), ".") || filepath.Ext(name) != ".json" {
			continue
		}
		var doc struct{ Post, Text, Alt string }
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(content, &doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		if doc.Text != text {
			continue
		}
		video, err := os.ReadFile(filepath.Join(dir, strings.TrimSuffix(name, ".json")+".mp4"))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, platformtest.Posted{ID: doc.Post, Alt: doc.Alt, Video: video})
	}
	return found
}

// tree lists the files below a directory, which may not be there.
func tree(t testing.TB, dir string) []string {
	t.Helper()
	all := []string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// through sends to a proxy what is meant for the server behind it, as it is
// meant for that: signatures cover the server's name.
type through struct {
	server, proxy string // addresses
	next          http.RoundTripper
}

// RoundTrip sends the request.
func (t through) RoundTrip(r *http.Request) (*http.Response, error) {
	if "http://"+r.URL.Host != t.server {
		return t.next.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.Host, r.URL.Host = r.URL.Host, strings.TrimPrefix(t.proxy, "http://")
	return t.next.RoundTrip(r)
}

// forgetful is media whose upload is not kept.
func forgetful(s platformtest.Sample) platform.Media {
	m := s.Media()
	m.Keep = func(string) error { return nil }
	return m
}
