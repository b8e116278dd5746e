package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"github.com/ovation-live/ovation/clip"
)

// Blobs keeps files that never change. Blobs proper are named by the hash of
// their content, and stay; chunks by the hash of what they are made from, and
// may be deleted, since they can be made again. Both are written once: what
// exists is not written again, what is written is there whole or not at all.
//
// Any bucket of gocloud.dev/blob will do. In a directory the files are written
// by this package, because fileblob neither flushes to the disk nor links
// without overwriting (v0.46.0, 2026-11-24), and a file is its own local copy.
type Blobs struct {
	bucket  *blob.Bucket
	dir     string // of a directory bucket; else empty
	scratch string // for copies of what is elsewhere
}

// OpenBlobs opens the bucket at a URL such as file:///var/lib/ovation/blobs; a
// directory is made if it does not exist. Local copies, where they are needed,
// are made in the directory scratch.
func OpenBlobs(ctx context.Context, bucket, scratch string) (*Blobs, error) {
	op := "open the blob store " + bucket
	u, err := url.Parse(bucket)
	if err != nil || u.Scheme == "" {
		return nil, clip.Errorf(clip.Invalid, op, "it is not a URL such as file:///var/lib/ovation/blobs")
	}
	b := &Blobs{scratch: scratch}
	if u.Scheme == fileblob.Scheme {
		if b.dir, err = bucketDir(op, u); err != nil {
			return nil, blobFault(op, err)
		}
	}
	if err := os.MkdirAll(scratch, 0o750); err != nil {
		return nil, blobFault(op, err)
	}
	b.bucket, err = blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, blobFault(op, err)
	}
	return b, nil
}

// bucketDir makes the directory of a file: URL, sweeps it, and completes the
// URL. Metadata is not used: it would be a second file beside each.
func bucketDir(op string, u *url.URL) (string, error) {
	path := u.Path
	if u.Host == "." { // gocloud's way of writing a relative path
		path = strings.TrimPrefix(path, "/")
	}
	if path == "" {
		return "", clip.Errorf(clip.Invalid, op, "it names no directory; file:///var/lib/ovation/blobs does")
	}
	dir, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		return "", err
	}
	u.Host, u.Path = "", filepath.ToSlash(dir)
	q := u.Query()
	q.Set("create_dir", "true")
	q.Set("metadata", "skip")
	u.RawQuery = q.Encode()
	for _, sub := range []string{"blobs", "chunks", parts} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return "", err
		}
	}
	return dir, sweep(filepath.Join(dir, parts), time.Now().Add(-partsAge))
}

// Close ends the use of the store.
func (b *Blobs) Close() error { return b.bucket.Close() }

// The keys of the two kinds.
func blobKey(d clip.Digest) string  { return "blobs/" + string(d) }
func chunkKey(d clip.Digest) string { return "chunks/" + string(d) }

// checkDigest refuses what is no digest, before it becomes part of a path.
func checkDigest(op string, d clip.Digest) error {
	raw, err := hex.DecodeString(string(d))
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != string(d) {
		return clip.Errorf(clip.NotFound, op, "%q is not a digest: 64 characters of lower-case hexadecimal", string(d))
	}
	return nil
}

// Put stores what r gives and names it by its content.
func (b *Blobs) Put(ctx context.Context, r io.Reader) (clip.Digest, int64, error) {
	const op = "store a blob"
	p, err := b.newPart()
	if err != nil {
		return "", 0, blobFault(op, err)
	}
	defer p.discard()
	if err := p.fill(ctx, r); err != nil {
		return "", 0, blobFault(op, err)
	}
	d := p.digest()
	p.named = true
	return d, p.size, blobFault(op, b.place(ctx, p, blobKey(d)))
}

// PutFile stores a file and names it by its content. The file is read once and
// left as it is.
func (b *Blobs) PutFile(ctx context.Context, path string) (clip.Digest, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, blobFault("store a blob", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return b.Put(ctx, f)
}

// Open reads a blob; the caller closes it.
func (b *Blobs) Open(ctx context.Context, d clip.Digest) (io.ReadSeekCloser, int64, error) {
	return b.read(ctx, "read blob "+d.Short(), d)
}

func (b *Blobs) read(ctx context.Context, op string, d clip.Digest) (io.ReadSeekCloser, int64, error) {
	if err := checkDigest(op, d); err != nil {
		return nil, 0, err
	}
	r, size, err := b.open(ctx, blobKey(d))
	return r, size, blobFault(op, err)
}

func (b *Blobs) open(ctx context.Context, key string) (io.ReadSeekCloser, int64, error) {
	if b.dir == "" {
		r, err := b.bucket.NewReader(ctx, key, nil)
		if err != nil {
			return nil, 0, err
		}
		return r, r.Size(), nil
	}
	f, err := os.Open(b.path(key))
	if err != nil {
		return nil, 0, absent(err)
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close() // Stat's error is the one to know
		return nil, 0, err
	}
	return f, st.Size(), nil
}

// path is a key's file in a directory bucket.
func (b *Blobs) path(key string) string { return filepath.Join(b.dir, filepath.FromSlash(key)) }

// Has reports whether a blob is there. It does not read it.
func (b *Blobs) Has(ctx context.Context, d clip.Digest) (bool, error) {
	op := "look for blob " + d.Short()
	if err := checkDigest(op, d); err != nil {
		return false, err
	}
	has, err := b.has(ctx, blobKey(d))
	return has, blobFault(op, err)
}

func (b *Blobs) has(ctx context.Context, key string) (bool, error) { return b.bucket.Exists(ctx, key) }

// Verify reads a blob again and compares it with its name.
func (b *Blobs) Verify(ctx context.Context, d clip.Digest) error {
	op := "verify blob " + d.Short()
	r, size, err := b.read(ctx, op, d)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return blobFault(op, err)
	}
	if got := sum(h); got != d {
		return clip.Errorf(clip.Internal, op, "%w: its %d bytes hash to %s", errDamaged, size, got)
	}
	return nil
}

// Local gives a blob as a file that can be read until release is called, and
// must not be changed.
func (b *Blobs) Local(ctx context.Context, d clip.Digest) (path string, release func(), err error) {
	op := "fetch blob " + d.Short()
	if err := checkDigest(op, d); err != nil {
		return "", nil, err
	}
	path, release, err = b.local(ctx, blobKey(d), d)
	return path, release, blobFault(op, err)
}

// local is the file itself, or a copy of it; want is its digest if that is
// known.
func (b *Blobs) local(ctx context.Context, key string, want clip.Digest) (string, func(), error) {
	if b.dir != "" {
		_, err := os.Stat(b.path(key))
		return b.path(key), func() {}, absent(err)
	}
	r, _, err := b.open(ctx, key)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = r.Close() }() // it was only read
	p, err := b.newPart()
	if err != nil {
		return "", nil, err
	}
	if err := p.fill(ctx, r); err != nil {
		p.discard()
		return "", nil, err
	}
	if want != "" && p.digest() != want {
		p.discard()
		return "", nil, errDamaged
	}
	return p.f.Name(), p.discard, nil
}

// sum is a finished hash as a digest.
func sum(h hash.Hash) clip.Digest { return clip.Digest(hex.EncodeToString(h.Sum(nil))) }

// errAbsent is all that a reader of blobs learns of one that is not there; where
// it would lie is nobody's business.
var errAbsent = errors.New("it is not there")

// errDamaged is a blob that is not what its name says.
var errDamaged = errors.New("it is damaged: its content does not have its name")

func absent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return errAbsent
	}
	return err
}

// blobFault classifies an error of a bucket or a file.
func blobFault(op string, err error) error {
	var known *clip.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	switch {
	case errors.Is(err, errDamaged):
		return clip.Errorf(clip.Internal, op, "%w", err)
	case gcerrors.Code(err) == gcerrors.NotFound:
		return clip.Errorf(clip.NotFound, op, "%w", errAbsent)
	case errors.Is(err, errAbsent), errors.Is(err, os.ErrNotExist):
		return clip.Errorf(clip.NotFound, op, "%w", err)
	case errors.Is(err, os.ErrPermission), gcerrors.Code(err) == gcerrors.PermissionDenied:
		return clip.Errorf(clip.Denied, op, "%w", err)
	}
	return clip.Errorf(clip.Unavailable, op, "%w", err)
}
