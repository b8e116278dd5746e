package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// The broadcast that is recorded: 1080p50 at 6 Mb/s in H.264 High with three
// B-frames and a closed GOP of two seconds, AAC at 128 kb/s, as MPEG-TS.
const (
	segmentLength = 2 * time.Second
	segmentCount  = 5
	loopLength    = segmentCount * segmentLength
	packetSize    = 188

	framesPerSecond = 50
)

// broadcast is ten seconds of it in segments, played over and over with a
// clock that goes on.
type broadcast struct {
	segments [][]byte
}

// The size and bit rate of its pictures.
const (
	fullSize = "1920x1080"
	fullRate = "5800k"
)

// makeBroadcast encodes the broadcast once; about twenty CPU seconds in full.
func makeBroadcast(ctx context.Context, ffmpeg, size, bits string) (broadcast, error) {
	const op = "make the broadcast"
	cmd := exec.CommandContext(ctx, ffmpeg, "-nostdin", "-v", "error",
		"-f", "lavfi", "-i", "testsrc2=size="+size+":rate=50,noise=alls=12:allf=t", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-t", fmt.Sprint(int(loopLength/time.Second)), "-c:v", "libx264", "-preset", "superfast", "-profile:v", "high", "-bf", "3", "-pix_fmt", "yuv420p",
		"-x264-params", "keyint=100:min-keyint=100:scenecut=0:open-gop=0", "-b:v", bits, "-maxrate", bits, "-bufsize", bits, "-c:a", "aac", "-b:a", "128k", "-ac", "2",
		"-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "pipe:1")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	ts, err := cmd.Output()
	if err != nil {
		return broadcast{}, clip.Errorf(clip.Unavailable, op, "%w: %s", err, bytes.TrimSpace(complaints.Bytes()))
	}
	b := broadcast{segments: split(ts)}
	if len(b.segments) != segmentCount {
		return b, clip.Errorf(clip.Internal, op, "it has %d segments, not %d", len(b.segments), segmentCount)
	}
	return b, nil
}

// split cuts a transport stream at its random access points. Each segment
// begins with the programme tables, which also come every 100 ms.
func split(ts []byte) (segments [][]byte) {
	const pat, pmt, video = 0, 0x1000, 0x100 // as ffmpeg numbers them
	tables, last := map[int][]byte{}, -1
	cut := func(to int) {
		if last >= 0 {
			segments = append(segments, slices.Concat(tables[pat], tables[pmt], ts[last:to]))
		}
	}
	for i := 0; i+packetSize <= len(ts); i += packetSize {
		p := ts[i : i+packetSize]
		switch pid := int(p[1]&0x1f)<<8 | int(p[2]); {
		case pid == pat, pid == pmt:
			tables[pid] = p
		case pid == video && p[1]&0x40 != 0 && p[3]&0x20 != 0 && p[4] > 0 && p[5]&0x40 != 0:
			cut(i)
			last = i
		}
	}
	cut(len(ts))
	return segments
}

// segment is the n-th segment of the endless broadcast.
func (b broadcast) segment(n int) []byte {
	s := bytes.Clone(b.segments[n%segmentCount])
	loop := n / segmentCount
	moveClock(s, clip.Ticks(loop)*clip.TicksOf(loopLength))
	return s
}

// sizes are those that its segments have, whatever their clock says, with
// some more packets in each.
func (b broadcast) sizes(more int) map[int64]bool {
	all := map[int64]bool{}
	for _, s := range b.segments {
		all[int64(len(s)+more*packetSize)] = true
	}
	return all
}

// moveClock adds to every PTS, DTS and PCR of a transport stream.
func moveClock(ts []byte, by clip.Ticks) {
	for p := ts; len(p) >= packetSize; p = p[packetSize:] {
		at := 4
		if p[3]&0x20 != 0 {
			if p[4] > 6 && p[5]&0x10 != 0 {
				base := binary.BigEndian.Uint32(p[6:])
				whole := clip.Ticks(base)<<1 | clip.Ticks(p[10]>>7)
				whole = (whole + by).Raw()
				binary.BigEndian.PutUint32(p[6:], uint32(whole>>1))
				p[10] = p[10]&0x7f | byte(whole&1)<<7
			}
			at += 1 + int(p[4])
		}
		if p[1]&0x40 == 0 || at+19 > packetSize || p[at] != 0 || p[at+1] != 0 || p[at+2] != 1 {
			continue
		}
		if flags := p[at+7]; flags&0x80 != 0 {
			moveTime(p[at+9:], by)
			if flags&0x40 != 0 {
				moveTime(p[at+14:], by)
			}
		}
	}
}

// moveTime adds to a time of five bytes (ISO/IEC 13818-1 2.4.3.7).
func moveTime(b []byte, by clip.Ticks) {
	t := clip.Ticks(b[0]>>1&7)<<30 | clip.Ticks(b[1])<<22 | clip.Ticks(b[2]>>1)<<15 | clip.Ticks(b[3])<<7 | clip.Ticks(b[4]>>1)
	t = (t + by).Raw()
	b[0] = b[0]&0xf1 | byte(t>>30)<<1
	b[1], b[2] = byte(t>>22), byte(t>>15)<<1|1
	b[3], b[4] = byte(t>>7), byte(t)<<1|1
}

// counters are the packets' continuity counters, which go on from segment to
// segment (ISO/IEC 13818-1 2.4.3.3).
type counters map[int]byte

func (c counters) number(ts []byte) {
	for p := ts; len(p) >= packetSize; p = p[packetSize:] {
		if p[3]&0x10 != 0 {
			pid := int(p[1]&0x1f)<<8 | int(p[2])
			p[3] = p[3]&0xf0 | c[pid]
			c[pid] = (c[pid] + 1) & 0x0f
		}
	}
}
