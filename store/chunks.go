package store

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Chunk is a file that can be made again: it is kept for as long as there is
// room, the least recently used goes first. Highlight and Revision say what it
// was made for; others that need the same find it.
type Chunk struct {
	Key       clip.Digest
	Size      int64 // bytes
	Used      time.Time
	Highlight clip.MomentID
	Revision  int
}

// MadeChunks writes down chunks that were stored. One that is known already
// stays what it was made for.
func (c *Catalogue) MadeChunks(ctx context.Context, chunks []Chunk) error {
	return c.write(ctx, "note new chunks", func(ctx context.Context, t *tx) error {
		for _, k := range chunks {
			_, err := t.ExecContext(ctx, `INSERT INTO chunks (key, size, used_ns, highlight, revision) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (key) DO UPDATE SET used_ns = MAX(used_ns, excluded.used_ns)`,
				string(k.Key), k.Size, nanos(k.Used), string(k.Highlight), k.Revision)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// UseChunks notes that chunks are needed at an instant; those that are not
// known are passed over.
func (c *Catalogue) UseChunks(ctx context.Context, keys []clip.Digest, at time.Time) error {
	return c.write(ctx, "note the use of chunks", func(ctx context.Context, t *tx) error {
		for _, k := range keys {
			if _, err := t.ExecContext(ctx, `UPDATE chunks SET used_ns = MAX(used_ns, ?) WHERE key = ?`, nanos(at), string(k)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Chunks reads what is known of chunks; those that are not known are missing.
func (c *Catalogue) Chunks(ctx context.Context, keys []clip.Digest) (map[clip.Digest]Chunk, error) {
	known := map[clip.Digest]Chunk{}
	err := c.read(ctx, "read chunks", func(q querier) error {
		for _, key := range keys {
			k, ok, err := first(ctx, q, scanChunk, `SELECT `+chunkColumns+` FROM chunks WHERE key = ?`, string(key))
			if err != nil {
				return err
			}
			if ok {
				known[key] = k
			}
		}
		return nil
	})
	return known, err
}

// ChunksHeld is how many bytes the known chunks have together.
func (c *Catalogue) ChunksHeld(ctx context.Context) (bytes int64, err error) {
	err = c.read(ctx, "add up the chunks", func(q querier) (err error) {
		bytes, _, err = first(ctx, q, number, `SELECT COALESCE(SUM(size), 0) FROM chunks`)
		return err
	})
	return bytes, err
}

// ForgetChunks forgets chunks that nobody used since an instant, the least
// recently used first, until they come to so many bytes, and returns them, so
// that their files can be deleted. It takes at most limit of them.
func (c *Catalogue) ForgetChunks(ctx context.Context, since time.Time, bytes int64, limit int) ([]Chunk, error) {
	var gone []Chunk
	err := c.write(ctx, "forget chunks", func(ctx context.Context, t *tx) error {
		old, err := collect(ctx, t, scanChunk,
			`SELECT `+chunkColumns+` FROM chunks WHERE used_ns < ? ORDER BY used_ns, key LIMIT ?`, nanos(since), atMost(limit))
		if err != nil {
			return err
		}
		for _, k := range old {
			if bytes <= 0 {
				break
			}
			if _, err := t.ExecContext(ctx, `DELETE FROM chunks WHERE key = ?`, string(k.Key)); err != nil {
				return err
			}
			gone, bytes = append(gone, k), bytes-k.Size
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gone, nil
}

const chunkColumns = `key, size, used_ns, highlight, revision`

func scanChunk(row scanner) (k Chunk, err error) {
	var used int64
	err = row.Scan(&k.Key, &k.Size, &used, &k.Highlight, &k.Revision)
	k.Used = instant(used)
	return k, err
}
