package media

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ovation-live/ovation/clip"
)

// Join puts chunks, in order, and a sound track into one MP4 for immediate
// playback: the movie header first, every parameter set in it, the first frame
// and the first sample of sound at time zero. Nothing is encoded again. It
// writes out.part, syncs it, and only then gives it its name.
func Join(chunks []string, rate clip.Rate, sound Sound, out string) error {
	const op = "join chunks"
	if len(chunks) == 0 || rate.Zero() {
		return clip.Errorf(clip.Invalid, op, "there are %d chunks at %s frames a second", len(chunks), rate)
	}
	m := &movie{rate: rate}
	for _, path := range chunks {
		if err := m.addChunk(path); err != nil {
			return clip.Errorf(clip.Internal, op, "%w", err)
		}
	}
	if sound.Path != "" {
		if err := m.addSound(sound); err != nil {
			return clip.Errorf(clip.Internal, op, "%w", err)
		}
	}
	if err := m.writeFile(out); err != nil {
		_ = os.Remove(partOf(out))
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return nil
}

// movie is a file that is being put together.
type movie struct {
	rate   clip.Rate
	chunks []*pictures
	frames []frame // of all chunks, in decoding order
	delay  int     // frames that decoding runs ahead of showing
	sets   sets

	sound   *track
	priming int64
	length  int64 // of the sound that is heard, in its samples
}

// frame is a picture of a chunk in the file.
type frame struct {
	chunk, sample int
	shown         int // frame number in the file
	size          int // without what cleaned takes out
}

// addChunk reads a chunk's tables.
func (m *movie) addChunk(path string) error {
	t, err := readTrack(path)
	if err != nil {
		return err
	}
	p, err := t.video(m.rate)
	if err != nil {
		return err
	}
	return m.addPictures(p)
}

// addPictures adds pictures to the end, and looks how large they will be.
func (m *movie) addPictures(p *pictures) error {
	path := p.path
	if n := len(m.chunks); n > 0 && (m.chunks[0].width != p.width || m.chunks[0].height != p.height) {
		return fmt.Errorf("%s is %dx%d, the chunks before it are %dx%d", path, p.width, p.height, m.chunks[0].width, m.chunks[0].height)
	}
	if err := m.sets.add(p.sets); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	first := len(m.frames)
	var buf []byte
	for i, s := range p.samples {
		if buf, err = p.read(f, s, buf); err != nil {
			return err
		}
		clean, err := cleaned(buf)
		if err != nil {
			return fmt.Errorf("sample %d of %s: %w", i+1, path, err)
		}
		m.frames = append(m.frames, frame{chunk: len(m.chunks), sample: i, shown: first + p.frames[i], size: len(clean)})
		m.delay = max(m.delay, i-p.frames[i])
	}
	m.chunks = append(m.chunks, p)
	return nil
}

// addSound reads the sound's tables.
func (m *movie) addSound(s Sound) error {
	t, err := readTrack(s.Path)
	if err != nil {
		return err
	}
	if t.kind() != "soun" || len(t.samples) == 0 {
		return fmt.Errorf("%s holds no sound", s.Path)
	}
	return m.addTrack(t, int64(s.Priming))
}

// addTrack adds sound, of which so many samples are not heard. It must be as
// long as the pictures.
func (m *movie) addTrack(t *track, priming int64) error {
	m.sound, m.priming = t, priming
	m.length = clip.Rescale(int64(len(m.frames)), t.timescale()*int64(m.rate.Den), int64(m.rate.Num))
	last := t.samples[len(t.samples)-1]
	have := last.dts + t.lastDuration() - m.priming
	if short := m.length - have; short > t.timescale()/1000 {
		return fmt.Errorf("the sound is %d samples of 1/%d s shorter than the pictures", short, t.timescale())
	}
	m.length = min(m.length, have)
	return nil
}

// lastDuration is the length of a track's last sample.
func (t *track) lastDuration() int64 {
	return int64(t.trak.Mdia.Minf.Stbl.Stts.GetDur(uint32(len(t.samples))))
}

// writeFile writes the whole file under a temporary name.
func (m *movie) writeFile(out string) error {
	f, err := os.Create(partOf(out))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	groups := m.interleave()
	if err := m.writeHeader(w, groups); err != nil {
		return err
	}
	if err := m.writeMedia(w, groups); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(partOf(out), out); err != nil {
		return err
	}
	return syncDir(filepath.Dir(out))
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// group is half a second of pictures and then its sound, so that a player
// which has read so far can show it.
type group struct {
	pictures, sound    indices // of m.frames and m.sound.samples
	pictureSz, soundSz int64
}

// indices is a half-open range of indices.
type indices struct{ from, to int }

// interleave cuts both tracks into groups.
func (m *movie) interleave() []group {
	var groups []group
	step := max(1, m.rate.Frames(clip.TickRate/2))
	heard := 0
	for from := 0; from < len(m.frames); from += step {
		g := group{pictures: indices{from, min(from+step, len(m.frames))}, sound: indices{heard, heard}}
		for _, f := range m.frames[g.pictures.from:g.pictures.to] {
			g.pictureSz += int64(f.size)
		}
		if m.sound != nil {
			until := m.priming + clip.Rescale(int64(g.pictures.to), m.sound.timescale()*int64(m.rate.Den), int64(m.rate.Num))
			for heard < len(m.sound.samples) && (g.pictures.to == len(m.frames) || m.sound.samples[heard].dts < until) {
				g.soundSz += int64(m.sound.samples[heard].size)
				heard++
			}
			g.sound.to = heard
		}
		groups = append(groups, g)
	}
	return groups
}

// writeMedia writes the groups' bytes.
func (m *movie) writeMedia(w io.Writer, groups []group) error {
	files := opened{}
	defer files.close()
	var buf []byte
	for _, g := range groups {
		for _, fr := range m.frames[g.pictures.from:g.pictures.to] {
			p := m.chunks[fr.chunk]
			f, err := files.only(p.path)
			if err != nil {
				return err
			}
			if buf, err = p.read(f, p.samples[fr.sample], buf); err != nil {
				return err
			}
			clean, err := cleaned(buf)
			if err != nil || len(clean) != fr.size {
				return fmt.Errorf("%s changed while it was joined", p.path)
			}
			if _, err := w.Write(clean); err != nil {
				return err
			}
		}
		if err := m.writeSound(w, g.sound); err != nil {
			return err
		}
	}
	return nil
}

// writeSound writes the bytes of some frames of sound.
func (m *movie) writeSound(w io.Writer, s indices) error {
	if s.from == s.to {
		return nil
	}
	f, err := os.Open(m.sound.path)
	if err != nil {
		return err
	}
	defer f.Close()
	var buf []byte
	for _, x := range m.sound.samples[s.from:s.to] {
		if buf, err = m.sound.read(f, x, buf); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

// opened keeps the one file open that is being read.
type opened struct {
	path string
	file *os.File
}

// only opens a file and closes the one before.
func (o *opened) only(path string) (*os.File, error) {
	if o.file != nil && o.path == path {
		return o.file, nil
	}
	o.close()
	f, err := os.Open(path)
	o.path, o.file = path, f
	return f, err
}

func (o *opened) close() {
	if o.file != nil {
		_ = o.file.Close() // it was only read
	}
}
