package match

import (
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"

	"github.com/ovation-live/ovation/clip"
)

// segmentationType is "unscheduled event start" (ANSI/SCTE 35 table 23).
const segmentationType = 0x40

// upidURI says that the UPID is a URI (ANSI/SCTE 35 table 22).
const upidURI = 0x0F

// markRepeat is after how many seconds a goal's mark is sent again, for those
// who missed it.
const markRepeat = 1

// markOf is the SCTE-35 section of a goal whose frame has a place on the clock.
func markOf(g Goal, pts clip.Ticks) ([]byte, error) {
	s := scte35.SpliceInfoSection{
		SAPType: 3, Tier: 0xFFF,
		SpliceCommand: scte35.NewTimeSignal(uint64(pts.Raw())),
		SpliceDescriptors: scte35.SpliceDescriptors{&scte35.SegmentationDescriptor{
			SegmentationEventID: uint32(g.Number),
			SegmentationTypeID:  segmentationType,
			SegmentationUPIDs:   []scte35.SegmentationUPID{{Type: upidURI, Value: g.URI()}},
		}},
	}
	b, err := s.Encode()
	if err != nil {
		return nil, clip.Errorf(clip.Internal, "mark a goal", "%w", err)
	}
	return b, nil
}

// runUp is how much of a run there is before the first goal that is marked: a
// highlight of an earlier one would lack its beginning.
const runUp = 10 * time.Second

// marksAt are the sections that travel with frame n in a run that began with
// frame first.
func (m *Match) marksAt(first, n int64) ([][]byte, error) {
	var out [][]byte
	for _, at := range []int64{n, n - markRepeat*int64(m.set.rate)} {
		for _, g := range m.Goals(at, at+1) {
			if g.Frame < first+m.runUp {
				continue
			}
			b, err := markOf(g, m.clock().pts(first, g.Frame))
			if err != nil {
				return nil, err
			}
			out = append(out, b)
		}
	}
	return out, nil
}
