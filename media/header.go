package media

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// movieScale is the timescale of the file: a sample of sound.
const movieScale = 48000

// units is how many units of the video track's timescale a frame lasts, and
// the timescale: at least 10000, so that every player's rounding is fine.
func units(r clip.Rate) (frame, second int64) {
	k := int64(1)
	for int64(r.Num)*k < 10000 {
		k *= 2
	}
	return int64(r.Den) * k, int64(r.Num) * k
}

// writeHeader writes everything before the media: ftyp, moov and the head of
// mdat.
func (m *movie) writeHeader(w io.Writer, groups []group) error {
	ftyp := mp4.NewFtyp("isom", 512, []string{"isom", "iso2", "avc1", "mp41"})
	moov, offsets, err := m.header(groups)
	if err != nil {
		return err
	}
	var media int64
	for _, g := range groups {
		media += g.pictureSz + g.soundSz
	}
	const mdatHead = 8
	at := int64(ftyp.Size()+moov.Size()) + mdatHead
	if at+media > math.MaxUint32 {
		return fmt.Errorf("the file would have %d bytes; 4 GB is the most", at+media)
	}
	for _, g := range groups {
		offsets.pictures.ChunkOffset = append(offsets.pictures.ChunkOffset, uint32(at))
		at += g.pictureSz
		if g.sound.from < g.sound.to {
			offsets.sound.ChunkOffset = append(offsets.sound.ChunkOffset, uint32(at))
			at += g.soundSz
		}
	}
	// The tables of offsets have grown since at was first computed.
	grown := uint32(4 * (len(offsets.pictures.ChunkOffset) + len(offsets.sound.ChunkOffset)))
	for _, t := range []*mp4.StcoBox{offsets.pictures, offsets.sound} {
		for i := range t.ChunkOffset {
			t.ChunkOffset[i] += grown
		}
	}
	for _, b := range []mp4.Box{ftyp, moov} {
		if err := b.Encode(w); err != nil {
			return err
		}
	}
	head := make([]byte, mdatHead)
	binary.BigEndian.PutUint32(head, uint32(mdatHead+media))
	copy(head[4:], "mdat")
	_, err = w.Write(head)
	return err
}

// tables are the chunk offset tables that wait for their numbers.
type tables struct{ pictures, sound *mp4.StcoBox }

// header is the movie box, with empty tables of offsets.
func (m *movie) header(groups []group) (*mp4.MoovBox, tables, error) {
	moov := mp4.NewMoovBox()
	mvhd := mp4.CreateMvhd()
	mvhd.Timescale, mvhd.Duration, mvhd.NextTrackID = movieScale, m.videoLength(), 2
	moov.AddChild(mvhd)
	video, err := m.videoTrack(groups)
	if err != nil {
		return nil, tables{}, err
	}
	moov.AddChild(video)
	t := tables{pictures: video.Mdia.Minf.Stbl.Stco, sound: &mp4.StcoBox{}}
	if m.sound == nil {
		return moov, t, nil
	}
	sound, err := m.soundTrack(groups)
	if err != nil {
		return nil, tables{}, err
	}
	moov.AddChild(sound)
	mvhd.NextTrackID, t.sound = 3, sound.Mdia.Minf.Stbl.Stco
	mvhd.Duration = max(mvhd.Duration, sound.Tkhd.Duration)
	return moov, t, nil
}

// videoLength is the length of the pictures in the movie's timescale.
func (m *movie) videoLength() uint64 {
	return uint64(clip.Rescale(int64(len(m.frames)), movieScale*int64(m.rate.Den), int64(m.rate.Num)))
}

// newTrak is a track with its edit list: what is shown begins at start in the
// media and lasts length.
func newTrak(id uint32, scale int64, kind string, start int64, length uint64) *mp4.TrakBox {
	trak := mp4.CreateEmptyTrak(id, uint32(scale), kind, "und")
	trak.Tkhd.Duration = length
	if kind == "audio" {
		trak.Tkhd.AlternateGroup = 1
	}
	edts := &mp4.EdtsBox{}
	edts.AddChild(&mp4.ElstBox{Entries: []mp4.ElstEntry{{SegmentDuration: length, MediaTime: start, MediaRateInteger: 1}}})
	mdia := trak.Mdia
	trak.Children = trak.Children[:1] // tkhd, edts, mdia: the order that every reader knows
	trak.AddChild(edts)
	trak.AddChild(mdia)
	return trak
}

// videoTrack is the track of the pictures.
func (m *movie) videoTrack(groups []group) (*mp4.TrakBox, error) {
	frame, second := units(m.rate)
	trak := newTrak(1, second, "video", int64(m.delay)*frame, m.videoLength())
	trak.Mdia.Mdhd.Duration = uint64(int64(len(m.frames)) * frame)
	size := m.chunks[0]
	trak.Tkhd.Width, trak.Tkhd.Height = mp4.Fixed32(size.width<<16), mp4.Fixed32(size.height<<16)
	avcC, err := m.sets.avcC()
	if err != nil {
		return nil, err
	}
	entry := mp4.CreateVisualSampleEntryBox("avc1", uint16(size.width), uint16(size.height), avcC)
	entry.CompressorName = ""
	entry.AddChild(&mp4.PaspBox{HSpacing: 1, VSpacing: 1})
	entry.AddChild(&mp4.ColrBox{ColorType: mp4.ColorTypeOnScreenColors, ColorPrimaries: 1, TransferCharacteristics: 1, MatrixCoefficients: 1})
	stbl := trak.Mdia.Minf.Stbl
	stbl.Stsd.AddChild(entry)
	stbl.Stts.SampleCount, stbl.Stts.SampleTimeDelta = []uint32{uint32(len(m.frames))}, []uint32{uint32(frame)}
	ctts, stss := &mp4.CttsBox{}, &mp4.StssBox{}
	for i, f := range m.frames {
		if err := addOffset(ctts, int32(int64(f.shown-i+m.delay)*frame)); err != nil {
			return nil, err
		}
		if m.chunks[f.chunk].samples[f.sample].key {
			stss.SampleNumber = append(stss.SampleNumber, uint32(i+1))
		}
		stbl.Stsz.SampleSize = append(stbl.Stsz.SampleSize, uint32(f.size))
	}
	stbl.Stsz.SampleNumber = uint32(len(m.frames))
	stbl.AddChild(stss)
	if m.delay > 0 {
		stbl.AddChild(ctts)
	}
	return trak, addChunks(stbl.Stsc, groups, func(g group) indices { return g.pictures })
}

// addOffset adds one sample's composition offset, together with those before
// it that have the same.
func addOffset(b *mp4.CttsBox, offset int32) error {
	if n := len(b.SampleOffset); n > 0 && b.SampleOffset[n-1] == offset {
		b.EndSampleNr[n]++
		return nil
	}
	return b.AddSampleCountsAndOffset([]uint32{1}, []int32{offset})
}

// soundTrack is the track of the sound: the encoder's description and frames
// as they are.
func (m *movie) soundTrack(groups []group) (*mp4.TrakBox, error) {
	scale := m.sound.timescale()
	trak := newTrak(2, scale, "audio", m.priming, uint64(clip.Rescale(m.length, movieScale, scale)))
	from := m.sound.trak.Mdia.Minf.Stbl
	last := m.sound.samples[len(m.sound.samples)-1]
	trak.Mdia.Mdhd.Duration = uint64(last.dts + m.sound.lastDuration())
	stbl := trak.Mdia.Minf.Stbl
	for _, entry := range from.Stsd.Children {
		stbl.Stsd.AddChild(entry)
	}
	stbl.Stts.SampleCount, stbl.Stts.SampleTimeDelta = from.Stts.SampleCount, from.Stts.SampleTimeDelta
	for _, s := range m.sound.samples {
		stbl.Stsz.SampleSize = append(stbl.Stsz.SampleSize, uint32(s.size))
	}
	stbl.Stsz.SampleNumber = uint32(len(m.sound.samples))
	return trak, addChunks(stbl.Stsc, groups, func(g group) indices { return g.sound })
}

// addChunks tells how many samples lie together, group by group.
func addChunks(b *mp4.StscBox, groups []group, part func(group) indices) error {
	nr, before := uint32(0), uint32(0)
	for _, g := range groups {
		n := uint32(part(g).to - part(g).from)
		if n == 0 {
			continue
		}
		if nr++; n == before {
			continue
		}
		before = n
		if err := b.AddEntry(nr, n, 1); err != nil {
			return err
		}
	}
	return nil
}
