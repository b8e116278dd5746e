package feed

import (
	"cmp"
	"encoding/binary"
	"strings"

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

// mp4Sound is one audio track and what a segment has of it.
type mp4Sound struct {
	track
	what   clip.Track
	covers clip.Span90
	open   bool
}

// mp4Scanner indexes one fragmented MP4 segment.
type mp4Scanner struct {
	video    track
	aspect   *mp4.PaspBox // of a sample, where the container states it
	sounds   []mp4Sound
	pictures pictureReader
	out      Content
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
	return s.result()
}

func (s *mp4Scanner) result() (Content, error) {
	if err := s.pictures.describe(&s.out); err != nil {
		return Content{}, err
	}
	f := &s.out.Format
	if f.Video = s.pictures.codec; s.aspect != nil {
		f.Aspect = aspect(uint(s.aspect.HSpacing), uint(s.aspect.VSpacing))
	}
	for _, t := range s.sounds {
		f.Tracks = append(f.Tracks, t.what)
		s.out.sounds = append(s.out.sounds, t.covers)
	}
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

// readInit finds the first video track and all audio tracks.
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

// readTrack takes a track of sound, and of pictures if it is the first.
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
	case trak.Mdia.Hdlr.HandlerType == "soun":
		s.sounds = append(s.sounds, mp4Sound{track: t, what: soundEntry(entry, languageOf(trak.Mdia))})
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
	s.video, s.aspect = t, visual.Pasp
}

// languageOf is what a track says it is in: BCP 47, or ISO 639-2 for want of it.
func languageOf(m *mp4.MdiaBox) string {
	if m.Elng != nil && m.Elng.Language != "" {
		return m.Elng.Language
	}
	return language3([]byte(m.Mdhd.GetLanguage()))
}

// soundEntry is an audio track as its sample entry describes it.
func soundEntry(entry mp4.Box, lang string) clip.Track {
	t := clip.Track{Lang: lang}
	sound, ok := entry.(*mp4.AudioSampleEntryBox)
	if !ok {
		return t
	}
	t.SampleRate, t.Channels = int(sound.SampleRate), int(sound.ChannelCount)
	switch sound.Type() {
	case "mp4a":
		t.Codec = "aac"
		if sound.Esds != nil && sound.Esds.DecConfigDescriptor != nil {
			mpegSound(&t, sound.Esds.DecConfigDescriptor)
		}
	case "ac-3":
		t.Codec = "ac3"
		if sound.Dac3 != nil {
			t.Channels = ac3Channels[sound.Dac3.ACMod&7] + int(sound.Dac3.LFEOn&1)
		}
	case "ec-3":
		t.Codec = "eac3"
		if sound.Dec3 != nil && len(sound.Dec3.EC3Subs) > 0 {
			sub := sound.Dec3.EC3Subs[0]
			t.Channels = ac3Channels[sub.ACMod&7] + int(sub.LFEOn&1)
		}
	case "Opus":
		t.Codec = "opus"
	default:
		t.Codec = strings.TrimSpace(sound.Type())
	}
	return t
}

// mpegSound refines a track by its decoder configuration (ISO/IEC 14496-1
// table 5, and the MP4 registration authority's list of object types).
func mpegSound(t *clip.Track, d *mp4.DecoderConfigDescriptor) {
	const mpeg2, mpeg1, ac3, eac3, dts = 0x69, 0x6b, 0xa5, 0xa6, 0xa9
	switch d.ObjectType {
	case mpeg2, mpeg1:
		t.Codec = "mp3" // or another layer, which nothing here says
		return
	case ac3:
		t.Codec = "ac3"
		return
	case eac3:
		t.Codec = "eac3"
		return
	case dts:
		t.Codec = "dts"
		return
	}
	if d.DecSpecificInfo == nil {
		return
	}
	r := bitReader{b: d.DecSpecificInfo.DecConfig}
	if c := readAudioConfig(&r); !r.bad && c.rate > 0 {
		t.SampleRate, t.Channels = c.rate, cmp.Or(c.channels, t.Channels)
	}
}
