// Package feed is where broadcasts are read and recorded. A [Source] gives the
// media of one feed as [Piece]s; a [Recorder] stores their original bytes as
// the DVR on disk, knows for every frame what it is without decoding a
// picture, and tells the catalogue.
//
// Continuity is data here: gaps, clock breaks and format changes become
// epochs and rows, and nothing later in the product guesses about them.
package feed

import (
	"context"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// Piece is a stretch of media as a source gives it: a whole segment with its
// original bytes.
type Piece struct {
	Bytes         []byte
	Container     clip.Container
	Init          []byte    // fMP4: the init segment that Bytes needs
	Discontinuity bool      // the source says that its clock or encoding breaks before this piece
	ProgramTime   time.Time // of its first video frame; zero: unknown
	Arrived       time.Time // when its end was there to be had, as far as the source can tell
	Rewound       bool      // the source began anew: this piece and the next ones may repeat what it gave before
	Place         string    // where the piece lies in the source, for [Resumer]; empty: nowhere
	Lost          error     // why the piece has no bytes; the recorder notes it and goes on

	// Part says that the segment is still open: Bytes are those that came since
	// the last part, and the piece that closes it has all of them again. The
	// recorder keeps parts where a crash cannot lose them.
	// One without bytes says that something comes that is no segment yet.
	Part   bool
	Asides []Aside // what the source says beside the media

	digest  clip.Digest // of Bytes, where it is known already
	asParts int         // so many of Bytes were given as parts before
	lies    stretch     // where it lies in the media that the source gave
	remark  error       // there is no media here: what is wrong with the source, though nothing is lost
	vain    bool        // and nothing that comes can be recorded
	fresh   bool        // it came just now: the same bytes once more were sent once more
	filed   bool        // it comes from a recording, whose clock is programme time
}

// stretch is from one picture to another, both included, counted in the media
// that a source gave.
type stretch struct{ from, to clip.Ticks }

// Aside is a mark or a caption that a source gives beside the media: a date
// range of a playlist, a line of a WebVTT playlist. Where it lies is given
// either by the clock of the piece that it came with, or by the source's
// programme time.
type Aside struct {
	Mark *clip.Mark // PTS by the piece's own clock; Epoch is not known yet
	Cue  *clip.Cue  // From and To likewise
	At   time.Time  // where not zero: programme time of PTS or From instead
	To   time.Time  // likewise of To
	Lost error      // why something beside the media is missing; the recorder notes it
}

// Tools are what sources need of ffmpeg, which only package media knows.
type Tools struct {
	Encode Encode // synthetic feeds
	Remux  Remux  // RTSP and files
}

// Remux turns any media that ffmpeg can read into MPEG-TS without re-encoding,
// as it comes. It returns nil when the input ends. It is the only way on which
// ffmpeg may use the network, and only with the protocols of in. Its errors do
// not show the URL, which may hold a password.
type Remux func(ctx context.Context, in Input, out io.Writer) error

// Input is what is remuxed.
type Input struct {
	URL       string
	Protocols []string // that ffmpeg may use: "file", or "rtsp", "rtp", "tcp"
}

// Source reads a broadcast and gives what it finds to emit, in order, each
// piece once. Run returns ctx.Err() when ctx ends, nil when the source says
// that the broadcast is over, and an error when it cannot go on: the recorder
// then calls Run again, and the source continues where it stopped if it can.
// An error that emit returns must be returned as it is. Run is never called
// twice at the same time.
type Source interface {
	Run(ctx context.Context, emit func(Piece) error) error
}

// Resumer is a source that can begin at a place it gave before, so that a
// restart does not fetch a whole window again. Resume is called before the
// first Run; a place that is gone, or of another broadcast, is ignored.
type Resumer interface {
	Resume(place string)
}

// Waiter is a source that others send to: nothing is wrong with it while nobody
// does, and it is not started afresh.
type Waiter interface {
	Waits() bool
}

// Encode compresses raw pictures (yuv420p) and sound (s16le) into MPEG-TS as
// they come. It returns when both inputs end.
type Encode func(ctx context.Context, f clip.Format, pictures, sound io.Reader, out io.Writer) error

// Open makes the source of a feed from its URL.
func Open(f clip.Feed, tools Tools, log logrus.FieldLogger) (Source, error) {
	op := "open feed " + string(f.ID)
	u, err := url.Parse(f.URL)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "its URL cannot be read; it begins with one of %v", clip.FeedSchemes())
	}
	log = log.WithField("feed", f.ID)
	switch strings.ToLower(u.Scheme) {
	case "file", "import":
		return newFile(f, u, tools)
	case "http", "https":
		if u.Host == "" {
			return nil, clip.Errorf(clip.Invalid, op, "the URL cannot be read; it looks like https://host/path/index.m3u8")
		}
		return NewHLS(f, log), nil
	case "rtmp", "rtmps":
		return newRTMP(f, u, log)
	case "rtp", "udp":
		return newUDP(f, u)
	case "rtsp":
		return newRTSP(f, u, tools)
	case "srt":
		return newSRT(f, u, log)
	case "synthetic":
		return openSynthetic(f, tools.Encode, log)
	}
	return nil, clip.Errorf(clip.Invalid, op, "there is no source for %q; use one of %v", u.Scheme, clip.FeedSchemes())
}
