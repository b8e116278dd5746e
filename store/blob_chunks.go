package store

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/ovation-live/ovation/clip"
)

// PutChunk stores a file under the hash of what it was made from. The first
// one stays: any other of the same key shows the same pictures.
func (b *Blobs) PutChunk(ctx context.Context, key clip.Digest, path string) error {
	op := "store chunk " + key.Short()
	if err := checkDigest(op, key); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return blobFault(op, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return b.putChunk(ctx, op, key, f)
}

func (b *Blobs) putChunk(ctx context.Context, op string, key clip.Digest, r io.Reader) error {
	if has, err := b.has(ctx, chunkKey(key)); has || err != nil {
		return blobFault(op, err)
	}
	p, err := b.newPart()
	if err != nil {
		return blobFault(op, err)
	}
	defer p.discard()
	if err := p.fill(ctx, r); err != nil {
		return blobFault(op, err)
	}
	return blobFault(op, b.place(ctx, p, chunkKey(key)))
}

// DeleteChunk removes a chunk; one that is not there is a success.
func (b *Blobs) DeleteChunk(ctx context.Context, key clip.Digest) error {
	op := "delete chunk " + key.Short()
	if err := checkDigest(op, key); err != nil {
		return err
	}
	if err := b.bucket.Delete(ctx, chunkKey(key)); gcerrors.Code(err) != gcerrors.NotFound {
		return blobFault(op, err)
	}
	return nil
}

// EachChunk gives fn every chunk that is there, with the instant at which it
// was written as its last use; nobody knows here what it was made for.
func (b *Blobs) EachChunk(ctx context.Context, fn func(Chunk) error) error {
	const op = "list the chunks"
	list := b.bucket.List(&blob.ListOptions{Prefix: chunkKey("")})
	for {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return blobFault(op, err)
		}
		key := clip.Digest(strings.TrimPrefix(o.Key, chunkKey("")))
		if checkDigest(op, key) != nil {
			continue // not ours
		}
		if err := fn(Chunk{Key: key, Size: o.Size, Used: o.ModTime}); err != nil {
			return err
		}
	}
}

// HasChunk reports whether a chunk is there.
func (b *Blobs) HasChunk(ctx context.Context, key clip.Digest) (bool, error) {
	op := "look for chunk " + key.Short()
	if err := checkDigest(op, key); err != nil {
		return false, err
	}
	has, err := b.has(ctx, chunkKey(key))
	return has, blobFault(op, err)
}

// LocalChunk gives a chunk as a file, as Local does.
func (b *Blobs) LocalChunk(ctx context.Context, key clip.Digest) (path string, release func(), err error) {
	op := "fetch chunk " + key.Short()
	if err := checkDigest(op, key); err != nil {
		return "", nil, err
	}
	path, release, err = b.local(ctx, chunkKey(key), "")
	return path, release, blobFault(op, err)
}
