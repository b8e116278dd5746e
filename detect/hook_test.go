package detect

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ovation-live/ovation/clip"
)

// The vector of the official libraries' tests, in every language
// (github.com/standard-webhooks/standard-webhooks v0.0.1, 2026-11-24).
const (
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorStamp     = 1614265330
	vectorBody      = `{"test": 2432232314}`
	vectorSecret    = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

	otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

// webhook is a request as a test changes it.
type webhook struct {
	id, stamp, signature, body, encoding string
	now                                  time.Time
}

func (w webhook) header() http.Header {
	h := http.Header{}
	for name, value := range map[string]string{
		"webhook-id": w.id, "webhook-timestamp": w.stamp, "webhook-signature": w.signature, "content-encoding": w.encoding,
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	return h
}

// signWith signs the webhook as it is now.
func (w webhook) signWith(secret string) string {
	key, err := clip.NewWebhookKey(clip.Secret(secret))
	if err != nil {
		panic(err)
	}
	signature, err := key.Sign(w.id, w.stamp, strings.NewReader(w.body))
	if err != nil {
		panic(err)
	}
	return signature
}

func vector() webhook {
	return webhook{id: vectorID, stamp: fmt.Sprint(vectorStamp), signature: vectorSignature, body: vectorBody, now: time.Unix(vectorStamp, 0)}
}

func newHook(t testing.TB, m Mapping, secrets ...clip.Secret) *Hook {
	t.Helper()
	h, err := NewHook("scores", secrets, m)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHookSignature(t *testing.T) {
	const wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
	at := func(seconds int) func(*webhook) {
		return func(w *webhook) { w.now = w.now.Add(time.Duration(seconds) * time.Second) }
	}
	tests := []struct {
		name    string
		change  func(*webhook)
		secrets []clip.Secret // nil: the vector's
		kind    clip.Kind     // of the error
		says    string        // empty: it is accepted
	}{
		{"the vector", nil, nil, 0, ""},
		{"the vector, prefixed secret", nil, []clip.Secret{"whsec_" + vectorSecret}, 0, ""},
		{"a secret from a file with its line end", nil, []clip.Secret{"whsec_" + vectorSecret + "\n"}, 0, ""},
		{"two secrets, old one used", nil, []clip.Secret{otherSecret, vectorSecret}, 0, ""},
		{"two secrets, new one used", nil, []clip.Secret{vectorSecret, otherSecret}, 0, ""},
		{"several signatures", func(w *webhook) { w.signature = wrong + " v2,abc " + vectorSignature + " " + wrong }, nil, 0, ""},
		{"another secret", nil, []clip.Secret{otherSecret}, clip.Denied, "check the secret"},
		{"a wrong signature", func(w *webhook) { w.signature = wrong }, nil, clip.Denied, "check the secret"},
		{"an empty signature", func(w *webhook) { w.signature = "v1," }, nil, clip.Denied, "check the secret"},
		{"the right bytes under another version", func(w *webhook) { w.signature = "v2" + vectorSignature[2:] }, nil, clip.Denied, "v1"},
		{"without a version", func(w *webhook) { w.signature = vectorSignature[3:] }, nil, clip.Denied, "v1"},
		{"in lower case", func(w *webhook) { w.signature = strings.ToLower(vectorSignature) }, nil, clip.Denied, "check the secret"},
		{"one character short", func(w *webhook) { w.signature = vectorSignature[:len(vectorSignature)-1] }, nil, clip.Denied, "check the secret"},
		{"a comma instead of a space", func(w *webhook) { w.signature = wrong + "," + vectorSignature }, nil, clip.Denied, "check the secret"},
		{"no id", func(w *webhook) { w.id = "" }, nil, clip.Denied, "webhook-id is missing"},
		{"no timestamp", func(w *webhook) { w.stamp = "" }, nil, clip.Denied, "webhook-timestamp is missing"},
		{"no signature", func(w *webhook) { w.signature = "" }, nil, clip.Denied, "webhook-signature is missing"},
		{"another id", func(w *webhook) { w.id = "msg_other" }, nil, clip.Denied, "check the secret"},
		{"an id with a full stop", func(w *webhook) { w.id = "msg.1"; w.signature = w.signWith(vectorSecret) }, nil, clip.Denied, "full stop"},
		{"another timestamp", func(w *webhook) { w.stamp = fmt.Sprint(vectorStamp + 1) }, nil, clip.Denied, "check the secret"},
		{"a timestamp in milliseconds", func(w *webhook) { w.stamp += "000" }, nil, clip.Denied, "check the clocks"},
		{"a timestamp that is no number", func(w *webhook) { w.stamp = "now" }, nil, clip.Denied, "not a number of seconds"},
		{"the largest timestamp", func(w *webhook) { w.stamp = "9223372036854775807" }, nil, clip.Denied, "check the clocks"},
		{"the smallest timestamp", func(w *webhook) { w.stamp = "-9223372036854775808" }, nil, clip.Denied, "check the clocks"},
		{"a space added to the body", func(w *webhook) { w.body += " " }, nil, clip.Denied, "byte for byte"},
		{"300 s old", at(300), nil, 0, ""},
		{"301 s old", at(301), nil, clip.Denied, "more than 5m0s"},
		{"300 s in the future", at(-300), nil, 0, ""},
		{"301 s in the future", at(-301), nil, clip.Denied, "more than 5m0s"},
		{"compressed", func(w *webhook) { w.encoding = "gzip" }, nil, clip.Invalid, "send it plain"},
		{"larger than the limit", func(w *webhook) { w.body = strings.Repeat(" ", MaxBody+1) }, nil, clip.Invalid, "the limit is 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, secrets := vector(), tt.secrets
			if tt.change != nil {
				tt.change(&w)
			}
			if secrets == nil {
				secrets = []clip.Secret{vectorSecret}
			}
			h := newHook(t, Mapping{Feed: "match", At: "now"}, secrets...)
			got, err := h.Read(w.header(), []byte(w.body), w.now)
			if tt.says != "" {
				wantError(t, err, tt.kind, tt.says)
				if strings.Contains(err.Error(), vectorSecret) || strings.Contains(err.Error(), vectorSignature[3:]) {
					t.Errorf("the error tells a secret: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := clip.Flag{Feed: "match", At: "now", Source: "scores", Key: vectorID}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("flag (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewHook(t *testing.T) {
	ok := Mapping{Feed: "match", At: "now"}
	good := []clip.Secret{vectorSecret}
	short := clip.Secret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)))
	long := clip.Secret("whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65)))
	tests := []struct {
		name    string
		hook    string
		secrets []clip.Secret
		m       Mapping
		says    string
	}{
		{"a name with a space", "my scores", good, ok, "lower-case"},
		{"no secret", "scores", nil, ok, "openssl rand"},
		{"an empty secret", "scores", []clip.Secret{""}, ok, "secret 1: it has 0 bytes"},
		{"a secret that is not base64", "scores", []clip.Secret{vectorSecret, "whsec_hunter2!"}, ok, "secret 2: it is not"},
		{"23 bytes", "scores", []clip.Secret{short}, ok, "secret 1: it has 23 bytes"},
		{"65 bytes", "scores", []clip.Secret{long}, ok, "secret 1: it has 65 bytes"},
		{"no feed", "scores", good, Mapping{At: "now"}, "no feed"},
		{"no time", "scores", good, Mapping{Feed: "match", Out: "now"}, "neither at nor in"},
		{"a template that does not parse", "scores", good, Mapping{Feed: "match", At: "now", Title: "{{.x"}, "title:1: unclosed action"},
		{"an unknown function", "scores", good, Mapping{Feed: "match", At: "now", Kind: "{{env .x}}"}, `function "env" not defined`},
		{"a field that cannot be named", "scores", good, Mapping{Feed: "match", At: "now", Fields: map[string]string{"Home Team": "x"}}, `"Home Team" is not a name`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewHook(tt.hook, tt.secrets, tt.m)
			wantError(t, err, clip.Invalid, tt.says)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

// wantError asks for an error of a kind that says something.
func wantError(t *testing.T, err error, kind clip.Kind, says string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %s: …%s…", kind, says)
	}
	if got := clip.KindOf(err); got != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("error is %s: %v\nwant %s: …%s…", got, err, kind, says)
	}
}

// What nobody with the secret has signed is denied, whatever it looks like.
func FuzzHookVerify(f *testing.F) {
	f.Add(vectorID, fmt.Sprint(vectorStamp), "v1,", vectorBody)
	f.Add("", "-1", " , v1,v1,,", "{")
	f.Add("a.b", "1614265330.", vectorSignature+"=", "1614265330."+vectorBody)
	h, err := NewHook("scores", []clip.Secret{vectorSecret}, Mapping{Feed: "match", At: "now"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id, stamp, signature, body string) {
		w := webhook{id: id, stamp: stamp, signature: signature, body: body, now: time.Unix(vectorStamp, 0)}
		_, err := h.Read(w.header(), []byte(body), w.now)
		own := id == vectorID && stamp == fmt.Sprint(vectorStamp) && body == vectorBody
		if err == nil && !own {
			t.Fatalf("accepted without our signature: %+v", w)
		}
		if err != nil && clip.KindOf(err) != clip.Denied && len(body) <= MaxBody {
			t.Fatalf("refused as %s: %v", clip.KindOf(err), err)
		}
		w.id, w.stamp = "msg_1", fmt.Sprint(vectorStamp)
		w.signature = w.signWith(vectorSecret)
		if _, err := h.Read(w.header(), []byte(body), w.now); err != nil && clip.KindOf(err) != clip.Invalid {
			t.Fatalf("a signed webhook is refused as %s: %v", clip.KindOf(err), err)
		}
	})
}
