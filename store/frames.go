package store

import (
	"encoding/binary"
	"errors"

	"github.com/ovation-live/ovation/clip"
)

// A segment's frames are kept in about four bytes each: the number of frames;
// their kinds, four to a byte; and for each the change of the step from one DTS
// to the next (zero where the rate is constant) and how long after its DTS it
// is shown. All numbers are varints.

// framesVersion is the first byte, raised when the encoding changes.
const framesVersion = 1

// packFrames encodes frames.
func packFrames(frames []clip.Frame) []byte {
	b := []byte{framesVersion}
	b = binary.AppendUvarint(b, uint64(len(frames)))
	kinds := make([]byte, (len(frames)+3)/4)
	for i, f := range frames {
		kinds[i/4] |= byte(f.Kind&3) << (i % 4 * 2)
	}
	b = append(b, kinds...)
	var dts, pace clip.Ticks
	for _, f := range frames {
		p := f.DTS - dts
		b = binary.AppendVarint(b, int64(p-pace))
		b = binary.AppendVarint(b, int64(f.PTS-f.DTS))
		dts, pace = f.DTS, p
	}
	return b
}

var errFrames = errors.New("the stored index of a segment is damaged")

// unpackFrames decodes what packFrames encoded.
func unpackFrames(b []byte) ([]clip.Frame, error) {
	if len(b) == 0 || b[0] != framesVersion {
		return nil, errFrames
	}
	b = b[1:]
	count, n := binary.Uvarint(b)
	if n <= 0 || count > uint64(len(b)) { // a frame takes more than a byte
		return nil, errFrames
	}
	if count == 0 {
		return nil, nil
	}
	kinds, b := b[n:], b[n:]
	if len(b) < int(count+3)/4 {
		return nil, errFrames
	}
	b = b[(count+3)/4:]
	frames := make([]clip.Frame, count)
	var dts, pace clip.Ticks
	for i := range frames {
		change, n := binary.Varint(b)
		if n <= 0 {
			return nil, errFrames
		}
		later, m := binary.Varint(b[n:])
		if m <= 0 {
			return nil, errFrames
		}
		b = b[n+m:]
		pace += clip.Ticks(change)
		dts += pace
		frames[i] = clip.Frame{PTS: dts + clip.Ticks(later), DTS: dts, Kind: clip.FrameKind(kinds[i/4] >> (i % 4 * 2) & 3)}
	}
	return frames, nil
}
