package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/ovation-live/ovation/clip"
)

// What S3 takes. A larger file could have larger parts; no clip is so large.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html, 2026-11-24.
const (
	s3MaxParts = 10_000
	s3Part     = 16 << 20 // ours: 5 MiB at least
	s3Amazon   = "https://s3.amazonaws.com"
)

var s3Profile = dropProfile("s3", s3MaxParts*s3Part)

// s3 delivers into a bucket of Amazon S3, or of a server that speaks its
// protocol.
//
// Once: the document is created with If-None-Match: *, which S3 has since
// November 2024; the second of two attempts is refused, and reads back whose
// document is there.
var s3 = Platform{
	Name:    "s3",
	About:   "Delivers each post into a bucket of Amazon S3 or of a server that speaks its protocol: the files, and a JSON document last.",
	Proof:   "Real: the conformance suite runs it on versitygw, an S3 server that checks every signature, through every fault.",
	Profile: s3Profile,
	Options: func() any { return new(s3Options) },
	Open:    openS3,
}

// s3Options is the configuration of a bucket.
type s3Options struct {
	// Endpoint is the server's address; left out: Amazon's.
	Endpoint string `yaml:"endpoint" json:"endpoint"`
	// Region is the bucket's region; left out: us-east-1, which servers that
	// have no regions take too.
	Region string `yaml:"region" json:"region"`
	// Bucket is the bucket, which has to be there.
	Bucket string `yaml:"bucket" json:"bucket"`
	// Prefix comes before the name of every object, such as highlights/.
	Prefix string `yaml:"prefix" json:"prefix"`
	// AccessKey names the key; it needs s3:PutObject, s3:GetObject,
	// s3:DeleteObject, s3:ListBucket and s3:ListMultipartUploadParts.
	AccessKey string `yaml:"access_key" json:"access_key"`
	// SecretKey is the key itself.
	SecretKey clip.Secret `yaml:"secret_key" json:"secret_key"`
	// SecretKeyFile is a file that holds it, instead of SecretKey.
	SecretKeyFile string `yaml:"secret_key_file" json:"secret_key_file"`
	// AllowPrivate permits a server on a private address, and plain http.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

func openS3(options any, d Deps) (Account, error) {
	const op = "open a bucket"
	o := *options.(*s3Options)
	server, err := serverURL(op, address{"endpoint", orElse(o.Endpoint, s3Amazon), s3Amazon}, o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	if o.Bucket == "" || o.AccessKey == "" {
		return nil, clip.Errorf(clip.Invalid, op, "bucket and access_key: write both")
	}
	secret, err := readSecret(o.SecretKey, o.SecretKeyFile, d.Dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "secret_key: %w", err)
	}
	c := newCaller(d, server, secret, o.AllowPrivate)
	c.dialect = s3Dialect
	client, err := minio.NewCore(server.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(o.AccessKey, secret.Reveal(), ""),
		Secure:     server.Scheme == "https",
		Region:     orElse(o.Region, "us-east-1"), // else it would ask for it
		Transport:  c.transport(),
		MaxRetries: 1, // the caller's timers are durable
	})
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%s", c.redact(err))
	}
	return dropAccount{&s3Drop{c, client, o.Bucket, o.Prefix}, s3Profile}, nil
}

// s3Dialect reads S3's words for a refusal.
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, 2026-11-24.
func s3Dialect(text []byte, r *refusal) {
	var said struct {
		Code, Message string
	}
	if xml.Unmarshal(text, &said) == nil {
		r.reason = strings.TrimSpace(said.Code + " " + said.Message)
	}
	switch {
	case r.status == http.StatusPreconditionFailed:
		r.kind = clip.Conflict
	case said.Code == "SlowDown":
		r.kind = clip.Throttled
	case said.Code == "NoSuchBucket":
		r.kind, r.advice = clip.Denied, "make the bucket, or write another"
	case r.kind == clip.NotFound && said.Code != "" && said.Code != "NoSuchKey" && said.Code != "NoSuchUpload":
		r.kind, r.advice = clip.Denied, "check the keys" // some servers do not find a user
	case r.kind == clip.Denied:
		r.advice = "check the keys, what they may do, and this computer's clock"
	}
}

// s3Drop is a bucket.
type s3Drop struct {
	*caller
	s3     *minio.Core
	bucket string
	prefix string
}

// put sends a file in one request or, if it is large, in parts.
func (d *s3Drop) put(ctx context.Context, op string, f upload) error {
	there, err := d.has(ctx, op, f)
	if err != nil || there {
		return err
	}
	if f.Size > s3Part {
		return d.putParts(ctx, op, f)
	}
	r, err := f.bytes(ctx)
	if err != nil {
		return reclassify(op, err)
	}
	return d.putObject(ctx, ask{op: op}, f.Name, r, s3Headers(f))
}

// s3Digest is the metadata under which a file's digest stands.
const s3Digest = "Sha256"

func s3Headers(f upload) minio.PutObjectOptions {
	return minio.PutObjectOptions{ContentType: f.Kind, UserMetadata: map[string]string{s3Digest: string(f.Digest)}}
}

// has reports whether the file is there already, with its bytes.
func (d *s3Drop) has(ctx context.Context, op string, f upload) (bool, error) {
	var info minio.ObjectInfo
	err := d.call(ctx, ask{op: op}, func(ctx context.Context) (err error) {
		info, err = d.s3.StatObject(ctx, d.bucket, d.prefix+f.Name, minio.StatObjectOptions{})
		return err
	})
	if clip.KindOf(err) == clip.NotFound {
		return false, nil
	}
	return info.Size == f.Size && info.UserMetadata[s3Digest] == string(f.Digest), err
}

// putObject sends an object. Its digest is signed with the request, so that the
// server refuses what was damaged on the way.
func (d *s3Drop) putObject(ctx context.Context, a ask, name string, r *bytes.Reader, o minio.PutObjectOptions) error {
	a.body = &body{size: r.Size()}
	digest, err := s3Sum(r)
	if err != nil {
		return clip.Errorf(clip.Internal, a.op, "%w", err)
	}
	return d.call(ctx, a, func(ctx context.Context) error {
		_, err := d.s3.PutObject(ctx, d.bucket, d.prefix+name, io.NopCloser(r), r.Size(), "", digest, o)
		return err
	})
}

// s3Sum hashes what r holds, and goes back to its beginning.
func s3Sum(r *bytes.Reader) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	_, err := r.Seek(0, io.SeekStart)
	return hex.EncodeToString(h.Sum(nil)), err
}

// create writes the document, unless there is one.
func (d *s3Drop) create(ctx context.Context, op, name string, text []byte) error {
	o := minio.PutObjectOptions{ContentType: "application/json"}
	o.SetMatchETagExcept("*")
	return d.putObject(ctx, ask{op: op, commit: true}, name, bytes.NewReader(text), o)
}

// read gets a document.
func (d *s3Drop) read(ctx context.Context, op, name string) (text []byte, err error) {
	err = d.call(ctx, ask{op: op}, func(ctx context.Context) error {
		r, _, _, err := d.s3.GetObject(ctx, d.bucket, d.prefix+name, minio.GetObjectOptions{})
		if err != nil {
			return err
		}
		defer r.Close()
		text, err = io.ReadAll(r)
		return err
	})
	return text, err
}

// remove deletes objects. S3 answers the same whether they were there or not.
func (d *s3Drop) remove(ctx context.Context, op string, names []string) error {
	for _, name := range names {
		err := d.call(ctx, ask{op: op}, func(ctx context.Context) error {
			return d.s3.RemoveObject(ctx, d.bucket, d.prefix+name, minio.RemoveObjectOptions{})
		})
		if err != nil && clip.KindOf(err) != clip.NotFound {
			return err
		}
	}
	return nil
}

func (d *s3Drop) at(name string) string {
	at := url.URL{Scheme: "s3", Host: d.bucket, Path: "/" + d.prefix + name}
	return at.String()
}
