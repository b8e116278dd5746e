package platform_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/internal/objectstores"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// gcsCalls are the calls of Google's JSON API that the driver makes.
var gcsCalls = []platformtest.Call{
	{Name: "there", Is: gcsCall(http.MethodGet, "/storage/v1/b/", ".mp4")},
	{Name: "upload", Is: gcsCall(http.MethodPost, "/upload/", ".mp4")},
	{Name: "publish", Is: gcsCall(http.MethodPost, "/upload/", ".json")},
	{Name: "find", Is: gcsCall(http.MethodGet, "/storage/v1/b/", ".json")},
	{Name: "retract", Is: gcsCall(http.MethodDelete, "/storage/v1/b/", ".json")},
	{Name: "retract: video", Is: gcsCall(http.MethodDelete, "/storage/v1/b/", ".mp4")},
}

// gcsCall recognises calls by method, path and the object that they are about.
func gcsCall(method, path, object string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		about := strings.HasSuffix(r.URL.Path, object) || strings.HasSuffix(r.URL.Query().Get("name"), object)
		return r.Method == method && strings.HasPrefix(r.URL.Path, path) && about
	}
}

const gcsToken = "ya29.correct-horse-battery"

func gcsBench(t testing.TB) *platformtest.Bench {
	server := objectstores.StartGCS(t)
	proxy := platformtest.NewProxy(t, server.URL, gcsCalls)
	b := deliveredTo(filepath.Join(server.Dir, "clips"))
	options, secret := gcsOptions(t, server)
	b.Proxy, b.Secrets = proxy, []string{gcsToken, secret}
	b.Account = open(t, "gcs", options, &http.Client{Transport: through{server.URL, proxy.URL, proxy.Client.Transport}})
	return b
}

func gcsOptions(t testing.TB, server objectstores.Server) (options map[string]any, secret string) {
	t.Helper()
	key, secret := serviceAccount(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": gcsToken, "token_type": "Bearer", "expires_in": 3600}) // the caller sees what it sees
	})
	return map[string]any{
		"endpoint": server.URL, "bucket": objectstores.Bucket, "prefix": "clips/", "credentials": key, "allow_private": true,
	}, secret
}

func gcsResume(t testing.TB) resumeBench {
	server := objectstores.StartGCS(t)
	client, sent := countingClient()
	client.Transport = &gcsStatus{next: client.Transport, ranges: map[string]string{}}
	options, _ := gcsOptions(t, server)
	b := deliveredTo(filepath.Join(server.Dir, "clips"))
	b.Account = open(t, "gcs", options, client)
	return resumeBench{b, filepath.Join(server.Dir, "clips"), sent}
}

// serviceAccount is the JSON key of a service account that gets its tokens from
// a handler, and the secret part of it.
func serviceAccount(t testing.TB, tokens http.HandlerFunc) (key, secret string) {
	t.Helper()
	server := httptest.NewServer(tokens)
	t.Cleanup(server.Close)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secret = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}))
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "ovation@example.iam.gserviceaccount.com",
		"private_key": secret, "private_key_id": "1", "token_uri": server.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text), secret
}

// gcsStatus answers how much of an upload has arrived, as Google documents it:
// fake-gcs-server takes the question for the end of the upload.
type gcsStatus struct {
	next   http.RoundTripper
	ranges map[string]string // by session, as the server told last
}

// RoundTrip sends the request, or answers it.
func (g *gcsStatus) RoundTrip(r *http.Request) (*http.Response, error) {
	arrived, known := g.ranges[r.URL.String()]
	if known && strings.HasPrefix(r.Header.Get("Content-Range"), "bytes */") {
		answer := httptest.NewRecorder()
		answer.Header().Set("Range", arrived)
		answer.WriteHeader(http.StatusPermanentRedirect)
		return answer.Result(), nil
	}
	resp, err := g.next.RoundTrip(r)
	switch {
	case err != nil: // what arrived before stays
	case resp.StatusCode == http.StatusPermanentRedirect:
		g.ranges[r.URL.String()] = resp.Header.Get("Range")
	default:
		delete(g.ranges, r.URL.String())
	}
	return resp, err
}
