package activities

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestEvict lets chunks go that nobody needed for longest, and never one that
// is in use.
func TestEvict(t *testing.T) {
	ctx, w := context.Background(), newWorld(t)
	start := w.now
	e := &Eviction{Catalogue: w.Catalogue, Blobs: w.Blobs, Budget: 1000, Now: func() time.Time { return w.now }}
	var chunks []clip.Chunk
	for i := range 12 { // 1200 bytes, a minute apart
		w.now = start.Add(time.Duration(i) * time.Minute)
		path := filepath.Join(t.TempDir(), "chunk")
		if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
		c := clip.Chunk{Shape: clip.Wide, Key: clip.DigestOf([]byte{byte(i)})}
		if err := w.keepChunks(ctx, clip.Highlight{ID: "goal"}, []clip.Chunk{c}, map[clip.Shape]string{clip.Wide: path}); err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, c)
	}
	evict := func(wantFreed, wantOver int64) {
		t.Helper()
		freed, over, err := e.Evict(ctx)
		if err != nil || freed != wantFreed || over != wantOver {
			t.Fatalf("it freed %d and is %d over, %v; want %d and %d", freed, over, err, wantFreed, wantOver)
		}
	}
	evict(0, 200) // all are young: it says by how much it is over
	w.now = start.Add(6 * time.Hour)
	if err := w.useChunks(ctx, chunks[:2]); err != nil {
		t.Fatal(err)
	}
	evict(300, 0) // a tenth is left spare
	left, err := w.builder().Absent(ctx, chunks)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 3 || left[0].Key != chunks[2].Key || left[2].Key != chunks[4].Key {
		t.Errorf("%d went, from %v: the third to the fifth were not needed for longest", len(left), left)
	}
	evict(0, 0)
}

// TestAdopt finds chunks that the catalogue knows nothing of.
func TestAdopt(t *testing.T) {
	ctx, w := context.Background(), newWorld(t)
	path := filepath.Join(t.TempDir(), "chunk")
	if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	key := clip.DigestOf([]byte("a crash came between"))
	if err := w.Blobs.PutChunk(ctx, key, path); err != nil {
		t.Fatal(err)
	}
	e := &Eviction{Catalogue: w.Catalogue, Blobs: w.Blobs, Budget: 50, Now: func() time.Time { return time.Now().Add(2 * time.Hour) }}
	for range 2 {
		if err := e.Adopt(ctx); err != nil {
			t.Fatal(err)
		}
	}
	known, err := w.Catalogue.Chunks(ctx, []clip.Digest{key})
	if k := known[key]; err != nil || k.Size != 100 || k.Highlight != "" {
		t.Fatalf("it knows %+v, %v", known, err)
	}
	if freed, over, err := e.Evict(ctx); freed != 100 || over != 0 || err != nil {
		t.Errorf("it freed %d, %d over, %v", freed, over, err)
	}
	if has, err := w.Blobs.HasChunk(ctx, key); has || err != nil {
		t.Errorf("it is still there: %v, %v", has, err)
	}
}
