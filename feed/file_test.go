package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// copied is what package media does for a source: ffmpeg copies an input into
// MPEG-TS.
func copied(ctx context.Context, in Input, out io.Writer) error {
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", strings.Join(in.Protocols, ","))
	if strings.HasPrefix(in.URL, "rtsp:") {
		cmd.Args = append(cmd.Args, "-rtsp_transport", "tcp")
	}
	cmd.Args = append(cmd.Args, "-i", in.URL, "-map", "0:v:0", "-map", "0:a?", "-c", "copy", "-f", "mpegts", "-flush_packets", "1", "pipe:1")
	var complaints strings.Builder
	cmd.Stdout, cmd.Stderr = out, &complaints
	if err := cmd.Run(); err != nil {
		return clip.Errorf(clip.Unavailable, "remux", "%w: %s", err, complaints.String())
	}
	return nil
}

// fileFeed makes the source of a file.
func fileFeed(t *testing.T, text string, window time.Duration) *recordedFile {
	t.Helper()
	s, err := Open(clip.Feed{ID: "f", URL: text, AllowPrivate: true, Window: window}, Tools{Remux: copied}, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	return s.(*recordedFile)
}

// all runs a source to its end.
func all(t *testing.T, s Source) []Piece {
	t.Helper()
	var got []Piece
	if err := s.Run(t.Context(), func(p Piece) error { got = append(got, p); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

// filed writes a file.
func filed(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// jumping is a transport stream whose clock jumps ahead by more than an hour
// after its first six seconds.
func jumping(t *testing.T) []byte {
	a, b := endless(t, "endless"), endless(t, "endless-later", "-output_ts_offset", "5000")
	return append(append([]byte(nil), a[:len(a)/2/packetSize*packetSize]...), b...)
}

// TestImport records a whole file, with programme time by its own clock,
// through a jump of it.
func TestImport(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 7, 26, 20, 0, 0, 0, time.UTC)
	path := filed(t, "match.ts", jumping(t))
	for _, c := range []struct {
		name, url string
		start     time.Time
	}{
		{"stated", "import://" + path + "?start=" + url.QueryEscape("2026-07-26T22:00:00+02:00"), start},
		{"by the window", "import://" + path, time.Now().Add(-time.Hour)},
	} {
		m := newMemory()
		s := fileFeed(t, c.url, time.Hour)
		r := &Recorder{Feed: s.feed, Source: s, Dir: t.TempDir(), Index: m, Log: quietLog()}
		if err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		tl, segs := m.recorded()
		if len(tl) != 2 || len(segs) < 9 {
			t.Fatalf("%s: %d epochs and %d segments", c.name, len(tl), len(segs))
		}
		if off := tl[0].Start.Sub(c.start).Abs(); off > 2*time.Second || c.start.Equal(start) && off > 0 {
			t.Errorf("%s: it begins at %s, want %s", c.name, tl[0].Start, c.start)
		}
		frames := 0
		for _, s := range segs {
			frames += len(s.Frames)
			want := tl[0].Start.Add(time.Duration(frames-len(s.Frames)) * 40 * time.Millisecond)
			if off := s.Start.Sub(want).Abs(); off > 120*time.Millisecond {
				t.Errorf("%s: segment %d is %s off", c.name, s.Seq, off)
			}
		}
		if frames < 445 {
			t.Errorf("%s: %d pictures of 450", c.name, frames)
		}
		for _, e := range tl {
			if len(e.Bends) > 0 || e.End == e.First {
				t.Errorf("%s: epoch %d: %+v", c.name, e.ID, e)
			}
		}
	}
}

// TestImportGoesOn gives after a restart what was not given before, and keeps
// the programme time.
func TestImportGoesOn(t *testing.T) {
	t.Parallel()
	path := filed(t, "match.ts", jumping(t))
	media := func(all []Piece) []Piece { return slices.DeleteFunc(all, func(p Piece) bool { return p.Bytes == nil }) }
	whole := media(all(t, fileFeed(t, "import://"+path, time.Hour)))
	for stop := 1; stop < len(whole); stop += 2 {
		s := fileFeed(t, "import://"+path, time.Hour)
		enough := errors.New("enough")
		var got []Piece
		err := s.Run(t.Context(), func(p Piece) error {
			if len(got) == stop {
				return enough
			}
			got = media(append(got, p))
			return nil
		})
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
		later := fileFeed(t, "import://"+path+"?start=2020-01-01T00:00:00Z", time.Hour)
		later.Resume("")
		later.Resume("nonsense 1 2")
		later.Resume(got[stop-1].Place)
		got = append(got, media(all(t, later))...)
		if len(got) != len(whole) {
			t.Fatalf("after %d of %d: %d pieces in all", stop, len(whole), len(got))
		}
		for i, p := range got {
			if string(p.Bytes) != string(whole[i].Bytes) || p.Discontinuity != whole[i].Discontinuity {
				t.Errorf("after %d: piece %d differs", stop, i)
			}
			if i > 0 && p.ProgramTime.Sub(got[0].ProgramTime) != whole[i].ProgramTime.Sub(whole[0].ProgramTime) {
				t.Errorf("after %d: piece %d begins at %s, the first at %s", stop, i, p.ProgramTime, got[0].ProgramTime)
			}
		}
	}
	if err := os.WriteFile(path, endless(t, "endless"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := fileFeed(t, "import://"+path, time.Hour)
	other.Resume(whole[len(whole)-1].Place)
	if n := len(all(t, other)); n != 6 {
		t.Errorf("%d pieces of another file with the same name, want 6", n)
	}
}

// TestImportTooLong says that the window is too short.
func TestImportTooLong(t *testing.T) {
	t.Parallel()
	said := 0
	for _, p := range all(t, fileFeed(t, "import://"+filed(t, "match.ts", endless(t, "endless")), 5*time.Second)) {
		if p.remark != nil && strings.Contains(p.remark.Error(), "longer window") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("it was said %d times", said)
	}
}

// TestRehearsal plays a file as fast as its clock runs, through a jump of it,
// and after a restart goes on where it was, as after an outage.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	path := filed(t, "match.ts", jumping(t))
	s := fileFeed(t, "file://"+path, time.Hour)
	began := time.Now()
	var came []time.Duration
	var got []Piece
	enough := errors.New("enough")
	err := s.Run(t.Context(), func(p Piece) error {
		came = append(came, time.Since(began))
		if got = append(got, p); len(got) == 5 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
	for i, p := range got {
		end := p.lies.to.Duration()
		if early := end - came[i]; early > 100*time.Millisecond || early < -3*time.Second {
			t.Errorf("piece %d ends at %s and came after %s", i, end, came[i])
		}
		if !p.ProgramTime.IsZero() || time.Since(p.Arrived) > 30*time.Second {
			t.Errorf("piece %d: %s, arrived %s", i, p.ProgramTime, p.Arrived)
		}
	}
	later := fileFeed(t, "file://"+path, time.Hour)
	later.Resume(got[1].Place)
	began = time.Now()
	err = later.Run(t.Context(), func(p Piece) error {
		if took := time.Since(began); !p.Discontinuity || string(p.Bytes) != string(got[2].Bytes) || took > 5*time.Second {
			t.Errorf("it goes on after %s, break %t, in the right place %t", took, p.Discontinuity, string(p.Bytes) == string(got[2].Bytes))
		}
		return enough
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
}

// TestRemuxedFile reads containers that are no transport stream.
func TestRemuxedFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"match.mp4", "match.mkv"} {
		dir := made(t, name, source("25", 6), h264(25, false), []string{name})
		frames := 0
		for _, p := range all(t, fileFeed(t, "import://"+filepath.Join(dir, name), time.Hour)) {
			c, err := Scan(p)
			if err != nil {
				t.Fatal(err)
			}
			frames += len(c.Frames)
		}
		if frames != 150 {
			t.Errorf("%s: %d pictures of 150", name, frames)
		}
	}
}

// TestFileSaysWhyNot: what is no feed.
func TestFileSaysWhyNot(t *testing.T) {
	t.Parallel()
	ts := filed(t, "match.ts", endless(t, "endless"))
	sound := filepath.Join(made(t, "sound-only", source("25", 3), []string{"-vn", "-c:a", "aac", "-f", "mpegts", "sound.ts"}), "sound.ts")
	for _, c := range []struct {
		url, want string
		kind      clip.Kind
	}{
		{"import://" + sound, "no programme in it has a video track of H.264 or HEVC", clip.Invalid},
		{"import://" + filed(t, "notes.mp4", []byte(strings.Repeat("these are no pictures ", 1000))), "Invalid data", clip.Unavailable},
		{"import://" + filepath.Dir(ts), "is no file", clip.Invalid},
		{"import:///nowhere/match.ts", "no such file", clip.NotFound},
		{"import://host" + ts, "absolute path", clip.Invalid},
		{"file://" + ts + "?start=2026-07-26T20:00:00Z", "has no option such as start=", clip.Invalid},
		{"import://" + ts + "?begin=1", "no option begin=", clip.Invalid},
		{"import://" + ts + "?start=tonight", "2026-11-24T20:00:00Z", clip.Invalid},
		{"import://" + ts + "?start=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "lies in the future", clip.Invalid},
	} {
		f, err := Probe(t.Context(), clip.Feed{ID: "f", URL: c.url, AllowPrivate: true, Window: time.Hour}, Tools{Remux: copied}, quietLog())
		if err == nil || clip.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (%s), %+v", c.url, err, clip.KindOf(err), f)
		}
	}
	_, err := Probe(t.Context(), clip.Feed{ID: "f", URL: "import://" + ts, Window: time.Hour}, Tools{}, quietLog())
	if clip.KindOf(err) != clip.Denied {
		t.Errorf("a file that the feed does not allow: %v", err)
	}
	_, err = probing(t, fmt.Sprintf("import://%s", filed(t, "match.mp4", make([]byte, 5000))), "")
	if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "no ffmpeg") {
		t.Errorf("without ffmpeg: %v", err)
	}
}
