package feed

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// site serves the files of a directory under any path, and files of its own,
// and fails as a test wants it.
type site struct {
	*httptest.Server
	mu      sync.Mutex
	files   map[string]string
	fail    map[string]int // status by name; -1: no answer
	fetched map[string]int
	guard   func(*http.Request) bool // nil: everybody may
	query   string                   // of segments
	cookie  *http.Cookie             // comes with playlists
	begun   time.Time
}

func newSite(t *testing.T, dir string) *site {
	s := &site{files: map[string]string{}, fail: map[string]int{}, fetched: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Base(r.URL.Path)
		s.mu.Lock()
		s.fetched[name]++
		code, text := s.fail[name], s.files[name]
		if s.guard != nil && !s.guard(r) {
			code = http.StatusForbidden
		}
		s.mu.Unlock()
		if s.cookie != nil && strings.HasSuffix(name, ".m3u8") {
			http.SetCookie(w, s.cookie)
		}
		switch {
		case code < 0:
			<-r.Context().Done()
		case code > 0:
			w.WriteHeader(code)
		case text != "":
			fmt.Fprint(w, text)
		default:
			http.ServeFile(w, r, filepath.Join(dir, name))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *site) feed(name string) clip.Feed {
	return clip.Feed{ID: "x", URL: s.URL + "/" + name, AllowPrivate: true, Lang: "en"}
}

// captioned gives a packaged feed of 12 s two subtitle playlists, with a caption
// in every second of the clock of its first frame. English is said in segments
// of 6 s, and what stands across their border twice.
func captioned(t *testing.T, s *site, first clip.Ticks) {
	t.Helper()
	line := func(sec int) string {
		return fmt.Sprintf("00:00:%02d.200 --> 00:00:%02d.900\nsecond %d\n\n", sec, sec, sec)
	}
	across := "00:00:05.500 --> 00:00:06.100\nacross\n\n"
	for n := range 2 {
		text := fmt.Sprintf("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:%d\n\n", first.Raw())
		for sec := 6 * n; sec < 6*n+6; sec++ {
			text += line(sec)
		}
		s.files[fmt.Sprintf("en%d.vtt", n)] = text + across
	}
	s.files["en.m3u8"] = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nen0.vtt\n#EXTINF:6,\nen1.vtt\n#EXT-X-ENDLIST\n"
	s.files["fr.m3u8"] = strings.ReplaceAll(s.files["en.m3u8"], "en", "fr")
	s.files["master.m3u8"] = `#EXTM3U
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="French",LANGUAGE="fr",DEFAULT=YES,URI="fr.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="Forced",LANGUAGE="en",FORCED=YES,URI="forced.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",LANGUAGE="en",URI="en.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=9,CODECS="avc1.64001f,mp4a.40.2",SUBTITLES="s"
index.m3u8
`
}

// TestSubtitles records the captions of a WebVTT playlist at the frames that
// they are tied to, once each, also where the 33-bit clock wraps between.
func TestSubtitles(t *testing.T) {
	for name, args := range map[string][]string{"mpegts": hls("mpegts"), "fmp4": hls("fmp4"),
		"wrap": append([]string{"-output_ts_offset", "95438"}, hls("mpegts")...)} {
		t.Run(name, func(t *testing.T) {
			dir := made(t, "subtitled-"+name, source("25", 12), h264(50, false), args)
			c, err := Scan(segments(t, dir)[0])
			if err != nil {
				t.Fatal(err)
			}
			s := newSite(t, dir)
			captioned(t, s, c.First)
			m, dvr := newMemory(), t.TempDir()
			f := s.feed("master.m3u8")
			r := &Recorder{Feed: f, Source: hurried(f), Dir: dvr, Index: m, Log: quietLog()}
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			verify(t, dvr, m)
			got := map[string]string{}
			for _, q := range m.cues {
				got[q.Text] = fmt.Sprintf("%s %s-%s", q.Lang, (q.From - c.First).Duration(), (q.To - c.First).Duration())
			}
			want := map[string]string{"across": "en 5.5s-6.1s"}
			for sec := range 12 {
				want[fmt.Sprintf("second %d", sec)] = fmt.Sprintf("en %s-%s", time.Duration(sec*1000+200)*time.Millisecond, time.Duration(sec*1000+900)*time.Millisecond)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || len(m.cues) != len(want) {
				t.Errorf("%d cues\n got %v\nwant %v", len(m.cues), got, want)
			}
			if s.fetched["fr.m3u8"]+s.fetched["forced.m3u8"] > 0 || s.fetched["en0.vtt"] != 1 || s.fetched["en1.vtt"] != 1 {
				t.Errorf("fetched %v", s.fetched)
			}
		})
	}
}

// TestSubtitlesFail loses no picture for captions, and says what is missing.
func TestSubtitlesFail(t *testing.T) {
	dir := made(t, "subtitled-mpegts", source("25", 12), h264(50, false), hls("mpegts"))
	c, err := Scan(segments(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		spoil  func(s *site)
		cues   int
		detail string
	}{
		{"no playlist", func(s *site) { s.fail["en.m3u8"] = 404 }, 0, "en.m3u8"},
		{"a playlist that never comes", func(s *site) { s.fail["en.m3u8"] = -1 }, 0, "did not answer"},
		{"one segment is gone", func(s *site) { s.fail["en0.vtt"] = 404 }, 7, "en0.vtt"},
		{"one segment is a web page", func(s *site) { s.files["en0.vtt"] = "<html>" }, 7, "WEBVTT"},
		{"a master instead", func(s *site) { s.files["en.m3u8"] = s.files["master.m3u8"] }, 0, "multivariant"},
		{"another clock", func(s *site) {
			s.files["en0.vtt"] = strings.Replace(s.files["en0.vtt"], "MPEGTS:", "MPEGTS:99", 1)
		}, 7, "X-TIMESTAMP-MAP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, dir)
			captioned(t, s, c.First)
			tt.spoil(s)
			m, dvr := newMemory(), t.TempDir()
			f := s.feed("master.m3u8")
			r := &Recorder{Feed: f, Source: hurried(f), Dir: dvr, Index: m, Log: quietLog()}
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if m.frames() != 300 || m.health.Lost != 0 || len(m.cues) != tt.cues || !strings.Contains(m.health.Detail, tt.detail) {
				t.Errorf("%d frames, %d lost, %d cues, %q", m.frames(), m.health.Lost, len(m.cues), m.health.Detail)
			}
		})
	}
}

// TestCaptionsBeside reads the captions in the pictures beside those of a
// playlist, which may fail.
func TestCaptionsBeside(t *testing.T) {
	riders := map[int]rider{}
	for i, p := range join(control(0x20), row15(), typed("FROM THE PICTURES"), control(0x2f)) {
		riders[10+i] = rider{pairs: [][2]byte{p}}
	}
	pieces := segments(t, made(t, "subtitled-mpegts", source("25", 12), h264(50, false), hls("mpegts")))
	c, err := Scan(pieces[0])
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]map[string]string{
		0:   {"second 0": "webvtt:1 en", "FROM THE PICTURES": "cea608:1 en"},
		500: {"FROM THE PICTURES": "cea608:1 en"},
	} {
		s := newSite(t, "")
		captioned(t, s, c.First)
		s.fail["en.m3u8"] = code
		list := "#EXTM3U\n#EXT-X-TARGETDURATION:2\n"
		for i, p := range pieces {
			s.files[fmt.Sprintf("s%d.ts", i)] = string(inject(t, p.Bytes, 50*i, riders))
			list += fmt.Sprintf("#EXTINF:2,\ns%d.ts\n", i)
		}
		s.files["index.m3u8"] = list + "#EXT-X-ENDLIST\n"
		m, f := newMemory(), s.feed("master.m3u8")
		r := &Recorder{Feed: f, Source: hurried(f), Dir: t.TempDir(), Index: m, Log: quietLog()}
		if err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, q := range m.cues {
			if q.Text == "second 0" || q.Service != "webvtt:1" {
				got[q.Text] = q.Service + " " + q.Lang
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("where the playlist answers %d (-want +got):\n%s", code, d)
		}
	}
}

// TestCompanionReadOnce reads the playlist of the sound once while a window is
// caught up, not for every segment.
func TestCompanionReadOnce(t *testing.T) {
	s := newSite(t, separate(t, "mpegts"))
	collect(t, hurried(s.feed("master.m3u8")), 6)
	if n := s.fetched["v1.m3u8"]; n != 1 {
		t.Errorf("the sound's playlist was read %d times for six segments that were there", n)
	}
}

// TestSoundFails records every picture although the sound's playlist fails for
// a while, in one epoch, and goes on with sound.
func TestSoundFails(t *testing.T) {
	for _, kind := range []string{"mpegts", "fmp4"} {
		for _, what := range []string{"v1.m3u8", "v11.ts", "v11.m4s"} {
			if strings.HasSuffix(what, "ts") && kind == "fmp4" || strings.HasSuffix(what, "m4s") && kind == "mpegts" {
				continue
			}
			t.Run(kind+" "+what, func(t *testing.T) {
				s := newSite(t, separate(t, kind))
				m, dvr := newMemory(), t.TempDir()
				f := s.feed("master.m3u8")
				startRecorder(t, f, slowly(hurried(f), func(n int) {
					s.change(func() { s.fail[what] = map[bool]int{true: 500}[n >= 1 && n <= 4] })
					if n > 4 {
						time.Sleep(restFor / 25) // twice as long as a sound that failed is left alone
					}
				}), dvr, m)
				eventually(t, "all is recorded", func() bool { return m.held() == 6 })
				verify(t, dvr, m)
				tl, segs := m.recorded()
				if len(tl) != 1 || m.frames() != 300 || m.health.Lost != 0 || tl[0].Format.Audio != "aac" {
					t.Errorf("timeline %+v with %d frames, %d lost: %s", tl, m.frames(), m.health.Lost, m.health.Detail)
				}
				if d := segs[5].First - segs[5].Sound.From; d > clip.TickRate {
					t.Errorf("the last segment brings sound of %s before its pictures: a cut does not look for it there", d.Duration())
				}
				if segs[5].Sound == (clip.Span90{}) || abs(segs[5].Sound.To-segs[5].End) > clip.TickRate/5 {
					t.Errorf("the sound of the last segment is %+v, its pictures end at %d", segs[5].Sound, segs[5].End)
				}
			})
		}
	}
}

// slowly gives the pieces of a source with something done after the n-th.
func slowly(s Source, after func(n int)) Source { return &slow{Source: s, after: after} }

type slow struct {
	Source
	n     int
	after func(n int)
}

func (s *slow) Resume(place string) {
	if r, ok := s.Source.(Resumer); ok {
		r.Resume(place)
	}
}

func (s *slow) Run(ctx context.Context, emit func(Piece) error) error {
	return s.Source.Run(ctx, func(p Piece) error {
		err := emit(p)
		s.n++
		s.after(s.n)
		return err
	})
}
