package feed

import (
	"bytes"
	"errors"
	"slices"

	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// What can be wrong with a piece of media. [Scan] wraps one of them.
var (
	ErrEmpty     = errors.New("it is empty")
	ErrNotMedia  = errors.New("it is neither MPEG-TS nor fragmented MP4")
	ErrHTML      = errors.New("it is a web page, not media: the server answered with an error page")
	ErrNoProgram = errors.New("it has no readable programme table (PAT and PMT)")
	ErrNoVideo   = errors.New("it has no video that can be indexed (H.264 or HEVC)")
	ErrNoFrames  = errors.New("it has a video track but no complete frame")
	ErrEncrypted = errors.New("it is encrypted")
	ErrClock     = errors.New("its clock jumps in the middle")
	ErrNoInit    = errors.New("its init segment is missing or unreadable")
	ErrBoxes     = errors.New("its MP4 boxes contradict each other")
	ErrSize      = errors.New("its pictures are of a size that no broadcast has")
	errNoSize    = errors.New("it does not say how large its pictures are, and nothing before it did")
)

// Why only a part of a piece is what its Format says.
var (
	errTracks = errors.New("its tracks change in the middle; what comes after that is kept but not indexed")
	errSizes  = errors.New("its pictures change their size in the middle")
)

// maxTime bounds times that a container may state: 198 years in ticks, so
// that no later arithmetic overflows.
const maxTime clip.Ticks = 1 << 49

// Content is what a piece of media holds, found without decoding a picture.
// Times are the piece's own: of MPEG-TS the 33-bit clock, counted on past its
// wrap inside the piece. Unknown fields of Format are zero.
type Content struct {
	Format  clip.Format
	Frames  []clip.Frame // in decoding order
	First   clip.Ticks   // lowest PTS
	End     clip.Ticks   // highest PTS plus one frame
	Sound   clip.Span90  // what the audio track that is heard covers; zero: no audio
	Damaged int          // frames left out of Frames because their times are garbage
	Texts   []Text       // tracks of captions and subtitles
	Mixed   error        // why only a part of the piece is what Format says; nil: all of it is

	sounds   []clip.Span90  // what each of Format.Tracks covers
	captions []captionBytes // in display order
	sections []section
}

// captionBytes are the CEA-608 byte pairs of one picture.
type captionBytes struct {
	pts   clip.Ticks
	pairs []ccx.CCPair
}

// section is a SCTE-35 splice_info_section and where it lay in the media.
type section struct {
	bytes []byte
	at    clip.Ticks // PTS of the video around it
	exact bool       // at is when it happens, not merely where it lay (emsg)
}

// Scan indexes a piece of media. The error is Invalid and wraps one of this
// package's Err values.
func Scan(p Piece) (Content, error) {
	c, err := scan(p)
	if err != nil {
		return Content{}, clip.Errorf(clip.Invalid, "index a segment", "%w", err)
	}
	return c, nil
}

func scan(p Piece) (Content, error) {
	var c Content
	var err error
	switch head := bytes.TrimLeft(p.Bytes[:min(len(p.Bytes), 512)], "\ufeff \t\r\n"); {
	case len(p.Bytes) == 0:
		return c, ErrEmpty
	case bytes.HasPrefix(head, []byte("<")):
		return c, ErrHTML
	case p.Container == clip.FMP4:
		c, err = scanFMP4(p.Init, p.Bytes)
	case p.Container == clip.MPEGTS:
		c, err = scanTS(p.Bytes)
	default:
		return c, ErrNotMedia
	}
	if err != nil {
		return c, err
	}
	c.Format.Container = p.Container
	if err := c.finish(); err != nil {
		return c, err
	}
	return c, c.hear("") // the first track, until a feed wants another
}

// finish derives what follows from the frames: span, rate, order of captions.
func (c *Content) finish() error {
	if err := c.dropStrays(); err != nil {
		return err
	}
	if len(c.Frames) == 0 {
		return ErrNoFrames
	}
	times := make([]clip.Ticks, len(c.Frames))
	for i, f := range c.Frames {
		times[i] = f.PTS
	}
	slices.Sort(times)
	c.First = times[0]
	rate, step := spacing(times, c.Format.Rate)
	c.Format.Rate = rate
	c.End = times[len(times)-1] + step
	slices.SortStableFunc(c.captions, func(a, b captionBytes) int { return int(a.pts - b.pts) })
	return nil
}

// strayShare is how many of a piece's frames may have garbage times, as
// damaged packets make them, before the piece as a whole is not believed.
const strayShare = 10 // one in ten

// dropStrays removes frames whose time is far from their neighbours': one
// damaged packet must not cost a segment.
func (c *Content) dropStrays() error {
	if len(c.Frames) < 2 {
		return nil
	}
	sorted := make([]clip.Ticks, len(c.Frames))
	for i, f := range c.Frames {
		sorted[i] = f.DTS
	}
	slices.Sort(sorted)
	middle := sorted[len(sorted)/2]
	kept := c.Frames[:0:0]
	for _, f := range c.Frames {
		if near(f.DTS, middle) && f.PTS-f.DTS >= -jumpBack && f.PTS-f.DTS < jumpAhead {
			kept = append(kept, f)
		}
	}
	c.Damaged = len(c.Frames) - len(kept)
	if c.Damaged*strayShare > len(c.Frames) {
		return ErrClock
	}
	c.Frames = kept
	for i := 1; i < len(kept); i++ {
		if d := kept[i].DTS - kept[i-1].DTS; d < -jumpBack || d > jumpAhead {
			return ErrClock
		}
	}
	c.captions = slices.DeleteFunc(c.captions, func(b captionBytes) bool { return !near(b.pts, middle) })
	return nil
}

// near reports whether two times can belong to one segment.
func near(a, b clip.Ticks) bool {
	const reach = 60 * clip.TickRate // longer segments are no live feed's
	return max(a-b, b-a) < reach
}

// spacing is the frame rate and the length of a frame. What is measured counts
// where pictures come evenly; where they do not, as from clocks in
// milliseconds, the parameter set's word (said) does if it can be meant. The
// rate is zero when neither helps.
func spacing(times []clip.Ticks, said clip.Rate) (clip.Rate, clip.Ticks) {
	const enough = 6 // frames whose spacing is believed
	if len(times) < enough && !said.Zero() {
		return said, said.Ticks(1)
	}
	if len(times) < 2 {
		return said, clip.TickRate / 25 // one frame that says nothing: any length is a guess
	}
	steps := make([]clip.Ticks, len(times)-1)
	for i := range steps {
		steps[i] = times[i+1] - times[i]
	}
	slices.Sort(steps)
	median := max(1, steps[len(steps)/2])
	mean := max(1, clip.Ticks(clip.Rescale(int64(times[len(times)-1]-times[0]), 1, int64(len(steps)))))
	if even(steps, median) && len(times) >= enough {
		if r := clip.RateOf(median); !r.Zero() {
			return r, r.Ticks(1)
		}
		if steps[len(steps)-1]-steps[0] <= 2 {
			return reduced(clip.TickRate, int(median)), median // at no broadcast rate
		}
	}
	if !said.Zero() && (alike(said.Ticks(1), mean) || alike(said.Ticks(1), median)) {
		return said, said.Ticks(1)
	}
	for _, d := range []clip.Ticks{median, mean} {
		if r := clip.RateOf(d); !r.Zero() {
			return r, r.Ticks(1)
		}
	}
	if !said.Zero() {
		return said, said.Ticks(1)
	}
	return clip.Rate{}, median
}

// even reports whether nearly all of the sorted steps are the median one.
func even(steps []clip.Ticks, median clip.Ticks) bool {
	off := 0
	for _, d := range steps {
		if abs(d-median) > 1 {
			off++
		}
	}
	return off*strayShare <= len(steps)
}

// alike reports whether two lengths of a frame are within 2 %: what jitter
// leaves in a mean, and less than any two rates but those of NTSC differ.
func alike(a, b clip.Ticks) bool { return 50*abs(a-b) <= a }

func abs(t clip.Ticks) clip.Ticks { return max(t, -t) }

// unwrap is the time nearest to base that the 33-bit clock shows as raw.
func unwrap(raw, base clip.Ticks) clip.Ticks {
	d := (raw - base) & (clip.Wrap - 1)
	if d >= clip.Wrap/2 {
		d -= clip.Wrap
	}
	return base + d
}
