package detect

import (
	"bytes"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Tolerance is how far a webhook's timestamp may be from our clock, either
// way. It bounds how long a captured webhook can be sent again.
const Tolerance = 5 * time.Minute

// keys are those of a hook. Several at once let a sender change its secret
// without a moment in which webhooks are lost.
type keys []clip.WebhookKey

// newKeys decodes secrets, of which no error ever tells a part.
func newKeys(secrets []clip.Secret) (keys, error) {
	if len(secrets) == 0 {
		return nil, errors.New("it has no secret; make one with: echo whsec_$(openssl rand -base64 32)")
	}
	var ks keys
	for i, s := range secrets {
		key, err := clip.NewWebhookKey(s)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		ks = append(ks, key)
	}
	return ks, nil
}

// verify checks who sent a webhook and when, and gives its id.
func (ks keys) verify(header http.Header, body []byte, now time.Time) (string, error) {
	id, stamp, signed := header.Get(clip.WebhookID), header.Get(clip.WebhookTimestamp), header.Get(clip.WebhookSignature)
	for _, name := range []string{clip.WebhookID, clip.WebhookTimestamp, clip.WebhookSignature} {
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
	if !ks.signed(id, stamp, body, signed) {
		return "", errors.New("none of its v1 signatures is of this id, timestamp and body under a secret we have; check the secret, and that the body is sent byte for byte as it was signed")
	}
	return id, nil
}

// signed reports whether one of the signatures, separated by spaces, is right
// under one of the keys. Every pair is compared, in constant time.
func (ks keys) signed(id, stamp string, body []byte, signatures string) bool {
	ok := false
	for _, key := range ks {
		want, err := key.Sign(id, stamp, bytes.NewReader(body))
		for got := range strings.FieldsSeq(signatures) {
			ok = err == nil && hmac.Equal([]byte(got), []byte(want)) || ok
		}
	}
	return ok
}
