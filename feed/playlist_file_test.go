package feed

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestPlaylistFile lets a recording grow and shrink at random: after each step
// the file is what Playlist writes, and it was written anew only where a
// segment's lines at its end were not enough.
func TestPlaylistFile(t *testing.T) {
	d := dvr{t.TempDir(), "match"}
	if err := os.MkdirAll(d.dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	rec := recording{Recorder: &Recorder{}, dvr: d, playlist: playlistFile{dvr: d}, log: quietLog(), now: time.Now}
	rec.timeline = clip.Timeline{{ID: 1}}
	rec.writePlaylist()
	inode := func() os.FileInfo {
		st, err := os.Stat(d.path(playlistName))
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	at := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
	longest, anew, init := time.Second, 0, ""
	for n := range int64(2000) {
		epoch := rec.last().ID
		if r.IntN(50) == 0 {
			epoch++
			rec.timeline = append(rec.timeline, clip.Epoch{ID: epoch})
		}
		if n == 1000 {
			init = "match/init-a.mp4"
		}
		length := clip.Ticks(1.5*clip.TickRate) + clip.Ticks(r.IntN(clip.TickRate/2))
		if r.IntN(200) == 0 {
			length *= 3
		}
		s := clip.Segment{Feed: "match", Seq: n + 1, Epoch: epoch, First: 0, End: length, Start: at, Path: fmt.Sprintf("match/%d.ts", n+1), Init: init}
		at = at.Add(s.Duration())
		before := inode()
		enough := n > 0 && n != 1000 && s.Duration().Round(time.Second) <= longest.Round(time.Second)
		longest = max(longest, s.Duration())
		rec.held = append(rec.held, s)
		rec.list(s)
		if same := os.SameFile(before, inode()); same != enough {
			t.Fatalf("segment %d: the file grew %v, want %v", s.Seq, same, enough)
		} else if !same {
			anew++
		}
		if r.IntN(100) == 0 {
			rec.held = rec.held[r.IntN(len(rec.held)):]
			rec.writePlaylist()
		}
		want := headOf(rec.held, longest).playlist(rec.held, false)
		if got := read(t, d.path(playlistName)); string(got) != string(want) {
			t.Fatalf("after segment %d the playlist is\n%s\nwant\n%s", s.Seq, got, want)
		}
	}
	if anew > 6 {
		t.Errorf("written anew for %d segments", anew)
	}
}

// TestPlaylistFileGone writes the playlist anew where somebody took it away.
func TestPlaylistFileGone(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	path := filepath.Join(dir, "match", playlistName)
	given := closedTS(t)
	s := &script{pieces: given[:2]}
	startRecorder(t, clip.Feed{ID: "match"}, s, dir, m, func(r *Recorder) {
		r.OnSegment = func(s clip.Segment) {
			if s.Seq == 1 {
				if err := os.Remove(path); err != nil {
					t.Error(err)
				}
			}
		}
	})
	eventually(t, "both are listed", func() bool {
		b, err := os.ReadFile(path)
		return err == nil && strings.Count(string(b), "EXTINF") == 2
	})
}
