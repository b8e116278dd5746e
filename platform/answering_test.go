package platform_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// optionsFail opens accounts with options that are wrong in one way, each with
// the word that the error must have; empty: they are right.
func optionsFail(t *testing.T, name string, wants map[string]string) {
	t.Helper()
	for options, want := range wants {
		_, err := openJSON(name, options, platform.Deps{Log: silent(), Dir: t.TempDir(), Vault: platformtest.NewVault()})
		switch {
		case want == "" && err != nil, want != "" && (clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", options, err, want)
		case err != nil && strings.Contains(err.Error(), "secret"):
			t.Errorf("shows the secret: %v", err)
		}
	}
}

// answering is the address of a server that answers everything with one text.
func answering(t *testing.T, status int, text string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the caller sees what it sees
	}))
	t.Cleanup(server.Close)
	return server.URL
}
