package feed

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/ovation-live/ovation/clip"
)

// What can be wrong with a playlist. Reading one wraps one of these.
var (
	ErrNotPlaylist   = errors.New("it is no HLS playlist: it does not begin with #EXTM3U")
	ErrPlaylistText  = errors.New("it is not UTF-8 text with lines of bearable length")
	ErrPlaylistKind  = errors.New("it lists neither segments nor variants")
	ErrNested        = errors.New("it names another multivariant playlist where a media playlist must be")
	ErrNoVariant     = errors.New("it names no variant with H.264 or HEVC video")
	ErrSeparateAudio = errors.New("its sound comes in another container than its pictures: give the URL of a variant with its own sound")
	ErrNoSound       = errors.New("a segment of its sound playlist has no sound that can be recorded")
	ErrPackedTime    = errors.New("a segment of its sound playlist does not say when it is heard (ID3 with a transport stream timestamp)")
	ErrKeys          = errors.New("its segments are encrypted for a DRM system (SAMPLE-AES or another KEYFORMAT): ask for a feed in the clear, or with AES-128")
	ErrKeyLength     = errors.New("the key is not 16 bytes long")
	ErrIV            = errors.New("the IV of an EXT-X-KEY is not 16 bytes in hexadecimal")
	ErrPadding       = errors.New("what it decrypts to is no media: the key or the IV is another one, or the segment was cut off")
	ErrVariables     = errors.New("a variable (EXT-X-DEFINE) is not defined, or defined twice")
	ErrDuration      = errors.New("a segment's EXTINF is no sensible duration")
	ErrSequence      = errors.New("its EXT-X-MEDIA-SEQUENCE is no number, or out of range")
	ErrLocation      = errors.New("a segment's address is no http or https URL")
	ErrRange         = errors.New("a segment's EXT-X-BYTERANGE is out of range")
	ErrTooMany       = errors.New("it lists more segments than any live window")
)

// What is passed over in a playlist, and said.
var (
	errDateRange  = errors.New("an EXT-X-DATERANGE has no ID, no START-DATE that can be read, or a thousand before it")
	errStatedTime = errors.New("an EXT-X-PROGRAM-DATE-TIME cannot be read (it needs date, time and zone): programme time is that of arrival")
)

// Limits of a media playlist.
const (
	maxLine     = 64 << 10
	maxEntries  = 50000
	maxRanges   = 1000
	maxDuration = 10 * time.Minute
)

// entry is one segment as a playlist lists it.
type entry struct {
	seq           uint64
	url           *url.URL
	from, n       int64 // byte range; n 0: the whole
	init          *initRange
	key           *keyRef // nil: in the clear
	duration      time.Duration
	programTime   time.Time
	discontinuity bool
	gap           bool
}

// initRange is where an init segment lies.
type initRange struct {
	url     *url.URL
	from, n int64
	key     *keyRef
}

// window is a media playlist: what the source holds now.
type window struct {
	entries []entry
	target  time.Duration
	ended   bool
	ranges  []dateRange
	odd     error // what in it was passed over
}

// parsed is a playlist of either kind.
type parsed struct {
	variants  []variant
	variables variables
	media     *window
}

// parsePlaylist reads a playlist that came from base. imported are the
// variables of the multivariant playlist that led to it.
func parsePlaylist(text []byte, base *url.URL, imported variables) (parsed, error) {
	op := "read the playlist " + redact(base)
	p, err := decodePlaylist(text, base, imported)
	if err != nil {
		kind := clip.Invalid
		if errors.Is(err, ErrNotPlaylist) || errors.Is(err, ErrPlaylistKind) {
			kind = clip.Unavailable // an error page or a half-written file: it may be right next time
		}
		return parsed{}, clip.Errorf(kind, op, "%w", err)
	}
	return p, nil
}

func decodePlaylist(text []byte, base *url.URL, imported variables) (parsed, error) {
	n := normaliser{base: base, imported: imported, variables: variables{}}
	text, err := n.normalise(text)
	if err != nil {
		return parsed{}, err
	}
	list, kind, err := decodeText(text)
	if err != nil {
		return parsed{}, ErrPlaylistKind
	}
	switch kind {
	case m3u8.MASTER:
		v, err := readVariants(list.(*m3u8.MasterPlaylist), base)
		return parsed{variants: v, variables: n.variables}, err
	case m3u8.MEDIA:
		w, err := readWindow(list.(*m3u8.MediaPlaylist), base)
		if err != nil {
			return parsed{}, err
		}
		w.ranges, w.odd = n.ranges, n.odd
		return parsed{media: w}, nil
	}
	return parsed{}, ErrPlaylistKind
}

// decodeText runs the library's lenient parser.
func decodeText(text []byte) (list m3u8.Playlist, kind m3u8.ListType, err error) {
	defer func() {
		if recover() != nil { // hls-m3u8 v0.6.4 on hostile tags
			err = ErrPlaylistKind
		}
	}()
	return m3u8.Decode(*bytes.NewBuffer(text), false)
}

// normaliser makes any playlist that can be understood one that the library
// reads: no byte order mark, lines ended by \n, variables replaced, and without
// the tags that it stumbles over (a DATERANGE after the last segment).
type normaliser struct {
	base      *url.URL
	imported  variables
	variables variables
	ranges    []dateRange
	odd       error
}

func (n *normaliser) normalise(text []byte) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !bytes.HasPrefix(text, []byte("#EXTM3U")) {
		return nil, ErrNotPlaylist
	}
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return nil, ErrPlaylistText
	}
	text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	out := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		line, err := n.line(line)
		if err != nil {
			return nil, err
		}
		if out = append(out, line...); len(out) > 2*maxPlaylist {
			return nil, ErrPlaylistText
		}
	}
	return out, nil
}

// line is what the library is given instead of a line.
func (n *normaliser) line(line []byte) ([]byte, error) {
	if isTag := bytes.HasPrefix(line, []byte("#EXT-X-")); isTag || !bytes.HasPrefix(line, []byte("#")) { // not in titles and comments
		var err error
		if line, err = n.variables.replace(line); err != nil {
			return nil, err
		}
	}
	switch {
	case len(line) > maxLine:
		return nil, ErrPlaylistText
	case bytes.HasPrefix(line, []byte("#EXT-X-MEDIA-SEQUENCE:")):
		number := strings.TrimSpace(string(line[len("#EXT-X-MEDIA-SEQUENCE:"):]))
		if _, err := strconv.ParseUint(number, 10, 64); err != nil {
			return nil, ErrSequence
		}
	case bytes.HasPrefix(line, []byte("#EXT-X-PROGRAM-DATE-TIME:")):
		if _, err := m3u8.FullTimeParse(strings.TrimSpace(string(line[len("#EXT-X-PROGRAM-DATE-TIME:"):]))); err != nil {
			n.odd = errStatedTime
		}
	case bytes.HasPrefix(line, []byte("#EXT-X-DEFINE:")):
		return nil, n.variables.define(line, n.imported, n.base)
	case bytes.HasPrefix(line, []byte("#EXT-X-DATERANGE:")):
		if d, ok := readDateRange(string(line[len("#EXT-X-DATERANGE:"):])); !ok || len(n.ranges) == maxRanges {
			n.odd = errDateRange
		} else {
			n.ranges = append(n.ranges, d)
		}
		return nil, nil
	case bytes.HasPrefix(line, []byte("#EXT-X-MAP:")):
		return unquoteRange(line), nil
	}
	return line, nil
}

var quotedRange = regexp.MustCompile(`BYTERANGE="(\d+)(?:@(\d+))?"`)

// unquoteRange writes an EXT-X-MAP's byte range as hls-m3u8 v0.6.4 reads it:
// without quotes and with its offset. It drops the whole tag otherwise.
func unquoteRange(line []byte) []byte {
	m := quotedRange.FindSubmatch(line)
	if m == nil {
		return line
	}
	from := m[2]
	if len(from) == 0 {
		from = []byte("0")
	}
	return bytes.Replace(line, m[0], fmt.Appendf(nil, "BYTERANGE=%s@%s", m[1], from), 1)
}

// readWindow checks a media playlist and makes every entry self-contained.
func readWindow(list *m3u8.MediaPlaylist, base *url.URL) (*window, error) {
	if list.Count() > maxEntries {
		return nil, ErrTooMany
	}
	if list.SeqNo > math.MaxInt64/2 {
		return nil, ErrSequence
	}
	w := &window{ended: list.Closed, target: time.Duration(min(list.TargetDuration, 600)) * time.Second}
	r := windowReader{base: base, seq: list.SeqNo}
	if err := r.initAt(list.Map); err != nil {
		return nil, err
	}
	for _, s := range list.Segments[:list.Count()] {
		if s == nil {
			continue
		}
		e, err := r.entry(s)
		if err != nil {
			return nil, err
		}
		w.entries = append(w.entries, e)
		w.target = max(w.target, e.duration)
	}
	return w, nil
}

// windowReader carries what one line of a playlist says about the next ones.
type windowReader struct {
	base *url.URL
	seq  uint64
	last entry
	init *initRange
	key  *keyRef
}

func (r *windowReader) entry(s *m3u8.MediaSegment) (entry, error) {
	if len(s.Keys) > 0 {
		var err error
		if r.key, err = r.readKey(s.Keys); err != nil {
			return entry{}, err
		}
	}
	if !(s.Duration >= 0 && s.Duration <= maxDuration.Seconds()) {
		return entry{}, ErrDuration
	}
	u, err := r.resolve(s.URI)
	if err != nil {
		return entry{}, err
	}
	if err := r.initAt(s.Map); err != nil {
		return entry{}, err
	}
	e := entry{seq: r.seq, url: u, n: s.Limit, from: s.Offset, init: r.init, key: r.key, programTime: s.ProgramDateTime,
		duration:      time.Duration(math.Round(s.Duration * float64(time.Second))),
		discontinuity: s.Discontinuity, gap: s.Gap}
	if e.n < 0 || e.from < 0 || e.n > maxSegment || e.from > math.MaxInt64/2 {
		return entry{}, ErrRange
	}
	if e.n > 0 && e.from == 0 && r.last.n > 0 && r.last.url.String() == u.String() {
		e.from = r.last.from + r.last.n // no offset: after the one before (RFC 8216 4.3.2.2)
	}
	if e.programTime.IsZero() && !e.discontinuity && !r.last.programTime.IsZero() {
		e.programTime = r.last.programTime.Add(r.last.duration)
	}
	r.last = e
	r.seq++
	return e, nil
}

func (r *windowReader) initAt(m *m3u8.Map) error {
	if m == nil {
		return nil
	}
	u, err := r.resolve(m.URI)
	if err != nil {
		return err
	}
	if m.Limit < 0 || m.Offset < 0 || m.Limit > maxInit || m.Offset > math.MaxInt64/2 {
		return ErrRange
	}
	r.init = &initRange{url: u, from: m.Offset, n: m.Limit, key: r.key}
	return nil
}

// resolve makes an address absolute. Only http and https are followed; where
// it leads is the dialer's to judge.
func (r *windowReader) resolve(text string) (*url.URL, error) {
	return resolve(r.base, text)
}

func resolve(base *url.URL, text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	u, err := base.Parse(text)
	if text == "" || err != nil || u.Host == "" || checkScheme(u.Scheme) != nil {
		return nil, ErrLocation
	}
	return u, nil
}
