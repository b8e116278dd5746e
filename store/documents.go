package store

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/ovation-live/ovation/clip"
)

// PutJSON stores a small document, such as a plan.
func (b *Blobs) PutJSON(ctx context.Context, v any) (clip.Digest, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return "", clip.Errorf(clip.Internal, "store a document", "%w", err)
	}
	d, _, err := b.Put(ctx, bytes.NewReader(doc))
	return d, err
}

// GetJSON reads a small document, after comparing it with its name.
func (b *Blobs) GetJSON(ctx context.Context, d clip.Digest, v any) error {
	op := "read document " + d.Short()
	r, _, err := b.read(ctx, op, d)
	if err != nil {
		return err
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
