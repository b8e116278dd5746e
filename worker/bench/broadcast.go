package bench

import (
	"bytes"
	"context"
	"io"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// The broadcast that is recorded: 1080p50 at 6 Mb/s, as [media.Engine.Pattern]
// makes it.
const (
	segmentLength = 2 * time.Second
	segmentCount  = 5
	loopLength    = segmentCount * segmentLength
	packetSize    = 188
)

var full = media.PatternWork{Size: "1920x1080", Rate: "5800k", Length: loopLength}

// broadcast is ten seconds of it in segments, played over and over with a
// clock that goes on.
type broadcast struct {
	segments [][]byte
}

// makeBroadcast encodes the broadcast once.
func makeBroadcast(ctx context.Context, ffmpeg string, w media.PatternWork) (broadcast, error) {
	const op = "make the broadcast"
	engine, err := media.New(ffmpeg, "ffprobe", quiet())
	if err != nil {
		return broadcast{}, err
	}
	ts, err := engine.Pattern(ctx, w)
	if err != nil {
		return broadcast{}, err
	}
	b := broadcast{segments: split(ts)}
	if len(b.segments) != segmentCount {
		return b, clip.Errorf(clip.Internal, op, "it has %d segments, not %d", len(b.segments), segmentCount)
	}
	return b, nil
}

// quiet is a log that nobody reads: the errors say it.
func quiet() logrus.FieldLogger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
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
	media.ShiftClock(s, clip.Ticks(loop)*clip.TicksOf(loopLength))
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
