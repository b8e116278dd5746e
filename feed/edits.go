package feed

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// Delays is by how much the edit list of an init segment delays each track, in
// the track's timescale.
type Delays map[uint32]uint64

// Undelayed takes the empty edits, which delay a track, out of an init
// segment. Browsers disagree about them: Chromium 156 ignores the whole list
// where it begins with one, Firefox does not (2026-11-24), so that the same
// picture would be at two places. [Delays.Apply] puts the delay into the
// fragments instead. Without any the segment is given back as it is, and no
// delays.
func Undelayed(init []byte) ([]byte, Delays, error) {
	const op = "read an init segment"
	f, err := mp4.DecodeFile(bytes.NewReader(init))
	if err != nil || f.Init == nil || f.Init.Moov == nil {
		return nil, nil, clip.Errorf(clip.Invalid, op, "it has no movie header: %w", err)
	}
	delays := Delays{}
	for _, t := range f.Init.Moov.Traks {
		if t.Edts == nil {
			continue
		}
		for _, l := range t.Edts.Elst {
			l.Entries = slices.DeleteFunc(l.Entries, func(e mp4.ElstEntry) bool {
				if e.MediaTime >= 0 {
					return false
				}
				delays[t.Tkhd.TrackID] += uint64(clip.Rescale(int64(e.SegmentDuration), int64(t.Mdia.Mdhd.Timescale), int64(f.Init.Moov.Mvhd.Timescale)))
				return true
			})
		}
	}
	if len(delays) == 0 {
		return init, nil, nil
	}
	var out bytes.Buffer
	if err := f.Encode(&out); err != nil {
		return nil, nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	return out.Bytes(), delays, nil
}

// Apply delays the tracks of a media segment, in place.
func (d Delays) Apply(segment []byte) {
	eachBox(segment, func(name string, moof []byte) {
		if name != "moof" {
			return
		}
		eachBox(moof, func(name string, traf []byte) {
			if name == "traf" {
				d.delay(traf)
			}
		})
	})
}

// delay moves the decode time of a track's fragment (ISO/IEC 14496-12, 8.8.7
// and 8.8.12).
func (d Delays) delay(traf []byte) {
	var by uint64
	eachBox(traf, func(name string, b []byte) {
		switch {
		case name == "tfhd" && len(b) >= 8:
			by = d[binary.BigEndian.Uint32(b[4:])]
		case name == "tfdt" && len(b) >= 12 && b[0] == 1:
			binary.BigEndian.PutUint64(b[4:], binary.BigEndian.Uint64(b[4:])+by)
		case name == "tfdt" && len(b) >= 8 && b[0] == 0:
			binary.BigEndian.PutUint32(b[4:], binary.BigEndian.Uint32(b[4:])+uint32(by))
		}
	})
}

// eachBox gives the boxes in b and what is in them. It ends at the first that is
// torn.
func eachBox(b []byte, each func(name string, body []byte)) {
	for len(b) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(b)), uint64(8)
		if size == 1 && len(b) >= 16 {
			size, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size == 0 {
			size = uint64(len(b))
		}
		if size < head || size > uint64(len(b)) {
			return
		}
		each(string(b[4:8]), b[head:size])
		b = b[size:]
	}
}
