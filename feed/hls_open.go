package feed

import (
	"context"
	"net/url"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// A lesser variant is taken when the best one failed this often, one after the
// other, and left when the best one can be had again. That is looked for every
// lookAgain.
const (
	fallBackAfter = 3
	lookAgain     = time.Minute
	maxVariants   = 8 // that are tried at once
)

// open loads the feed's playlist and, where it offers variants, the best one
// that can be had. It changes nothing when it fails.
func (h *HLS) open(ctx context.Context, u *url.URL) (*window, *url.URL, error) {
	p, final, err := h.load(ctx, u, nil)
	if err != nil {
		return nil, nil, err
	}
	h.opened = time.Now()
	if p.media != nil {
		h.follow(variant{url: u}, final, nil)
		return p.media, u, nil
	}
	return h.choose(ctx, p)
}

// choose enters the best variant, one of the same quality, or, after a while,
// any.
func (h *HLS) choose(ctx context.Context, p parsed) (*window, *url.URL, error) {
	ranked := rank(p.variants)
	var first error
	for _, v := range ranked[:min(len(ranked), maxVariants)] {
		lesser := v.better(ranked[0]) < 0
		if lesser && h.missed+1 < fallBackAfter {
			break
		}
		w, final, err := h.enter(ctx, v.url, p.variables)
		if err == nil {
			if h.lesser = lesser; !lesser {
				h.missed = 0
			}
			h.follow(v, final, p.variables)
			return w, v.url, nil
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if first == nil {
			first = err
		}
		if h.said.due(sameness(err.Error()), time.Now()) {
			h.log.WithError(err).WithField("bandwidth", v.bandwidth).Warn("a variant cannot be had")
		}
	}
	h.missed++
	return nil, nil, first
}

// enter loads a media playlist.
func (h *HLS) enter(ctx context.Context, u *url.URL, imported variables) (*window, *url.URL, error) {
	p, final, err := h.load(ctx, u, imported)
	if err == nil && p.media == nil {
		err = clip.Errorf(clip.Invalid, "read the playlist "+redact(u), "%w", ErrNested)
	}
	return p.media, final, err
}

func (h *HLS) load(ctx context.Context, u *url.URL, imported variables) (parsed, *url.URL, error) {
	text, final, err := fetch(ctx, h.client, request{url: u, limit: maxPlaylist, timeout: playlistTimeout})
	if err != nil {
		return parsed{}, nil, err
	}
	p, err := parsePlaylist(text, final, imported)
	return p, final, err
}

// upgrade looks for the best variant again while a lesser one is recorded.
func (h *HLS) upgrade(ctx context.Context, base *url.URL, w *window, u *url.URL) (*window, *url.URL) {
	if !h.lesser || time.Since(h.opened) < lookAgain*h.pace/time.Second {
		return w, u
	}
	better, from, err := h.open(ctx, base)
	if err != nil {
		h.opened = time.Now()
		return w, u
	}
	return better, from
}

// follow notes what is read: a variant whose playlist came from an address, and
// what it has beside its pictures. The place in a playlist that is followed
// already is kept.
func (h *HLS) follow(v variant, final *url.URL, defined variables) {
	h.variables = defined
	h.arrive(final)
	if r, ok := choose(v.sound, h.feed.Audio); !ok || r.url == nil {
		h.sound = nil
	} else if h.sound == nil || h.sound.elsewhere(r.url) {
		h.sound = &soundtrack{companion: h.newCompanion(r)}
	} else {
		h.sound.renew(r.url, defined)
	}
	r, ok := wanted(v.subtitles, h.feed.Lang)
	switch {
	case !ok || r.url == nil:
		if h.subtitles = nil; len(v.subtitles) > 0 {
			h.log.WithField("lang", h.feed.Lang).Info("none of the feed's subtitles are in its language; captions in the pictures are read")
		}
	case h.subtitles == nil || h.subtitles.elsewhere(r.url):
		h.subtitles = h.newSubtitles(r)
	default:
		h.subtitles.renew(r.url, defined)
	}
}

// arrive notes the address that the media playlist came from. Hosts and queries
// change with load and tokens; another path is another playlist.
func (h *HLS) arrive(final *url.URL) {
	if h.media != final.Path {
		h.moved = h.begun
		h.media = final.Path
	}
}

// beside gives a piece the sound and the captions that come in playlists of
// their own. What cannot be had is said, and the pictures are recorded without.
func (h *HLS) beside(ctx context.Context, p *Piece, e entry, behind time.Duration) {
	anew := h.rewound || h.broken
	if h.sound != nil {
		if anew {
			h.sound.restart()
		}
		if err := h.sound.join(ctx, p, e, behind); err != nil {
			h.aside = append(h.aside, Aside{Lost: err})
		}
		p.digest = clip.DigestOf(p.Bytes)
	}
	if h.subtitles != nil {
		if anew {
			h.subtitles.restart()
		}
		h.aside = append(h.aside, h.subtitles.read(ctx, e, behind)...)
	}
}
