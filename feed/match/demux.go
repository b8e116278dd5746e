package match

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/asticode/go-astits"

	"github.com/ovation-live/ovation/clip"
)

// unit is one access unit or a run of ADTS frames as the encoder gave it.
type unit struct {
	audio    bool
	pts, dts clip.Ticks
	bytes    []byte
}

// demux reads the encoder's transport stream until it ends.
func demux(ctx context.Context, r io.Reader, on func(unit) error) error {
	const op = "read the encoder's output"
	d := astits.NewDemuxer(ctx, bufio.NewReaderSize(r, packetSize*64), astits.DemuxerOptPacketSize(packetSize))
	kinds := map[uint16]astits.StreamType{}
	for {
		v, err := d.NextData()
		switch {
		case errors.Is(err, astits.ErrNoMorePackets), errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return clip.Errorf(clip.Unavailable, op, "%w", err)
		case v.PMT != nil:
			for _, s := range v.PMT.ElementaryStreams {
				kinds[s.ElementaryPID] = s.StreamType
			}
		case v.PES != nil:
			h := v.PES.Header.OptionalHeader
			if h == nil || h.PTS == nil {
				return clip.Errorf(clip.Internal, op, "a packet has no time")
			}
			u := unit{pts: clip.Ticks(h.PTS.Base), dts: clip.Ticks(h.PTS.Base), bytes: v.PES.Data}
			if h.DTS != nil {
				u.dts = clip.Ticks(h.DTS.Base)
			}
			switch kinds[v.PID] {
			case astits.StreamTypeH264Video:
			case astits.StreamTypeAACAudio:
				u.audio = true
			default:
				continue
			}
			if err := on(u); err != nil {
				return err
			}
		}
	}
}

// aacFrame is how many ticks an AAC frame lasts.
const aacFrame = 1024 * clip.TickRate / sampleRate

// adts splits a run of ADTS frames (ISO/IEC 13818-7 section 6.2).
func adts(b []byte) ([][]byte, error) {
	var out [][]byte
	for len(b) > 0 {
		if len(b) < 7 || b[0] != 0xFF || b[1]&0xF0 != 0xF0 {
			return nil, clip.Errorf(clip.Internal, "read the encoder's sound", "it is not in ADTS frames")
		}
		n := int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5])>>5
		if n < 7 || n > len(b) {
			return nil, clip.Errorf(clip.Internal, "read the encoder's sound", "an ADTS frame of %d bytes is cut off at %d", n, len(b))
		}
		out = append(out, b[:n])
		b = b[n:]
	}
	return out, nil
}
