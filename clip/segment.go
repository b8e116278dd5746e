package clip

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"slices"
	"time"
)

// Digest is a SHA-256 in lower-case hexadecimal.
type Digest string

// DigestOf hashes bytes.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(hex.EncodeToString(sum[:]))
}

// Short is enough of the digest for a person to tell two apart.
func (d Digest) Short() string { return string(d[:min(12, len(d))]) }

// Container is how a segment's bytes are framed.
type Container string

// The containers that a DVR holds.
const (
	MPEGTS Container = "mpegts" // ISO/IEC 13818-1, self-contained segments
	FMP4   Container = "fmp4"   // ISO/IEC 14496-12 fragments after an init segment
)

// Format is what the media of an epoch is. A change of any field begins a new
// epoch.
type Format struct {
	Container  Container `json:"container"`
	Video      string    `json:"video"` // "h264", "hevc"
	Width      int       `json:"width"`
	Height     int       `json:"height"`
	Rate       Rate      `json:"rate"`
	Interlaced bool      `json:"interlaced,omitempty"` // coded as fields; Rate counts frames
	Aspect     Rate      `json:"aspect,omitzero"`      // of a sample, width by height; zero: square
	Audio      string    `json:"audio"`                // of the chosen track: "aac", "ac3", …; empty: no sound
	SampleRate int       `json:"sample_rate"`
	Channels   int       `json:"channels"`
	Tracks     []Track   `json:"tracks,omitempty"` // all audio tracks, in the container's order
	Track      int       `json:"track,omitempty"`  // which of Tracks is the chosen one
}

// Track is one audio track of a feed.
type Track struct {
	Codec      string `json:"codec"` // "aac", "aac_latm", "mp2", "mp3", "ac3", "eac3"; also what cannot be rendered: "dts", "opus", "s302m"
	SampleRate int    `json:"sample_rate"`
	Channels   int    `json:"channels"`
	Lang       string `json:"lang,omitempty"` // as the feed says it: ISO 639-2 or BCP 47
}

// Equal reports whether two formats agree in every field.
func (f Format) Equal(o Format) bool {
	tracks := slices.Equal(f.Tracks, o.Tracks)
	f.Tracks, o.Tracks = nil, nil
	return tracks && reflect.DeepEqual(f, o)
}

// Picture is the size that pictures are shown at, in square pixels: as high as
// they are coded, since lines must not be mixed, and as wide as their aspect
// makes them.
func (f Format) Picture() (w, h int) {
	if f.Aspect.Zero() {
		return f.Width, f.Height
	}
	return int(Rescale(int64(f.Width), int64(f.Aspect.Num), int64(f.Aspect.Den))+1) &^ 1, f.Height
}

// FrameKind tells how a frame can be used without decoding it.
type FrameKind uint8

// The kinds of frames, as the bitstream marks them.
const (
	Inter    FrameKind = iota // needs other frames, others may need it
	NonRef                    // no other frame needs it
	IDR                       // decodes alone, and nothing after it looks before it
	Recovery                  // open GOP: decodes alone, but leading pictures look before it
)

// Frame is one coded picture of a segment, in decoding order.
type Frame struct {
	PTS  Ticks     `json:"pts"`
	DTS  Ticks     `json:"dts"`
	Kind FrameKind `json:"kind"`
}

// Segment is one stored piece of a feed, about two seconds, with its index.
// Times are of its video.
type Segment struct {
	Feed   FeedID    `json:"feed"`
	Seq    int64     `json:"seq"` // our own running number, never the source's
	Epoch  EpochID   `json:"epoch"`
	First  Ticks     `json:"first"` // lowest PTS
	End    Ticks     `json:"end"`   // highest PTS plus one frame
	Start  time.Time `json:"start"` // programme time of First
	Size   int64     `json:"size"`
	Digest Digest    `json:"digest"`
	Path   string    `json:"path"`           // below the DVR's directory
	Init   string    `json:"init,omitempty"` // fMP4: the init segment's path
	Frames []Frame   `json:"frames,omitempty"`
	Sound  Span90    `json:"sound"` // what its audio covers; zero: no audio in it
}

// Duration is the length of the segment's video.
func (s Segment) Duration() time.Duration { return (s.End - s.First).Duration() }

// Loudness is a stretch of a feed's loudness curve: momentary loudness (EBU R
// 128, over 400 ms) ten times a second, in hundredths of LUFS.
type Loudness struct {
	Epoch  EpochID `json:"epoch"`
	From   Ticks   `json:"from"`   // where the sound of the first level ends; the next ones follow LoudnessStep apart
	Levels []int16 `json:"levels"` // Silence where nothing is to be heard
}

// LoudnessStep is how far two levels of the loudness curve lie apart: 100 ms.
const LoudnessStep Ticks = TickRate / 10

// Silence is the level of no sound at all: -120 LUFS.
const Silence int16 = -12000

// Span90 is a half-open stretch of ticks inside one epoch.
type Span90 struct {
	From Ticks `json:"from"`
	To   Ticks `json:"to"`
}

// Cue is one caption on a feed's timeline: text shown from From to To.
type Cue struct {
	Epoch   EpochID `json:"epoch"`
	From    Ticks   `json:"from"`
	To      Ticks   `json:"to"`                // zero while it still stands on screen
	Service string  `json:"service,omitempty"` // which of the feed's caption services says it: see [CaptionServices]
	Lang    string  `json:"lang"`              // BCP 47; empty: not said
	Text    string  `json:"text"`              // lines separated by \n
}

// Mark is something that rides in the feed and may flag a moment: a SCTE-35
// message or timed metadata, at a place.
type Mark struct {
	Epoch  EpochID           `json:"epoch"`
	PTS    Ticks             `json:"pts"`
	Scheme string            `json:"scheme"` // "scte35", "daterange", "id3", "emsg", "scene"
	Event  string            `json:"event"`  // the source's own event id
	Fields map[string]string `json:"fields"` // what the mark says, by name
}
