package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// servedInput is a row of the table of bad playlists for which it takes a
// server: the source gives pieces, loses one, or stops, and says why.
type servedInput struct {
	number int
	name   string
	files  map[string]http.HandlerFunc // by the path's last element; else media
	kind   clip.Kind                   // of the first error; ok: none
	text   string                      // in the first error
}

const ok = clip.Kind(-1)

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

// index is a server whose feed is a playlist.
func index(text string, files ...any) map[string]http.HandlerFunc {
	out := map[string]http.HandlerFunc{"index.m3u8": says(text)}
	for i := 0; i < len(files); i += 2 {
		out[files[i].(string)] = files[i+1].(http.HandlerFunc)
	}
	return out
}

// repeats writes the same until it is no longer read.
func repeats(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for b := bytes.Repeat([]byte(text), 1000); ; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}
}

// bomb is 100 MB in 100 kB.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	fmt.Fprint(z, "#EXTM3U\n")
	line := bytes.Repeat([]byte("#\n"), 1<<19)
	for range 100 {
		if _, err := z.Write(line); err != nil {
			return
		}
	}
	z.Close()
}

// nested names another multivariant playlist, without end.
func nested(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\ndeeper/%s\n", path.Base(r.URL.Path))
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
}

// withPassword asks for the user and the password of input 28.
func withPassword(w http.ResponseWriter, r *http.Request) {
	if user, pass, _ := r.BasicAuth(); user != "user" || pass != "secret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	fmt.Fprint(w, inputHead+"#EXTINF:4,\ns0\n#EXT-X-ENDLIST\n")
}

// servedInputs are all rows. HOST is the server's own address.
func servedInputs() []servedInput {
	end := "#EXT-X-ENDLIST\n"
	key := func(attributes string) string { return withTag("#EXT-X-KEY:METHOD=AES-128,"+attributes) + end }
	return []servedInput{
		{0, "good", index(withURI("s0") + end), ok, ""},
		{9, "100 MB", map[string]http.HandlerFunc{"index.m3u8": repeats("#EXTM3U\n")}, clip.Invalid, "more than 8388608 bytes"},
		{28, "user and password", map[string]http.HandlerFunc{"index.m3u8": withPassword}, ok, ""},
		{30, "segment at the metadata service", index(withURI("http://169.254.169.254/x") + end), clip.Denied, "public"},
		{31, "key on this machine", index(key(`URI="http://127.0.0.2/k"`)), clip.Denied, "public"},
		{33, "key of 5 bytes", index(key(`URI="k"`), "k", says("short")), clip.Invalid, "16 bytes"},
		{33, "key of 1 MB", index(key(`URI="k"`), "k", says(strings.Repeat("k", 1<<20))), clip.Invalid, "more than 1024 bytes"},
		{33, "key that is gone", index(key(`URI="k"`), "k", redirect("/gone")), clip.NotFound, "404"},
		{35, "init segment that is gone", index(withTag(`#EXT-X-MAP:URI="gone"`) + end), clip.NotFound, "404"},
		{37, "range beyond the end", index(withTag("#EXT-X-BYTERANGE:1000@99999999") + end), clip.Unavailable, "416"},
		{40, "a master that names itself", index("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nindex.m3u8\n"), clip.Invalid, ErrNested.Error()},
		{41, "masters without end", map[string]http.HandlerFunc{"index.m3u8": nested}, clip.Invalid, ErrNested.Error()},
		{42, "no variants", index("#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n"), clip.Unavailable, ErrPlaylistKind.Error()},
		{42, "only sound", index("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=0,CODECS=\"mp4a.40.2\"\na.m3u8\n"), clip.Invalid, ErrNoVariant.Error()},
		{46, "gzip bomb", map[string]http.HandlerFunc{"index.m3u8": bomb}, clip.Invalid, "more than 8388608 bytes"},
		{47, "chunks without end", map[string]http.HandlerFunc{"index.m3u8": repeats("#\n")}, clip.Invalid, "more than"},
		{48, "redirects without end", map[string]http.HandlerFunc{"index.m3u8": redirect("index.m3u8")}, clip.Unavailable, "more than 5"},
		{48, "redirect to a file", map[string]http.HandlerFunc{"index.m3u8": redirect("file:///etc/passwd")}, clip.Denied, "not http"},
		{48, "redirect to a private address", map[string]http.HandlerFunc{"index.m3u8": redirect("http://10.0.0.1/x")}, clip.Denied, "public"},
		{49, "import that the master does not define", index("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\na.m3u8\n", "a.m3u8",
			says(withTag(`#EXT-X-DEFINE:IMPORT="token"`)+end)), clip.Invalid, ErrVariables.Error()},
		{49, "import", index("#EXTM3U\n#EXT-X-DEFINE:NAME=\"n\",VALUE=\"s0\"\n#EXT-X-STREAM-INF:BANDWIDTH=9\na.m3u8\n", "a.m3u8",
			says(inputHead+"#EXT-X-DEFINE:IMPORT=\"n\"\n#EXTINF:4,\n{$n}\n"+end)), ok, ""},
	}
}

// TestServedInputs reads playlists from servers that mean no good.
func TestServedInputs(t *testing.T) {
	media := closedTS(t)[0].Bytes
	for _, in := range servedInputs() {
		t.Run(in.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch name := path.Base(r.URL.Path); {
				case in.files[name] != nil:
					in.files[name](w, r)
				case name == "gone":
					http.NotFound(w, r)
				default:
					http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(media))
				}
			}))
			defer s.Close()
			url := strings.Replace(s.URL, "://", "://user:secret@", 1) + "/index.m3u8?token=secret"
			h := hurried(clip.Feed{ID: "x", URL: url})
			h.renewed = time.Now()
			guardRedirects(h.client, s.Listener.Addr().String())
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			pieces := 0
			var lost error
			err := h.Run(ctx, func(p Piece) error {
				if p.Lost != nil {
					lost = p.Lost
					return p.Lost
				}
				if pieces++; strings.Contains(p.Place, "secret") {
					t.Errorf("a secret is in the place %q", p.Place)
				}
				return nil
			})
			if in.kind == ok {
				if err != nil || pieces != 1 {
					t.Errorf("input %d: %d pieces, %v", in.number, pieces, err)
				}
				return
			}
			if clip.KindOf(err) != in.kind || !strings.Contains(fmt.Sprint(err), in.text) || strings.Contains(fmt.Sprint(err, lost), "secret") {
				t.Errorf("input %d: %v; want kind %s with %q and no secret", in.number, err, in.kind, in.text)
			}
		})
	}
}

// TestStatedTimeInputs records every picture in one epoch whatever programme
// times are stated (inputs 38 and 39), and holds its own where they cannot be.
func TestStatedTimeInputs(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second).Add(-12 * time.Second)
	for name, at := range map[string]func(i int) time.Time{
		"38 year 9999":       func(i int) time.Time { return time.Date(9999, 12, 31, 23, 59, 2*i, 0, time.UTC) },
		"38 year 1":          func(i int) time.Time { return time.Date(1, 1, 1, 0, 0, 2*i, 0, time.UTC) },
		"38 1970":            func(i int) time.Time { return time.Unix(int64(2*i), 0) },
		"39 goes backwards":  func(i int) time.Time { return now.Add(time.Duration(-2*i) * time.Second) },
		"39 stands still":    func(int) time.Time { return now },
		"39 goes back a day": func(i int) time.Time { return now.Add(time.Duration(i*2-i/3*86400) * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLive(t, closedTS(t))
			for i := range l.pieces {
				l.times[i] = at(i)
			}
			m, dir := newMemory(), t.TempDir()
			l.show(0, 3)
			startRecorder(t, l.feed(), hurried(l.feed()), dir, m)
			eventually(t, "the window is recorded", func() bool { return m.held() == 3 })
			l.show(1, 6)
			eventually(t, "the rest is recorded", func() bool { return m.held() == 6 })
			verify(t, dir, m)
			tl, segs := m.recorded()
			if len(tl) != 1 || m.frames() != 300 {
				t.Errorf("%d epochs with %d frames, want 1 with 300: %+v", len(tl), m.frames(), tl)
			}
			if d := time.Since(segs[0].Start); d < 0 || d > time.Minute {
				t.Errorf("programme time begins %s ago", d)
			}
		})
	}
}
