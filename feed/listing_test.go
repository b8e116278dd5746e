package feed

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestListing lets a recording grow, lose its oldest segments and have holes,
// and wants the list to be what it would be if it were written anew each time.
func TestListing(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		var l Listing
		var held []clip.Segment
		at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
		seq, epoch, longest := int64(1+rnd.IntN(5)), clip.EpochID(1), time.Duration(0)
		for step := range 300 {
			switch n := rnd.IntN(10); {
			case n < 7 || len(held) == 0:
				if rnd.IntN(20) == 0 {
					epoch += clip.EpochID(1 + rnd.IntN(2))
				}
				if rnd.IntN(40) == 0 {
					seq += 3 // never recorded
				}
				s := clip.Segment{Seq: seq, Epoch: epoch, End: clip.Ticks(90000 + rnd.IntN(400000)), Start: at, Path: fmt.Sprintf("match/%d.ts", seq)}
				if epoch%2 == 0 {
					s.Path, s.Init = fmt.Sprintf("match/%d.m4s", seq), fmt.Sprintf("match/init-%d.mp4", epoch)
				}
				at, seq, longest = at.Add(s.Duration()), seq+1, max(longest, s.Duration())
				held = append(held, s)
				l.Add(s)
			default:
				gone := rnd.IntN(min(len(held), 8))
				held = held[gone:]
				l.Drop(held[0].Seq)
			}
			var tl clip.Timeline
			for id := range epoch {
				tl = append(tl, clip.Epoch{ID: id + 1})
			}
			ended := step%17 == 0
			got, want := string(l.Text(l.First(), ended)), string(Playlist(tl, held, ended))
			if withoutHead(got) != withoutHead(want) {
				t.Fatalf("seed %d, step %d: got\n%s\nwant\n%s", seed, step, got, want)
			}
			if head := fmt.Sprintf("#EXT-X-TARGETDURATION:%d\n", longest.Round(time.Second)/time.Second); !strings.Contains(got, head) {
				t.Fatalf("seed %d, step %d: not %s in\n%s", seed, step, head, got)
			}
			if from := l.Within(20 * time.Second); l.Len() > 0 {
				short := string(l.Text(from, ended))
				if !strings.HasSuffix(got, short[strings.Index(short, "#EXT-X-PROGRAM-DATE-TIME"):]) {
					t.Fatalf("seed %d, step %d: the window is not the end of\n%s\nbut\n%s", seed, step, got, short)
				}
			}
		}
	}
}

// withoutHead cuts off what a listing says of all it ever had.
func withoutHead(text string) string {
	i := strings.Index(text, "#EXT-X-MEDIA-SEQUENCE")
	return text[max(i, 0):]
}

// BenchmarkListing is one more segment of a four-hour window, and its playlist.
func BenchmarkListing(b *testing.B) {
	var l Listing
	add := func(i int) {
		l.Add(clip.Segment{Seq: int64(i + 1), Epoch: 1, End: 180000, Start: time.Unix(1.7e9+2*int64(i), 0), Path: "match/" + fmt.Sprint(i+1) + ".ts"})
	}
	for i := range 7200 {
		add(i)
	}
	n := 7200
	b.ReportAllocs()
	for b.Loop() {
		add(n)
		n++
		l.Drop(l.First() + 1)
		l.Text(l.First(), false)
	}
}
