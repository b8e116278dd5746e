package gotosocial_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/internal/gotosocial"
)

// TestStart posts by hand, so that the helper is proved before a driver is.
func TestStart(t *testing.T) {
	s := gotosocial.Start(t)
	if again := gotosocial.Start(t); again != s {
		t.Error("a second Start made a second server")
	}
	text := "Gold & silver <at last>\nfor #Norway"
	form := url.Values{"status": {text}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/statuses", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+s.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if found := s.Posted(t, text); len(found) != 1 {
		t.Errorf("%d posts with the text, want 1: %+v", len(found), s.Statuses(t))
	}
}
