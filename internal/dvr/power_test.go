package dvr

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// TestPowerCut ends recorders as a power cut does: the segments' files are on
// the disk, of the catalogue's log there is no more than was flushed. A new
// start makes the rows again, the same ones, from the files.
func TestPowerCut(t *testing.T) {
	for i := range 4 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(i), 11))
			dir, x := t.TempDir(), transmit(t)
			c := start(t, dir, x.url)
			time.Sleep(9*time.Second + time.Duration(r.Int64N(int64(2*time.Second))))
			c.kill()
			before := segmentsOf(t, copyOf(t, dir))
			log := filepath.Join(dir, "catalogue.db-wal")
			whole, err := os.Stat(log)
			if err != nil {
				t.Fatal(err)
			}
			// How much of the log holds the first segment's row is found by trying.
			kept, at := 0, int64(0)
			for share := int64(30); kept == 0 && share < 100; share += 3 {
				at = whole.Size() * share / 100
				probe := copyOf(t, dir)
				cutLog(t, probe, at)
				kept = len(segmentsOf(t, probe))
			}
			if kept == 0 || kept == len(before) {
				t.Fatalf("the cut takes %d rows of %d back; it must be some", len(before)-kept, len(before))
			}
			cutLog(t, dir, at)
			c = start(t, dir, x.url)
			time.Sleep(3500 * time.Millisecond)
			c.kill()
			consistent(t, dir)
			after := segmentsOf(t, dir)
			if len(after) < len(before) {
				t.Fatalf("%d segments, %d before the cut", len(after), len(before))
			}
			for n, s := range before {
				a := after[n]
				if a.Seq != s.Seq || a.Epoch != s.Epoch || a.First != s.First || a.End != s.End || !a.Start.Equal(s.Start) || a.Digest != s.Digest || !slices.Equal(a.Frames, s.Frames) {
					t.Errorf("segment %d is %+v, was %+v", s.Seq, a, s)
				}
			}
			t.Logf("%d of %d rows were taken back and made again", len(before)-kept, len(before))
		})
	}
}

// cutLog leaves of the catalogue's log what a power cut would.
func cutLog(t *testing.T, dir string, size int64) {
	t.Helper()
	if err := os.Truncate(filepath.Join(dir, "catalogue.db-wal"), size); err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(filepath.Join(dir, "catalogue.db-shm")) // it is only ever in memory
}

// copyOf copies a catalogue.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"catalogue.db", "catalogue.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// segmentsOf are the segments in a catalogue, oldest first.
func segmentsOf(t *testing.T, dir string) []clip.Segment {
	t.Helper()
	c, err := openCatalogue(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return segmentsIn(t, c)
}

func segmentsIn(t *testing.T, c *store.Catalogue) []clip.Segment {
	t.Helper()
	rec, err := c.Recording(context.Background(), feedID, clip.Span{})
	if err != nil {
		t.Fatal(err)
	}
	return rec.Segments
}
