package feed

import (
	"slices"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// timeInputs are odd times.
func timeInputs(t *testing.T, good []byte, frag Piece) []input {
	at := func(change func(n int, u unit) (pts, dts clip.Ticks)) Piece {
		dts := map[clip.Ticks]clip.Ticks{}
		c, err := Scan(ts(good))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range c.Frames {
			dts[f.PTS] = f.DTS
		}
		return ts(remade(t, good, usual, func(_ *tsWriter, n int, u unit) (uint16, []byte) {
			pts, d := change(n, unit{pts: u.pts})
			return videoPID, timed(u, u.pts+pts, dts[u.pts]+d)
		}))
	}
	only := func(which int, pts, dts clip.Ticks) Piece {
		return at(func(n int, _ unit) (clip.Ticks, clip.Ticks) {
			if n == which {
				return pts, dts
			}
			return 0, 0
		})
	}
	return []input{
		{75, "it begins after 149 h", Piece{Container: clip.FMP4, Init: frag.Init, Bytes: patched(frag.Bytes, "tfdt", 8, 149*3600*1000)}, nil, func(c Content) bool { return len(c.Frames) == 50 && c.End-c.First == 180000 }},
		{75, "it begins after 10⁸ years", Piece{Container: clip.FMP4, Init: frag.Init, Bytes: patched(frag.Bytes, "tfdt", 4, 0x7fffffff)}, ErrBoxes, nil},
		{75, "a picture lasts an hour", Piece{Container: clip.FMP4, Init: frag.Init, Bytes: patched(frag.Bytes, "tfhd", 8, 3600*12800)}, ErrClock, nil},
		{76, "one decoding time goes back", only(20, 0, -4000), nil, frames(50, 50)},
		{76, "one picture's times are garbage", only(20, 123456789, 123456789), nil, frames(49, 49)},
		{76, "the first picture's times are garbage", only(0, -123456789, -123456789), nil, frames(49, 49)},
		{76, "one picture is shown 4 s late", only(49, 4*90000, 0), nil, frames(49, 49)},
		{76, "one bit of the last presentation time", only(49, 1<<15, 0), nil, frames(49, 49)},
		{76, "the clock jumps in the middle", at(func(n int, _ unit) (clip.Ticks, clip.Ticks) {
			j := clip.Ticks(n/25) * 5000 * 90000
			return j, j
		}), ErrClock, nil},
		{77, "times below zero", at(func(int, unit) (clip.Ticks, clip.Ticks) { return -400000, -400000 }), nil, func(c Content) bool {
			return len(c.Frames) == 50 && c.End-c.First == 180000
		}},
	}
}

// soundInputs are odd sound.
func soundInputs(t *testing.T, good []byte) []input {
	with := func(name string, args ...string) Piece {
		return ts(read(t, made(t, name, source("25", 2), []string{"-c:v", "libx264", "-preset", "ultrafast"}, args, []string{"a.ts"})+"/a.ts"))
	}
	track := func(codec string, rate, channels int) func(Content) bool {
		return func(c Content) bool {
			return len(c.Frames) == 50 && slices.Equal(c.Format.Tracks, []clip.Track{{Codec: codec, SampleRate: rate, Channels: channels}}) && c.Sound.To-c.Sound.From > 160000
		}
	}
	damaged := eachPacket(good, func(n int, p []byte) []byte {
		if p[1]&0x1f == audioPID>>8 && p[2] == audioPID&0xff && n%3 == 0 {
			copy(p[60:], spoilt(p[60:160], 30))
		}
		return p
	})
	none := eachPacket(good, func(n int, p []byte) []byte {
		if p[1]&0x1f == audioPID>>8 && p[2] == audioPID&0xff {
			for i := 20; i < len(p); i++ {
				p[i] = byte(i)
			}
		}
		return p
	})
	return []input{
		{78, "damaged ADTS headers", ts(damaged), nil, frames(50, 50)},
		{78, "no ADTS header at all", ts(none), nil, func(c Content) bool {
			return len(c.Frames) == 50 && c.Format.Audio == "aac" && c.Format.SampleRate == 0 && c.Sound.To > c.Sound.From
		}},
		{79, "AC-3 5.1", with("ac3-51", "-c:a", "ac3", "-ac", "6"), nil, track("ac3", 48000, 6)},
		{79, "E-AC-3", with("eac3", "-c:a", "eac3", "-ac", "2"), nil, track("eac3", 48000, 2)},
		{79, "mono at 8 kHz", with("mono8", "-c:a", "aac", "-ac", "1", "-ar", "8000"), nil, track("aac", 8000, 1)},
		{79, "AAC 7.1", with("aac71", "-c:a", "aac", "-ac", "8"), nil, func(c Content) bool { return c.Format.Channels == 8 || c.Format.Channels == 0 }},
		{79, "MP2 at 16 kHz", with("mp2-16", "-c:a", "mp2", "-ac", "2", "-ar", "16000"), nil, track("mp2", 16000, 2)},
	}
}
