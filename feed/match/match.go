package match

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/sirupsen/logrus"
)

// Encode compresses raw pictures (yuv420p) and sound (s16le) into MPEG-TS as
// they come, with closed two-second GOPs. It returns when the inputs end or
// ctx does.
type Encode func(ctx context.Context, f clip.Format, pictures, sound io.Reader, out io.Writer) error

// Match is one synthetic feed.
type Match struct {
	set    settings
	encode Encode
	log    logrus.FieldLogger
	stage  *stage
	now    func() time.Time
	runUp  int64 // frames of a run before the first goal that is marked
}

// settings is what the URL says.
type settings struct {
	width, height int
	rate          int
	seed          uint64
}

// keys are what the URL may carry, with an example of each.
var keys = map[string]string{"size": "1280x720", "rate": "25", "seed": "1"}

// rates are the frame rates that divide both the clock of MPEG-TS and the
// sampling rate of the sound.
var rates = []int{25, 30, 50, 60}

// New makes a match from its URL, such as
// synthetic:match?size=1280x720&rate=25&seed=1. Every key may be left out.
func New(url string, encode Encode, log logrus.FieldLogger) (*Match, error) {
	set, err := parse(url)
	if err != nil {
		return nil, err
	}
	return &Match{set: set, encode: encode, log: log, stage: newStage(set), now: time.Now,
		runUp: int64(runUp/time.Second) * int64(set.rate)}, nil
}

// Format is what the match is made of.
func (m *Match) Format() clip.Format {
	return clip.Format{
		Container: clip.MPEGTS, Video: "h264", Width: m.set.width, Height: m.set.height,
		Rate: clip.Rate{Num: m.set.rate, Den: 1}, Audio: "aac", SampleRate: sampleRate, Channels: 2,
	}
}

func parse(text string) (settings, error) {
	const op = "open a synthetic feed"
	set := settings{width: 1280, height: 720, rate: 25, seed: 1}
	u, err := url.Parse(text)
	if err != nil {
		return set, clip.Errorf(clip.Invalid, op, "read its URL: %w", err)
	}
	if u.Scheme != "synthetic" || u.Opaque != "match" || u.Fragment != "" {
		return set, clip.Errorf(clip.Invalid, op, "%q is not known; there is synthetic:match", text)
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return set, clip.Errorf(clip.Invalid, op, "read its settings: %w", err)
	}
	for key, v := range values {
		if len(v) != 1 {
			return set, clip.Errorf(clip.Invalid, op, "%q is given %d times", key, len(v))
		}
		if err := set.put(key, v[0]); err != nil {
			return set, clip.Errorf(clip.Invalid, op, "%w", err)
		}
	}
	return set, nil
}

func (s *settings) put(key, value string) (err error) {
	switch key {
	case "size":
		w, h, ok := strings.Cut(value, "x")
		s.width, _ = strconv.Atoi(w)
		s.height, _ = strconv.Atoi(h)
		if !ok || s.width*9 != s.height*16 || s.width%32 != 0 || s.height%2 != 0 || s.width < 320 || s.width > 1920 {
			return fmt.Errorf("size %q is not one of a 16:9 picture from 320x180 to 1920x1080 with a width that 32 divides, such as 1280x720", value)
		}
	case "rate":
		s.rate, _ = strconv.Atoi(value)
		if !slices.Contains(rates, s.rate) {
			return fmt.Errorf("rate %q is not one of %v frames a second", value, rates)
		}
	case "seed":
		if s.seed, err = strconv.ParseUint(value, 10, 32); err != nil {
			return fmt.Errorf("seed %q is not a number from 0 to 4294967295", value)
		}
	default:
		return fmt.Errorf("%q is not a setting; there are %s", key, listKeys())
	}
	return nil
}

func listKeys() string {
	var all []string
	for k, example := range keys {
		all = append(all, k+"="+example)
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}
