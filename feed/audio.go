package feed

import (
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// soundScanner learns what an audio track of a transport stream is and which
// time it covers.
type soundScanner struct {
	track  soundTrack
	shapes []shape
	parts  []soundPart
	buf    []byte // of the PES packet being read
	open   bool
}

// shape is what audio frames say they are, and how many said so: a damaged
// frame is outvoted.
type shape struct {
	codec          string
	rate, channels int
	frames         int
}

// soundPart is what one PES packet covers.
type soundPart struct {
	at      clip.Ticks // as the 33-bit clock shows it
	samples int
}

// packet takes a transport packet of the track.
func (s *soundScanner) packet(p packet) {
	payload := p.payload
	if p.start {
		s.flush()
		h, ok := readPES(p.payload)
		if s.open = ok && h.timed; !s.open {
			return
		}
		s.parts = append(s.parts, soundPart{at: h.pts})
		s.buf, payload = s.buf[:0], h.payload
	}
	const maxPES = 1 << 20
	if s.open && len(s.buf) < maxPES {
		s.buf = append(s.buf, payload...)
	}
}

// flush counts the audio frames that begin in the PES packet that is complete
// now. A header is believed where the frame before it ends, or where its own
// frame ends with the packet or before another.
func (s *soundScanner) flush() {
	read := frameReaders[s.track.codec]
	if !s.open || read == nil {
		return
	}
	part := &s.parts[len(s.parts)-1]
	inStep := true
	for b := s.buf; len(b) > 0; {
		f, ok := read(b)
		if ok && !inStep && f.size != len(b) {
			_, ok = read(b[min(f.size, len(b)):])
		}
		if inStep = ok; !ok {
			b = b[1:]
			continue
		}
		part.samples += f.samples
		s.vote(f)
		b = b[min(f.size, len(b)):]
	}
}

func (s *soundScanner) vote(f audioFrame) {
	if f.rate == 0 || f.samples == 0 {
		return
	}
	v := shape{codec: f.codec, rate: f.rate, channels: f.channels}
	for i := range s.shapes {
		if o := s.shapes[i]; o.codec == v.codec && o.rate == v.rate && o.channels == v.channels {
			s.shapes[i].frames++
			return
		}
	}
	v.frames = 1
	s.shapes = append(s.shapes, v)
}

// finish gives the track and the time it covers, unwrapped beside that of the
// pictures.
func (s *soundScanner) finish(pictures clip.Span90) (clip.Track, clip.Span90) {
	s.flush()
	s.open = false
	t := clip.Track{Codec: s.track.codec, Lang: s.track.lang}
	if len(s.shapes) > 0 {
		best := slices.MaxFunc(s.shapes, func(a, b shape) int { return a.frames - b.frames })
		t.SampleRate, t.Channels = best.rate, best.channels
		if best.codec != "" {
			t.Codec = best.codec
		}
	}
	var spans []clip.Span90
	for _, p := range s.parts {
		at := clip.Span90{From: unwrap(p.at, pictures.From)}
		at.To = at.From
		if t.SampleRate > 0 {
			at.To += clip.Ticks(clip.Rescale(int64(p.samples), clip.TickRate, int64(t.SampleRate)))
		}
		spans = append(spans, at)
	}
	return t, cover(spans, pictures)
}

// cover is the time from the first to the last of spans. One that lies apart
// from its neighbours has a damaged time and does not count.
func cover(spans []clip.Span90, pictures clip.Span90) (all clip.Span90) {
	const apart, reach = clip.TickRate / 2, 60 * clip.TickRate // beyond its reach is another clock
	follows := func(i int) bool { return abs(spans[i].From-spans[i-1].To) <= apart }
	first := true
	for i, s := range spans {
		joined := i > 0 && follows(i) || i+1 < len(spans) && follows(i+1)
		if s.From < pictures.From-reach || s.From > pictures.To+reach || !joined && len(spans) > 2 {
			continue
		}
		if first {
			all, first = s, false
		}
		all.From, all.To = min(all.From, s.From), max(all.To, s.To)
	}
	if all.To <= all.From {
		return clip.Span90{}
	}
	return all
}
