package feed

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// rung makes 20 segments of one second of a variant.
func rung(t *testing.T, size string) []Piece {
	t.Helper()
	return segments(t, made(t, "rung-"+size, source("25", 20), h264(25, false, "-s", size), []string{"-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "index.m3u8"}))
}

// show publishes the first n segments of a variant.
func (s *site) show(name string, pieces []Piece, n int, base int, timed bool) {
	at := time.Now().UTC().Add(-20 * time.Second)
	if s.begun.IsZero() {
		s.begun = at
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:%d\n", base)
	for i := range min(n, len(pieces)) {
		if timed {
			fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", s.begun.Add(time.Duration(i)*time.Second).Format("2006-01-02T15:04:05.000Z"))
		}
		fmt.Fprintf(&b, "#EXTINF:1,\n%s%d.ts%s\n", name, i, s.query)
		s.files[fmt.Sprintf("%s%d.ts", name, i)] = string(pieces[i].Bytes)
	}
	if n >= len(pieces) {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	s.files[name+".m3u8"] = b.String()
}

// sizes lists the widths of the epochs.
func sizes(tl clip.Timeline) (out []int) {
	for _, e := range tl {
		out = append(out, e.Format.Width)
	}
	return out
}

// TestVariantGone goes on with the lesser variant when the best one is gone,
// and with the best one when it is there again. Numbers differ between the
// variants; no picture is lost and none recorded twice.
func TestVariantGone(t *testing.T) {
	hi, lo := rung(t, "320x180"), rung(t, "160x90")
	s := newSite(t, "")
	s.files["master.m3u8"] = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.42c00c\"\nlo.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=9,CODECS=\"avc1.64001f\"\nhi.m3u8\n"
	publish := func(n int) {
		s.show("hi", hi, n, 0, true)
		s.show("lo", lo, n, 1000, true)
	}
	publish(3)
	f := s.feed("master.m3u8")
	m, dir := newMemory(), t.TempDir()
	r := &Recorder{Feed: f, Dir: dir, Index: m, Log: quietLog(), Source: slowly(hurried(f), func(n int) {
		if n == 12 {
			time.Sleep(lookAgain/50 + 50*time.Millisecond)
		}
		s.change(func() {
			publish(n + 1)
			s.fail["hi.m3u8"] = map[bool]int{true: 404}[n >= 5 && n < 12]
		})
	})}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	verify(t, dir, m)
	tl, _ := m.recorded()
	if got := fmt.Sprint(sizes(tl)); got != "[320 160 320]" || m.frames() != 500 || m.health.Lost != 0 {
		t.Errorf("epochs of %s with %d frames, %d lost; want [320 160 320] with 500", got, m.frames(), m.health.Lost)
	}
	for i := 1; i < len(tl); i++ {
		if d := tl[i].Start.Sub(tl[i-1].Time(tl[i-1].End)); d < 0 || d > 50*time.Millisecond {
			t.Errorf("epoch %d begins %s after the one before", tl[i].ID, d)
		}
	}
}

// TestEqualVariant takes the second of two equal variants at once.
func TestEqualVariant(t *testing.T) {
	hi := rung(t, "320x180")
	s := newSite(t, "")
	s.files["master.m3u8"] = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\none.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=9\ntwo.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=1\nthree.m3u8\n"
	s.show("two", hi, 20, 0, false)
	s.fail["one.m3u8"] = 503
	p := collect(t, hurried(s.feed("master.m3u8")), 20)
	if p[19].Lost != nil || s.fetched["three.m3u8"] != 0 {
		t.Errorf("%v; fetched %v", p[19].Lost, s.fetched)
	}
}

// TestAddressChanges keeps its place when the playlist is to be had under
// another path only, with and without stated times: one epoch, every segment
// once.
func TestAddressChanges(t *testing.T) {
	hi := rung(t, "320x180")
	for _, timed := range []bool{true, false} {
		t.Run(fmt.Sprintf("timed %v", timed), func(t *testing.T) {
			s := newSite(t, "")
			session := 1
			s.guard = func(r *http.Request) bool {
				return r.URL.Path == "/master.m3u8" || strings.HasPrefix(r.URL.Path, fmt.Sprintf("/session%d/", session))
			}
			publish := func(n int) {
				s.files["master.m3u8"] = fmt.Sprintf("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nsession%d/hi.m3u8\n", session)
				s.show("hi", hi, n, 0, timed)
			}
			publish(4)
			f := s.feed("master.m3u8")
			m, dir := newMemory(), t.TempDir()
			r := &Recorder{Feed: f, Dir: dir, Index: m, Log: quietLog(), Source: slowly(hurried(f), func(n int) {
				if n == 12 {
					time.Sleep(askAnew / 50)
				}
				s.change(func() {
					if n == 6 || n == 12 {
						session++
					}
					publish(n + 2)
				})
			})}
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			verify(t, dir, m)
			if tl, _ := m.recorded(); len(tl) != 1 || m.frames() != 500 || m.health.Lost != 0 {
				t.Errorf("%d epochs with %d frames, %d lost: %s", len(tl), m.frames(), m.health.Lost, m.health.Detail)
			}
			for i := range 20 {
				if n := s.fetched[fmt.Sprintf("hi%d.ts", i)]; n > 2 {
					t.Errorf("segment %d was fetched %d times", i, n)
				}
			}
		})
	}
}

// TestTokenChanges loses nothing when the token that segments are fetched by
// runs out, or when it is a cookie.
func TestTokenChanges(t *testing.T) {
	hi := rung(t, "320x180")
	for _, kind := range []string{"query", "cookie"} {
		t.Run(kind, func(t *testing.T) {
			s := newSite(t, "")
			token := 1
			s.guard = func(r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, ".m3u8") {
					return true
				}
				c, err := r.Cookie("token")
				return r.URL.Query().Get("token") == fmt.Sprint(token) || err == nil && c.Value == "5"
			}
			if s.query = "?token=1"; kind == "cookie" {
				s.query, s.cookie = "", &http.Cookie{Name: "token", Value: "5"}
			}
			s.show("hi", hi, 4, 0, false)
			f := s.feed("hi.m3u8")
			m, dir := newMemory(), t.TempDir()
			r := &Recorder{Feed: f, Dir: dir, Index: m, Log: quietLog(), Source: slowly(hurried(f), func(n int) {
				s.change(func() {
					if n == 6 { // the playlist that was read names a segment by the token before
						token++
					}
					s.query = map[bool]string{true: fmt.Sprintf("?token=%d", token)}[kind == "query"]
					s.show("hi", hi, n+3, 0, false)
				})
			})}
			if err := r.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if tl, _ := m.recorded(); len(tl) != 1 || m.frames() != 500 || m.health.Lost != 0 {
				t.Errorf("%d epochs with %d frames, %d lost: %s", len(tl), m.frames(), m.health.Lost, m.health.Detail)
			}
		})
	}
}

// TestResumeElsewhere goes on after a restart behind what is recorded, although
// the address is another one and sound comes in a playlist of its own.
func TestResumeElsewhere(t *testing.T) {
	s := newSite(t, separate(t, "mpegts"))
	m, dir := newMemory(), t.TempDir()
	begun := func(path string) func() error {
		f := s.feed(path + "/master.m3u8")
		return startRecorder(t, f, slowly(hurried(f), func(int) { time.Sleep(50 * time.Millisecond) }), dir, m)
	}
	stop := begun("one")
	eventually(t, "some is recorded", func() bool { return m.held() >= 2 })
	stop()
	had := m.held()
	begun("two")
	eventually(t, "the rest is recorded", func() bool { return m.held() == 6 })
	time.Sleep(100 * time.Millisecond)
	if m.frames() != 300 || had == 6 || s.fetched["v00.ts"] != 1 {
		t.Errorf("%d frames after %d segments before the restart, want 300; fetched %v", m.frames(), had, s.fetched)
	}
	verify(t, dir, m)
}
