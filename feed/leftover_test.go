package feed

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/internal/decode"
)

// back is what the catalogue holds after a power cut that took back all but the
// first n segments.
func (m *memory) back(n int) *memory {
	old := newMemory()
	_, segs := m.recorded()
	for _, s := range segs[:n] {
		e := m.epochs[s.Epoch]
		e.End = max(old.epochs[s.Epoch].End, s.End)
		e.Bends = nil
		old.epochs[s.Epoch] = e
		old.segs, old.next = append(old.segs, s), s.Seq+1
	}
	return old
}

// TestPowerCut starts on a catalogue that lost its last rows: all come back as
// they were, in both containers, at the same times, with the gap that was
// between them, and the source goes on where it was.
func TestPowerCut(t *testing.T) {
	for _, kind := range []string{"mpegts", "fmp4"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			pieces := segments(t, made(t, "rec-"+kind, source("25", 12), h264(25, false), hls(kind)))
			pieces = slices.Delete(pieces, 4, 5) // it was lost
			for i := range pieces {
				pieces[i].Place = string(rune('a' + i))
			}
			m, dir := newMemory(), t.TempDir()
			stop := startRecorder(t, clip.Feed{ID: "match"}, &script{pieces: pieces}, dir, m)
			eventually(t, "all is recorded", func() bool { return m.held() == 5 })
			stop()
			old := m.back(2)
			place := &placed{}
			stop = startRecorder(t, clip.Feed{ID: "match"}, place, dir, old)
			eventually(t, "all is there again", func() bool { return old.held() == 5 })
			stop()
			verify(t, dir, old)
			tl, segs := m.recorded()
			again, same := old.recorded()
			if !slices.EqualFunc(tl, again, func(a, b clip.Epoch) bool {
				return a.ID == b.ID && a.Start.Equal(b.Start) && a.First == b.First && a.End == b.End
			}) {
				t.Errorf("timeline %+v, was %+v", again, tl)
			}
			for i := range segs {
				a, b := segs[i], same[i]
				if a.Seq != b.Seq || a.Epoch != b.Epoch || a.First != b.First || a.End != b.End || !a.Start.Equal(b.Start) || a.Digest != b.Digest || a.Init != b.Init || !slices.Equal(a.Frames, b.Frames) {
					t.Errorf("segment %+v, was %+v", b, a)
				}
			}
			if old.health.Lost != 0 || place.at != "e" {
				t.Errorf("%d lost; the source goes on after %q, want e", old.health.Lost, place.at)
			}
		})
	}
}

// placed is a source that only remembers where it was to go on.
type placed struct {
	still
	at string
}

func (p *placed) Resume(place string) { p.at = place }

// TestLeftovers starts on files of every kind that a crash can leave, many at
// once. What is stored is expected as numbers of pictures.
func TestLeftovers(t *testing.T) {
	pieces := closedTS(t)
	ts := func(i int) []byte { return pieces[i].Bytes }
	half := ts(4)[:len(ts(4))/2/packetSize*packetSize+100]
	for _, c := range []struct {
		name   string
		files  map[string][]byte
		want   []int // pictures in each segment after the first two
		away   []string
		epochs int
	}{
		{"nothing", nil, nil, nil, 1},
		{"one whole", map[string][]byte{"3.ts": ts(2)}, []int{50}, nil, 1},
		{"some whole, one open", map[string][]byte{"3.ts": ts(2), "4.ts": ts(3), "5.ts.open": half}, []int{50, 50, 25}, nil, 1},
		{"closed before, the open one still there", map[string][]byte{"3.ts": ts(2), "3.ts.open": ts(2)[:5*packetSize]}, []int{50}, nil, 1},
		{"an open one with zeros at its end", map[string][]byte{"3.ts.open": append(slices.Clone(ts(2)[:len(ts(2))/2/packetSize*packetSize]), make([]byte, 100*packetSize)...)}, []int{25}, nil, 1},
		{"an open one with nothing whole", map[string][]byte{"3.ts.open": ts(2)[:3*packetSize]}, nil, nil, 1},
		{"a hole in the numbers", map[string][]byte{"3.ts": ts(2), "9.ts": ts(3)}, []int{50, 50}, nil, 1},
		{"a bad one between", map[string][]byte{"3.ts": []byte("no"), "4.ts": ts(2)}, []int{50}, []string{"3.ts"}, 1},
		{"a gap in the clock", map[string][]byte{"3.ts": ts(4)}, []int{50}, nil, 2},
		{"half written", map[string][]byte{"3.ts.part": ts(2)[:1000]}, nil, []string{"3.ts.part"}, 1},
		{"fragmented MP4 without its init segment", map[string][]byte{"3.m4s": {0, 0, 0, 8, 'm', 'd', 'a', 't'}}, nil, []string{"3.m4s"}, 1},
		{"what is no segment", map[string][]byte{"notes.txt": []byte("x"), "-3.ts": []byte("x")}, nil, []string{"notes.txt", "-3.ts"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, dir := newMemory(), t.TempDir()
			stop := startRecorder(t, clip.Feed{ID: "match"}, &script{pieces: pieces[:2]}, dir, m)
			eventually(t, "two are recorded", func() bool { return m.held() == 2 })
			stop()
			for name, b := range c.files {
				if err := os.WriteFile(filepath.Join(dir, "match", name), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			r := &Recorder{Feed: clip.Feed{ID: "match"}, Dir: dir, Index: m, Log: quietLog(), Source: still{}}
			rec, err := r.open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			verify(t, dir, m)
			tl, segs := m.recorded()
			var got []int
			for _, s := range segs[2:] {
				got = append(got, len(s.Frames))
				if n := decode.Pictures(t, filepath.Join(dir, s.Path)); n != len(s.Frames) {
					t.Errorf("segment %d: ffmpeg decodes %d pictures, the index has %d", s.Seq, n, len(s.Frames))
				}
			}
			if !slices.Equal(got, c.want) || len(tl) != c.epochs {
				t.Errorf("pictures %v in %d epochs, want %v in %d", got, len(tl), c.want, c.epochs)
			}
			if want := Playlist(tl, segs, false); !bytes.Equal(want, read(t, rec.dvr.path(playlistName))) {
				t.Error("the playlist does not agree")
			}
			onlyThese(t, filepath.Join(dir, "match"), segs, c.away)
			if rec.state.Seq != rec.seq-1 {
				t.Errorf("the state is of segment %d, the last is %d", rec.state.Seq, rec.seq-1)
			}
		})
	}
}

// onlyThese proves that a directory holds the files of segments and nothing
// else that could be media, and what was put away in quarantine.
func onlyThese(t *testing.T, dir string, segs []clip.Segment, away []string) {
	t.Helper()
	want := []string{playlistName, stateName}
	for _, s := range segs {
		want = append(want, filepath.Base(s.Path))
	}
	if got := names(t, dir); !slices.Equal(got, sorted(want)) {
		t.Errorf("files %v, want %v", got, sorted(want))
	}
	if got := names(t, filepath.Join(dir, quarantineDir)); !slices.Equal(got, sorted(away)) {
		t.Errorf("put away %v, want %v", got, sorted(away))
	}
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() && e.Name() != lockName {
			all = append(all, e.Name())
		}
	}
	return all
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// TestFilesGone says when the files of segments are not there any more.
func TestFilesGone(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	stop := startRecorder(t, clip.Feed{ID: "match"}, &script{pieces: closedTS(t)[:3]}, dir, m)
	eventually(t, "three are recorded", func() bool { return m.held() == 3 })
	stop()
	if err := os.Remove(filepath.Join(dir, "match", "2.ts")); err != nil {
		t.Fatal(err)
	}
	r := &Recorder{Feed: clip.Feed{ID: "match"}, Dir: dir, Index: m, Log: quietLog(), Source: still{}, Now: time.Now}
	rec, err := r.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rec.health.Lost != 1 || rec.health.Detail == "" || len(rec.held) != 2 {
		t.Errorf("health %+v, %d held", rec.health, len(rec.held))
	}
}
