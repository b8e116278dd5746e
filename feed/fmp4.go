package feed

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/Eyevinn/mp4ff/aac"
	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// track is one track of an init segment, as far as it is needed.
type track struct {
	id        uint32
	timescale int64
	shift     int64 // from the edit list: what is added to a composition time
	trex      *mp4.TrexBox
	nalLength int // bytes of a NAL unit's length
}

// mp4Scanner indexes one fragmented MP4 segment.
type mp4Scanner struct {
	video, audio track
	pictures     pictureReader
	out          Content
	soundOpen    bool
}

// scanFMP4 indexes a segment with its init segment.
func scanFMP4(init, b []byte) (c Content, err error) {
	defer func() {
		if recover() != nil {
			c, err = Content{}, ErrBoxes // mp4ff trusts lengths inside boxes (v0.56.0)
		}
	}()
	var s mp4Scanner
	if err := s.readInit(init); err != nil {
		return Content{}, err
	}
	if err := s.readMedia(b); err != nil {
		return Content{}, err
	}
	set := s.pictures.set
	f := &s.out.Format
	f.Width, f.Height, f.Rate = set.width, set.height, set.rate
	return s.out, nil
}

// boxes walks the boxes at the top of b. A truncated last box ends the walk.
func boxes(b []byte, visit func(kind string, box []byte, at int) error) error {
	for at := 0; at+8 <= len(b); {
		size, header := int64(binary.BigEndian.Uint32(b[at:])), int64(8)
		if size == 1 && at+16 <= len(b) {
			size, header = int64(binary.BigEndian.Uint64(b[at+8:])), 16
		} else if size == 0 {
			size = int64(len(b) - at)
		}
		if size < header {
			return ErrBoxes
		}
		if size > int64(len(b)-at) {
			return nil
		}
		if err := visit(string(b[at+4:at+8]), b[at:at+int(size)], at); err != nil {
			return err
		}
		at += int(size)
	}
	return nil
}

// readInit finds the first video and the first audio track.
func (s *mp4Scanner) readInit(b []byte) error {
	var moov *mp4.MoovBox
	err := boxes(b, func(kind string, box []byte, _ int) error {
		if kind != "moov" {
			return nil
		}
		decoded, err := mp4.DecodeBoxSR(0, bits.NewFixedSliceReader(box))
		if err != nil {
			return ErrNoInit
		}
		moov, _ = decoded.(*mp4.MoovBox)
		return nil
	})
	if err != nil || moov == nil || moov.Mvex == nil {
		return ErrNoInit
	}
	for _, trak := range moov.Traks {
		if err := s.readTrack(moov, trak); err != nil {
			return err
		}
	}
	if s.video.id == 0 {
		return ErrNoVideo
	}
	return nil
}

// readTrack takes a track if it is the first of its kind.
func (s *mp4Scanner) readTrack(moov *mp4.MoovBox, trak *mp4.TrakBox) error {
	if trak.Tkhd == nil || trak.Mdia == nil || trak.Mdia.Mdhd == nil || trak.Mdia.Hdlr == nil ||
		trak.Mdia.Minf == nil || trak.Mdia.Minf.Stbl == nil || trak.Mdia.Minf.Stbl.Stsd == nil {
		return nil
	}
	stsd := trak.Mdia.Minf.Stbl.Stsd
	for _, entry := range stsd.Children {
		if kind := entry.Type(); kind == "encv" || kind == "enca" {
			return ErrEncrypted
		}
	}
	t := track{id: trak.Tkhd.TrackID, timescale: int64(trak.Mdia.Mdhd.Timescale)}
	if t.timescale == 0 {
		return ErrNoInit
	}
	for _, x := range moov.Mvex.Trexs {
		if x.TrackID == t.id {
			t.trex = x
		}
	}
	t.shift = editShift(trak, int64(moov.Mvhd.Timescale), t.timescale)
	switch entry := first(stsd); {
	case trak.Mdia.Hdlr.HandlerType == "vide" && s.video.id == 0:
		s.videoTrack(t, entry)
	case trak.Mdia.Hdlr.HandlerType == "soun" && s.audio.id == 0:
		s.audioTrack(t, entry)
	}
	return nil
}

func first(stsd *mp4.StsdBox) mp4.Box {
	if len(stsd.Children) == 0 {
		return nil
	}
	return stsd.Children[0]
}

// editShift is what the edit list adds to composition times: an empty edit
// delays the track, a media time skips its beginning. ffmpeg applies it, so
// the index must.
func editShift(trak *mp4.TrakBox, movie, media int64) int64 {
	if trak.Edts == nil || movie <= 0 {
		return 0
	}
	shift := int64(0)
	for _, list := range trak.Edts.Elst {
		for _, e := range list.Entries {
			if e.MediaTime == -1 && e.SegmentDuration < 1<<40 {
				shift += clip.Rescale(int64(e.SegmentDuration), media, movie)
				continue
			}
			if e.MediaTime > 0 && e.MediaTime < 1<<40 {
				shift -= e.MediaTime
			}
			return shift
		}
	}
	return shift
}

func (s *mp4Scanner) videoTrack(t track, entry mp4.Box) {
	visual, ok := entry.(*mp4.VisualSampleEntryBox)
	if !ok {
		return
	}
	t.nalLength = 4
	switch {
	case visual.AvcC != nil:
		s.pictures.codec = codecH264
		for _, sps := range visual.AvcC.SPSnalus {
			s.pictures.setH264(sps)
		}
	case visual.HvcC != nil:
		s.pictures.codec = codecHEVC
		for _, a := range visual.HvcC.NaluArrays {
			for _, nal := range a.Nalus {
				s.pictures.begin(false)
				if len(nal) > 2 && nal[0]>>1&0x3f == 33 {
					s.pictures.setHEVC(nal)
				}
			}
		}
	default:
		return
	}
	s.video, s.out.Format.Video = t, s.pictures.codec
}

func (s *mp4Scanner) audioTrack(t track, entry mp4.Box) {
	sound, ok := entry.(*mp4.AudioSampleEntryBox)
	if !ok {
		return
	}
	f := &s.out.Format
	f.SampleRate, f.Channels = int(sound.SampleRate), int(sound.ChannelCount)
	switch sound.Type() {
	case "mp4a":
		f.Audio = "aac"
		if sound.Esds != nil && sound.Esds.DecConfigDescriptor != nil && sound.Esds.DecConfigDescriptor.DecSpecificInfo != nil {
			config, err := aac.DecodeAudioSpecificConfig(bytes.NewReader(sound.Esds.DecConfigDescriptor.DecSpecificInfo.DecConfig))
			if err == nil {
				f.SampleRate = config.SamplingFrequency
				f.Channels = int(config.ChannelConfiguration)
			}
		}
	case "ac-3":
		f.Audio = "ac3"
	case "ec-3":
		f.Audio = "eac3"
	case "Opus":
		f.Audio = "opus"
	default:
		f.Audio = strings.TrimSpace(sound.Type())
	}
	s.audio = t
}

// readMedia walks fragments and event messages.
func (s *mp4Scanner) readMedia(b []byte) error {
	return boxes(b, func(kind string, box []byte, at int) error {
		if kind != "moof" && kind != "emsg" {
			return nil
		}
		decoded, err := mp4.DecodeBoxSR(uint64(at), bits.NewFixedSliceReader(box))
		if err != nil {
			return ErrBoxes
		}
		switch d := decoded.(type) {
		case *mp4.MoofBox:
			for _, traf := range d.Trafs {
				if err := s.readRun(b, at, traf); err != nil {
					return err
				}
			}
		case *mp4.EmsgBox:
			s.message(d)
		}
		return nil
	})
}

// readRun notes the samples of one track in a fragment that begins at the
// byte moof.
func (s *mp4Scanner) readRun(b []byte, moof int, traf *mp4.TrafBox) error {
	if traf.Tfhd == nil || traf.Tfdt == nil {
		return ErrBoxes
	}
	var t track
	switch traf.Tfhd.TrackID {
	case s.video.id:
		t = s.video
	case s.audio.id:
		t = s.audio
	default:
		return nil
	}
	base := int64(moof)
	if traf.Tfhd.HasBaseDataOffset() {
		base = int64(traf.Tfhd.BaseDataOffset)
	}
	decode, at := traf.Tfdt.BaseMediaDecodeTime(), base
	if decode/uint64(t.timescale) > uint64(maxTime/clip.TickRate) {
		return ErrBoxes
	}
	for _, run := range traf.Truns {
		run.AddSampleDefaultValues(traf.Tfhd, t.trex)
		if run.HasDataOffset() {
			at = base + int64(run.DataOffset)
		}
		for _, sample := range run.Samples {
			end := at + int64(sample.Size)
			if at < 0 || end > int64(len(b)) {
				return nil // truncated: what is whole counts
			}
			s.sample(t, sample, int64(decode), b[at:end])
			decode += uint64(sample.Dur)
			at = end
		}
	}
	return nil
}

// sample notes one picture or one frame of sound.
func (s *mp4Scanner) sample(t track, sample mp4.Sample, decode int64, b []byte) {
	ticks := func(v int64) clip.Ticks { return clip.Ticks(clip.Rescale(v, clip.TickRate, t.timescale)) }
	if t.id == s.audio.id {
		from, to := ticks(decode+t.shift), ticks(decode+t.shift+int64(sample.Dur))
		if !s.soundOpen {
			s.soundOpen, s.out.Sound.From = true, from
		}
		s.out.Sound.To = max(s.out.Sound.To, to)
		return
	}
	const dependsOnNone, nonSync = 2, 1 << 16 // sample flags, ISO/IEC 14496-12 8.8.3.1
	s.pictures.begin(sample.Flags>>24&3 == dependsOnNone && sample.Flags&nonSync == 0)
	for len(b) > t.nalLength {
		n := int64(binary.BigEndian.Uint32(b))
		b = b[t.nalLength:]
		if n > int64(len(b)) || s.pictures.add(b[:n]) {
			break
		}
		b = b[n:]
	}
	pic := s.pictures.now
	if !pic.slice {
		s.out.Damaged++
		return
	}
	f := clip.Frame{
		PTS:  ticks(decode + int64(sample.CompositionTimeOffset) + t.shift),
		DTS:  ticks(decode + t.shift),
		Kind: pic.kind,
	}
	s.out.Frames = append(s.out.Frames, f)
	if len(pic.captions) > 0 {
		s.out.captions = append(s.out.captions, captionBytes{f.PTS, pic.captions})
	}
}

// message notes an event message that carries SCTE-35 (ANSI/SCTE 214-3).
func (s *mp4Scanner) message(m *mp4.EmsgBox) {
	if m.SchemeIDURI != "urn:scte:scte35:2013:bin" || m.TimeScale == 0 ||
		m.PresentationTime/uint64(m.TimeScale) > uint64(maxTime/clip.TickRate) {
		return
	}
	c := section{bytes: bytes.Clone(m.MessageData), exact: m.Version == 1}
	if c.exact {
		c.at = clip.Ticks(clip.Rescale(int64(m.PresentationTime), clip.TickRate, int64(m.TimeScale)))
	}
	s.out.sections = append(s.out.sections, c)
}
