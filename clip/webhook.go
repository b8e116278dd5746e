package clip

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks
// spec/standard-webhooks.md (2026-11-24). The official Go library v0.0.1 holds
// one secret a value, reads the clock itself (so no test can stand at the edge
// of the tolerance), takes secrets of any length and wants the whole body in
// memory; the scheme is forty lines, so they are ours, held to the library's
// own test vectors.
const (
	WebhookID        = "Webhook-Id"
	WebhookTimestamp = "Webhook-Timestamp"
	WebhookSignature = "Webhook-Signature"

	webhookPrefix    = "whsec_"
	minWebhookSecret = 24 // bytes
	maxWebhookSecret = 64
)

// WebhookKey signs webhooks, those that we send and those that we get. Printing
// one shows no secret.
type WebhookKey struct{ mac func() hash.Hash }

// NewWebhookKey decodes a secret, of which no error ever tells a part.
func NewWebhookKey(s Secret) (WebhookKey, error) {
	text := strings.TrimPrefix(strings.TrimSpace(s.Reveal()), webhookPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return WebhookKey{}, fmt.Errorf("it is not %s and base64; make one with: echo %[1]s$(openssl rand -base64 32)", webhookPrefix)
	}
	if len(key) < minWebhookSecret || len(key) > maxWebhookSecret {
		return WebhookKey{}, fmt.Errorf("it has %d bytes; Standard Webhooks asks for %d to %d", len(key), minWebhookSecret, maxWebhookSecret)
	}
	return WebhookKey{func() hash.Hash { return hmac.New(sha256.New, key) }}, nil
}

// Sign is the signature of a webhook's id, its timestamp in seconds since 1970,
// and its body.
func (k WebhookKey) Sign(id, timestamp string, body io.Reader) (string, error) {
	h := k.mac()
	_, _ = io.WriteString(h, id+"."+timestamp+".") // a hash takes everything
	if _, err := io.Copy(h, body); err != nil {
		return "", err
	}
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}
