package feed

import (
	"fmt"
	"path"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Playlist is the HLS media playlist (RFC 8216) of recorded segments, which
// lie beside it. Each epoch is a run between discontinuities: the
// discontinuity sequence is the first epoch's number less one, and a step of n
// epochs has n tags, so that what a player counts (hls.js: frag.cc) plus one
// is the EpochID.
//
// A media sequence number is a segment's Seq. Players count it up by one, so
// where numbers are missing (their segments expired, a highlight kept the
// older ones) only what follows the last hole is listed.
func Playlist(tl clip.Timeline, segs []clip.Segment, ended bool) []byte {
	segs = listed(tl, segs)
	return headOf(segs, 0).playlist(segs, ended)
}

// playlist is the whole of it.
func (h head) playlist(segs []clip.Segment, ended bool) []byte {
	b := make([]byte, 0, 256+perSegment*len(segs))
	b = h.append(b)
	before := clip.Segment{}
	for i, s := range segs {
		if i == 0 {
			before.Epoch = s.Epoch
		}
		b = appendSegment(b, before, s)
		before = s
	}
	if ended {
		b = append(b, "#EXT-X-ENDLIST\n"...)
	}
	return b
}

// perSegment is about what a segment takes in a playlist, in bytes.
const perSegment = 128

// head is what stands before a playlist's segments.
type head struct {
	fmp4   bool
	target time.Duration // the longest segment
	first  clip.Segment  // numbered 0: there is none
}

// seconds is the target duration. A segment's length rounded to seconds must
// not be above it (RFC 8216, 4.3.3.1).
func (h head) seconds() int64 {
	return int64(max(time.Second, h.target.Round(time.Second)) / time.Second)
}

// append writes the head.
func (h head) append(b []byte) []byte {
	version := 6
	if h.fmp4 {
		version = 7
	}
	b = fmt.Appendf(b, "#EXTM3U\n#EXT-X-VERSION:%d\n#EXT-X-TARGETDURATION:%d\n", version, h.seconds())
	if h.first.Seq > 0 {
		b = fmt.Appendf(b, "#EXT-X-MEDIA-SEQUENCE:%d\n#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", h.first.Seq, h.first.Epoch-1)
	}
	return b
}

// appendSegment writes a segment's lines. A long window has thousands, and is
// written with every segment: no formatter runs here.
func appendSegment(b []byte, before, s clip.Segment) []byte {
	for range s.Epoch - before.Epoch {
		b = append(b, "#EXT-X-DISCONTINUITY\n"...)
	}
	if s.Init != "" && (s.Init != before.Init || s.Epoch != before.Epoch) {
		b = append(b, "#EXT-X-MAP:URI=\""...)
		b = append(b, path.Base(s.Init)...)
		b = append(b, "\"\n"...)
	}
	b = append(b, "#EXT-X-PROGRAM-DATE-TIME:"...)
	b = s.Start.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, "\n#EXTINF:"...)
	d := s.Duration().Microseconds()
	b = strconv.AppendInt(b, d/1e6, 10)
	b = append(b, '.')
	fraction := strconv.Itoa(int(d % 1e6))
	b = append(b, "000000"[len(fraction):]...)
	b = append(b, fraction...)
	b = append(b, ",\n"...)
	b = append(b, path.Base(s.Path)...)
	return append(b, '\n')
}

// listed is the last run of segments without a missing number whose epochs
// are known.
func listed(tl clip.Timeline, segs []clip.Segment) []clip.Segment {
	from, known := 0, false
	for i, s := range segs {
		if i == 0 || s.Epoch != segs[i-1].Epoch {
			_, known = tl.Epoch(s.Epoch)
		}
		if !known {
			from = i + 1
		} else if i > 0 && s.Seq != segs[i-1].Seq+1 {
			from = i
		}
	}
	return segs[from:]
}
