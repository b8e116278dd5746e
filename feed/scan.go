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

// errDamaged is what is said of frames that are left out.
var errDamaged = clip.Errorf(clip.Invalid, "index a segment", "some of its pictures have times that cannot be right; they are kept but not indexed")

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
	messages []message
	teletext teletext
	loose    bool // Format.Rate is a guess
}

// captionBytes are the caption bytes of one picture.
type captionBytes struct {
	frame int             // which of Frames
	pts   clip.Ticks      // of it
	pairs []ccx.CCPair    // CEA-608
	dtvcc []ccx.DTVCCPair // CEA-708
}

// caption keeps what a picture has of captions. It is called before the
// picture is a frame.
func (c *Content) caption(p picture) {
	if len(p.pairs) > 0 || len(p.dtvcc) > 0 {
		c.captions = append(c.captions, captionBytes{frame: len(c.Frames), pairs: p.pairs, dtvcc: p.dtvcc})
	}
}

// listCaptions lists the closed captions that were seen beside those that the
// programme map announces.
func (c *Content) listCaptions() {
	lists := func(kind string) bool {
		return slices.ContainsFunc(c.Texts, func(t Text) bool { return t.Kind == kind })
	}
	for _, b := range c.captions {
		if len(b.pairs) > 0 && !lists("cea608") {
			c.Texts = append(c.Texts, Text{Kind: "cea608"})
		}
		if len(b.dtvcc) > 0 && !lists("cea708") {
			c.Texts = append(c.Texts, Text{Kind: "cea708"})
		}
	}
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
	if len(c.Frames) == 0 {
		return ErrNoFrames
	}
	if err := c.dropStrays(); err != nil {
		return err
	}
	times := make([]clip.Ticks, len(c.Frames))
	for i, f := range c.Frames {
		times[i] = f.PTS
	}
	slices.Sort(times)
	c.First = times[0]
	var step clip.Ticks
	c.Format.Rate, step, c.loose = spacing(times, c.Format.Rate)
	c.End = times[len(times)-1] + step
	for i := range c.messages {
		if m := &c.messages[i]; m.fromStart {
			m.at += c.First
		}
	}
	c.listCaptions()
	slices.SortStableFunc(c.captions, func(a, b captionBytes) int { return int(a.pts - b.pts) })
	return nil
}

func abs(t clip.Ticks) clip.Ticks { return max(t, -t) }

// unwrap is the time nearest to base that the 33-bit clock shows as raw.
func unwrap(raw, base clip.Ticks) clip.Ticks {
	d := (raw - base) & (clip.Wrap - 1)
	if d >= clip.Wrap/2 {
		d -= clip.Wrap
	}
	return base + d
}
