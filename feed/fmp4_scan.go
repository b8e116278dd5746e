package feed

import (
	"encoding/binary"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

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
	t, take := s.taker(traf.Tfhd.TrackID)
	if take == nil {
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
			take(sample, int64(decode), b[at:end])
			decode += uint64(sample.Dur)
			at = end
		}
	}
	return nil
}

// taker is the track with an id and what is done with its samples; nil:
// nothing.
func (s *mp4Scanner) taker(id uint32) (track, func(mp4.Sample, int64, []byte)) {
	if id == s.video.id {
		return s.video, s.picture
	}
	for i := range s.sounds {
		if t := &s.sounds[i]; t.id == id {
			return t.track, t.sample
		}
	}
	return track{}, nil
}

// ticks converts a time of the track.
func (t track) ticks(v int64) clip.Ticks {
	return clip.Ticks(clip.Rescale(v, clip.TickRate, t.timescale))
}

// sample notes one frame of sound.
func (t *mp4Sound) sample(sample mp4.Sample, decode int64, _ []byte) {
	if !t.open {
		t.open, t.covers.From = true, t.ticks(decode+t.shift)
	}
	t.covers.To = max(t.covers.To, t.ticks(decode+t.shift+int64(sample.Dur)))
}

// picture notes one picture.
func (s *mp4Scanner) picture(sample mp4.Sample, decode int64, b []byte) {
	const dependsOnNone, nonSync = 2, 1 << 16 // sample flags, ISO/IEC 14496-12 8.8.3.1
	t, whole := s.video, b
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
	s.pictures.end(whole)
	if !pic.slice {
		s.out.Damaged++
		return
	}
	if pic.hidden {
		return
	}
	s.pictures.shown()
	f := clip.Frame{
		PTS:  t.ticks(decode + int64(sample.CompositionTimeOffset) + t.shift),
		DTS:  t.ticks(decode + t.shift),
		Kind: pic.kind,
	}
	s.out.caption(pic)
	s.out.Frames = append(s.out.Frames, f)
}

// message notes an event message.
func (s *mp4Scanner) message(b *mp4.EmsgBox) {
	if b.TimeScale == 0 || b.PresentationTime/uint64(b.TimeScale) > uint64(maxTime/clip.TickRate) {
		return
	}
	m := emsg(b)
	scale := int64(b.TimeScale)
	m.exact, m.fromStart = true, b.Version == 0
	if m.at = clip.Ticks(clip.Rescale(int64(b.PresentationTime), clip.TickRate, scale)); m.fromStart {
		m.at = clip.Ticks(clip.Rescale(int64(b.PresentationTimeDelta), clip.TickRate, scale))
	}
	s.out.messages = append(s.out.messages, m)
}
