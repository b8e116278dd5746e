package feed

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// recordedFile is the source of a local file: file:///match.ts plays it at
// wall-clock speed, as a rehearsal; import:///match.ts takes it whole, as fast
// as it can be recorded. MPEG-TS is read as it is; everything else is remuxed.
//
// An import lies in the past. Its first picture has the programme time that
// ?start= says; without one, that of as long ago as the window reaches, so that
// all of it can be marked. A file goes on where it stopped: an import without a
// seam, a rehearsal as a broadcast does after an outage.
type recordedFile struct {
	path  string
	paced bool
	feed  clip.Feed
	tools Tools
	place filePlace
	long  bool // the file was found longer than the window
}

// filePlace is how far a file was read.
type filePlace struct {
	of     string     // which file
	start  time.Time  // programme time of its first picture, where it is imported
	passed clip.Ticks // up to the latest picture that was given
}

// newFile makes a recordedFile. A local file is as private as a private
// address, so the feed must allow it.
func newFile(f clip.Feed, u *url.URL, tools Tools) (Source, error) {
	op := "open feed " + string(f.ID)
	s := &recordedFile{path: filepath.Clean(u.Path), paced: u.Scheme == "file", feed: f, tools: tools}
	if err := options(u, map[bool][]string{false: {"start"}}[s.paced]...); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	switch st, err := os.Stat(s.path); {
	case !f.AllowPrivate:
		return nil, clip.Errorf(clip.Denied, op, "it is a file of this machine; set allow_private on the feed if it is meant to be read")
	case u.Host != "" || !filepath.IsAbs(s.path):
		return nil, clip.Errorf(clip.Invalid, op, "it needs an absolute path, such as %s:///media/match.ts", u.Scheme)
	case err != nil:
		return nil, clip.Errorf(clip.NotFound, op, "%w", err)
	case !st.Mode().IsRegular():
		return nil, clip.Errorf(clip.Invalid, op, "%s is no file", s.path)
	default:
		s.place.of = fmt.Sprintf("%d-%d", st.Size(), st.ModTime().Unix())
	}
	if s.paced {
		return s, nil
	}
	start, err := startOf(u.Query().Get("start"), time.Now(), f.Window)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	s.place.start = start
	return s, nil
}

// startOf reads ?start= of an import.
func startOf(text string, now time.Time, window time.Duration) (time.Time, error) {
	if text == "" {
		return now.Add(-cmp.Or(window, clip.DefaultWindow)).Truncate(time.Second), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return t, fmt.Errorf("its start=%s is no time such as 2026-11-24T20:00:00Z or 2026-11-24T21:00:00%%2B01:00", text)
	case t.After(now):
		return t, fmt.Errorf("its start=%s lies in the future; an import is of the past", text)
	}
	return t, nil
}

// Resume implements [Resumer].
func (s *recordedFile) Resume(place string) {
	var of string
	var start int64
	var passed clip.Ticks
	if _, err := fmt.Sscanf(place, placeForm, &of, &start, &passed); err == nil && of == s.place.of {
		s.place.start, s.place.passed = time.Unix(0, start), passed
	}
}

const placeForm = "%s %d %d"

// Run implements [Source].
func (s *recordedFile) Run(ctx context.Context, emit func(Piece) error) error {
	began, skip := time.Now(), s.place.passed
	resumes := skip > 0
	t := &transport{whole: true, dial: func(ctx context.Context) (connection, error) { return openFile(ctx, s.path, s.tools) },
		cutter: newCutter(func() time.Time { return began }, nil)} // its clock stands still: a file is always cut alike
	return t.Run(ctx, func(p Piece) error {
		switch {
		case p.Part: // the file has it
			return nil
		case p.Lost != nil || p.remark != nil:
			return emit(p)
		case resumes && p.lies.from <= skip: // it was given before
			return nil
		}
		if s.paced {
			p.Discontinuity = p.Discontinuity || resumes
			if err := pause(ctx, time.Until(began.Add((p.lies.to - skip).Duration()))); err != nil {
				return err
			}
		}
		resumes = false
		return cmp.Or(emit(s.placed(p)), s.tooLong(p, emit))
	})
}

// placed says when a piece was on air, and where it lies in the file.
func (s *recordedFile) placed(p Piece) Piece {
	s.place.passed, p.fresh = p.lies.to, false
	p.Place = fmt.Sprintf(placeForm, s.place.of, s.place.start.UnixNano(), p.lies.to)
	if p.Arrived = time.Now(); !s.paced {
		p.ProgramTime = s.place.start.Add(p.lies.from.Duration())
		p.Arrived, p.filed = s.place.start.Add(p.lies.to.Duration()), true
	}
	return p
}

// tooLong says once that the window cannot hold an import.
func (s *recordedFile) tooLong(p Piece, emit func(Piece) error) error {
	if s.paced || s.long || s.feed.Window == 0 || p.lies.to.Duration() <= s.feed.Window {
		return nil
	}
	s.long = true
	return emit(Piece{remark: clip.Errorf(clip.Invalid, "import "+s.path,
		"it is longer than the feed's window of %s, which keeps its end only; add it as a feed with a longer window", s.feed.Window)})
}

// openFile opens a file as MPEG-TS.
func openFile(ctx context.Context, path string, tools Tools) (connection, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, clip.Errorf(clip.NotFound, "open "+path, "%w", err)
	}
	head := make([]byte, 8*packetSize)
	n, _ := io.ReadFull(file, head) // a short file is told by what is in it
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, clip.Errorf(clip.Unavailable, "read "+path, "%w", err)
	}
	if looksLikeTS(head[:n]) {
		return file, nil
	}
	_ = file.Close()
	return remuxed(ctx, Input{URL: "file:" + path, Protocols: []string{"file"}}, tools.Remux)
}

// remuxed is what ffmpeg makes of an input.
func remuxed(ctx context.Context, in Input, remux Remux) (connection, error) {
	if remux == nil {
		return nil, errNoRemux
	}
	ctx, cancel := context.WithCancel(ctx)
	r, w := io.Pipe()
	go func() {
		err := remux(ctx, in, w)
		if err == nil {
			err = io.EOF
		}
		_ = w.CloseWithError(err) // it never fails
	}()
	return remuxing{r, cancel}, nil
}

var errNoRemux = clip.Errorf(clip.Unavailable, "remux the feed", "there is no ffmpeg; run `ovation check`")

type remuxing struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close stops ffmpeg.
func (r remuxing) Close() error {
	r.cancel()
	return r.PipeReader.Close()
}
