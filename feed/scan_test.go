package feed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// TestScanAgreesWithFFprobe compares every frame's PTS, DTS and key flag with
// ffprobe's packets, segment by segment.
func TestScanAgreesWithFFprobe(t *testing.T) {
	std := func(rate string, n int) clip.Format {
		var r clip.Rate
		if _, err := fmt.Sscanf(rate, "%d/%d", &r.Num, &r.Den); err != nil {
			fmt.Sscanf(rate, "%d", &r.Num)
			r.Den = 1
		}
		return clip.Format{Container: clip.MPEGTS, Video: "h264", Width: 320, Height: 180, Rate: r, Audio: "aac", SampleRate: 48000, Channels: n}
	}
	fmp4 := func(f clip.Format) clip.Format { f.Container = clip.FMP4; return f }
	with := func(f clip.Format, change func(*clip.Format)) clip.Format { change(&f); return f }
	for _, c := range []struct {
		name string
		args [][]string
		want clip.Format
	}{
		{"ts-closed", [][]string{source("25", 6), h264(25, false), hls("mpegts")}, std("25", 2)},
		{"ts-open", [][]string{source("25", 6), h264(25, true), hls("mpegts")}, std("25", 2)},
		{"ts-wrap", [][]string{source("25", 8), h264(25, false), {"-output_ts_offset", "95440"}, hls("mpegts")}, std("25", 2)},
		{"ts-5994", [][]string{source("60000/1001", 4), h264(60, false), hls("mpegts")}, std("60000/1001", 2)},
		{"ts-10fps", [][]string{source("10", 4), h264(10, false), hls("mpegts")}, std("10", 2)},
		{"ts-mono-mp2", [][]string{source("25", 4), h264(25, false, "-c:a", "mp2", "-ac", "1"), hls("mpegts")},
			with(std("25", 1), func(f *clip.Format) { f.Audio = "mp2" })},
		{"ts-ac3", [][]string{source("25", 4), h264(25, false, "-c:a", "ac3", "-ac", "6"), hls("mpegts")},
			with(std("25", 6), func(f *clip.Format) { f.Audio = "ac3" })},
		{"ts-eac3", [][]string{source("25", 4), h264(25, false, "-c:a", "eac3", "-ac", "2"), hls("mpegts")},
			with(std("25", 2), func(f *clip.Format) { f.Audio = "eac3" })},
		{"ts-silent", [][]string{source("25", 4), h264(25, false, "-an"), hls("mpegts")},
			with(std("25", 0), func(f *clip.Format) { f.Audio, f.SampleRate = "", 0 })},
		{"ts-interlaced", [][]string{source("25", 4), {"-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-flags", "+ildct+ilme",
			"-x264-params", "keyint=25:scenecut=0:tff=1", "-c:a", "aac", "-ac", "2"}, hls("mpegts")},
			with(std("25", 2), func(f *clip.Format) { f.Interlaced = true })},
		{"ts-wide", [][]string{source("25", 4), {"-vf", "setsar=16/11"}, h264(25, false), hls("mpegts")},
			with(std("25", 2), func(f *clip.Format) { f.Aspect = clip.Rate{Num: 16, Den: 11} })},
		{"ts-hevc-wide-23976", [][]string{source("24000/1001", 4), {"-vf", "setsar=4/3", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=24:bframes=3:log-level=error", "-c:a", "aac", "-ac", "2"}, hls("mpegts")},
			with(std("24000/1001", 2), func(f *clip.Format) { f.Video, f.Aspect = "hevc", clip.Rate{Num: 4, Den: 3} })},
		{"ts-latm", [][]string{source("25", 4), h264(25, false), {"-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_options", "mpegts_flags=latm", "index.m3u8"}},
			with(std("25", 2), func(f *clip.Format) { f.Audio = "aac_latm" })},
		{"ts-mp3", [][]string{source("25", 4), h264(25, false, "-c:a", "libmp3lame", "-ac", "1"), hls("mpegts")},
			with(std("25", 1), func(f *clip.Format) { f.Audio = "mp3" })},
		{"ts-5.1-44100", [][]string{source("25", 4), h264(25, false, "-ac", "6", "-ar", "44100"), hls("mpegts")},
			with(std("25", 6), func(f *clip.Format) { f.SampleRate = 44100 })},
		{"fmp4-wide-ac3", [][]string{source("25", 4), {"-vf", "setsar=12/11"}, h264(25, false, "-c:a", "ac3", "-ac", "6"), hls("fmp4")},
			fmp4(with(std("25", 6), func(f *clip.Format) { f.Aspect, f.Audio = clip.Rate{Num: 12, Den: 11}, "ac3" }))},
		{"ts-hevc", [][]string{source("25", 4), {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=25:bframes=3:log-level=error:open-gop=0", "-c:a", "aac", "-ac", "2"}, hls("mpegts")},
			with(std("25", 2), func(f *clip.Format) { f.Video = "hevc" })},
		{"fmp4-closed", [][]string{source("25", 6), h264(25, false), hls("fmp4")}, fmp4(std("25", 2))},
		{"fmp4-open", [][]string{source("25", 6), h264(25, true), hls("fmp4")}, fmp4(std("25", 2))},
		{"fmp4-2997", [][]string{source("30000/1001", 4), h264(30, false), hls("fmp4")}, fmp4(std("30000/1001", 2))},
		{"fmp4-hevc", [][]string{source("25", 4), {"-c:v", "libx265", "-tag:v", "hvc1", "-preset", "ultrafast", "-x265-params", "keyint=25:bframes=3:log-level=error:open-gop=1", "-c:a", "aac", "-ac", "2"}, hls("fmp4")},
			fmp4(with(std("25", 2), func(f *clip.Format) { f.Video = "hevc" }))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var end clip.Ticks
			for i, p := range segments(t, made(t, c.name, c.args...)) {
				got, err := Scan(p)
				if err != nil {
					t.Fatalf("segment %d: %v", i, err)
				}
				if c.name == "ts-open" && i > 0 { // ffmpeg repeats parameter sets at IDR pictures only
					got.Format.Width, got.Format.Height = 320, 180
				}
				if c.want.Audio != "" {
					c.want.Tracks = []clip.Track{{Codec: c.want.Audio, SampleRate: c.want.SampleRate, Channels: c.want.Channels}}
				}
				if !got.Format.Equal(c.want) {
					t.Errorf("segment %d: format\n got %+v\nwant %+v", i, got.Format, c.want)
				}
				agree(t, i, p, got)
				if i > 0 && abs(unwrap(got.First, end)-end) > 2 {
					t.Errorf("segment %d begins at %d, the one before ended at %d", i, got.First, end)
				}
				end = got.End
			}
		})
	}
}

// TestScanTracks finds all audio tracks with their languages, each with what it
// covers, in both containers, and knows them the same in every segment.
func TestScanTracks(t *testing.T) {
	args := []string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-f", "lavfi", "-i", "sine=frequency=880:sample_rate=44100", "-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000", "-t", "6",
		"-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-preset", "veryfast", "-x264-params", "keyint=50:scenecut=0",
		"-c:a:0", "aac", "-ac:a:0", "2", "-c:a:1", "mp2", "-ac:a:1", "1", "-c:a:2", "ac3", "-ac:a:2", "2",
		"-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng"}
	want := []clip.Track{{Codec: "aac", SampleRate: 48000, Channels: 2, Lang: "ger"}, {Codec: "mp2", SampleRate: 44100, Channels: 1, Lang: "eng"}, {Codec: "ac3", SampleRate: 48000, Channels: 2}}
	for kind, muxer := range map[string]string{"mpegts": "mpegts", "fmp4": "fmp4"} {
		t.Run(kind, func(t *testing.T) {
			args := slices.Clone(args)
			want := slices.Clone(want)
			if kind == "fmp4" { // where MP2 is not told from MP3
				args[slices.Index(args, "mp2")] = "libmp3lame"
				want[1].Codec, want[1].Channels = "mp3", 2 // so ffmpeg writes
			}
			for i, p := range segments(t, made(t, "tracks-"+kind, args, hls(muxer))) {
				c, err := Scan(p)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(want, c.Format.Tracks); d != "" {
					t.Errorf("segment %d: tracks (-want +got):\n%s", i, d)
				}
				for n, s := range c.sounds {
					if abs(s.From-c.First) > clip.TickRate/5 || abs(s.To-c.End) > clip.TickRate/5 {
						t.Errorf("segment %d from %d to %d: track %d covers %v", i, c.First, c.End, n, s)
					}
				}
				if c.Sound != c.sounds[0] || c.Format.Audio != "aac" || c.Format.SampleRate != 48000 || c.Mixed != nil {
					t.Errorf("segment %d: %+v covers %v", i, c.Format, c.Sound)
				}
			}
		})
	}
}

// agree compares one segment's frames and sound with ffprobe.
func agree(t *testing.T, i int, p Piece, got Content) {
	t.Helper()
	packets, scale := probe(t, "v", append(slices.Clone(p.Init), p.Bytes...))
	line := func(pts, dts int64, key bool) string { return fmt.Sprintf("%d %d %v", pts, dts, key) }
	var want, have []string
	for _, f := range packets {
		ticks := func(v int64) int64 { return clip.Rescale(v, clip.TickRate, scale) }
		want = append(want, line(ticks(f.PTS)&int64(clip.Wrap-1), ticks(f.DTS)&int64(clip.Wrap-1), strings.HasPrefix(f.Flags, "K")))
	}
	for _, f := range got.Frames {
		have = append(have, line(int64(f.PTS.Raw()), int64(f.DTS.Raw()), f.Kind == clip.IDR || f.Kind == clip.Recovery))
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("segment %d: frames (-ffprobe +scan):\n%s", i, d)
	}
	if got.Format.Audio == "" {
		return
	}
	sound, scale := probe(t, "a", append(slices.Clone(p.Init), p.Bytes...))
	from := clip.Ticks(clip.Rescale(sound[0].PTS, clip.TickRate, scale))
	last := sound[len(sound)-1]
	to := clip.Ticks(clip.Rescale(last.PTS+last.Dur, clip.TickRate, scale))
	slack := clip.Ticks(90)
	if p.Container == clip.FMP4 {
		slack = 1920 // ffmpeg writes the last AAC frame shorter than it then says
	}
	if abs(got.Sound.From.Raw()-from.Raw()) > 1 || abs(got.Sound.To.Raw()-to.Raw()) > slack {
		t.Errorf("segment %d: sound covers %v, ffprobe says %d to %d", i, got.Sound, from, to)
	}
}

// TestScanKinds tells the kinds of frames apart as the bitstream marks them.
func TestScanKinds(t *testing.T) {
	count := func(p Piece) (n [4]int) {
		c, err := Scan(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range c.Frames {
			n[f.Kind]++
		}
		return n
	}
	closed := count(segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))[1])
	open := count(segments(t, made(t, "ts-open", source("25", 6), h264(25, true), hls("mpegts")))[1])
	if closed[clip.IDR] != 2 || closed[clip.Recovery] != 0 || closed[clip.NonRef] == 0 || closed[clip.Inter] == 0 {
		t.Errorf("closed GOP: inter, non-ref, IDR, recovery = %v", closed)
	}
	if open[clip.IDR] != 0 || open[clip.Recovery] != 2 {
		t.Errorf("open GOP: inter, non-ref, IDR, recovery = %v", open)
	}
}

// TestScanBad feeds what a source may give instead of media: a named error,
// or what could be saved.
func TestScanBad(t *testing.T) {
	good := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))[1].Bytes
	frag := segments(t, made(t, "fmp4-closed", source("25", 6), h264(25, false), hls("fmp4")))[1]
	audio := read(t, made(t, "audio-only", source("25", 2), []string{"-vn", "-c:a", "aac", "audio.ts"})+"/audio.ts")
	mpeg2 := read(t, made(t, "mpeg2", source("25", 2), []string{"-c:v", "mpeg2video", "-an", "mpeg2.ts"})+"/mpeg2.ts")
	damage := func(every int) []byte {
		b := slices.Clone(good)
		for i := 0; i < len(b); i++ {
			if i/packetSize%every == every-1 {
				b[i] = byte(i*7 + i>>8)
			}
		}
		return b
	}
	other := read(t, made(t, "ts-jump", source("25", 2), h264(25, false), []string{"-output_ts_offset", "5000", "a.ts"})+"/a.ts")
	for _, c := range []struct {
		name   string
		piece  Piece
		err    error
		frames [2]int // least and most, where there is no error
	}{
		{"empty", Piece{Container: clip.MPEGTS}, ErrEmpty, [2]int{}},
		{"HTML", Piece{Container: clip.MPEGTS, Bytes: []byte("<!DOCTYPE html><html>502</html>")}, ErrHTML, [2]int{}},
		{"PNG named ts", Piece{Container: clip.MPEGTS, Bytes: append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 1000)...)}, ErrNotMedia, [2]int{}},
		{"zeros", Piece{Container: clip.MPEGTS, Bytes: make([]byte, 188*100)}, ErrNotMedia, [2]int{}},
		{"no container", Piece{Bytes: good}, ErrNotMedia, [2]int{}},
		{"no PAT", Piece{Container: clip.MPEGTS, Bytes: without(good, patPID)}, ErrNoProgram, [2]int{}},
		{"audio only", Piece{Container: clip.MPEGTS, Bytes: audio}, ErrNoVideo, [2]int{}},
		{"MPEG-2 video", Piece{Container: clip.MPEGTS, Bytes: mpeg2}, ErrNoVideo, [2]int{}},
		{"scrambled", Piece{Container: clip.MPEGTS, Bytes: scramble(good)}, ErrEncrypted, [2]int{}},
		{"clock jumps", Piece{Container: clip.MPEGTS, Bytes: append(slices.Clone(good), other...)}, ErrClock, [2]int{}},
		{"truncated mid packet", Piece{Container: clip.MPEGTS, Bytes: good[:len(good)/2]}, nil, [2]int{15, 40}},
		{"misaligned start", Piece{Container: clip.MPEGTS, Bytes: append([]byte("garbage\x47\x00"), good...)}, nil, [2]int{50, 50}},
		{"run of zeros", Piece{Container: clip.MPEGTS, Bytes: slices.Concat(good[:188*100], make([]byte, 777), good[188*100:])}, nil, [2]int{48, 50}},
		{"1 % of packets garbage", Piece{Container: clip.MPEGTS, Bytes: damage(100)}, nil, [2]int{44, 50}},
		{"fMP4 without init", Piece{Container: clip.FMP4, Bytes: frag.Bytes}, ErrNoInit, [2]int{}},
		{"fMP4 HTML init", Piece{Container: clip.FMP4, Bytes: frag.Bytes, Init: []byte("<html>")}, ErrNoInit, [2]int{}},
		{"fMP4 truncated", Piece{Container: clip.FMP4, Bytes: frag.Bytes[:len(frag.Bytes)/2], Init: frag.Init}, nil, [2]int{1, 40}},
		{"TS as fMP4", Piece{Container: clip.FMP4, Bytes: good, Init: frag.Init}, ErrNoFrames, [2]int{}},
		{"fMP4 as TS", Piece{Container: clip.MPEGTS, Bytes: frag.Bytes}, ErrNotMedia, [2]int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Scan(c.piece)
			if !errors.Is(err, c.err) || c.err != nil && clip.KindOf(err) != clip.Invalid {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if n := len(got.Frames); c.err == nil && (n < c.frames[0] || n > c.frames[1]) {
				t.Errorf("%d frames, want %v", n, c.frames)
			}
		})
	}
}

// without removes a PID's packets.
func without(b []byte, pid uint16) []byte {
	var out []byte
	for i := 0; i+packetSize <= len(b); i += packetSize {
		if uint16(b[i+1]&0x1f)<<8|uint16(b[i+2]) != pid {
			out = append(out, b[i:i+packetSize]...)
		}
	}
	return out
}

// scramble sets the scrambling bits of all tracks' packets.
func scramble(b []byte) []byte {
	out := slices.Clone(b)
	for i := 0; i+packetSize <= len(b); i += packetSize {
		if uint16(b[i+1]&0x1f)<<8|uint16(b[i+2]) >= 0x100 {
			out[i+3] |= 0x80
		}
	}
	return out
}

func BenchmarkScanTS(b *testing.B) {
	dir := made(b, "ts-1080", []string{"-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=50", "-f", "lavfi", "-i", "sine=sample_rate=48000", "-t", "2",
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M", "-maxrate", "6M", "-bufsize", "6M", "-c:a", "aac"}, hls("mpegts"))
	p := segments(b, dir)[0]
	b.SetBytes(int64(len(p.Bytes)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Scan(p); err != nil {
			b.Fatal(err)
		}
	}
}
