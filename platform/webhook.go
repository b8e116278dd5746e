package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
)

var webhookProfile = clip.Profile{
	Platform: "webhook", Takedown: clip.TakedownDelete, Shapes: clip.Shapes(),
	ReadBack: false, // unless there is a status_url, see Limits
	Count:    utf8.RuneCountInString,
}

// webhook tells a partner's server of each post, and of each that is taken
// back, by events that are signed by Standard Webhooks. The files are sent
// before, or the event says where to fetch them.
//
// Once: the event's webhook-id is our marker, by which a receiver recognises
// one that it has got already. Whether it has is asked at the status_url;
// without one, a person has to look when an answer was lost.
var webhook = Platform{
	Name:    "webhook",
	About:   "Tells a partner's server of each post by a signed event (Standard Webhooks), and sends it the files or says where to fetch them.",
	Proof:   "The conformance suite runs it on a receiver of our own that checks every signature with the official library; the receiver's side is our definition, in docs/operating.md.",
	Profile: webhookProfile,
	Options: func() any { return new(webhookOptions) },
	Open:    openWebhook,
}

// webhookOptions is the configuration of a partner's server.
type webhookOptions struct {
	// URL is where events are sent to (POST).
	URL string `yaml:"url" json:"url"`
	// Secret signs them: whsec_ and base64.
	Secret clip.Secret `yaml:"secret" json:"secret"`
	// SecretFile is a file that holds it, instead of Secret.
	SecretFile string `yaml:"secret_file" json:"secret_file"`
	// UploadURL is the directory that files are sent to before (PUT).
	UploadURL string `yaml:"upload_url" json:"upload_url"`
	// MediaURL is where the receiver fetches files, instead of UploadURL: the
	// desk's own address and /media, as the receiver reaches it.
	MediaURL string `yaml:"media_url" json:"media_url"`
	// StatusURL is where the receiver says what it has got (GET); left out: a
	// lost answer needs a person.
	StatusURL string `yaml:"status_url" json:"status_url"`
	// AllowPrivate permits servers on private addresses, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

type webhookAccount struct {
	*caller
	key                       clip.WebhookKey
	upload, media, statusPage string // empty: none
}

func openWebhook(options any, d Deps) (Account, error) {
	const op = "open a webhook"
	o := *options.(*webhookOptions)
	server, err := webURL(op, address{"url", o.URL, "https://partner.example/ovation"}, o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	for _, a := range []address{
		{"upload_url", o.UploadURL, "https://partner.example/incoming"},
		{"media_url", o.MediaURL, "https://ovation.example/media"},
		{"status_url", o.StatusURL, "https://partner.example/ovation/status"},
	} {
		if _, err := webURL(op, a, o.AllowPrivate); err != nil && a.value != "" {
			return nil, err
		}
	}
	if (o.UploadURL == "") == (o.MediaURL == "") {
		return nil, clip.Errorf(clip.Invalid, op, "upload_url, media_url: write where files are sent to, or where the receiver fetches them, and not both")
	}
	secret, err := readSecret(o.Secret, o.SecretFile, d.Dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "secret: %w", err)
	}
	key, err := clip.NewWebhookKey(secret)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "secret: %w", err)
	}
	return &webhookAccount{newCaller(d, server, "", o.AllowPrivate), key, o.UploadURL, o.MediaURL, o.StatusURL}, nil
}

// Limits say whether a lost answer can be asked for.
func (a *webhookAccount) Limits(context.Context) (clip.Profile, error) {
	p := webhookProfile
	p.ReadBack = a.statusPage != ""
	return p, nil
}

// Upload sends the files, where the receiver does not fetch them.
func (a *webhookAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "send the files of post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil || a.media != "" {
		return string(p.Media), err
	}
	for _, f := range filesOf(p) {
		if err := a.put(ctx, op, p.Marker, newUpload(p, m, f)); err != nil {
			return "", err
		}
	}
	return string(p.Media), nil
}

// put sends a file. It is read twice: the signature comes before it.
func (a *webhookAccount) put(ctx context.Context, op, marker string, f upload) error {
	signed, err := f.from(ctx, 0)
	if err != nil {
		return reclassify(op, err)
	}
	defer signed.Close()
	header, err := a.sign(marker+"-"+strings.TrimPrefix(path.Ext(f.Name), "."), signed)
	if err != nil {
		return reclassify(op, err)
	}
	file, err := f.from(ctx, 0)
	if err != nil {
		return reclassify(op, err)
	}
	defer file.Close()
	_, err = a.do(ctx, ask{
		op: op, method: http.MethodPut, path: strings.TrimSuffix(a.upload, "/") + "/" + url.PathEscape(f.Name), words: true,
		body: &body{kind: f.Kind, size: f.Size, Reader: file}, header: header,
	}, nil)
	if clip.KindOf(err) == clip.NotFound {
		err = clip.Errorf(clip.Denied, op, "%w; is upload_url right?", err)
	}
	return err
}

// sign gives the headers of a request.
func (a *webhookAccount) sign(id string, body io.Reader) (http.Header, error) {
	at := strconv.FormatInt(a.now().Unix(), 10)
	signature, err := a.key.Sign(id, at, body)
	return http.Header{clip.WebhookID: {id}, clip.WebhookTimestamp: {at}, clip.WebhookSignature: {signature}}, err
}

// Processed is always true: what the receiver does with files is its own.
func (a *webhookAccount) Processed(ctx context.Context, _ string) (bool, error) {
	return true, ctx.Err()
}

// webhookEvent is the body of an event.
type webhookEvent struct {
	Type string    `json:"type"`
	At   time.Time `json:"timestamp"`
	Data delivery  `json:"data"`
}

// Publish sends the event post.published.
func (a *webhookAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil {
		return clip.Receipt{}, err
	}
	doc := a.document(p)
	if err := a.send(ctx, ask{op: op, commit: true}, p.Marker, webhookEvent{"post.published", doc.Published, doc}); err != nil {
		return clip.Receipt{}, err
	}
	return a.receipt(doc, ""), nil
}

// document is what the receiver gets; it says where the files are.
func (a *webhookAccount) document(p clip.Post) delivery {
	doc := newDelivery(p, a.now())
	for i, f := range doc.Files {
		if a.media != "" {
			doc.Files[i].URL = strings.TrimSuffix(a.media, "/") + "/" + string(f.Digest)
		}
	}
	return doc
}

// send sends an event.
func (a *webhookAccount) send(ctx context.Context, call ask, id string, e webhookEvent) error {
	text, err := json.Marshal(e)
	if err != nil {
		return clip.Errorf(clip.Internal, call.op, "%w", err)
	}
	if call.header, err = a.sign(id, bytes.NewReader(text)); err != nil {
		return clip.Errorf(clip.Internal, call.op, "%w", err)
	}
	call.method, call.path, call.words = http.MethodPost, a.base.String(), true
	call.body = &body{kind: "application/json", size: int64(len(text)), Reader: bytes.NewReader(text)}
	_, err = a.do(ctx, call, nil)
	return err
}

// Find asks the receiver what it has got of the post.
func (a *webhookAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil {
		return clip.Receipt{}, false, err
	}
	if a.statusPage == "" {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "the receiver has no status_url; look there yourself")
	}
	at, err := url.Parse(a.statusPage)
	if err != nil {
		return clip.Receipt{}, false, clip.Errorf(clip.Internal, op, "%w", err)
	}
	query := at.Query()
	query.Set("post", string(p.ID))
	at.RawQuery = query.Encode()
	call := ask{op: op, method: http.MethodGet, path: at.String()}
	if call.header, err = a.sign(p.Marker+"-status", http.NoBody); err != nil {
		return clip.Receipt{}, false, clip.Errorf(clip.Internal, op, "%w", err)
	}
	var got struct {
		delivery
		URL string `json:"url"`
	}
	_, err = a.do(ctx, call, &got)
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return clip.Receipt{}, false, nil
	case err != nil:
		return clip.Receipt{}, false, err
	case got.Post != p.ID || !got.of(p):
		return clip.Receipt{}, false, unclear(call, "%s answers with something else than this post", a.base.Host)
	}
	return a.receipt(got.delivery, got.URL), true, nil
}

// Retract sends the event post.retracted; the receiver deletes what it has.
func (a *webhookAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil {
		return err
	}
	return a.send(ctx, ask{op: op}, p.Marker+"-retracted", webhookEvent{"post.retracted", a.now().UTC(), a.document(p)})
}

// receipt names the server only, where the receiver says nothing: the rest of
// its address may be a secret.
func (a *webhookAccount) receipt(doc delivery, at string) clip.Receipt {
	return clip.Receipt{ID: string(doc.Post), URL: orElse(at, a.base.Scheme+"://"+a.base.Host), At: doc.Published}
}
