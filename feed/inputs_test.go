package feed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// input is a row of the table of bad media. The numbers are those of the
// catalogue of bad inputs that this project tests itself against, 50 to 83.
type input struct {
	number int
	name   string
	piece  Piece
	err    error              // named; else
	holds  func(Content) bool // what is true of the result
}

// TestMediaInputs gives Scan whatever may come instead of good media: a named
// error or a defined result, never a panic or a hang.
func TestMediaInputs(t *testing.T) {
	good := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))[1].Bytes
	frag := segments(t, made(t, "fmp4-closed", source("25", 6), h264(25, false), hls("fmp4")))[1]
	var rows []input
	rows = append(rows, brokenInputs(t, good)...)
	rows = append(rows, tableInputs(t, good)...)
	rows = append(rows, pictureInputs(t)...)
	rows = append(rows, otherInputs(t, good, frag)...)
	rows = append(rows, timeInputs(t, good, frag)...)
	rows = append(rows, soundInputs(t, good)...)
	seen := map[int]bool{}
	for _, in := range rows {
		seen[in.number] = true
		t.Run(in.name, func(t *testing.T) {
			c, err := Scan(in.piece)
			if !errors.Is(err, in.err) || in.err != nil && clip.KindOf(err) != clip.Invalid {
				t.Fatalf("input %d: error %v, want %v", in.number, err, in.err)
			}
			if err == nil {
				c.check(t)
			}
			if in.err == nil && !in.holds(c) {
				t.Errorf("input %d: %+v, %d frames from %d to %d, sound %v, %d damaged, mixed: %v", in.number, c.Format, len(c.Frames), c.First, c.End, c.sounds, c.Damaged, c.Mixed)
			}
		})
	}
	for n := 50; n <= 83; n++ {
		if !seen[n] {
			t.Errorf("input %d has no row", n)
		}
	}
}

func ts(b []byte) Piece { return Piece{Container: clip.MPEGTS, Bytes: b} }

// frames holds for content with so many frames, all of the usual format.
func frames(least, most int) func(Content) bool {
	return func(c Content) bool {
		f := c.Format
		return len(c.Frames) >= least && len(c.Frames) <= most && f.Width == 320 && f.Height == 180 && f.Rate == clip.Rate{Num: 25, Den: 1} &&
			f.Video == codecH264 && slices.Equal(f.Tracks, []clip.Track{{Codec: "aac", SampleRate: 48000, Channels: 2}}) &&
			c.End-c.First <= 180000 && c.End-c.First >= clip.Ticks(3600*least) && c.Sound.To-c.Sound.From > 160000 && c.Mixed == nil
	}
}

// brokenInputs are bytes that were lost or damaged on their way.
func brokenInputs(t *testing.T, good []byte) []input {
	audio := read(t, made(t, "audio-only", source("25", 2), []string{"-vn", "-c:a", "aac", "audio.ts"})+"/audio.ts")
	silent := segments(t, made(t, "ts-silent", source("25", 4), h264(25, false, "-an"), hls("mpegts")))[0].Bytes
	lost := eachPacket(good, func(n int, p []byte) []byte {
		if n%100 == 99 {
			return nil
		}
		return p
	})
	counted := eachPacket(good, func(n int, p []byte) []byte { p[3] = p[3]&0xf0 | byte(n*7)&0x0f; return p })
	lastPicture := 0
	for i := 0; i < len(good); i += packetSize {
		if p, _ := takeApart(good[i : i+packetSize]); p.pid == videoPID && p.start {
			lastPicture = i
		}
	}
	return []input{
		{50, "empty", ts(nil), ErrEmpty, nil},
		{51, "web page", ts([]byte("\n<!DOCTYPE html><html>502</html>")), ErrHTML, nil},
		{51, "web page with a byte order mark", ts([]byte("\ufeff<html>")), ErrHTML, nil},
		{52, "cut in the middle of a packet", ts(good[:len(good)/2]), nil, func(c Content) bool { return len(c.Frames) > 15 && len(c.Frames) < 40 }},
		{52, "cut in the last picture", ts(good[:lastPicture+300]), nil, frames(49, 49)},
		{52, "cut to less than a packet", ts(good[:187]), ErrNotMedia, nil},
		{53, "garbage before", ts(append([]byte("garbage\x47\x00"), good...)), nil, frames(50, 50)},
		{53, "garbage in between", ts(slices.Concat(good[:188*100], []byte("\x47\x47\x47"), good[188*100:])), nil, frames(48, 50)},
		{53, "192-byte packets", ts(padded(good, 4)), ErrNotMedia, nil},
		{54, "1 % of bytes random", ts(spoilt(good, 1)), nil, func(c Content) bool {
			return len(c.Frames) >= 35 && c.End-c.First <= 180000 && c.Format.Width == 320
		}},
		{54, "1 % of packets lost", ts(lost), nil, frames(44, 50)},
		{54, "wrong continuity counters", ts(counted), nil, frames(50, 50)},
		{54, "half of the bytes random", ts(spoilt(good, 50)), ErrNoProgram, nil},
		{54, "all bytes random", ts(spoilt(good, 100)), ErrNotMedia, nil},
		{55, "zeros", ts(make([]byte, 188*100)), ErrNotMedia, nil},
		{55, "a run of zeros", ts(slices.Concat(good[:188*100], make([]byte, 777), good[188*100:])), nil, frames(48, 50)},
		{55, "a run of zeros instead", ts(slices.Concat(good[:188*100], make([]byte, 188*20), good[188*120:])), nil, frames(40, 50)},
		{60, "pictures only", ts(silent), nil, func(c Content) bool { return len(c.Frames) == 50 && c.Format.Audio == "" && c.Sound == clip.Span90{} }},
		{60, "sound only", ts(audio), ErrNoVideo, nil},
		{60, "null packets only", ts(bytes.Repeat(append([]byte{syncByte, 0x1f, 0xff, 0x10}, make([]byte, 184)...), 50)), ErrNoProgram, nil},
	}
}

// padded puts bytes before each packet, as M2TS does.
func padded(b []byte, n int) []byte {
	return eachPacket(b, func(_ int, p []byte) []byte { return append(make([]byte, n), p...) })
}

// tableInputs are odd programme tables.
func tableInputs(t *testing.T, good []byte) []input {
	audio := mapEntry{kind: 0x0f, pid: audioPID}
	h := mapEntry{kind: 0x1b, pid: videoPID}
	changes := func(at int, then ...mapEntry) []byte {
		return remade(t, good, usual, func(w *tsWriter, n int, u unit) (uint16, []byte) {
			if n == at {
				w.section(mapPID, pmt(1, then...))
			}
			if n >= at && then[0].pid != videoPID {
				return then[0].pid, u.bytes
			}
			return videoPID, u.bytes
		})
	}
	with := func(tables func(w *tsWriter)) []byte { return remade(t, good, tables, asIs) }
	many := func(order int) []byte {
		return with(func(w *tsWriter) {
			var listed []listing
			for i := range uint16(40) {
				listed = append(listed, listing{i + 1, mapPID + i})
			}
			w.section(patPID, pat(listed...))
			for i := range 40 { // in the PAT's order, or against it
				n := uint16(i)
				if order < 0 {
					n = 39 - n
				}
				tracks := []mapEntry{{kind: 0x0f, pid: 0x800 + n}}
				if n == 7 {
					tracks = []mapEntry{h, audio}
				} else if n > 7 {
					tracks = []mapEntry{{kind: 0x1b, pid: 0x900 + n}}
				}
				w.section(mapPID+n, pmt(n+1, tracks...))
			}
		})
	}
	crowd := []mapEntry{h, audio}
	for i := range uint16(198) {
		crowd = append(crowd, mapEntry{kind: 0x0f, pid: 0x400 + i})
	}
	texts := []mapEntry{h, audio, {kind: 6, pid: 0x150, descriptors: []byte{0x59, 8, 'd', 'e', 'u', 0x10, 0, 1, 0, 2}},
		{kind: 6, pid: 0x151, descriptors: []byte{0x56, 10, 'd', 'e', 'u', 2<<3 | 1, 0x50, 'd', 'e', 'u', 5 << 3, 0x88}}}
	one := func(c Content) bool {
		return len(c.Frames) == 50 && len(c.Format.Tracks) == 1 && c.Format.Channels == 2 && c.Mixed == nil
	}
	return []input{
		{56, "no PAT", ts(without(good, patPID)), ErrNoProgram, nil},
		{56, "no PMT", ts(without(good, mapPID)), ErrNoProgram, nil},
		{56, "a PMT with a wrong checksum", ts(eachPacket(good, func(_ int, p []byte) []byte {
			if p[1]&0x1f == mapPID>>8 && p[2] == mapPID&0xff {
				p[20] ^= 1
			}
			return p
		})), ErrNoProgram, nil},
		{57, "a track more", ts(changes(20, h, audio, mapEntry{kind: 0x0f, pid: 0x190})), nil, one},
		{57, "the pictures move to another PID", ts(changes(20, mapEntry{kind: 0x1b, pid: 0x120}, audio)), nil, one},
		{57, "the codec changes", ts(changes(20, mapEntry{kind: 0x24, pid: videoPID}, audio)), nil, func(c Content) bool {
			return len(c.Frames) == 20 && errors.Is(c.Mixed, errTracks)
		}},
		{57, "the pictures go", ts(changes(20, mapEntry{kind: 0x0f, pid: videoPID})), nil, func(c Content) bool {
			return len(c.Frames) == 20 && errors.Is(c.Mixed, errTracks)
		}},
		{58, "40 programmes", ts(many(1)), nil, one},
		{58, "40 programmes, maps in another order", ts(many(-1)), nil, one},
		{59, "200 tracks", ts(with(func(w *tsWriter) {
			w.section(patPID, pat(listing{1, mapPID}))
			w.section(mapPID, pmt(1, crowd...))
		})), nil, func(c Content) bool {
			return len(c.Frames) == 50 && len(c.Format.Tracks) == 199 && c.Format.Channels == 2 && len(c.sounds) == 199
		}},
		{60, "other tracks only", ts(with(func(w *tsWriter) {
			w.section(patPID, pat(listing{1, mapPID}))
			w.section(mapPID, pmt(1, mapEntry{kind: 0x05, pid: videoPID}))
		})), ErrNoVideo, nil},
		{74, "SAMPLE-AES", ts(with(func(w *tsWriter) {
			w.section(patPID, pat(listing{1, mapPID}))
			w.section(mapPID, pmt(1, mapEntry{kind: 0xdb, pid: videoPID}, mapEntry{kind: 0xcf, pid: audioPID}))
		})), ErrEncrypted, nil},
		{74, "scrambled", ts(scramble(good)), ErrEncrypted, nil},
		{80, "subtitles as bitmaps", ts(with(func(w *tsWriter) {
			w.section(patPID, pat(listing{1, mapPID}))
			w.section(mapPID, pmt(1, texts...))
		})), nil, func(c Content) bool {
			return one(c) && slices.Equal(c.Texts, []Text{{"dvb", "deu", 0}, {"teletext", "deu", 150}, {"teletext", "deu", 888}})
		}},
	}
}

// pictureInputs are odd pictures.
func pictureInputs(t *testing.T) []input {
	video := func(name string, args ...string) Piece {
		return ts(read(t, made(t, name, []string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "2"}, args, []string{"a.ts"})+"/a.ts"))
	}
	is := func(want clip.Format) func(Content) bool {
		return func(c Content) bool {
			f := c.Format
			return len(c.Frames) == 50 && f.Width == want.Width && f.Height == want.Height && f.Rate == clip.Rate{Num: 25, Den: 1} &&
				f.Aspect == want.Aspect && f.Interlaced == want.Interlaced && f.Video == want.Video
		}
	}
	x264 := []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"}
	x265 := []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"}
	return []input{
		{61, "16384×16384", ts(handMade(setH264(16384, 16384, 1, 50))), ErrSize, nil},
		{62, "1×1", ts(handMade(setH264(1, 1, 1, 50))), ErrSize, nil},
		{63, "odd sides", video("odd", append(x264, "-vf", "format=yuv444p,crop=319:179")...), nil, is(clip.Format{Video: codecH264, Width: 319, Height: 179})},
		{64, "aspect 0:0", ts(handMade(setH264(320, 180, 1, 50))), nil, is(clip.Format{Video: codecH264, Width: 320, Height: 180})},
		{64, "wide samples", video("sar", append(x264, "-vf", "setsar=64/45")...), nil, is(clip.Format{Video: codecH264, Width: 320, Height: 180, Aspect: clip.Rate{Num: 64, Den: 45}})},
		{65, "interlaced, cropped", video("fields", append(x264, "-vf", "scale=1920:1080", "-flags", "+ildct+ilme", "-x264-params", "tff=1")...), nil,
			is(clip.Format{Video: codecH264, Width: 1920, Height: 1080, Interlaced: true})},
		{66, "1 to 240 frames a second", ts(read(t, made(t, "vfr", []string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=240", "-t", "6", "-vf", "select='lt(t,1)+not(mod(n,240))'", "-fps_mode", "vfr"}, x264, []string{"a.ts"})+"/a.ts")), nil,
			func(c Content) bool { return len(c.Frames) == 245 && c.End-c.First > 5*90000 && c.Damaged == 0 }},
		{67, "frame rate 0/0", ts(handMade(setH264(320, 180, 0, 0))), nil, is(clip.Format{Video: codecH264, Width: 320, Height: 180})},
		{68, "10 bit", video("hi10", append(x264, "-pix_fmt", "yuv420p10le")...), nil, is(clip.Format{Video: codecH264, Width: 320, Height: 180})},
		{68, "4:4:4", video("hi444", append(x264, "-pix_fmt", "yuv444p")...), nil, is(clip.Format{Video: codecH264, Width: 320, Height: 180})},
		{68, "HEVC 10 bit, HDR", video("hdr", append(x265[:4:4], "-x265-params", "log-level=error:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc", "-pix_fmt", "yuv420p10le")...), nil,
			is(clip.Format{Video: codecHEVC, Width: 320, Height: 180})},
	}
}

// otherInputs are other files, and MP4 that is none of ours.
func otherInputs(t *testing.T, good []byte, frag Piece) []input {
	file := func(name, out string, args ...string) []byte {
		return read(t, made(t, name, []string{"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "1"}, args, []string{out})+"/"+out)
	}
	plain := file("mp4", "a.mp4", "-c:v", "libx264", "-preset", "ultrafast")
	fragmented := []string{"-movflags", "+frag_keyframe+empty_moov+default_base_moof"}
	magic := file("magic", "a.mov", append([]string{"-c:v", "magicyuv"}, fragmented...)...)
	cenc := file("cenc", "a.mp4", append([]string{"-c:v", "libx264", "-preset", "ultrafast", "-encryption_scheme", "cenc-aes-ctr",
		"-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "00112233445566778899aabbccddeeff"}, fragmented...)...)
	mkv := file("mkv", "a.mkv", "-c:v", "libx264", "-preset", "ultrafast")
	png := file("png", "a.png", "-frames:v", "1")
	mp4 := func(init, b []byte) Piece { return Piece{Container: clip.FMP4, Init: init, Bytes: b} }
	return []input{
		{69, "MagicYUV in MOV", mp4(magic, magic), ErrNoVideo, nil},
		{69, "MagicYUV in MOV as TS", ts(magic), ErrNotMedia, nil},
		{70, "Matroska", ts(mkv), ErrNotMedia, nil},
		{71, "PNG", ts(png), ErrNotMedia, nil},
		{72, "MP4 without its end", mp4(plain[:len(plain)/2], plain[:len(plain)/2]), ErrNoInit, nil},
		{72, "whole MP4, not fragmented", mp4(plain, plain), ErrNoInit, nil},
		{72, "fMP4 without init", mp4(nil, frag.Bytes), ErrNoInit, nil},
		{73, "huge stsz", mp4(patched(plain, "stsz", 8, 0xffffffff), frag.Bytes), ErrNoInit, nil},
		{73, "huge trun", mp4(frag.Init, patched(frag.Bytes, "trun", 4, 0xffffffff)), ErrBoxes, nil},
		{73, "box larger than the file", mp4(frag.Init, patched(frag.Bytes, "moof", -4, 0x7fffffff)), ErrNoFrames, nil},
		{74, "common encryption", mp4(cenc, cenc), ErrEncrypted, nil},
		{81, "SCTE-35 that is none", ts(inject(t, good, 0, map[int]rider{5: {section: []byte{0xfc, 0x30, 0x11, 1, 2, 3}}})), nil, frames(50, 50)},
		{82, "40 minutes in one piece", ts(bytes.Repeat(good, 1200)), ErrClock, nil},
		{83, "PNG named mp4", mp4(png, png), ErrNoInit, nil},
		{83, "MP4 named ts", ts(plain), ErrNotMedia, nil},
		{83, "TS named m4s", mp4(frag.Init, good), ErrNoFrames, nil},
		{83, "text", ts([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n")), ErrNotMedia, nil},
	}
}

// patched sets the four bytes at an offset from the end of a box's name.
func patched(b []byte, box string, offset int, v uint32) []byte {
	out := slices.Clone(b)
	at := bytes.Index(out, []byte(box))
	if offset < 0 {
		binary.BigEndian.PutUint32(out[at+offset:], v)
		return out
	}
	binary.BigEndian.PutUint32(out[at+4+offset:], v)
	return out
}
