package feed

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// TestHLSFromVariants reads a multivariant playlist behind a redirect, whose
// variant is one fMP4 file in byte ranges, and records it whole.
func TestHLSFromVariants(t *testing.T) {
	dir := made(t, "single-file", source("25", 6), h264(25, false), hls("fmp4", "-hls_flags", "single_file"))
	mux := http.NewServeMux()
	mux.HandleFunc("/start", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/deep/variants.m3u8?token=secret", http.StatusFound)
	})
	mux.HandleFunc("/deep/variants.m3u8", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1.64001f\"\nnothing.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=9,CODECS=\"avc1.64001f\"\n../media/index.m3u8\n")
	})
	mux.Handle("/media/", http.StripPrefix("/media/", http.FileServer(http.Dir(dir))))
	s := httptest.NewServer(mux)
	defer s.Close()

	m, dvr := newMemory(), t.TempDir()
	f := clip.Feed{ID: "match", URL: s.URL + "/start", AllowPrivate: true}
	r := &Recorder{Feed: f, Source: hurried(f), Dir: dvr, Index: m, Log: quietLog()}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	verify(t, dvr, m)
	if tl, _ := m.recorded(); len(tl) != 1 || m.frames() != 150 || tl[0].Format.Container != clip.FMP4 {
		t.Errorf("timeline %+v with %d frames", tl, m.frames())
	}
	plays(t, filepath.Join(dvr, "match", playlistName), 150)
}

// collect runs a source until it gave n pieces.
func collect(t *testing.T, s Source, n int) (pieces []Piece) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.Run(ctx, func(p Piece) error {
		if pieces = append(pieces, p); len(pieces) == n {
			cancel()
		}
		return nil
	})
	if len(pieces) < n {
		t.Fatalf("%d pieces, want %d: %v", len(pieces), n, err)
	}
	return pieces
}

// TestHLSKeepsDiscontinuity: a break before a segment that cannot be had is a
// break before the next one.
func TestHLSKeepsDiscontinuity(t *testing.T) {
	l := newLive(t, closedTS(t))
	l.show(0, 4)
	l.breaks[1] = true
	l.faults["s1"] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
	h := hurried(l.feed())
	h.renewed = time.Now() // addresses were asked for already
	pieces := collect(t, h, 4)
	var got []string
	for _, p := range pieces {
		got = append(got, fmt.Sprintf("rewound %v, lost %v, break %v", p.Rewound, p.Lost != nil, p.Discontinuity))
	}
	want := []string{"rewound true, lost false, break false", "rewound false, lost true, break false",
		"rewound false, lost false, break true", "rewound false, lost false, break false"}
	if !slices.Equal(got, want) {
		t.Errorf("pieces\n got %q\nwant %q", got, want)
	}
}

// TestHLSWindowLimit begins no further back than the DVR reaches.
func TestHLSWindowLimit(t *testing.T) {
	l := newLive(t, closedTS(t))
	l.show(0, 6)
	f := l.feed()
	f.Window = 5e9
	p := collect(t, hurried(f), 3)
	if !bytes.Equal(p[0].Bytes, l.pieces[3].Bytes) || l.count("s2") != 0 {
		t.Error("it does not begin three segments before the end")
	}
	if d := p[2].Arrived.Sub(p[0].Arrived); d != 4e9 {
		t.Errorf("the first of three arrived %s before the last, want 4s", d)
	}
}

// TestHLSMissed says so when segments left the playlist unfetched.
func TestHLSMissed(t *testing.T) {
	l := newLive(t, closedTS(t))
	l.show(0, 1)
	h := hurried(l.feed())
	collect(t, h, 1)
	l.show(4, 5)
	p := collect(t, h, 2)
	if p[0].Lost == nil || clip.KindOf(p[0].Lost) != clip.Expired || p[1].Rewound {
		t.Errorf("pieces %v, %v", p[0].Lost, p[1].Rewound)
	}
}

// TestEventMessage finds SCTE-35 in an emsg box of an fMP4 segment.
func TestEventMessage(t *testing.T) {
	p := segments(t, made(t, "fmp4-closed", source("25", 6), h264(25, false), hls("fmp4")))[1]
	emsg := &mp4.EmsgBox{Version: 1, TimeScale: 1000, PresentationTime: 2500, SchemeIDURI: "urn:scte:scte35:2013:bin", MessageData: corpus(t, "goal.scte35")}
	var b bytes.Buffer
	if err := emsg.Encode(&b); err != nil {
		t.Fatal(err)
	}
	p.Bytes = append(b.Bytes(), p.Bytes...)
	c, err := Scan(p)
	if err != nil || len(c.messages) != 1 {
		t.Fatalf("%d sections, %v", len(c.messages), err)
	}
	marks, err := c.messages[0].marks(3)
	if err != nil || len(marks) != 1 || marks[0].PTS != 225000 || marks[0].Epoch != 3 || marks[0].Event != "5" {
		t.Errorf("marks %+v, %v", marks, err)
	}
}

// TestOpen tells what it can read.
func TestOpen(t *testing.T) {
	for url, want := range map[string]clip.Kind{
		"https://example.org/a.m3u8": -1, "synthetic:match?rate=25": -1,
		"": clip.Invalid, "example.org/a.m3u8": clip.Invalid, "https:///a.m3u8": clip.Invalid,
		"file:///etc/passwd": clip.Denied, "srt://example.org:9000": -1, "srt://example.org": clip.Invalid, "rtmp://example.org/live": clip.Invalid,
		"udp://239.1.1.1:5000": -1, "udp://239.1.1.1": clip.Invalid, "rtp://239.1.1.1:5000?interface=none9": clip.Invalid, "gopher://x": clip.Invalid, "synthetic:bars": clip.Invalid,
	} {
		_, err := Open(clip.Feed{ID: "x", URL: url}, Tools{}, quietLog())
		if want < 0 && err != nil || want >= 0 && clip.KindOf(err) != want {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// TestHungSource starts a source afresh that runs but gives nothing.
func TestHungSource(t *testing.T) {
	clock := newClock()
	m := newMemory()
	s := &script{}
	startRecorder(t, clip.Feed{ID: "match"}, s, t.TempDir(), m, func(r *Recorder) { r.Now = clock.now })
	eventually(t, "it runs", func() bool { m.mu.Lock(); defer m.mu.Unlock(); return m.health.State == clip.FeedStarting })
	clock.add(hungAfter + 5e9)
	eventually(t, "it runs again", func() bool { return s.runs.Load() == 2 })
	eventually(t, "health says so", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.health.State == clip.FeedStalled && m.health.Detail != ""
	})
}
