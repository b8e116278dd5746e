package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// recording is the state of a Recorder's Run. One goroutine owns it.
type recording struct {
	*Recorder
	log logrus.FieldLogger
	now func() time.Time
	dvr dvr

	timeline clip.Timeline
	held     []clip.Segment // oldest first, without frames
	seq      int64          // of the next segment
	state    state
	exact    bool // the next piece continues the epoch without a hole or not at all
	drift    driftmeter
	captions captions
	open     openSegment
	kept     []Aside // of pieces that were not stored
	playlist playlistFile
	lately   lately

	repeats struct { // what a source that began anew may give again
		until time.Time
		from  int // in held: what comes next if it does
	}
	sum       sums
	disk      DiskState // as it was seen last
	crowded   time.Time // when a write found no room last
	shortened time.Time // when the window was shortened last
	health    clip.Health
	said      clip.Health // what the catalogue knows
	saidAt    time.Time
	heard     time.Time // when media came last, or Run began
	noted     time.Time // when a problem was said last
	worded    time.Time // when health.Detail was worded
	logged    sparingly
	expired   time.Time // when retention last looked
	leaving   []leaver  // let go, but their files are still there
	ended     bool
}

// last is the epoch being recorded; the zero epoch before the first.
func (r *recording) last() clip.Epoch {
	if len(r.timeline) == 0 {
		return clip.Epoch{}
	}
	return r.timeline[len(r.timeline)-1]
}

// take records one piece. It returns an error only when recording must end.
func (r *recording) take(ctx context.Context, p Piece) error {
	if p.Lost != nil {
		r.lose("a segment is lost", p.Lost)
		return nil
	}
	if p.remark != nil {
		r.note("the source is not as it should be", p.remark)
		return nil
	}
	if p.Arrived.IsZero() {
		p.Arrived = r.now()
	}
	if p.Part {
		r.part(p)
		return nil
	}
	defer r.open.drop() // unless it became the segment
	r.keepAsides(&p)
	if p.digest == "" {
		p.digest = clip.DigestOf(p.Bytes)
	}
	if r.repeated(p) {
		r.heard = r.now()
		return nil
	}
	if !p.fresh && r.twice(p) {
		r.note("a segment is recorded once", errTwice)
		return nil
	}
	c, err := r.scan(p)
	if err != nil {
		r.lose("a segment is skipped", err)
		return nil
	}
	return r.store(ctx, p, c, "")
}

// errTwice is why a piece is not recorded: it is.
var errTwice = errors.New("the source gave it twice")

// twice reports whether a piece is one of the latest segments again, and the
// source does not say that it began anew. Its clock would say that the feed went
// back.
func (r *recording) twice(p Piece) bool {
	const latest = 3
	return !p.Discontinuity && slices.ContainsFunc(r.held[max(0, len(r.held)-latest):], func(s clip.Segment) bool { return s.Digest == p.digest })
}

// lose notes media that is not recorded, and why.
func (r *recording) lose(what string, err error) {
	r.health.Lost++
	r.note(what, err)
}

// repeated reports whether a source that began anew gives what is recorded.
// Pieces that were there when it began are compared by their bytes with the
// segments held, going forward only.
func (r *recording) repeated(p Piece) bool {
	if p.Rewound {
		r.exact = true
		r.repeats.until, r.repeats.from = r.now(), -1
	}
	if p.Arrived.After(r.repeats.until) {
		return false
	}
	same := func(s clip.Segment) bool { return s.Digest == p.digest }
	i := -1
	if r.repeats.from < 0 {
		for j := range r.held {
			if same(r.held[j]) {
				i = j
			}
		}
	} else if j := slices.IndexFunc(r.held[r.repeats.from:], same); j >= 0 {
		i = r.repeats.from + j
	}
	if i < 0 {
		return false
	}
	r.repeats.from = i + 1
	return true
}

// store writes a piece and tells the catalogue. name is its file if it is in
// place already.
func (r *recording) store(ctx context.Context, p Piece, c Content, name string) error {
	last := r.last()
	shift, format, reason := place(last, c, p, r.exact)
	epoch := last
	if reason != "" {
		var err error
		if format, err = settle(c, format); err != nil {
			r.lose("a segment is skipped", clip.Errorf(clip.Invalid, "begin an epoch", "%w", err))
			return nil
		}
		epoch = begin(max(r.state.Epoch, last.ID)+1, last, c, p, format, reason)
	}
	epoch = r.follow(epoch, c, shift, p)
	epoch.End = max(epoch.End, c.End+shift)
	batch := clip.Batch{Epoch: epoch, Segment: r.segment(p, c, epoch, shift)}
	batch.Plain = reason == "" && r.plain(batch, p)
	if reason != "" {
		r.health.Texts = nil
		batch.Cues = r.captions.reset(last.End)
		label(batch.Cues, last.ID)
	}
	batch.Cues = append(batch.Cues, r.cues(c, epoch, shift)...)
	batch.Marks = r.marks(c, epoch, shift)
	r.asides(&batch, p, c, shift)

	if name == "" {
		if err := r.writeMedia(ctx, p, batch.Segment); err != nil {
			r.lose("a segment could not be written", err)
			return nil
		}
	}
	if err := r.append(ctx, batch); err != nil {
		return err
	}
	r.stored(batch, reason != "", p)
	return nil
}

// plain reports whether all that a batch adds to the last epoch can be read
// again from the segment's file: nothing that only the source said.
func (r *recording) plain(b clip.Batch, p Piece) bool {
	n := len(r.held)
	return len(p.Asides) == 0 && slices.Equal(b.Epoch.Bends, r.last().Bends) && n > 0 && r.held[n-1].Init == b.Segment.Init
}

// segment is a piece's row.
func (r *recording) segment(p Piece, c Content, e clip.Epoch, shift clip.Ticks) clip.Segment {
	s := clip.Segment{
		Feed: r.Feed.ID, Seq: r.seq, Epoch: e.ID,
		First: c.First + shift, End: c.End + shift,
		Size: int64(len(p.Bytes)), Digest: p.digest,
		Path:   r.dvr.below(segmentName(r.seq, p.Container)),
		Frames: slices.Clone(c.Frames),
		Sound:  c.Sound,
	}
	s.Start = e.Time(s.First)
	for i := range s.Frames {
		s.Frames[i].PTS += shift
		s.Frames[i].DTS += shift
	}
	if s.Sound != (clip.Span90{}) {
		s.Sound.From += shift
		s.Sound.To += shift
	}
	if p.Init != nil {
		s.Init = r.dvr.below(initName(p.Init))
	}
	return s
}

// cues follows the captions through a segment.
func (r *recording) cues(c Content, e clip.Epoch, shift clip.Ticks) []clip.Cue {
	r.listTexts(c.Texts)
	r.captions.choose(c.Texts)
	r.captions.pages.read(c.teletext, c.First, shift)
	if err := r.captions.pages.unread(); err != nil {
		r.note("captions are left out", err)
	}
	for _, b := range c.captions {
		b.pts += shift
		r.captions.read(b)
	}
	cues := r.captions.take(c.End + shift)
	label(cues, e.ID)
	return cues
}

// listTexts lets the feed's health list the tracks of captions and subtitles
// that were seen.
func (r *recording) listTexts(texts []Text) {
	for _, t := range texts {
		if words := t.String(); !slices.Contains(r.health.Texts, words) {
			r.health.Texts = append(slices.Clip(r.health.Texts), words)
		}
	}
}

func label(cues []clip.Cue, id clip.EpochID) {
	for i := range cues {
		cues[i].Epoch = id
	}
}

// writeMedia writes a segment and its init segment.
func (r *recording) writeMedia(ctx context.Context, p Piece, s clip.Segment) error {
	write := func() error {
		if s.Init != "" {
			name := filepath.Base(s.Init)
			if _, err := os.Stat(r.dvr.path(name)); err != nil {
				if err := r.dvr.write(name, p.Init, true); err != nil {
					return err
				}
			}
		}
		if r.open.file != nil {
			if err := r.open.finish(r.dvr.path(filepath.Base(s.Path)), p); err != nil {
				return err
			}
			return r.dvr.sync()
		}
		return r.dvr.write(filepath.Base(s.Path), p.Bytes, true)
	}
	err := r.withRoom(ctx, write)
	if err != nil {
		return clip.Errorf(clip.Unavailable, "write "+s.Path, "%w", err)
	}
	return nil
}

// append tells the catalogue, as often as it takes. Only a conflict ends the
// recording: somebody else records the feed.
func (r *recording) append(ctx context.Context, b clip.Batch) error {
	for try := 1; ; try++ {
		err := r.Index.Append(ctx, r.Feed.ID, b)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case clip.KindOf(err) == clip.Conflict:
			return err
		}
		r.note("the catalogue does not take a segment", err)
		if r.Disk != nil && r.Disk.State() == DiskFull && r.makeRoomNow(ctx) {
			continue
		}
		if err := pause(ctx, backOff(try, err, time.Now())); err != nil {
			return err
		}
	}
}

// stored brings everything else in line with a segment that is recorded.
func (r *recording) stored(b clip.Batch, newEpoch bool, p Piece) {
	s := b.Segment
	s.Frames = nil
	if newEpoch {
		r.timeline = append(r.timeline, b.Epoch)
		r.log.WithFields(logrus.Fields{"epoch": b.Epoch.ID, "start": b.Epoch.Start, "reason": b.Epoch.Reason}).Info("an epoch began")
	} else {
		r.timeline[len(r.timeline)-1] = b.Epoch
	}
	r.hold(s)
	r.seq, r.exact, r.health.LastSegment = s.Seq+1, false, r.now()
	if p.asParts == 0 { // else its parts were heard: it may be closed for want of more
		r.heard = r.health.LastSegment
	}
	r.state = state{Epoch: b.Epoch.ID, Seq: max(r.state.Seq, s.Seq), Place: p.Place}
	if err := r.dvr.writeState(r.state); err != nil {
		r.note("the recorder's place could not be kept", err)
	}
	r.list(s)
	r.log.WithFields(logrus.Fields{"seq": s.Seq, "epoch": s.Epoch, "start": s.Start, "frames": len(b.Segment.Frames)}).Debug("a segment is recorded")
	if r.OnSegment != nil {
		r.OnSegment(b.Segment)
	}
	if r.OnMarks != nil && len(b.Marks) > 0 {
		r.OnMarks(b.Marks)
	}
}

// finish says that the broadcast is over.
func (r *recording) finish(ctx context.Context) error {
	r.ended = true
	r.writePlaylist()
	r.tick(ctx)
	r.log.Info("the source says that the broadcast is over")
	return nil
}
