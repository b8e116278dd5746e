package feed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// HLS is a live or event feed over HTTP Live Streaming (RFC 8216). It keeps
// its place from one Run to the next.
type HLS struct {
	feed   clip.Feed
	log    logrus.FieldLogger
	client *http.Client
	resume string        // the place to begin at, until it was looked for
	pace   time.Duration // a playlist's second lasts this long: tests hurry

	media    string // the media playlist that the place belongs to, without its query
	begun    bool   // next is known
	next     uint64 // media sequence number that comes next
	rewound  bool   // the next piece begins anew
	broken   bool   // a discontinuity lies before the next piece
	lastTime time.Time
	seen     map[uint64]clip.Digest // of the segments given lately
	init     struct {
		key   string
		bytes []byte
	}

	sound     *soundtrack     // where it comes in a playlist of its own
	variables variables       // of the multivariant playlist
	keys      keys            // fetched lately
	told      map[string]bool // date ranges that were told
	aside     []Aside         // for the next piece
}

// Time limits and patience of the HLS client.
const (
	playlistTimeout = 5 * time.Second
	segmentTimeout  = 10 * time.Second // at least; a segment may take three times its duration
	segmentTries    = 3
	maxReload       = 10 * time.Second
	minReload       = 500 * time.Millisecond
	remembered      = 256 // segments whose digests tell a stale playlist from a restart
)

// NewHLS makes the source of a feed whose URL is a playlist.
func NewHLS(f clip.Feed, log logrus.FieldLogger) *HLS {
	return &HLS{feed: f, log: log.WithField("feed", f.ID), client: newClient(f.AllowPrivate),
		pace: time.Second, seen: map[uint64]clip.Digest{}}
}

// Resume implements [Resumer].
func (h *HLS) Resume(place string) { h.resume = place }

// Run implements [Source].
func (h *HLS) Run(ctx context.Context, emit func(Piece) error) error {
	defer h.client.CloseIdleConnections()
	base, err := url.Parse(h.feed.URL)
	if err != nil || base.Host == "" {
		return clip.Errorf(clip.Invalid, "open feed "+string(h.feed.ID), "its URL cannot be read")
	}
	w, base, err := h.open(ctx, base)
	if err != nil {
		return err
	}
	h.init.key = "" // what it holds may be of an encoder that is gone
	for {
		loaded := time.Now()
		fresh, err := h.give(ctx, w, loaded, emit)
		if err != nil {
			return err
		}
		if w.ended {
			return nil
		}
		if err := pause(ctx, time.Until(loaded.Add(reload(w, fresh)*h.pace/time.Second))); err != nil {
			return err
		}
		p, _, err := h.load(ctx, base)
		if err != nil {
			return err
		}
		if p.media == nil {
			return clip.Errorf(clip.Unavailable, "read the playlist "+redact(base), "%w", ErrNested)
		}
		w = p.media
	}
}

// reload is how long after a playlist was loaded it is loaded again (RFC 8216
// 6.3.4: after a segment's duration, half of it when nothing was new).
func reload(w *window, fresh bool) time.Duration {
	d := w.target
	if n := len(w.entries); n > 0 && w.entries[n-1].duration > 0 {
		d = min(d, w.entries[n-1].duration)
	}
	if !fresh {
		d /= 2
	}
	return max(minReload, min(d, maxReload))
}

// open loads the feed's playlist and, where it offers variants, the best one.
func (h *HLS) open(ctx context.Context, u *url.URL) (*window, *url.URL, error) {
	p, final, err := h.load(ctx, u)
	if err != nil {
		return nil, nil, err
	}
	if p.media == nil {
		v := best(p.variants)
		u = v.url
		h.follow(v.sound)
		if p, final, err = h.load(ctx, u); err != nil {
			return nil, nil, err
		}
		if p.media == nil {
			return nil, nil, clip.Errorf(clip.Invalid, "read the playlist "+redact(u), "%w", ErrNested)
		}
	}
	if media := redact(final); media != h.media {
		h.media, h.begun = media, false
		clear(h.seen)
	}
	return p.media, u, nil
}

func (h *HLS) load(ctx context.Context, u *url.URL) (parsed, *url.URL, error) {
	text, final, err := fetch(ctx, h.client, request{url: u, limit: maxPlaylist, timeout: playlistTimeout})
	if err != nil {
		return parsed{}, nil, err
	}
	p, err := parsePlaylist(text, final, h.variables)
	if err == nil && p.media == nil {
		h.variables = p.variables
	}
	return p, final, err
}

// give fetches and emits what is new in a window, and reports whether
// anything was.
func (h *HLS) give(ctx context.Context, w *window, loaded time.Time, emit func(Piece) error) (bool, error) {
	from, err := h.from(ctx, w)
	if err != nil || from >= len(w.entries) {
		return false, err
	}
	later := time.Duration(0)
	for _, e := range w.entries[from:] {
		later += e.duration
	}
	h.aside = append(h.aside, h.news(w)...)
	if first := w.entries[from].seq; h.begun && first > h.next && !h.rewound {
		lost := clip.Errorf(clip.Expired, "follow the playlist", "%d segments left it before they could be fetched", first-h.next)
		if err := emit(Piece{Lost: lost}); err != nil {
			return false, err
		}
	}
	for _, e := range w.entries[from:] {
		later -= e.duration
		h.begun = true
		if err := h.giveOne(ctx, e, later, loaded.Add(-later), emit); err != nil {
			return false, err
		}
		h.next = e.seq + 1
	}
	return true, nil
}

// giveOne fetches and emits one segment, or says why it could not.
func (h *HLS) giveOne(ctx context.Context, e entry, behind time.Duration, arrived time.Time, emit func(Piece) error) error {
	h.broken = h.broken || e.discontinuity
	if e.gap {
		return emit(Piece{Lost: clip.Errorf(clip.Unavailable, "fetch "+redact(e.url), "the playlist marks it as missing (EXT-X-GAP)")})
	}
	p, err := h.fetch(ctx, e)
	if err == nil {
		p.digest = clip.DigestOf(p.Bytes)
		h.seen[e.seq] = p.digest
		err = h.withSound(ctx, &p, e, behind)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return emit(Piece{Lost: err})
	}
	p.Discontinuity, p.Rewound = h.broken, h.rewound
	p.ProgramTime, p.Arrived = e.programTime, arrived
	p.Asides, h.aside = h.aside, nil
	p.Place = strconv.FormatUint(e.seq, 10) + " " + redact(e.url)
	if err := emit(p); err != nil {
		return err
	}
	h.broken, h.rewound, h.lastTime = false, false, e.programTime
	delete(h.seen, e.seq-remembered)
	return nil
}

// follow chooses the sound of a variant. The place in a playlist that is
// followed already is kept.
func (h *HLS) follow(sound []rendition) {
	if len(sound) == 0 {
		h.sound = nil
		return
	}
	r := choose(sound, h.feed.Audio)
	if h.sound == nil || redact(h.sound.url) != redact(r.url) {
		h.sound = h.newSoundtrack(r)
	}
	h.sound.url = r.url // its query may hold a token
}

// withSound gives a piece the sound that comes in a playlist of its own.
func (h *HLS) withSound(ctx context.Context, p *Piece, e entry, behind time.Duration) error {
	if h.sound == nil {
		return nil
	}
	if h.rewound || h.broken {
		h.sound.restart()
	}
	if err := h.sound.join(ctx, p, e, behind); err != nil {
		return err
	}
	p.digest = clip.DigestOf(p.Bytes)
	return nil
}

// fetch gets a segment and the init segment it needs, trying again where that
// can help.
func (h *HLS) fetch(ctx context.Context, e entry) (Piece, error) {
	r := request{url: e.url, from: e.from, n: e.n, limit: maxSegment, timeout: max(segmentTimeout, 3*e.duration)}
	var p Piece
	for try := 1; ; try++ {
		var err error
		if p.Init, err = h.fetchInit(ctx, e); err == nil {
			if p.Bytes, err = h.fetchMedia(ctx, r, e); err == nil {
				p.Container = clip.MPEGTS
				if p.Init != nil {
					p.Container = clip.FMP4
				}
				return p, nil
			}
		}
		kind := clip.KindOf(err)
		if try == segmentTries || kind == clip.Denied || kind == clip.Invalid {
			return Piece{}, err
		}
		wait := time.Duration(try) * (150*time.Millisecond + rand.N(200*time.Millisecond))
		if until := time.Until(clip.UntilOf(err)); until > wait {
			wait = min(until, segmentTimeout)
		}
		if err := pause(ctx, wait); err != nil {
			return Piece{}, err
		}
	}
}

// fetchMedia gets a segment's bytes in the clear.
func (h *HLS) fetchMedia(ctx context.Context, r request, e entry) ([]byte, error) {
	b, _, err := fetch(ctx, h.client, r)
	if err != nil {
		return nil, err
	}
	return h.decrypt(ctx, e.key, b, e.seq)
}

func (h *HLS) fetchInit(ctx context.Context, e entry) ([]byte, error) {
	if e.init == nil {
		return nil, nil
	}
	key := fmt.Sprintf("%s %d %d", e.init.url, e.init.from, e.init.n)
	if h.init.key == key && !h.broken {
		return h.init.bytes, nil
	}
	r := request{url: e.init.url, from: e.init.from, n: e.init.n, limit: maxInit, timeout: segmentTimeout}
	b, _, err := fetch(ctx, h.client, r)
	if err != nil {
		return nil, err
	}
	if e.init.key != nil && !isInit(b) {
		if b, err = h.decrypt(ctx, e.init.key, b, e.seq); err != nil {
			return nil, err
		}
	}
	h.init.key, h.init.bytes = key, b
	return b, nil
}

// from is where in the window to go on: behind what was given, or, at the
// beginning and after the source began anew, at the place to resume or as far
// back as the feed's DVR reaches.
func (h *HLS) from(ctx context.Context, w *window) (int, error) {
	if len(w.entries) == 0 {
		return 0, nil
	}
	if h.begun {
		anew, err := h.anew(ctx, w)
		if err != nil {
			return 0, err
		}
		if !anew {
			first := w.entries[0].seq
			if h.next < first {
				return 0, nil
			}
			return int(min(h.next-first, uint64(len(w.entries)))), nil
		}
		h.log.Warn("the source began its numbering anew")
		clear(h.seen)
	}
	h.rewound, h.init.key = true, ""
	return h.start(w), nil
}

// anew reports whether the numbering began again (an encoder or packager
// restart), which a playlist from a lagging cache only looks like: that one
// ends in a segment whose bytes are known.
func (h *HLS) anew(ctx context.Context, w *window) (bool, error) {
	last := w.entries[len(w.entries)-1]
	if last.seq+1 >= h.next {
		i := int64(h.next) - 1 - int64(w.entries[0].seq)
		if i < 0 || h.lastTime.IsZero() || w.entries[i].programTime.IsZero() {
			return false, nil
		}
		const step = 2 * time.Second
		d := w.entries[i].programTime.Sub(h.lastTime)
		return d > step || d < -step, nil
	}
	known, ok := h.seen[last.seq]
	if !ok {
		return true, nil
	}
	p, err := h.fetch(ctx, last)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		return false, nil // ask again with the next playlist
	}
	return clip.DigestOf(p.Bytes) != known, nil
}

// start is the first entry to fetch when beginning.
func (h *HLS) start(w *window) int {
	place := h.resume
	h.resume = ""
	if seq, address, ok := strings.Cut(place, " "); ok {
		n, err := strconv.ParseUint(seq, 10, 64)
		first := w.entries[0].seq
		if err == nil && n >= first && n-first < uint64(len(w.entries)) && redact(w.entries[n-first].url) == address {
			if h.sound != nil { // what was muxed cannot be told by its digest: it is not fetched again
				n++
			}
			return int(n - first)
		}
	}
	if h.feed.Window <= 0 {
		return 0
	}
	i, reach := len(w.entries), time.Duration(0)
	for i > 0 && reach < h.feed.Window {
		i--
		reach += w.entries[i].duration
	}
	return i
}

// isInit reports whether an init segment is in the clear: it begins with a box
// that init segments have. A key may stand before a map that it is not for.
func isInit(b []byte) bool {
	return len(b) >= 8 && slices.Contains([]string{"ftyp", "styp", "moov", "free"}, string(b[4:8]))
}
