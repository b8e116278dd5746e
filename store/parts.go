package store

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/ovation-live/ovation/clip"
)

const (
	// parts is where a directory bucket keeps files that are being written.
	parts = "parts"
	// partsAge is after how long one is taken for a crash's leftover. Longer
	// than anybody writes at one file.
	partsAge = 24 * time.Hour
)

// part is a file that is being written. Where it lies, it can be linked into
// the bucket, if that is a directory.
type part struct {
	f     *os.File
	hash  hash.Hash
	size  int64
	named bool // its key is the hash of its content
}

// newPart makes an empty part.
func (b *Blobs) newPart() (*part, error) {
	dir := b.scratch
	if b.dir != "" {
		dir = filepath.Join(b.dir, parts)
	}
	f, err := os.CreateTemp(dir, "part-*")
	if err != nil {
		return nil, err
	}
	return &part{f: f, hash: sha256.New()}, nil
}

// fill writes what r gives, hashing it on the way, until it ends or ctx does.
func (p *part) fill(ctx context.Context, r io.Reader) error {
	n, err := io.Copy(io.MultiWriter(p.f, p.hash), bounded{ctx, r})
	p.size = n
	return err
}

// bounded is a reader that ends with its context.
type bounded struct {
	ctx context.Context
	io.Reader
}

// Read reads unless the context is over.
func (b bounded) Read(into []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Reader.Read(into)
}

func (p *part) digest() clip.Digest { return sum(p.hash) }

// discard deletes the part; what was placed from it stays.
func (p *part) discard() {
	_ = p.f.Close()           // placed parts were flushed, others do not matter
	_ = os.Remove(p.f.Name()) // else it is swept up later
}

// place makes a full part visible under its key. What is there already stays.
func (b *Blobs) place(ctx context.Context, p *part, key string) error {
	if b.dir == "" {
		return b.upload(ctx, p, key)
	}
	to := b.path(key)
	if !p.replaces(to) {
		return syncDir(filepath.Dir(to)) // whoever wrote it may not have come so far
	}
	if err := p.f.Chmod(0o640); err != nil { // CreateTemp gives 0600
		return err
	}
	if err := p.f.Sync(); err != nil {
		return err
	}
	if err := os.Link(p.f.Name(), to); err != nil && p.replaces(to) {
		// It is not whole, or the file system has no links. Renaming is atomic too.
		if err := os.Rename(p.f.Name(), to); err != nil {
			return err
		}
	}
	return syncDir(filepath.Dir(to))
}

// replaces reports whether the part must be put where path is: nothing is
// there, or something that cannot be what its name says.
func (p *part) replaces(path string) bool {
	st, err := os.Stat(path)
	return err != nil || p.named && st.Size() != p.size
}

// syncDir flushes a directory, so that a new name in it survives a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// upload copies a part into a bucket elsewhere, which refuses what does not
// have its MD5, or would overwrite.
func (b *Blobs) upload(ctx context.Context, p *part, key string) error {
	if has, err := b.has(ctx, key); has || err != nil {
		return err
	}
	check := md5.New() // what buckets offer; it guards the way there, not the name
	if _, err := io.Copy(check, io.NewSectionReader(p.f, 0, p.size)); err != nil {
		return err
	}
	err := b.bucket.Upload(ctx, key, io.NewSectionReader(p.f, 0, p.size),
		&blob.WriterOptions{IfNotExist: true, ContentMD5: check.Sum(nil), ContentType: "application/octet-stream"})
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return nil // somebody else was faster
	}
	return err
}

// sweep deletes what a crash left in dir before an instant.
func sweep(dir string, before time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if st, err := e.Info(); err != nil || st.ModTime().After(before) {
			continue // gone meanwhile, or young
		}
		_ = os.Remove(filepath.Join(dir, e.Name())) // the next start tries again
	}
	return nil
}
