package media

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// fmp4 passes on fragments with their times moved. Edit lists are taken out of
// the init segment and added to the times instead, because players and
// versions of ffmpeg disagree about them in fragmented files.
type fmp4 struct {
	init    []byte // until it has been passed on
	movie   *mp4.InitSegment
	video   uint32           // the track that the index's times are of
	edits   map[uint32]int64 // for each track, what its edit list adds, in its timescale
	aligned bool
	by      clip.Ticks // what is added to all tracks
}

// newFMP4 reads an init segment.
func newFMP4(r io.Reader) (*fmp4, error) {
	const op = "read an init segment"
	f, err := mp4.DecodeFile(r)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	if f.Init == nil || f.Init.Moov == nil || f.Init.Moov.Mvex == nil {
		return nil, clip.Errorf(clip.Invalid, op, "it has no movie header for fragments")
	}
	m := &fmp4{movie: f.Init, edits: map[uint32]int64{}}
	for _, t := range f.Init.Moov.Traks {
		id := t.Tkhd.TrackID
		if m.video == 0 && t.Mdia.Hdlr.HandlerType == "vide" {
			m.video = id
		}
		m.edits[id] = edit(t, f.Init.Moov.Mvhd.Timescale)
		t.Edts = nil
		t.Children = slices.DeleteFunc(t.Children, func(b mp4.Box) bool { return b.Type() == "edts" })
	}
	if m.video == 0 {
		return nil, clip.Errorf(clip.Invalid, op, "it has no video track")
	}
	var out bytes.Buffer
	if err := f.Init.Encode(&out); err != nil {
		return nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	m.init = out.Bytes()
	return m, nil
}

// edit is what a track's edit list adds to its presentation times: empty edits
// delay it, the media time of its first real edit is taken off.
func edit(t *mp4.TrakBox, movie uint32) int64 {
	if t.Edts == nil {
		return 0
	}
	var add int64
	for _, l := range t.Edts.Elst {
		for _, e := range l.Entries {
			if e.MediaTime >= 0 {
				return add - e.MediaTime
			}
			add += clip.Rescale(int64(e.SegmentDuration), int64(t.Mdia.Mdhd.Timescale), int64(movie))
		}
	}
	return add
}

// segment gives a media segment (the first one after the init segment) moved
// so that its earliest picture lies where the index says.
func (m *fmp4) segment(r io.Reader, src clip.Source, z zero) (io.Reader, error) {
	op := fmt.Sprintf("read segment %d", src.Seq)
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	f, err := mp4.DecodeFile(bytes.NewReader(raw))
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	if !m.aligned {
		lowest, err := m.lowest(f)
		if err != nil {
			return nil, clip.Errorf(clip.Invalid, op, "%w", err)
		}
		m.by, m.aligned = z.at(src.First)-lowest, true
	}
	for _, s := range f.Segments {
		for _, frag := range s.Fragments {
			if err := m.move(frag); err != nil {
				return nil, clip.Errorf(clip.Invalid, op, "%w", err)
			}
		}
	}
	var out bytes.Buffer
	out.Write(m.init)
	m.init = nil
	f.FragEncMode = mp4.EncModeBoxTree
	if err := f.Encode(&out); err != nil {
		return nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	return &out, nil
}

// lowest is the earliest presentation time of a segment's pictures, as its
// bytes and edit list give it.
func (m *fmp4) lowest(f *mp4.File) (clip.Ticks, error) {
	trex, _ := m.movie.Moov.Mvex.GetTrex(m.video)
	var all []int64
	for _, s := range f.Segments {
		for _, frag := range s.Fragments {
			for _, t := range frag.Moof.Trafs {
				if t.Tfhd.TrackID != m.video || t.Tfdt == nil {
					continue
				}
				at := int64(t.Tfdt.BaseMediaDecodeTime())
				for _, run := range t.Truns {
					run.AddSampleDefaultValues(t.Tfhd, trex)
					for _, x := range run.Samples {
						all = append(all, at+int64(x.CompositionTimeOffset))
						at += int64(x.Dur)
					}
				}
			}
		}
	}
	if len(all) == 0 {
		return 0, fmt.Errorf("it holds no picture")
	}
	return clip.Ticks(clip.Rescale(slices.Min(all)+m.edits[m.video], clip.TickRate, m.timescale(m.video))), nil
}

// move moves the decode time of a fragment's tracks.
func (m *fmp4) move(frag *mp4.Fragment) error {
	for _, t := range frag.Moof.Trafs {
		id := t.Tfhd.TrackID
		if t.Tfdt == nil || m.timescale(id) == 0 {
			return fmt.Errorf("a fragment of track %d has no decode time", id)
		}
		at := int64(t.Tfdt.BaseMediaDecodeTime()) + m.edits[id] + clip.Rescale(int64(m.by), m.timescale(id), clip.TickRate)
		if at < 0 {
			return fmt.Errorf("track %d begins %d units before everything else", id, -at)
		}
		version := t.Tfdt.Version // keeps the box's size, on which offsets depend
		t.Tfdt.SetBaseMediaDecodeTime(uint64(at))
		t.Tfdt.Version = version
	}
	return nil
}

// timescale is the number of units in a second of a track, 0 if there is no
// such track.
func (m *fmp4) timescale(id uint32) int64 {
	for _, t := range m.movie.Moov.Traks {
		if t.Tkhd.TrackID == id {
			return int64(t.Mdia.Mdhd.Timescale)
		}
	}
	return 0
}
