package feed

import (
	"fmt"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestPlaylist prints playlists of recordings with everything that can happen
// to them.
func TestPlaylist(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 41, 7, 200e6, time.UTC)
	seg := func(seq int64, epoch clip.EpochID, d clip.Ticks) clip.Segment {
		s := clip.Segment{Feed: "match", Seq: seq, Epoch: epoch, First: 1000, End: 1000 + d, Start: at, Path: fmt.Sprintf("match/%d.ts", seq)}
		at = at.Add(d.Duration())
		return s
	}
	with := func(s clip.Segment, init string) clip.Segment { s.Init, s.Path = init, "match/x.m4s"; return s }
	tl := clip.Timeline{{ID: 3}, {ID: 4}, {ID: 7}}
	const two = 2 * clip.TickRate
	for _, c := range []struct {
		name  string
		segs  []clip.Segment
		ended bool
	}{
		{"empty", nil, false},
		{"live", []clip.Segment{seg(11, 3, two), seg(12, 3, two), seg(13, 3, 180180)}, false},
		{"epochs", []clip.Segment{seg(11, 3, two), seg(12, 4, two), seg(13, 7, 3*clip.TickRate)}, true},
		{"fmp4", []clip.Segment{with(seg(1, 3, two), "match/init-a.mp4"), with(seg(2, 3, two), "match/init-a.mp4"), with(seg(3, 4, two), "match/init-a.mp4"), with(seg(4, 4, two), "match/init-b.mp4")}, false},
		{"hole", []clip.Segment{seg(2, 3, two), seg(11, 4, two), seg(12, 4, two)}, false},
		{"unknown-epoch", []clip.Segment{seg(2, 2, two), seg(3, 3, two)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, "playlist-"+c.name+".m3u8", string(Playlist(tl, c.segs, c.ended)))
		})
	}
}

// TestPlaylistReadsBack: our own client understands our playlists.
func TestPlaylistReadsBack(t *testing.T) {
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	segs := []clip.Segment{
		{Seq: 5, Epoch: 2, End: 180000, Start: at, Path: "match/5.ts"},
		{Seq: 6, Epoch: 3, End: 180000, Start: at.Add(time.Minute), Path: "match/6.ts"},
	}
	p, err := parsePlaylist(Playlist(clip.Timeline{{ID: 2}, {ID: 3}}, segs, true), playlistBase, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := windowText(p.media), "5 5.ts 2s at 20:00:00; 6 6.ts 2s at 20:01:00 break; over"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func BenchmarkPlaylist(b *testing.B) {
	segs := make([]clip.Segment, 7200)
	for i := range segs {
		segs[i] = clip.Segment{Seq: int64(i + 1), Epoch: 1, End: 180000, Start: time.Unix(1.7e9, 0), Path: fmt.Sprintf("match/%d.ts", i+1)}
	}
	b.ReportAllocs()
	for b.Loop() {
		Playlist(clip.Timeline{{ID: 1}}, segs, false)
	}
}
