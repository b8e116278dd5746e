package feed

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// A clock that goes back further than jumpBack, or ahead further than
// jumpAhead, is another clock: a new epoch. A shorter hole ahead is missing
// media inside the epoch.
const (
	jumpBack  clip.Ticks = 1 * clip.TickRate
	jumpAhead clip.Ticks = 10 * clip.TickRate
)

// A programme time that the source states is believed when it lies at most
// this far from when the media arrived.
const (
	maxBehind = time.Hour
	maxBefore = time.Minute
)

// place decides where content lies: in the epoch last, if its clock and
// format go on there (shift is then what is added to its times), else in a new
// one, for the reason given. exact allows no hole: after a restart nobody
// knows what was in it. The format is content's, with what it does not say
// taken from last.
func place(last clip.Epoch, c Content, p Piece, exact bool) (shift clip.Ticks, f clip.Format, reason string) {
	f = c.Format
	if last.ID == 0 {
		return 0, f, "the recording began"
	}
	if f = fill(f, last.Format); c.loose && alike(f.Rate.Ticks(1), last.Format.Rate.Ticks(1)) {
		f.Rate = last.Format.Rate
	}
	at := c.First
	if f.Container == clip.MPEGTS {
		at = unwrap(c.First, last.End)
	}
	hole := at - last.End
	switch {
	case p.Discontinuity:
		reason = "the source marks a discontinuity"
	case !f.Equal(last.Format):
		reason = "the format changed: " + difference(last.Format, f)
	case hole < -jumpBack:
		reason = fmt.Sprintf("the clock went back by %s", (-hole).Duration().Round(time.Millisecond))
	case hole > jumpAhead:
		reason = fmt.Sprintf("the clock went ahead by %s", hole.Duration().Round(time.Millisecond))
	case exact && abs(hole) > last.Format.Rate.Ticks(1)/2:
		reason = fmt.Sprintf("recording went on after a restart, %s apart", hole.Duration().Round(time.Millisecond))
	default:
		return at - c.First, f, ""
	}
	return 0, f, reason
}

// fill takes what a segment cannot say of itself from the epoch before it:
// parameter sets are not repeated in every segment, a hole hides the frame
// rate, and a track may be silent in one or in the other.
func fill(f, known clip.Format) clip.Format {
	if f.Video == known.Video {
		if f.Width == 0 {
			f.Width, f.Height = known.Width, known.Height
			f.Interlaced, f.Aspect = known.Interlaced, known.Aspect
		}
		if f.Rate.Zero() {
			f.Rate = known.Rate
		}
	}
	if len(f.Tracks) != len(known.Tracks) {
		return f
	}
	f.Tracks = slices.Clone(f.Tracks)
	for i, k := range known.Tracks {
		t := f.Tracks[i]
		if unheard := t.SampleRate == 0 || k.SampleRate == 0; unheard && t.Lang == k.Lang && family(t.Codec) == family(k.Codec) {
			f.Tracks[i] = k
		}
	}
	if f.Track < len(f.Tracks) {
		t := f.Tracks[f.Track]
		f.Audio, f.SampleRate, f.Channels = t.Codec, t.SampleRate, t.Channels
	}
	return f
}

// family is what a programme map can tell of a codec before it is heard.
func family(codec string) string {
	switch codec {
	case "aac_latm":
		return "aac"
	case "mp3":
		return "mp2"
	case "eac3":
		return "ac3"
	}
	return codec
}

// difference names the fields in which two formats differ.
func difference(a, b clip.Format) string {
	var all []string
	changed := func(what string, a, b any) {
		if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
			all = append(all, fmt.Sprintf("%s %s → %s", what, x, y))
		}
	}
	fields := map[bool]string{false: "progressive", true: "interlaced"}
	shape := func(r clip.Rate) string {
		if r.Zero() {
			return "1:1"
		}
		return fmt.Sprintf("%d:%d", r.Num, r.Den)
	}
	changed("container", a.Container, b.Container)
	changed("video", a.Video, b.Video)
	changed("size", fmt.Sprintf("%dx%d", a.Width, a.Height), fmt.Sprintf("%dx%d", b.Width, b.Height))
	changed("rate", a.Rate, b.Rate)
	changed("scan", fields[a.Interlaced], fields[b.Interlaced])
	changed("sample aspect", shape(a.Aspect), shape(b.Aspect))
	changed("sound", sound(a), sound(b))
	changed("audio tracks", listTracks(a.Tracks), listTracks(b.Tracks))
	return strings.Join(all, "; ")
}

// sound describes the audio track that is heard.
func sound(f clip.Format) string {
	if f.Audio == "" {
		return "none"
	}
	return fmt.Sprintf("%s %d Hz %d ch of track %d", f.Audio, f.SampleRate, f.Channels, f.Track+1)
}

// begin makes the epoch that content begins. Programme time is tied to its
// clock here, once: to what the source states where that is plausible, else to
// when the media arrived. Programme time never goes back: an epoch that would
// begin before the end of the one before it begins at that end.
func begin(id clip.EpochID, last clip.Epoch, c Content, p Piece, f clip.Format, reason string) clip.Epoch {
	start := p.Arrived.Add(-(c.End - c.First).Duration())
	if p.states() {
		start = p.ProgramTime
	}
	if last.ID != 0 {
		if end := last.Time(last.End); start.Before(end) {
			reason += fmt.Sprintf("; its time would lie %s before the end of the last epoch and is held there", end.Sub(start).Round(time.Millisecond))
			start = end
		}
	}
	return clip.Epoch{ID: id, First: c.First, End: c.End, Start: start.UTC(), Format: f, Reason: reason}
}

// states reports whether the source states a programme time that is believed.
func (p Piece) states() bool {
	t := p.ProgramTime
	return !t.IsZero() && t.After(p.Arrived.Add(-maxBehind)) && t.Before(p.Arrived.Add(maxBefore))
}

// settle makes the format of a new epoch complete, or says why it cannot be.
func settle(c Content, f clip.Format) (clip.Format, error) {
	if f.Width == 0 {
		return f, errNoSize
	}
	if f.Rate.Zero() {
		f.Rate = nearest(c)
	}
	return f, nil
}

// nearest is the broadcast rate closest to how often pictures come on
// average, for video whose pictures do not come evenly.
func nearest(c Content) clip.Rate {
	step := (c.End - c.First) / clip.Ticks(max(1, len(c.Frames)))
	best := clip.Rate{Num: 25, Den: 1}
	for _, r := range []clip.Rate{{Num: 24000, Den: 1001}, {Num: 30000, Den: 1001}, {Num: 50, Den: 1}, {Num: 60000, Den: 1001}} {
		if abs(r.Ticks(1)-step) < abs(best.Ticks(1)-step) {
			best = r
		}
	}
	return best
}
