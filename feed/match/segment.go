package match

import (
	"sort"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// cutter makes segments of what the encoder gives: it puts everything on the
// match's own clock, adds captions and marks, and emits each two seconds as
// soon as they are whole.
type cutter struct {
	match *Match
	first int64 // number of the run's first frame
	emit  func(ts []byte, discontinuity bool, programTime time.Time) error

	mux     *muxer
	started bool
	zero    clip.Ticks // encoder's time of the first frame
	next    int64      // key frame of the segment that is emitted next
	frames  []coded    // in decoding order, from next on
	sound   []coded
	early   []unit     // sound that came before the first picture
	heard   clip.Ticks // end of the sound, counted from the first frame
}

// coded is a picture or a frame of sound; times count from the run's first
// frame and do not wrap.
type coded struct {
	n        int64
	pts, dts clip.Ticks
	bytes    []byte
	key      bool
}

func newCutter(m *Match, first int64, emit func([]byte, bool, time.Time) error) *cutter {
	return &cutter{match: m, first: first, emit: emit, mux: newMuxer(), next: first}
}

// add takes one unit of the encoder's.
func (c *cutter) add(u unit) error {
	if u.audio {
		if err := c.addSound(u); err != nil {
			return err
		}
	} else if err := c.addFrame(u); err != nil {
		return err
	}
	return c.cut()
}

// since is a time of the encoder's, counted from the first frame. near is a
// time like it, which settles how often the clock wrapped.
func (c *cutter) since(t, near clip.Ticks) clip.Ticks {
	d := (t - c.zero - near).Raw()
	if d > clip.Wrap/2 {
		d -= clip.Wrap
	}
	return near + d
}

func (c *cutter) addFrame(u unit) error {
	const op = "cut the encoder's output"
	at, idr, ok := firstSlice(u.bytes)
	if !ok {
		return clip.Errorf(clip.Internal, op, "an access unit has no picture")
	}
	if !c.started {
		c.started, c.zero = true, u.pts
		for _, s := range c.early {
			if err := c.addSound(s); err != nil {
				return err
			}
		}
		c.early = nil
	}
	near := clip.Ticks((c.next - c.first) * c.match.clock().tick())
	f := coded{pts: c.since(u.pts, near), dts: c.since(u.dts, near), key: idr}
	tick := c.match.clock().tick()
	f.n = c.first + clip.Rescale(int64(f.pts), 1, tick)
	if group := int64(gop * c.match.set.rate); (f.n%group == 0) != idr {
		return clip.Errorf(clip.Internal, op, "frame %d: key frames must be every %d frames and nowhere else", f.n, group)
	}
	f.pts = clip.Ticks((f.n - c.first) * tick)
	sei := captionSEI(c.match.captionAt(f.n))
	f.bytes = append(append(append(make([]byte, 0, len(u.bytes)+len(sei)), u.bytes[:at]...), sei...), u.bytes[at:]...)
	c.frames = append(c.frames, f)
	return nil
}

func (c *cutter) addSound(u unit) error {
	if !c.started {
		c.early = append(c.early, u)
		return nil
	}
	frames, err := adts(u.bytes)
	if err != nil {
		return err
	}
	near := clip.Ticks((c.next - c.first) * c.match.clock().tick())
	at := c.since(u.pts, near)
	for _, b := range frames {
		c.sound = append(c.sound, coded{pts: at, dts: at, bytes: b})
		at += aacFrame
	}
	c.heard = at
	return nil
}

// cut emits the next segment once its pictures and its sound are there.
func (c *cutter) cut() error {
	group := gop * c.match.set.rate
	end := clip.Ticks((c.next - c.first + int64(group)) * c.match.clock().tick())
	if len(c.frames) < group || c.heard < end {
		return nil
	}
	for _, f := range c.frames[:group] {
		if f.n < c.next || f.n >= c.next+int64(group) {
			return clip.Errorf(clip.Internal, "cut the encoder's output", "frame %d lies outside of its group at %d", f.n, c.next)
		}
	}
	ts, err := c.write(c.frames[:group], c.soundBefore(end))
	if err != nil {
		return err
	}
	if err := c.emit(ts, c.next == c.first, c.match.clock().time(c.next)); err != nil {
		return err
	}
	c.frames = append([]coded(nil), c.frames[group:]...)
	c.next += int64(group)
	return nil
}

// soundBefore takes the sound that begins before end.
func (c *cutter) soundBefore(end clip.Ticks) []coded {
	k := sort.Search(len(c.sound), func(i int) bool { return c.sound[i].pts >= end })
	out := c.sound[:k]
	c.sound = append([]coded(nil), c.sound[k:]...)
	return out
}

// soundTogether is how many frames of sound share a packet.
const soundTogether = 6

// write makes a segment of pictures and sound, in the order of decoding.
func (c *cutter) write(frames, sound []coded) ([]byte, error) {
	base := c.match.clock().pts(c.first, c.first)
	c.mux.tables()
	for _, f := range frames {
		for len(sound) > 0 && sound[0].dts <= f.dts+pcrLead/2 {
			sound = c.writeSound(sound, base)
		}
		marks, err := c.match.marksAt(c.first, f.n)
		if err != nil {
			return nil, err
		}
		for _, s := range marks {
			c.mux.section(pidMarks, s)
		}
		c.mux.video(f.bytes, base+f.pts, base+f.dts, f.key)
	}
	for len(sound) > 0 {
		sound = c.writeSound(sound, base)
	}
	return c.mux.take(), nil
}

func (c *cutter) writeSound(sound []coded, base clip.Ticks) []coded {
	n := min(soundTogether, len(sound))
	var together []byte
	for _, s := range sound[:n] {
		together = append(together, s.bytes...)
	}
	c.mux.audio(together, base+sound[0].pts)
	return sound[n:]
}
