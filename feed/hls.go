package feed

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// HLS is a live or event feed over HTTP Live Streaming (RFC 8216). It keeps
// its place from one Run to the next.
type HLS struct {
	feed   clip.Feed
	log    logrus.FieldLogger
	said   sparingly // of the variants
	client *http.Client
	resume string        // the place to begin at, until it was looked for
	pace   time.Duration // a playlist's second lasts this long: tests hurry

	// leave says whether nobody wants a window's i-th segment; nil: all are wanted.
	leave func(w *window, i int, loaded time.Time) (bool, error)

	media   string                 // path of the media playlist that the place belongs to
	moved   bool                   // it is another one than before: the place must be found in it
	begun   bool                   // next is known
	next    uint64                 // media sequence number that comes next
	last    given                  // before that
	rewound bool                   // the next piece begins anew
	broken  bool                   // a discontinuity lies before the next piece
	seen    map[uint64]clip.Digest // of the segments given lately
	init    struct {
		key   string
		bytes []byte
	}

	opened  time.Time // when the feed's own playlist was read last
	missed  int       // how often the best variant could not be had, in a row
	lesser  bool      // not the best variant is recorded
	renewed time.Time // when addresses were asked for anew because one was refused

	sound     *soundtrack // where it comes in a playlist of its own
	subtitles *subtitles
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
	longestWait     = 400 * time.Millisecond // between two of them, unless the server says otherwise
	maxReload       = 10 * time.Second
	minReload       = 500 * time.Millisecond
	askAnew         = time.Minute // addresses are, where a segment is refused
	remembered      = 256         // segments whose digests tell a stale playlist from a restart
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
	w, u, err := h.open(ctx, base)
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
		var final *url.URL
		if w, final, err = h.enter(ctx, u, h.variables); err != nil {
			return err
		}
		h.arrive(final)
		w, u = h.upgrade(ctx, base, w, u)
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
	if w.odd != nil {
		h.aside = append(h.aside, Aside{Lost: clip.Errorf(clip.Invalid, "read the playlist", "%w", w.odd)})
	}
	if first := w.entries[from].seq; h.begun && first > h.next && !h.rewound {
		lost := clip.Errorf(clip.Expired, "follow the playlist", "%d segments left it before they could be fetched", first-h.next)
		if err := emit(Piece{Lost: lost}); err != nil {
			return false, err
		}
	}
	for i, e := range w.entries[from:] {
		later -= e.duration
		h.begun = true
		if left, err := h.leaves(w, from+i, loaded, later); err != nil {
			return false, err
		} else if left {
			continue
		}
		if err := h.giveOne(ctx, e, later, loaded.Add(-later), emit); err != nil {
			return false, err
		}
		h.next = e.seq + 1
	}
	return true, nil
}

// leaves passes over a segment that nobody wants.
func (h *HLS) leaves(w *window, i int, loaded time.Time, later time.Duration) (bool, error) {
	if h.leave == nil {
		return false, nil
	}
	left, err := h.leave(w, i, loaded)
	if err != nil || !left {
		return false, err
	}
	e := w.entries[i]
	h.broken = h.broken || e.discontinuity
	h.next, h.last = e.seq+1, given{e, loaded.Add(-later)}
	if h.sound != nil {
		h.sound.restart()
	}
	if h.subtitles != nil {
		h.subtitles.restart()
	}
	return true, nil
}

// giveOne fetches and emits one segment, or says why it could not.
func (h *HLS) giveOne(ctx context.Context, e entry, behind time.Duration, arrived time.Time, emit func(Piece) error) error {
	h.broken = h.broken || e.discontinuity
	if e.gap {
		return emit(Piece{Lost: clip.Errorf(clip.Unavailable, "fetch "+redact(e.url), "the playlist marks it as missing (EXT-X-GAP)")})
	}
	patience := time.Duration(0)
	if behind == 0 { // nothing waits behind it: servers list segments that they do not have yet
		patience = e.duration * h.pace / time.Second
	}
	p, err := h.fetchFor(ctx, e, patience)
	if err == nil {
		p.digest = clip.DigestOf(p.Bytes)
		h.seen[e.seq] = p.digest
		h.beside(ctx, &p, e, behind)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errRefused) && time.Since(h.renewed) > askAnew*h.pace/time.Second {
		h.renewed = time.Now()
		return err // Run is called again, and begins with the feed's own URL
	}
	if err != nil {
		return emit(Piece{Lost: err})
	}
	p.Discontinuity, p.Rewound = h.broken, h.rewound
	p.ProgramTime, p.Arrived = e.programTime, arrived
	p.Asides, h.aside = h.aside, nil
	p.Place = placeOf(e)
	if err := emit(p); err != nil {
		return err
	}
	h.broken, h.rewound, h.last = false, false, given{e, arrived}
	delete(h.seen, e.seq-remembered)
	return nil
}

// fetch gets a segment and the init segment it needs, trying again where that
// can help.
func (h *HLS) fetch(ctx context.Context, e entry) (Piece, error) { return h.fetchFor(ctx, e, 0) }

// fetchFor does, and tries for so long at least.
func (h *HLS) fetchFor(ctx context.Context, e entry, patience time.Duration) (Piece, error) {
	began := time.Now()
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
		if try >= segmentTries && time.Since(began) >= patience || kind == clip.Denied || kind == clip.Invalid {
			return Piece{}, err
		}
		wait := min(time.Duration(try)*(150*time.Millisecond+rand.N(200*time.Millisecond)), longestWait)
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

// isInit reports whether an init segment is in the clear: it begins with a box
// that init segments have. A key may stand before a map that it is not for.
func isInit(b []byte) bool {
	return len(b) >= 8 && slices.Contains([]string{"ftyp", "styp", "moov", "free"}, string(b[4:8]))
}
