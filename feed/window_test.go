package feed

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

var playlistBase = &url.URL{Scheme: "https", Host: "example.org", Path: "/live/index.m3u8"}

// windowText prints a window's entries.
func windowText(w *window) string {
	var out []string
	for _, e := range w.entries {
		address := strings.TrimPrefix(e.url.String(), "https://example.org/live/")
		address = strings.TrimPrefix(address, "https://example.org")
		if _, rest, ok := strings.Cut(address, "://"); ok {
			address = "//" + rest
		}
		s := fmt.Sprintf("%d %s %s", e.seq, address, e.duration)
		if e.n > 0 {
			s += fmt.Sprintf(" %d+%d", e.from, e.n)
		}
		if e.init != nil {
			s += " init " + strings.TrimPrefix(e.init.url.Path, "/live/")
			if e.init.n > 0 {
				s += fmt.Sprintf(" %d+%d", e.init.from, e.init.n)
			}
		}
		if e.key != nil {
			address := strings.TrimPrefix(strings.TrimPrefix(e.key.url.String(), "https://example.org/live/"), "http:")
			if s += " key " + address; e.key.iv != nil {
				s += fmt.Sprintf(" iv %x", e.key.iv)
			}
		}
		if !e.programTime.IsZero() {
			s += " at " + e.programTime.UTC().Format(time.TimeOnly)
		}
		if e.discontinuity {
			s += " break"
		}
		if e.gap {
			s += " gap"
		}
		out = append(out, s)
	}
	if w.ended {
		out = append(out, "over")
	}
	return strings.Join(out, "; ")
}

// TestVariants chooses from multivariant playlists.
func TestVariants(t *testing.T) {
	line := func(attrs, uri string) string { return "#EXT-X-STREAM-INF:" + attrs + "\n" + uri + "\n" }
	audio := "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",URI=\"audio.m3u8\"\n"
	for _, c := range []struct {
		name, text string
		want       string
		err        error
	}{
		{"highest", line("BANDWIDTH=1000,CODECS=\"avc1.64001f,mp4a.40.2\"", "lo.m3u8") + line("BANDWIDTH=9000,CODECS=\"avc1.64001f,mp4a.40.2\"", "hi.m3u8"), "hi.m3u8", nil},
		{"H.264 before HEVC", line("BANDWIDTH=9000,CODECS=\"hvc1.1\"", "hevc.m3u8") + line("BANDWIDTH=1000,CODECS=\"avc1.64001f\"", "avc.m3u8"), "avc.m3u8", nil},
		{"HEVC alone", line("BANDWIDTH=9000,CODECS=\"hvc1.1\"", "hevc.m3u8"), "hevc.m3u8", nil},
		{"no codecs named", line("BANDWIDTH=9000", "x.m3u8"), "x.m3u8", nil},
		{"42 bandwidth 0", line("BANDWIDTH=0", "x.m3u8"), "x.m3u8", nil},
		{"42 audio only", line("BANDWIDTH=100,CODECS=\"mp4a.40.2\"", "x.m3u8"), "", ErrNoVariant},
		{"22 a file", line("BANDWIDTH=100", "file:///etc/passwd"), "", ErrNoVariant},
		{"separate audio", audio + line("BANDWIDTH=9000,AUDIO=\"a\"", "x.m3u8"), "x.m3u8", nil},
		{"quality before audio of its own", audio + line("BANDWIDTH=9000,AUDIO=\"a\"", "x.m3u8") + line("BANDWIDTH=100", "muxed.m3u8"), "x.m3u8", nil},
		{"own audio before separate", audio + line("BANDWIDTH=9000,AUDIO=\"a\"", "x.m3u8") + line("BANDWIDTH=9000", "muxed.m3u8"), "muxed.m3u8", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := parsePlaylist([]byte("#EXTM3U\n"+c.text), playlistBase, nil)
			var v variant
			if err == nil {
				v = rank(p.variants)[0]
			}
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err == nil && v.url.String() != "https://example.org/live/"+c.want {
				t.Errorf("chosen is %s, want %s", v.url, c.want)
			}
		})
	}
}

// TestChoose finds the sound that is wanted, in a playlist of its own or in the
// segments of the pictures.
func TestChoose(t *testing.T) {
	media := func(attrs string) string { return "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\"," + attrs + "\n" }
	text := "#EXTM3U\n" + media(`NAME="English",LANGUAGE="en",DEFAULT=YES`) + media(`NAME="Français",LANGUAGE="fr",URI="fr.m3u8"`) +
		media(`NAME="Nothing",LANGUAGE="de",URI="file:///de"`) + "#EXT-X-STREAM-INF:BANDWIDTH=9,AUDIO=\"a\"\nx.m3u8\n"
	p, err := parsePlaylist([]byte(text), playlistBase, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := p.variants[0]
	for want, name := range map[string]string{"": "English", "fra": "Français", "2": "Français", "1": "English", "de": "English", "français": "Français", "9": "English"} {
		r, ok := choose(v.sound, want)
		if !ok || r.name != name || (r.url == nil) != (name == "English") {
			t.Errorf("%q: %+v, want %s", want, r, name)
		}
	}
	if _, ok := choose(nil, "1"); ok || !v.hasSound() || len(v.sound) != 2 {
		t.Errorf("sound %+v", v.sound)
	}
}

// TestBadPlaylistKind: what may be right next time is Unavailable, what never
// will be is Invalid.
func TestBadPlaylistKind(t *testing.T) {
	for text, want := range map[string]clip.Kind{
		"<html>": clip.Unavailable,
		"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\"\n#EXTINF:4,\na.ts\n": clip.Invalid,
	} {
		if _, err := parsePlaylist([]byte(text), playlistBase, nil); clip.KindOf(err) != want {
			t.Errorf("%q: %v, want kind %s", text, err, want)
		}
	}
}

// BenchmarkWindow reads an event's playlist after twelve hours.
func BenchmarkWindow(b *testing.B) {
	text := []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PROGRAM-DATE-TIME:2026-11-24T08:00:00Z\n")
	for i := range 21600 {
		text = fmt.Appendf(text, "#EXTINF:2.000,\nsegment%05d.ts\n", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parsePlaylist(text, playlistBase, nil); err != nil {
			b.Fatal(err)
		}
	}
}
