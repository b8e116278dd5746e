package store

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/ovation-live/ovation/clip"
)

// PutDocument stores a small JSON document that can be made again, such as a
// plan. It lies among the chunks, named by its content.
func (b *Blobs) PutDocument(ctx context.Context, doc []byte) (clip.Digest, error) {
	d := clip.DigestOf(doc)
	return d, b.putChunk(ctx, "store document "+d.Short(), d, bytes.NewReader(doc))
}

// GetDocument reads what PutDocument stored into v, after comparing it with its
// name.
func (b *Blobs) GetDocument(ctx context.Context, d clip.Digest, v any) error {
	return b.decode(ctx, chunkKey(d), d, v)
}

// PutJSON stores a small document that stays, as JSON.
func (b *Blobs) PutJSON(ctx context.Context, v any) (clip.Digest, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return "", clip.Errorf(clip.Internal, "store a document", "%w", err)
	}
	d, _, err := b.Put(ctx, bytes.NewReader(doc))
	return d, err
}

// GetJSON reads what PutJSON stored into v, after comparing it with its name.
func (b *Blobs) GetJSON(ctx context.Context, d clip.Digest, v any) error {
	return b.decode(ctx, blobKey(d), d, v)
}

func (b *Blobs) decode(ctx context.Context, key string, d clip.Digest, v any) error {
	op := "read document " + d.Short()
	if err := checkDigest(op, d); err != nil {
		return err
	}
	r, _, err := b.open(ctx, key)
	if err != nil {
		return blobFault(op, err)
	}
	defer func() { _ = r.Close() }() // it was only read
	doc, err := io.ReadAll(r)
	if err != nil {
		return blobFault(op, err)
	}
	if clip.DigestOf(doc) != d {
		return blobFault(op, errDamaged)
	}
	if err := json.Unmarshal(doc, v); err != nil {
		return clip.Errorf(clip.Internal, op, "%w", err)
	}
	return nil
}
