package activities

import (
	"context"
	"os"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// keepChunks stores the rendered files of a cell, each under its chunk's key.
func (a *Activities) keepChunks(ctx context.Context, h clip.Highlight, chunks []clip.Chunk, files map[clip.Shape]string) error {
	var made []store.Chunk
	for _, c := range chunks {
		st, err := os.Stat(files[c.Shape])
		if err != nil {
			return clip.Errorf(clip.Internal, "store chunk "+c.Key.Short(), "%w", err)
		}
		if err := a.Blobs.PutChunk(ctx, c.Key, files[c.Shape]); err != nil {
			return err
		}
		made = append(made, store.Chunk{Key: c.Key, Size: st.Size(), Used: a.Now(), Highlight: h.ID, Revision: h.Revision})
	}
	return a.Catalogue.MadeChunks(ctx, made)
}

// useChunks keeps chunks from being evicted for a while.
func (a *Activities) useChunks(ctx context.Context, chunks []clip.Chunk) error {
	keys := make([]clip.Digest, len(chunks))
	for i, c := range chunks {
		keys[i] = c.Key
	}
	return a.Catalogue.UseChunks(ctx, keys, a.Now())
}

// keepPlan stores a plan's document, which goes like a chunk.
func (a *Activities) keepPlan(ctx context.Context, p plan) error {
	if _, err := a.Blobs.PutDocument(ctx, p.document); err != nil {
		return err
	}
	return a.Catalogue.MadeChunks(ctx, []store.Chunk{{Key: p.Plan, Size: int64(len(p.document)), Used: a.Now(), Highlight: p.highlight, Revision: p.Revision}})
}

// Eviction keeps the chunks within a budget of disk. A chunk is never anything
// but work saved: one that is missed is rendered again.
type Eviction struct {
	Catalogue *store.Catalogue
	Blobs     *store.Blobs
	Budget    int64 // bytes
	Now       func() time.Time
}

const (
	// restless is how long a chunk stays after its last use, whatever the
	// budget: what is being rendered and joined now must not go.
	restless = time.Hour
	// evictAtOnce bounds one transaction.
	evictAtOnce = 500
	// spare is the part of the budget, in tenths, that is left after an
	// eviction, so that not every chunk that comes pushes one out.
	spare = 9
)

// Adopt takes up chunks that a crash, or an earlier version, left without a
// word in the catalogue.
func (e *Eviction) Adopt(ctx context.Context) error {
	var found []store.Chunk
	flush := func() error {
		err := e.Catalogue.MadeChunks(ctx, found)
		found = found[:0]
		return err
	}
	err := e.Blobs.EachChunk(ctx, func(k store.Chunk) error {
		if found = append(found, k); len(found) < evictAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// Evict deletes chunks that nobody used for longest, where all together take
// more than the budget. It says how many bytes went, and how many are there
// beyond the budget that are still too young to go.
func (e *Eviction) Evict(ctx context.Context) (freed, over int64, err error) {
	held, err := e.Catalogue.ChunksHeld(ctx)
	if err != nil || held <= e.Budget {
		return 0, 0, err
	}
	for want := held - e.Budget*spare/10; freed < want; {
		gone, err := e.Catalogue.ForgetChunks(ctx, e.Now().Add(-restless), want-freed, evictAtOnce)
		if err != nil {
			return freed, 0, err
		}
		if len(gone) == 0 {
			break
		}
		for _, k := range gone {
			if err := e.Blobs.DeleteChunk(ctx, k.Key); err != nil {
				return freed, 0, err
			}
			freed += k.Size
		}
	}
	return freed, max(0, held-freed-e.Budget), nil
}
