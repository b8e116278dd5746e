package feed

import (
	"context"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// separate is a feed whose sound comes in two playlists of its own: a tone of
// 440 Hz in English, one of 880 Hz in French.
func separate(t *testing.T, kind string) string {
	t.Helper()
	return made(t, "separate-"+kind, []string{
		"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-f", "lavfi", "-i", "sine=frequency=880:sample_rate=48000",
		"-t", "12", "-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-c:a", "aac", "-ac", "2",
		"-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_type", kind, "-hls_playlist_type", "vod", "-hls_flags", "program_date_time",
		"-var_stream_map", "v:0,agroup:a a:0,agroup:a,language:eng,default:yes a:1,agroup:a,language:fra", "-master_pl_name", "master.m3u8", "v%v.m3u8"})
}

// TestSeparateSound records sound and pictures of playlists of their own in
// one file: every picture, and sound without a hole.
func TestSeparateSound(t *testing.T) {
	for _, c := range []struct {
		kind, audio string
		hz          int
	}{{"mpegts", "", 440}, {"mpegts", "fr", 880}, {"fmp4", "", 440}, {"fmp4", "2", 880}, {"packed", "", 440}} {
		t.Run(c.kind+" "+c.audio, func(t *testing.T) {
			dir := separate(t, strings.Replace(c.kind, "packed", "mpegts", 1))
			if c.kind == "packed" {
				dir = packedSound(t, dir)
			}
			server := httptest.NewServer(http.FileServer(http.Dir(dir)))
			defer server.Close()
			f := clip.Feed{ID: "x", URL: server.URL + "/master.m3u8", AllowPrivate: true, Audio: c.audio}
			m, dvr := newMemory(), t.TempDir()
			r := &Recorder{Feed: f, Source: hurried(f), Dir: dvr, Index: m, Log: quietLog()}
			if err := r.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			tl, segs := m.recorded()
			if len(tl) != 1 || len(segs) != 6 || m.frames() != 300 || tl[0].Format.Audio != "aac" || tl[0].Format.SampleRate != 48000 {
				t.Fatalf("%d segments, %d frames, timeline %+v; %s", len(segs), m.frames(), tl, m.health.Detail)
			}
			var all []string
			for i, s := range segs {
				if i > 0 && (s.Sound.From > segs[i-1].Sound.To+clip.TicksOf(25*time.Millisecond) || s.Sound.To <= s.Sound.From) {
					t.Errorf("segment %d: sound %d to %d after %d", s.Seq, s.Sound.From, s.Sound.To, segs[i-1].Sound.To)
				}
				b, err := os.ReadFile(filepath.Join(dvr, s.Path))
				if err != nil {
					t.Fatal(err)
				}
				if s.Init != "" && i == 0 {
					init, _ := os.ReadFile(filepath.Join(dvr, s.Init))
					all = append(all, string(init))
				}
				all = append(all, string(b))
			}
			file := filepath.Join(dvr, "all.bin")
			if err := os.WriteFile(file, []byte(strings.Join(all, "")), 0o644); err != nil {
				t.Fatal(err)
			}
			seconds, hz := heard(t, file)
			if seconds < 11.9 || seconds > 12.2 || hz < c.hz-20 || hz > c.hz+20 {
				t.Errorf("%.2f s of sound at %d Hz, want 12 s at %d Hz", seconds, hz, c.hz)
			}
		})
	}
}

// heard decodes the sound of a file: its length, and its pitch by counting how
// often it crosses zero.
func heard(t *testing.T, file string) (seconds float64, hz int) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", file, "-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "s16le", "-")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	crossings, last := 0, int16(0)
	for i := 0; i+2 <= len(out); i += 2 {
		v := int16(binary.LittleEndian.Uint16(out[i:]))
		if last < 0 && v >= 0 {
			crossings++
		}
		last = v
	}
	seconds = float64(len(out)) / 2 / 48000
	return seconds, int(float64(crossings) / seconds)
}

// packedSound is the same feed with its English sound as packed audio: ADTS
// frames behind an ID3 tag.
func packedSound(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		ts := filepath.Join(dir, "v1"+string(rune('0'+n))+".ts")
		b, err := os.ReadFile(ts)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ffmpeg", "-v", "error", "-i", ts, "-map", "0:a", "-c", "copy", "-f", "adts", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		var at clip.Ticks
		packets(b, func(p packet) bool {
			h, ok := readPES(p.payload)
			found := p.start && ok && h.timed
			if found {
				at = h.pts
			}
			return !found
		})
		const owner = "com.apple.streaming.transportStreamTimestamp\x00"
		priv := append([]byte(owner), binary.BigEndian.AppendUint64(nil, uint64(at))...)
		frame := append([]byte("PRIV\x00\x00\x00"), byte(len(priv)), 0, 0)
		tag := append([]byte("ID3\x04\x00\x00\x00\x00\x00"), byte(len(priv)+10))
		if err := os.WriteFile(ts, append(append(append(tag, frame...), priv...), out...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
