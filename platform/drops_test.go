package platform_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/objectstores"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// TestForeignDocument: what stands under a post's name and is not ours is never
// believed, overwritten or removed.
func TestForeignDocument(t *testing.T) {
	for name, start := range map[string]func(testing.TB) resumeBench{
		"ftp": ftpResume, "gcs": gcsResume, "s3": s3Resume, "sftp": sftpResume,
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			p := platformtest.Sample{Video: []byte("video")}.Post("goal-1.partner", "Gold!")
			p.Attempt, p.Marker = 1, "another"
			if _, err := b.Account.Publish(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			theirs := filepath.Join(b.dir, "goal-1.partner.json")
			before, err := os.ReadFile(theirs)
			if err != nil {
				t.Fatal(err)
			}
			p.Marker = platform.NewMarker(p)
			_, published := b.Account.Publish(t.Context(), p)
			_, found, looked := b.Account.Find(t.Context(), p)
			for _, err := range []error{published, looked, b.Account.Retract(t.Context(), p)} {
				if clip.KindOf(err) != clip.Rejected || found || !strings.Contains(err.Error(), "not ours") {
					t.Errorf("%v, want rejected", err)
				}
			}
			if got, err := os.ReadFile(theirs); err != nil || !bytes.Equal(got, before) {
				t.Errorf("it is now %q, %v", got, err)
			}
		})
	}
}

// refusal is an account that cannot work as it is configured.
type refusal struct {
	change map[string]any
	kind   clip.Kind
	says   string
	late   bool // it only shows when something is delivered
}

// refuses requires that the account says so, to who checks it and to who
// delivers, and shows no secret.
func refuses(t *testing.T, name string, options map[string]any, r refusal, secrets ...string) {
	t.Helper()
	options = maps.Clone(options)
	maps.Copy(options, r.change)
	account := open(t, name, options, nil)
	sample := platformtest.Sample{Video: []byte("video"), Cover: []byte("cover"), Captions: []byte("WEBVTT\n")}
	_, uploaded := account.Upload(t.Context(), sample.Post("goal-1.partner", "Gold!"), forgetful(sample))
	said := []error{uploaded}
	if !r.late {
		said = append(said, account.(platform.Checked).Check(t.Context()))
	}
	for _, err := range said {
		if clip.KindOf(err) != r.kind || r.kind != 0 && !strings.Contains(err.Error(), r.says) {
			t.Errorf("%v, want %s: %s", err, r.kind, r.says)
		}
		for _, secret := range secrets {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("an error shows the secret: %v", err)
			}
		}
	}
}

// TestS3Refuses: what a wrong configuration looks like on a real server.
func TestS3Refuses(t *testing.T) {
	server := objectstores.StartS3(t)
	for name, r := range map[string]refusal{
		"wrong secret": {map[string]any{"secret_key": "wrong-horse"}, clip.Denied, "check the keys", false},
		"wrong key":    {map[string]any{"access_key": "nobody"}, clip.Denied, "check the keys", false},
		"no bucket":    {map[string]any{"bucket": "nowhere"}, clip.Denied, "bucket", false},
		"private":      {map[string]any{"endpoint": strings.Replace(server.URL, "http:", "https:", 1), "allow_private": false}, clip.Unavailable, "allow_private", false},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, "s3", s3Options(server), r, "wrong-horse", objectstores.SecretKey) })
	}
}

// TestGCSRefuses: the same, and what Google says of a service account.
func TestGCSRefuses(t *testing.T) {
	server := objectstores.StartGCS(t)
	good, secret := gcsOptions(t, server)
	for name, r := range map[string]refusal{
		"no bucket": {map[string]any{"bucket": "nowhere"}, clip.Denied, "bucket", true},
		"a key that is refused": {map[string]any{"credentials": keyThatGets(t, http.StatusBadRequest, map[string]any{
			"error": "invalid_grant", "error_description": "no " + gcsToken,
		})}, clip.Denied, "invalid_grant", false},
		"no tokens now": {map[string]any{"credentials": keyThatGets(t, http.StatusServiceUnavailable, nil)}, clip.Unavailable, "no token", false},
		"not a token":   {map[string]any{"credentials": keyThatGets(t, http.StatusOK, gcsToken)}, clip.Unavailable, "no token", false},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, "gcs", good, r, gcsToken, secret) })
	}
}

// keyThatGets is the key of a service account that gets an answer for a token.
func keyThatGets(t *testing.T, status int, answer any) string {
	key, _ := serviceAccount(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(answer) // the caller sees what it sees
	})
	return key
}
