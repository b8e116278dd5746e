package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"cloud.google.com/go/storage"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"

	"github.com/ovation-live/ovation/clip"
)

// What Google Cloud Storage takes.
// https://docs.cloud.google.com/storage/quotas#objects, 2026-11-24.
const (
	gcsMaxBytes = 5 << 40
	gcsWhole    = 16 << 20 // ours: what is larger is sent so that it can go on after an interruption
	gcsGoogle   = "https://storage.googleapis.com"
)

var gcsProfile = dropProfile("gcs", gcsMaxBytes)

// gcs delivers into a bucket of Google Cloud Storage.
//
// Once: the document is created with ifGenerationMatch=0; the second of two
// attempts is refused, and reads back whose document is there.
var gcs = Platform{
	Name:    "gcs",
	About:   "Delivers each post into a bucket of Google Cloud Storage: the files, and a JSON document last.",
	Proof:   "Google's own client against fake-gcs-server: the conformance suite runs it through every fault. How an interrupted upload is asked about, which that server does not answer, is our reading of the documentation.",
	Profile: gcsProfile,
	Options: func() any { return new(gcsOptions) },
	Open:    openGCS,
}

// gcsOptions is the configuration of a bucket.
type gcsOptions struct {
	// Bucket is the bucket, which has to be there.
	Bucket string `yaml:"bucket" json:"bucket"`
	// Prefix comes before the name of every object, such as highlights/.
	Prefix string `yaml:"prefix" json:"prefix"`
	// Credentials is the JSON key of a service account that may create, read and
	// delete objects in the bucket (Storage Object User).
	Credentials clip.Secret `yaml:"credentials" json:"credentials"`
	// CredentialsFile is a file that holds it, instead of Credentials.
	CredentialsFile string `yaml:"credentials_file" json:"credentials_file"`
	// Endpoint is the address of another server that speaks the same API.
	Endpoint string `yaml:"endpoint" json:"endpoint"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

func openGCS(options any, d Deps) (Account, error) {
	const op = "open a bucket"
	o := *options.(*gcsOptions)
	server, err := serverURL(op, address{"endpoint", orElse(o.Endpoint, gcsGoogle), gcsGoogle}, o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	if o.Bucket == "" {
		return nil, clip.Errorf(clip.Invalid, op, "bucket is empty; write the bucket that posts are delivered into")
	}
	key, err := readSecret(o.Credentials, o.CredentialsFile, d.Dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "credentials: %w", err)
	}
	account, err := google.JWTConfigFromJSON([]byte(key.Reveal()), storage.ScopeReadWrite)
	if err != nil { // it may quote what it read
		return nil, clip.Errorf(clip.Invalid, op, "credentials: they are not the JSON key of a service account")
	}
	c := newCaller(d, server, "", o.AllowPrivate)
	c.dialect = gcsDialect
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, c.client)
	tokens := oauth2.ReuseTokenSource(nil, account.TokenSource(ctx))
	library := &http.Client{Transport: &oauth2.Transport{Source: tokens, Base: c.transport()}, CheckRedirect: c.client.CheckRedirect}
	client, err := storage.NewClient(ctx, option.WithHTTPClient(library), option.WithEndpoint(server.String()+"/storage/v1/"), storage.WithJSONReads())
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	bucket := client.Bucket(o.Bucket).Retryer(storage.WithPolicy(storage.RetryNever)) // the caller's timers are durable
	return dropAccount{&gcsDrop{c, tokens, bucket, o.Bucket, o.Prefix}, gcsProfile}, nil
}

// gcsDialect reads Google's words for a refusal.
// https://docs.cloud.google.com/storage/docs/json_api/v1/status-codes, 2026-11-24.
func gcsDialect(text []byte, r *refusal) {
	var said struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &said) == nil {
		r.reason = said.Error.Message
	}
	switch {
	case r.status == http.StatusPreconditionFailed:
		r.kind = clip.Conflict
	case strings.Contains(r.reason, "bucket does not exist"):
		r.kind, r.advice = clip.Denied, "make the bucket, or write another"
	case r.kind == clip.Denied:
		r.advice = "check the service account and what it may do in the bucket"
	}
}

// gcsDrop is a bucket.
type gcsDrop struct {
	http   *caller
	tokens oauth2.TokenSource
	bucket *storage.BucketHandle
	name   string
	prefix string
}

// signed is a caller with a token that works now, which it strikes from errors.
func (d *gcsDrop) signed(op string) (*caller, error) {
	token, err := d.tokens.Token()
	var refused *oauth2.RetrieveError
	var unreached *url.Error
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < 500:
		var said struct {
			Error string `json:"error"` // such as invalid_grant
		}
		_ = json.Unmarshal(refused.Body, &said) // without it, the status says enough
		return nil, clip.Errorf(clip.Denied, op, "Google gives the service account no token (%d %s); check its key", refused.Response.StatusCode, d.http.short(said.Error))
	case errors.As(err, &unreached):
		return nil, clip.Errorf(clip.Unavailable, op, "Google was not reached for a token: %w", unreached.Err)
	case err != nil: // it may quote what it read
		return nil, clip.Errorf(clip.Unavailable, op, "Google gives no token now")
	}
	c := *d.http
	c.token = clip.Secret(token.AccessToken)
	return &c, nil
}

// call runs one call of the library.
func (d *gcsDrop) call(ctx context.Context, a ask, library func(ctx context.Context) error) error {
	c, err := d.signed(a.op)
	if err != nil {
		return err
	}
	return c.call(ctx, a, library)
}

func (d *gcsDrop) object(name string) *storage.ObjectHandle { return d.bucket.Object(d.prefix + name) }

// put sends a file in one request or, if it is large, so that it can go on.
func (d *gcsDrop) put(ctx context.Context, op string, f upload) error {
	there, err := d.has(ctx, op, f)
	if err != nil || there {
		return err
	}
	if f.Size > gcsWhole {
		return d.putLarge(ctx, op, f)
	}
	r, err := f.bytes(ctx)
	if err != nil {
		return reclassify(op, err)
	}
	return d.call(ctx, ask{op: op, body: &body{size: f.Size}}, func(ctx context.Context) error {
		w := d.object(f.Name).NewWriter(ctx)
		w.ContentType, w.Metadata = f.Kind, gcsMetadata(f)
		return gcsWrite(w, r)
	})
}

// gcsMetadata is the metadata under which a file's digest stands.
func gcsMetadata(f upload) map[string]string { return map[string]string{"sha256": string(f.Digest)} }

// gcsWrite sends an object in one request. The library sends its checksum too,
// so that Google refuses what was damaged on the way.
func gcsWrite(w *storage.Writer, r io.Reader) error {
	w.ChunkSize = 0
	if _, err := io.Copy(w, r); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

// has reports whether the file is there already, with its bytes.
func (d *gcsDrop) has(ctx context.Context, op string, f upload) (bool, error) {
	var attrs *storage.ObjectAttrs
	err := d.call(ctx, ask{op: op}, func(ctx context.Context) (err error) {
		attrs, err = d.object(f.Name).Attrs(ctx)
		return err
	})
	if clip.KindOf(err) == clip.NotFound || err != nil {
		return false, gcsMissing(err)
	}
	return attrs.Size == f.Size && attrs.Metadata["sha256"] == string(f.Digest), nil
}

// gcsMissing is no error where an object is not there.
func gcsMissing(err error) error {
	if clip.KindOf(err) == clip.NotFound {
		return nil
	}
	return err
}

// create writes the document, unless there is one.
func (d *gcsDrop) create(ctx context.Context, op, name string, text []byte) error {
	return d.call(ctx, ask{op: op, commit: true}, func(ctx context.Context) error {
		w := d.object(name).If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
		w.ContentType = "application/json"
		_, err := w.Write(text)
		return errors.Join(err, w.Close())
	})
}

// read gets a document.
func (d *gcsDrop) read(ctx context.Context, op, name string) (text []byte, err error) {
	err = d.call(ctx, ask{op: op}, func(ctx context.Context) error {
		r, err := d.object(name).NewReader(ctx)
		if err != nil {
			return err
		}
		defer r.Close()
		text, err = io.ReadAll(r)
		return err
	})
	return text, err
}

// remove deletes objects.
func (d *gcsDrop) remove(ctx context.Context, op string, names []string) error {
	for _, name := range names {
		err := d.call(ctx, ask{op: op}, func(ctx context.Context) error { return d.object(name).Delete(ctx) })
		if gcsMissing(err) != nil {
			return err
		}
	}
	return nil
}

func (d *gcsDrop) at(name string) string {
	at := url.URL{Scheme: "gs", Host: d.name, Path: "/" + d.prefix + name}
	return at.String()
}
