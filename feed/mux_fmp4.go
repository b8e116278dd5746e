package feed

import (
	"bytes"
	"encoding/binary"

	"github.com/Eyevinn/mp4ff/mp4"
)

// muxInit makes one init segment of a video's and a sound's. It gives the id
// of the sound's track in it.
func muxInit(video, sound []byte) (init []byte, id uint32, err error) {
	defer func() {
		if recover() != nil {
			init, id, err = nil, 0, ErrBoxes // mp4ff trusts lengths inside boxes (v0.56.0)
		}
	}()
	v, s, err := decodeInits(video, sound)
	if err != nil {
		return nil, 0, err
	}
	id = 1
	for _, t := range v.Traks {
		id = max(id, t.Tkhd.TrackID+1)
	}
	trak, trex := s.Trak, s.Mvex.Trex
	if trak == nil || trex == nil || v.Mvex == nil {
		return nil, 0, ErrNoInit
	}
	trak.Tkhd.TrackID, trex.TrackID = id, id
	if v.Mvhd.Timescale != s.Mvhd.Timescale {
		trak.Tkhd.Duration = 0 // it counts in the movie's timescale; fragments say how long they are
	}
	v.AddChild(trak)
	v.Mvex.AddChild(trex)
	v.Mvhd.NextTrackID = id + 1
	var out bytes.Buffer
	if err := boxes(video, func(kind string, box []byte, _ int) error {
		if kind == "moov" {
			return v.Encode(&out)
		}
		out.Write(box)
		return nil
	}); err != nil {
		return nil, 0, ErrBoxes
	}
	return out.Bytes(), id, nil
}

func decodeInits(video, sound []byte) (v, s *mp4.MoovBox, err error) {
	for _, one := range []struct {
		from []byte
		to   **mp4.MoovBox
	}{{video, &v}, {sound, &s}} {
		f, err := mp4.DecodeFile(bytes.NewReader(one.from))
		if err != nil || f.Init == nil || f.Init.Moov == nil || f.Init.Moov.Mvex == nil {
			return nil, nil, ErrNoInit
		}
		*one.to = f.Init.Moov
	}
	return v, s, nil
}

// muxFragments puts the fragments of sound behind those of the video, their
// samples untouched, under track id. Segment indexes, which say where fragments
// lie, are left out.
func muxFragments(video []byte, sound [][]byte, id uint32) ([]byte, error) {
	var out []byte
	err := boxes(video, func(kind string, box []byte, _ int) error {
		if kind != "sidx" && kind != "ssix" {
			out = append(out, box...)
		}
		return nil
	})
	for _, s := range sound {
		if err != nil {
			break
		}
		err = boxes(s, func(kind string, box []byte, _ int) error {
			switch kind {
			case "moof":
				box = bytes.Clone(box)
				if err := renumber(box, id); err != nil {
					return err
				}
			case "mdat":
			default:
				return nil
			}
			out = append(out, box...)
			return nil
		})
	}
	return out, err
}

// renumber gives every track fragment of a moof box another track id.
func renumber(moof []byte, id uint32) error {
	return boxes(moof[8:], func(kind string, traf []byte, _ int) error {
		if kind != "traf" {
			return nil
		}
		return boxes(traf[8:], func(kind string, tfhd []byte, _ int) error {
			if kind != "tfhd" {
				return nil
			}
			const baseDataOffset = 1 // ISO/IEC 14496-12 8.8.7.1: places count from the file's beginning
			if len(tfhd) < 16 || tfhd[11]&baseDataOffset != 0 {
				return ErrBoxes
			}
			binary.BigEndian.PutUint32(tfhd[12:], id)
			return nil
		})
	})
}
