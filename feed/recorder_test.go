package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// closedTS is twelve seconds of MPEG-TS with closed GOPs in six segments.
func closedTS(t testing.TB) []Piece {
	return segments(t, made(t, "rec-ts", source("25", 12), h264(25, false), hls("mpegts")))
}

// verify checks what must hold of every recording: files with their digests,
// numbers without holes, spans that agree, epochs that do not overlap.
func verify(t *testing.T, dir string, m *memory) {
	t.Helper()
	tl, segs := m.recorded()
	for i, s := range segs {
		if got := clip.DigestOf(read(t, filepath.Join(dir, s.Path))); got != s.Digest {
			t.Errorf("segment %d: file has digest %s, row %s", s.Seq, got.Short(), s.Digest.Short())
		}
		e, ok := tl.Epoch(s.Epoch)
		if !ok || s.First < e.First-clip.TickRate || s.End > e.End || !s.Start.Equal(e.Time(s.First)) {
			t.Errorf("segment %d: %d to %d at %s does not lie in its epoch %+v", s.Seq, s.First, s.End, s.Start, e)
		}
		if i > 0 && s.Seq != segs[i-1].Seq+1 {
			t.Errorf("segment %d follows %d", s.Seq, segs[i-1].Seq)
		}
	}
	for i := 1; i < len(tl); i++ {
		if tl[i].Start.Before(tl[i-1].Time(tl[i-1].End)) {
			t.Errorf("epoch %d begins before epoch %d ends", tl[i].ID, tl[i-1].ID)
		}
	}
}

// frames counts the recorded frames.
func (m *memory) frames() int {
	_, segs := m.recorded()
	n := 0
	for _, s := range segs {
		n += len(s.Frames)
	}
	return n
}

func (m *memory) held() int {
	_, segs := m.recorded()
	return len(segs)
}

// TestRecordsLiveWindow records a sliding window of TS and fMP4 to its end.
func TestRecordsLiveWindow(t *testing.T) {
	for _, kind := range []string{"mpegts", "fmp4"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			l := newLive(t, segments(t, made(t, "rec-"+kind, source("25", 12), h264(25, false), hls(kind))))
			began := time.Now().Add(-10 * time.Second).UTC().Truncate(time.Millisecond)
			l.times[0] = began
			m, dir := newMemory(), t.TempDir()
			l.show(0, 3)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := &Recorder{Feed: l.feed(), Source: hurried(l.feed()), Dir: dir, Index: m, Log: quietLog()}
			done := make(chan error, 1)
			go func() { done <- r.Run(ctx) }()
			for to := 4; to <= 6; to++ {
				eventually(t, "the window is recorded", func() bool { return m.held() == to-1 })
				l.show(to-3, to)
			}
			eventually(t, "all is recorded", func() bool { return m.held() == 6 })
			l.change(func() { l.ended = true })
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			verify(t, dir, m)
			tl, segs := m.recorded()
			if len(tl) != 1 || m.frames() != 300 {
				t.Errorf("%d epochs, %d frames, want 1 and 300", len(tl), m.frames())
			}
			if !tl[0].Start.Equal(began) {
				t.Errorf("the epoch begins at %s, the playlist said %s", tl[0].Start, began)
			}
			for i, s := range segs {
				if s.Digest != clip.DigestOf(l.pieces[i].Bytes) {
					t.Errorf("segment %d does not hold the original bytes", s.Seq)
				}
			}
			if h := m.health; h.State != clip.FeedEnded || h.Segments != 6 || h.Gaps != 0 || h.Bitrate == 0 || h.Detail != "" {
				t.Errorf("health %+v", h)
			}
			plays(t, filepath.Join(dir, "match", playlistName), 300)
		})
	}
}

// plays decodes a playlist with ffmpeg and counts its pictures.
func plays(t *testing.T, path string, frames int) {
	t.Helper()
	out := ffprobe(t, "-allowed_extensions", "ALL", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path)
	if got, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n"); got != strconv.Itoa(frames) {
		t.Errorf("ffprobe decodes %s frames of %s, want %d", got, path, frames)
	}
}

// TestRestart ends the recorder and starts another: what is recorded is not
// stored again, what was missed is caught up in the same epoch.
func TestRestart(t *testing.T) {
	l := newLive(t, closedTS(t))
	m, dir := newMemory(), t.TempDir()
	l.show(0, 3)
	stop := startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the window is recorded", func() bool { return m.held() == 3 })
	stop()
	l.show(1, 6)
	before := l.count("s1")
	stop = startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the rest is recorded", func() bool { return m.held() == 6 })
	if l.count("s1") != before {
		t.Error("what lies before the last place was fetched again")
	}
	stop()
	// Without its state file it compares bytes.
	if err := os.Remove(filepath.Join(dir, "match", stateName)); err != nil {
		t.Fatal(err)
	}
	before = l.count("s5")
	stop = startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the window is fetched again", func() bool { return l.count("s5") > before })
	time.Sleep(50 * time.Millisecond)
	stop()
	verify(t, dir, m)
	if tl, _ := m.recorded(); len(tl) != 1 || m.held() != 6 || m.frames() != 300 {
		t.Errorf("%d epochs, %d segments, %d frames; want 1, 6, 300", len(tl), m.held(), m.frames())
	}
}

// TestRestartAfterHole restarts when the window has moved past what is
// recorded: nobody knows what happened between, so a new epoch begins.
func TestRestartAfterHole(t *testing.T) {
	l := newLive(t, closedTS(t))
	m, dir := newMemory(), t.TempDir()
	l.show(0, 2)
	stop := startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the window is recorded", func() bool { return m.held() == 2 })
	stop()
	l.show(4, 6)
	startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
	eventually(t, "the window is recorded", func() bool { return m.held() == 4 })
	verify(t, dir, m)
	if tl, _ := m.recorded(); len(tl) != 2 || !strings.Contains(tl[1].Reason, "restart") {
		t.Errorf("timeline %+v", tl)
	}
}

// TestCrashLeftovers starts on what a crash left: half-written files go to
// quarantine, a whole segment without its row is completed.
func TestCrashLeftovers(t *testing.T) {
	pieces := closedTS(t)
	m, dir := newMemory(), t.TempDir()
	s := &script{pieces: pieces[:2]}
	stop := startRecorder(t, clip.Feed{ID: "match"}, s, dir, m)
	eventually(t, "two segments are recorded", func() bool { return m.held() == 2 })
	stop()
	in := func(name string) string { return filepath.Join(dir, "match", name) }
	for name, b := range map[string][]byte{"3.ts": pieces[2].Bytes, "4.ts.part": pieces[3].Bytes[:1000], "7.ts": []byte("later"), "init-0.mp4": {1}} {
		if err := os.WriteFile(in(name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = &script{pieces: pieces[2:4], rewind: true}
	startRecorder(t, clip.Feed{ID: "match"}, s, dir, m)
	eventually(t, "four segments are recorded", func() bool { return m.held() == 4 })
	verify(t, dir, m)
	if tl, _ := m.recorded(); len(tl) != 1 || m.frames() != 200 {
		t.Errorf("%d epochs, %d frames, want 1 and 200", len(tl), m.frames())
	}
	for _, name := range []string{"4.ts.part", "7.ts"} {
		if _, err := os.Stat(in(filepath.Join(quarantineDir, name))); err != nil {
			t.Errorf("%s is not in quarantine: %v", name, err)
		}
	}
	if _, err := os.Stat(in("init-0.mp4")); err == nil {
		t.Error("an init segment that nothing needs is still there")
	}
}

// script is a source that gives pieces and then waits, or fails.
type script struct {
	pieces []Piece
	rewind bool
	errs   []error // of the first Runs, before anything is given
	runs   atomic.Int32
}

func (s *script) Run(ctx context.Context, emit func(Piece) error) error {
	if n := int(s.runs.Add(1)); n <= len(s.errs) {
		return s.errs[n-1]
	}
	for i, p := range s.pieces {
		p.Rewound = p.Rewound || s.rewind && i == 0
		if err := emit(p); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

// TestEpochs gives sequences of pieces and compares the epochs that result.
func TestEpochs(t *testing.T) {
	pieces := closedTS(t)
	jump := func(name string, offset string) []Piece {
		return segments(t, made(t, name, source("25", 4), h264(25, false), []string{"-output_ts_offset", offset}, hls("mpegts")))
	}
	large := segments(t, made(t, "rec-large", []string{"-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-f", "lavfi", "-i", "sine=sample_rate=48000", "-t", "4"},
		h264(25, false), []string{"-output_ts_offset", "4"}, hls("mpegts")))
	wrap := segments(t, made(t, "ts-wrap", source("25", 8), h264(25, false), []string{"-output_ts_offset", "95440"}, hls("mpegts")))
	marked := slices.Clone(pieces[:4])
	marked[2].Discontinuity = true
	bad := Piece{Container: clip.MPEGTS, Bytes: []byte("<html>502 Bad Gateway</html>")}
	for _, c := range []struct {
		name   string
		pieces []Piece
		epochs []int  // segments in each
		reason string // part of the last epoch's
		gaps   int
	}{
		{"continuous", pieces, []int{6}, "began", 0},
		{"wrap of the clock", wrap, []int{4}, "began", 0},
		{"a segment is missing", slices.Concat(pieces[:2], pieces[3:]), []int{5}, "began", 1},
		{"a bad segment", slices.Concat(pieces[:2], []Piece{bad}, pieces[3:]), []int{5}, "began", 1},
		{"a lost segment", slices.Concat(pieces[:2], []Piece{{Lost: errors.New("404")}}, pieces[3:]), []int{5}, "began", 1},
		{"marked discontinuity", marked, []int{2, 2}, "discontinuity", 0},
		{"clock goes back", slices.Concat(pieces[3:], pieces[:2]), []int{3, 2}, "back", 0},
		{"clock goes ahead", slices.Concat(pieces[:2], jump("rec-ahead", "5000")), []int{2, 2}, "ahead", 0},
		{"clock goes back over zero", slices.Concat(jump("rec-ahead", "5000"), pieces[:1]), []int{2, 1}, "back", 0},
		{"other size", slices.Concat(pieces[:2], large), []int{2, 2}, "640x360", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, dir := newMemory(), t.TempDir()
			want := 0
			for _, n := range c.epochs {
				want += n
			}
			// Arrival in real time: each piece two seconds after the one before.
			now := time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)
			given := slices.Clone(c.pieces)
			for i := range given {
				now = now.Add(2 * time.Second)
				given[i].Arrived = now
			}
			stop := startRecorder(t, clip.Feed{ID: "match"}, &script{pieces: given}, dir, m)
			eventually(t, "all is recorded", func() bool { return m.held() == want })
			eventually(t, "health is told", func() bool { m.mu.Lock(); defer m.mu.Unlock(); return m.health.Segments == want })
			stop()
			verify(t, dir, m)
			tl, segs := m.recorded()
			var got []int
			for _, e := range tl {
				n := 0
				for _, s := range segs {
					if s.Epoch == e.ID {
						n++
					}
				}
				got = append(got, n)
			}
			if !slices.Equal(got, c.epochs) || !strings.Contains(tl[len(tl)-1].Reason, c.reason) {
				t.Errorf("segments by epoch %v, want %v; timeline %+v", got, c.epochs, tl)
			}
			if m.health.Gaps != c.gaps {
				t.Errorf("%d gaps, want %d", m.health.Gaps, c.gaps)
			}
		})
	}
}

// TestRetention lets old segments go, with their files, but not those that a
// highlight needs.
func TestRetention(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	m.pinned[2] = true
	f := clip.Feed{ID: "match", Window: 5 * time.Second}
	clock := newClock()
	startRecorder(t, f, &script{pieces: closedTS(t)}, dir, m, func(r *Recorder) { r.Now = clock.now })
	eventually(t, "the window is as long as it may be", func() bool {
		_, segs := m.recorded()
		var seqs []int64
		for _, s := range segs {
			seqs = append(seqs, s.Seq)
		}
		return slices.Equal(seqs, []int64{2, 4, 5, 6})
	})
	eventually(t, "the playlist follows", func() bool {
		return strings.Contains(string(read(t, filepath.Join(dir, "match", playlistName))), "MEDIA-SEQUENCE:4")
	})
	gone := func() bool {
		_, err1 := os.Stat(filepath.Join(dir, "match", "1.ts"))
		_, err2 := os.Stat(filepath.Join(dir, "match", "3.ts"))
		return errors.Is(err1, os.ErrNotExist) && errors.Is(err2, os.ErrNotExist)
	}
	if gone() {
		t.Error("the files are deleted at once: who watches the oldest part has no grace")
	}
	clock.add(Grace + expireEvery)
	eventually(t, "the files are deleted after a grace", gone)
}

// TestStall sees that nothing comes, says so, and recovers.
func TestStall(t *testing.T) {
	l := newLive(t, closedTS(t))
	m, dir := newMemory(), t.TempDir()
	l.show(0, 2)
	clock := newClock()
	startRecorder(t, l.feed(), hurried(l.feed()), dir, m, func(r *Recorder) { r.Now = clock.now })
	state := func() clip.FeedState { m.mu.Lock(); defer m.mu.Unlock(); return m.health.State }
	eventually(t, "it records", func() bool { return m.held() == 2 && state() == clip.FeedRecording })
	clock.add(6 * time.Second)
	eventually(t, "it is stalled", func() bool { return state() == clip.FeedStalled })
	m.mu.Lock()
	if m.health.Detail == "" {
		t.Error("it does not say why")
	}
	m.mu.Unlock()
	l.show(0, 4)
	eventually(t, "it records again", func() bool { return m.held() == 4 && state() == clip.FeedRecording })
	verify(t, dir, m)
	if tl, _ := m.recorded(); len(tl) != 1 {
		t.Errorf("%d epochs, want 1", len(tl))
	}
}

// TestCatalogueTrouble: a catalogue that fails for a while loses nothing; one
// where somebody else records the same feed ends the recording.
func TestCatalogueTrouble(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	m.fail = 2
	stop := startRecorder(t, clip.Feed{ID: "match"}, &script{pieces: closedTS(t)[:2]}, dir, m)
	eventually(t, "both are recorded", func() bool { return m.held() == 2 })
	stop()
	verify(t, dir, m)
	m.clash = true
	r := &Recorder{Feed: clip.Feed{ID: "match"}, Source: &script{pieces: closedTS(t)[2:3]}, Dir: dir, Index: m, Log: quietLog()}
	if err := r.Run(t.Context()); clip.KindOf(err) != clip.Conflict {
		t.Errorf("Run: %v, want a conflict", err)
	}
}

// TestSourceComesBack retries a source that fails.
func TestSourceComesBack(t *testing.T) {
	m, dir := newMemory(), t.TempDir()
	down := clip.Errorf(clip.Unavailable, "fetch", "connection refused")
	s := &script{pieces: closedTS(t)[:1], errs: []error{down, down}}
	began := time.Now()
	startRecorder(t, clip.Feed{ID: "match"}, s, dir, m)
	eventually(t, "it records", func() bool { return m.held() == 1 })
	if d := time.Since(began); d < 2*minBackOff {
		t.Errorf("three tries within %s", d)
	}
}
