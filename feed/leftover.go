package feed

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// leftover is the file of a segment without its row. A kill leaves one at most,
// between the rename and the transaction, or as the open segment. A power cut
// takes rows back that waited for the next flush of the catalogue, and leaves
// as many: they are all of the last epoch, in order, and have no gap before
// them that was not there.
type leftover struct {
	seq  int64
	name string
}

// tidy brings the directory in line with the catalogue after a crash, where
// next is the number of the segment that comes next. Files of expired segments
// go, and what nobody can place goes to quarantine. It gives the segments whose
// files are there, and what only lacks its row, oldest first. appended is the
// highest number that had one.
func (d dvr) tidy(held []clip.Segment, next, appended int64, log logrus.FieldLogger) ([]clip.Segment, []leftover, error) {
	files, err := os.ReadDir(d.dir())
	if err != nil {
		return nil, nil, err
	}
	known := map[string]bool{playlistName: true, stateName: true, lockName: true}
	for _, s := range held {
		known[filepath.Base(s.Path)], known[filepath.Base(s.Init)] = true, true
	}
	there, left := map[string]bool{}, []leftover(nil)
	for _, f := range files {
		name := f.Name()
		there[name] = true
		if f.IsDir() || known[name] {
			continue
		}
		if l := (leftover{name: name}); l.placed(next, appended) {
			left = append(left, l)
		} else if err := d.clear(name, next, log); err != nil {
			return nil, nil, err
		}
	}
	if left, err = d.close(left, there); err != nil {
		return nil, nil, err
	}
	return slices.DeleteFunc(held, func(s clip.Segment) bool { return !there[filepath.Base(s.Path)] }), left, nil
}

// placed reports whether a file is a segment that can be told a place by its
// bytes. Fragmented MP4 needs to be told its init segment: that of the segment
// before, if it had a row. If it never had, its source gives it again.
func (l *leftover) placed(next, appended int64) bool {
	var ok bool
	l.seq, ok = segmentSeq(strings.TrimSuffix(l.name, openSuffix))
	ts := strings.HasSuffix(strings.TrimSuffix(l.name, openSuffix), segmentName(l.seq, clip.MPEGTS))
	return ok && l.seq >= next && (ts || l.seq <= appended && !strings.HasSuffix(l.name, openSuffix))
}

// close puts leftovers in order, and makes those whole that were open.
func (d dvr) close(left []leftover, there map[string]bool) ([]leftover, error) {
	var whole []leftover
	for _, l := range left {
		if final, open := strings.CutSuffix(l.name, openSuffix); open {
			var err error
			if there[final] { // this was done before
				err = ignoreMissing(os.Remove(d.path(l.name)))
				l.name = ""
			} else {
				l.name, err = d.closeOpen(l.name)
			}
			if err != nil {
				return nil, err
			}
		}
		if l.name != "" {
			whole = append(whole, l)
		}
	}
	slices.SortFunc(whole, func(a, b leftover) int { return cmp.Compare(a.seq, b.seq) })
	return whole, nil
}

// clear takes one unknown file out of the directory.
func (d dvr) clear(name string, next int64, log logrus.FieldLogger) error {
	seq, isSegment := segmentSeq(name)
	expired := isSegment && seq < next || strings.HasPrefix(name, "init-") && strings.HasSuffix(name, ".mp4")
	if expired {
		return ignoreMissing(os.Remove(d.path(name)))
	}
	return d.quarantine(name, log)
}

func (d dvr) quarantine(name string, log logrus.FieldLogger) error {
	if err := os.MkdirAll(d.path(quarantineDir), 0o755); err != nil {
		return err
	}
	log.WithField("file", name).Warn("a file that a crash left was put into quarantine")
	return os.Rename(d.path(name), d.path(filepath.Join(quarantineDir, name)))
}

// wake continues where the last Run stopped: segments that only lack their rows
// get them, captions on screen are read again, the playlist agrees.
func (r *recording) wake(ctx context.Context, left []leftover) error {
	r.reread()
	appended := r.state.Seq
	for _, l := range left {
		r.exact = l.seq > appended
		if err := r.complete(ctx, l); err != nil {
			return err
		}
	}
	r.exact = true
	if n := len(left); n > 0 {
		r.log.WithField("segments", n).Info("segments that a crash left without their rows were looked at")
		r.state.Seq = r.seq - 1
		if err := r.dvr.writeState(r.state); err != nil {
			r.note("the recorder's place could not be kept", err)
		}
	}
	r.writePlaylist()
	return nil
}

// reread reads the captions of the last segments held, so that those that stand
// on screen are known.
func (r *recording) reread() {
	const far = 20 * time.Second
	from := len(r.held)
	for from > 0 && r.held[from-1].Epoch == r.last().ID && r.last().Time(r.last().End).Sub(r.held[from-1].Start) < far {
		from--
	}
	for _, s := range r.held[from:] {
		b, err := os.ReadFile(r.dvr.path(filepath.Base(s.Path)))
		p := Piece{Bytes: b, Container: r.last().Format.Container}
		if s.Init != "" {
			p.Init, _ = os.ReadFile(r.dvr.path(filepath.Base(s.Init)))
		}
		if c, scanErr := Scan(p); err == nil && scanErr == nil {
			r.cues(c, r.last(), s.First-c.First)
		}
	}
}

// complete records a leftover under the next number, which is another one where
// those before it were put away, or puts it away if it cannot be indexed. An
// error ends the recording.
func (r *recording) complete(ctx context.Context, l leftover) error {
	before := r.seq
	p, err := r.reopen(l)
	var c Content
	if err == nil {
		c, err = r.scan(p)
	}
	name := l.name
	if err == nil {
		if name = segmentName(r.seq, p.Container); name != l.name {
			err = os.Rename(r.dvr.path(l.name), r.dvr.path(name))
		}
	}
	if err != nil {
		r.lose("a leftover segment is put away", err)
		name = l.name
	} else if err := r.store(ctx, p, c, name); err != nil || r.seq != before {
		return err
	}
	if err := r.dvr.quarantine(name, r.log); err != nil {
		r.note("a leftover segment could not be put away", err)
	}
	return nil
}

// reopen makes a leftover the piece that it was.
func (r *recording) reopen(l leftover) (p Piece, err error) {
	path := r.dvr.path(l.name)
	st, err := os.Stat(path)
	if err != nil {
		return p, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return p, err
	}
	p = Piece{Bytes: b, Container: clip.MPEGTS, Arrived: st.ModTime(), Place: r.state.Place, digest: clip.DigestOf(b)}
	if l.name == segmentName(l.seq, clip.FMP4) {
		p.Container = clip.FMP4
		if len(r.held) == 0 {
			return p, errNoInit
		}
		p.Init, err = os.ReadFile(r.dvr.path(filepath.Base(r.held[len(r.held)-1].Init)))
	}
	return p, err
}

// errNoInit is why a leftover cannot be read.
var errNoInit = errors.New("nothing that is held has its init segment")
