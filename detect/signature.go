package detect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks
// spec/standard-webhooks.md (2026-11-24). The official Go library v0.0.1 holds
// one secret a value, reads the clock itself (so no test can stand at the edge
// of the tolerance) and takes secrets of any length; the scheme is forty lines,
// so they are ours, held to the library's own test vectors.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"

	secretPrefix = "whsec_"
	minSecret    = 24 // bytes
	maxSecret    = 64
	version      = "v1" // HMAC-SHA256

	// Tolerance is how far a webhook's timestamp may be from our clock, either
	// way. It bounds how long a captured webhook can be sent again.
	Tolerance = 5 * time.Minute
)

// keys sign under the secrets of a hook. Several at once let a sender change
// its secret without a moment in which webhooks are lost. They are functions so
// that printing a hook shows no secret.
type keys []func(head string, body []byte) []byte

// newKeys decodes secrets, of which no error ever tells a part.
func newKeys(secrets []clip.Secret) (keys, error) {
	if len(secrets) == 0 {
		return nil, fmt.Errorf("it has no secret; make one with: echo %s$(openssl rand -base64 32)", secretPrefix)
	}
	var ks keys
	for i, s := range secrets {
		text := strings.TrimPrefix(strings.TrimSpace(s.Reveal()), secretPrefix)
		k, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("secret %d is not %s and base64, as the sender gave it", i+1, secretPrefix)
		}
		if len(k) < minSecret || len(k) > maxSecret {
			return nil, fmt.Errorf("secret %d has %d bytes; Standard Webhooks asks for %d to %d", i+1, len(k), minSecret, maxSecret)
		}
		ks = append(ks, func(head string, body []byte) []byte { return sign(k, head, body) })
	}
	return ks, nil
}

// verify checks who sent a webhook and when, and gives its id.
func (ks keys) verify(header http.Header, body []byte, now time.Time) (string, error) {
	id, stamp, signed := header.Get(headerID), header.Get(headerTimestamp), header.Get(headerSignature)
	for _, name := range []string{headerID, headerTimestamp, headerSignature} {
		if header.Get(name) == "" {
			return "", fmt.Errorf("the header %s is missing; sign it by Standard Webhooks", strings.ToLower(name))
		}
	}
	if strings.Contains(id, ".") {
		return "", fmt.Errorf("its id %.60q contains a full stop, which Standard Webhooks forbids", id)
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return "", fmt.Errorf("its timestamp %.40q is not a number of seconds since 1970", stamp)
	}
	limit := int64(Tolerance / time.Second)
	if at < now.Unix()-limit || at > now.Unix()+limit {
		return "", fmt.Errorf("its timestamp %s is more than %s from our clock, %d; check the clocks, or send it anew", stamp, Tolerance, now.Unix())
	}
	if !ks.signed(id+"."+stamp+".", body, signed) {
		return "", fmt.Errorf("none of its %s signatures is of this id, timestamp and body under a secret we have; check the secret, and that the body is sent byte for byte as it was signed", version)
	}
	return id, nil
}

// signed reports whether one of the signatures, separated by spaces, is right
// under one of the keys. Every pair is compared, in constant time.
func (ks keys) signed(head string, body []byte, signatures string) bool {
	ok := false
	for _, sign := range ks {
		want := sign(head, body)
		for s := range strings.FieldsSeq(signatures) {
			v, got, _ := strings.Cut(s, ",")
			ok = v == version && hmac.Equal([]byte(got), want) || ok
		}
	}
	return ok
}

// sign is the signature of head and body, in base64.
func sign(key []byte, head string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(head))
	h.Write(body)
	return base64.StdEncoding.AppendEncode(nil, h.Sum(nil))
}
