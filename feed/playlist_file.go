package feed

import (
	"os"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// playlistFile is the playlist that lies beside a feed's recording, so that any
// web server can serve it, and any player play it, without us. It grows by the
// lines of each segment. It is written anew only where what stands in it would
// be wrong: retention took its beginning, a segment is longer than any before
// or the first of fragmented MP4, the broadcast is over, or its end is in
// doubt after a write that did not succeed.
type playlistFile struct {
	dvr  dvr
	head head         // as it stands in the file, but for the longest segment ever, of any playlist before
	last clip.Segment // the last one in the file
	good bool         // the file is as said here
}

// takes reports whether a segment's lines at the end are all that the file
// needs.
func (f *playlistFile) takes(s clip.Segment) bool {
	longer := f.head
	longer.target = max(longer.target, s.Duration())
	longer.fmp4 = longer.fmp4 || s.Init != ""
	return f.good && s.Seq == f.last.Seq+1 && longer.seconds() == f.head.seconds() && longer.fmp4 == f.head.fmp4
}

// add appends a segment's lines. Where that fails the file is to be written
// anew: it may end in the middle of a line.
func (f *playlistFile) add(s clip.Segment) error {
	f.good = false
	file, err := os.OpenFile(f.dvr.path(playlistName), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(appendSegment(nil, f.last, s))
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	f.head.target, f.last, f.good = max(f.head.target, s.Duration()), s, true
	return nil
}

// write writes the whole playlist anew.
func (f *playlistFile) write(tl clip.Timeline, held []clip.Segment, ended bool) error {
	f.good = false
	segs := listed(tl, held)
	f.head = headOf(segs, f.head.target)
	if err := f.dvr.write(playlistName, f.head.playlist(segs, ended), false); err != nil {
		return err
	}
	if len(segs) > 0 {
		f.last, f.good = segs[len(segs)-1], !ended
	}
	return nil
}

// list brings the playlist in line with a segment that was just recorded.
func (r *recording) list(s clip.Segment) {
	if r.playlist.takes(s) && r.playlist.add(s) == nil {
		return
	}
	r.writePlaylist()
}

func (r *recording) writePlaylist() {
	if err := r.playlist.write(r.timeline, r.held, r.ended); err != nil {
		r.note("the playlist could not be written", err)
	}
}

// headOf is the head of a playlist of segments, whose target duration is never
// less than before: it must not change (RFC 8216, 6.2.1), and grows only where
// it would be wrong.
func headOf(segs []clip.Segment, before time.Duration) head {
	h := head{target: max(time.Second, before)}
	for _, s := range segs {
		h.fmp4 = h.fmp4 || s.Init != ""
		h.target = max(h.target, s.Duration())
	}
	if len(segs) > 0 {
		h.first = segs[0]
	}
	return h
}
