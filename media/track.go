package media

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// track is one track of an MP4 file, by its sample tables.
type track struct {
	path    string
	trak    *mp4.TrakBox
	samples []sample // in decoding order
}

// sample is one coded picture or sound frame, in the track's timescale.
type sample struct {
	offset int64
	size   int
	dts    int64
	pts    int64
	key    bool
}

// readTrack reads the tables of a file that has one track.
func readTrack(path string) (*track, error) {
	_, tracks, err := readTracks(path)
	if err != nil {
		return nil, err
	}
	if len(tracks) != 1 {
		return nil, fmt.Errorf("%s has %d tracks, not one", path, len(tracks))
	}
	return tracks[0], nil
}

// readTracks reads the tables of a file, not its media.
func readTracks(path string) (*mp4.File, []*track, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	file, err := mp4.DecodeFile(f, mp4.WithDecodeMode(mp4.DecModeLazyMdat))
	if err != nil {
		return nil, nil, fmt.Errorf("read %s as MP4: %w", path, err)
	}
	if file.Moov == nil {
		return nil, nil, fmt.Errorf("%s has no movie header", path)
	}
	var tracks []*track
	for _, t := range file.Moov.Traks {
		tr, err := newTrack(path, t)
		if err != nil {
			return nil, nil, err
		}
		tracks = append(tracks, tr)
	}
	return file, tracks, nil
}

// newTrack spreads a track's tables into samples.
func newTrack(path string, trak *mp4.TrakBox) (*track, error) {
	t := &track{path: path, trak: trak}
	stbl := trak.Mdia.Minf.Stbl
	n := stbl.Stsz.GetNrSamples()
	if n == 0 {
		return t, nil
	}
	chunks, err := stbl.Stsc.GetContainingChunks(1, n)
	if err != nil {
		return nil, fmt.Errorf("read the tables of %s: %w", path, err)
	}
	for _, c := range chunks {
		var at uint64
		if stbl.Stco != nil {
			at, err = stbl.Stco.GetOffset(int(c.ChunkNr))
		} else if stbl.Co64 != nil {
			at, err = stbl.Co64.GetOffset(int(c.ChunkNr))
		} else {
			err = fmt.Errorf("no chunk offsets")
		}
		if err != nil {
			return nil, fmt.Errorf("read the tables of %s: %w", path, err)
		}
		for nr := c.StartSampleNr; nr < c.StartSampleNr+c.NrSamples && nr <= n; nr++ {
			s := sample{offset: int64(at), size: int(stbl.Stsz.GetSampleSize(int(nr)))}
			dts, _ := stbl.Stts.GetDecodeTime(nr)
			s.dts, s.pts = int64(dts), int64(dts)
			if stbl.Ctts != nil {
				s.pts += int64(stbl.Ctts.GetCompositionTimeOffset(nr))
			}
			s.key = stbl.Stss == nil || stbl.Stss.IsSyncSample(nr)
			t.samples = append(t.samples, s)
			at += uint64(s.size)
		}
	}
	return t, nil
}

// timescale is the number of the track's units in a second.
func (t *track) timescale() int64 { return int64(t.trak.Mdia.Mdhd.Timescale) }

// kind is the track's handler: vide, soun.
func (t *track) kind() string { return t.trak.Mdia.Hdlr.HandlerType }

// pictures is a video track at a constant rate.
type pictures struct {
	*track
	width, height int
	sets          sets
	frames        []int // display number of each sample, from 0
}

// video reads the track as H.264 at a constant rate: every frame is there
// once, and the first is a key frame that is shown first.
func (t *track) video(rate clip.Rate) (*pictures, error) {
	entry := t.trak.Mdia.Minf.Stbl.Stsd.AvcX
	if entry == nil || entry.AvcC == nil || len(t.samples) == 0 {
		return nil, fmt.Errorf("%s holds no H.264 pictures", t.path)
	}
	p := &pictures{track: t, width: int(entry.Width), height: int(entry.Height), sets: sets{entry.AvcC.SPSnalus, entry.AvcC.PPSnalus}}
	shown := make([]int64, len(t.samples))
	for i, s := range t.samples {
		shown[i] = s.pts
	}
	first := slices.Min(shown)
	p.frames = make([]int, len(shown))
	seen := make([]bool, len(shown))
	for i, at := range shown {
		n := int(clip.Rescale(at-first, int64(rate.Num), t.timescale()*int64(rate.Den)))
		back := first + clip.Rescale(int64(n), t.timescale()*int64(rate.Den), int64(rate.Num))
		if n >= len(seen) || seen[n] || at-back > 1 || back-at > 1 {
			return nil, fmt.Errorf("%s does not hold one frame every 1/%s s: sample %d is shown at %d/%d s", t.path, rate, i+1, at-first, t.timescale())
		}
		seen[n], p.frames[i] = true, n
	}
	if !t.samples[0].key || p.frames[0] != 0 {
		return nil, fmt.Errorf("%s does not begin with a key frame", t.path)
	}
	return p, nil
}

// read gives the bytes of a sample.
func (t *track) read(f *os.File, s sample, buf []byte) ([]byte, error) {
	buf = slices.Grow(buf[:0], s.size)[:s.size]
	if _, err := f.ReadAt(buf, s.offset); err != nil {
		return nil, fmt.Errorf("read a sample of %s: %w", t.path, err)
	}
	return buf, nil
}

// cleaned takes out of a coded picture what avc1 does not want in it: the
// parameter sets, which belong into avcC (ISO/IEC 14496-15, 5.4.2), and the
// encoder's note about itself.
func cleaned(picture []byte) ([]byte, error) {
	out := picture[:0]
	for len(picture) > 0 {
		if len(picture) < 5 {
			return nil, fmt.Errorf("%d bytes after the last NAL unit", len(picture))
		}
		n := int(binary.BigEndian.Uint32(picture))
		if n == 0 || n > len(picture)-4 {
			return nil, fmt.Errorf("a NAL unit of %d bytes with %d left", n, len(picture)-4)
		}
		nal := picture[:4+n]
		picture = picture[4+n:]
		const userData = 5 // of an SEI message: user_data_unregistered
		switch avc.GetNaluType(nal[4]) {
		case avc.NALU_SPS, avc.NALU_PPS, avc.NALU_AUD:
			continue
		case avc.NALU_SEI:
			if n > 1 && nal[5] == userData {
				continue
			}
		}
		out = append(out, nal...)
	}
	return out, nil
}
