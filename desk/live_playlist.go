package desk

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// livePlaylist is GET /live/{feed}/index.m3u8, made from the catalogue: all
// that is held, or with ?window=10m the last ten minutes. A segment is read
// from the catalogue once and written once, however many watch.
func (d *Desk) livePlaylist(w http.ResponseWriter, r *http.Request) {
	d.servePlaylist(w, r, &d.playlists)
}

// servePlaylist answers with one of the playlists.
func (d *Desk) servePlaylist(w http.ResponseWriter, r *http.Request, from *playlists) {
	id := clip.FeedID(r.PathValue("feed"))
	window, err := windowOf(r.URL.Query().Get("window"))
	if err == nil {
		_, err = d.Catalogue.Feed(r.Context(), id)
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	text, err := from.of(id).text(r.Context(), d, window)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.apple.mpegurl")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", text.tag)
	r.Header.Del("Range") // half a playlist helps nobody
	body := text.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = text.packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// minWindow is the shortest window that can be asked for: a player wants three
// segments at least (RFC 8216, 6.2.2), and some are ten seconds long.
const minWindow = 30 * time.Second

// windowOf reads the parameter window; zero is all that is held.
func windowOf(text string) (time.Duration, error) {
	if text == "" || text == "full" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < minWindow {
		return 0, clip.Errorf(clip.Invalid, "play the last part of a feed",
			"window=%q is not a length of at least %s: write 10m, 1h30m, or full", text, minWindow)
	}
	return d, nil
}

// playlists are kept between requests, one for each feed.
type playlists struct {
	mu    sync.Mutex
	kept  map[clip.FeedID]*playlist
	proxy bool // what browsers cannot play is listed as its proxy
	all   bool // everything is
}

func (p *playlists) of(id clip.FeedID) *playlist {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.kept = map[clip.FeedID]*playlist{}
	}
	if p.kept[id] == nil {
		p.kept[id] = &playlist{feed: id, of: p, formats: map[clip.EpochID]clip.Format{}}
	}
	return p.kept[id]
}

// playlist is what is known of a feed's recording, and the texts made of it.
type playlist struct {
	feed clip.FeedID
	of   *playlists

	mu      sync.Mutex
	list    feed.Listing
	gone    int64                      // of the recording, when list was last looked through
	texts   map[time.Duration]liveText // by window; made of list as it is
	formats map[clip.EpochID]clip.Format
}

// liveText is a playlist as it goes out.
type liveText struct {
	tag           string // names the text
	plain, packed []byte
}

// text is the playlist as of now.
func (p *playlist) text(ctx context.Context, d *Desk, window time.Duration) (liveText, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.follow(ctx, d); err != nil {
		return liveText{}, err
	}
	if p.list.Len() == 0 {
		return liveText{}, clip.Errorf(clip.Unavailable, "play feed "+string(p.feed), "it has recorded nothing yet; it is tried again by itself")
	}
	health, err := d.Catalogue.Health(ctx, p.feed)
	if err != nil {
		return liveText{}, err
	}
	ended := health.State == clip.FeedEnded
	from := p.list.Within(window)
	tag := fmt.Sprintf(`W/"%d-%d-%t"`, from, p.list.Last(), ended)
	if have, ok := p.texts[window]; ok && have.tag == tag {
		return have, nil
	}
	t := liveText{tag: tag, plain: p.list.Text(from, ended)}
	if t.packed, err = packed(t.plain); err != nil {
		return liveText{}, clip.Errorf(clip.Internal, "write a playlist", "%w", err)
	}
	if p.texts == nil || len(p.texts) >= maxTexts {
		p.texts = map[time.Duration]liveText{}
	}
	p.texts[window] = t
	return t, nil
}

// maxTexts is how many windows of one feed are kept written.
const maxTexts = 8

// follow brings the list in line with the catalogue. It reads what is new, and
// of what is old only as much as was let go.
func (p *playlist) follow(ctx context.Context, d *Desk) error {
	next := p.list.Last() + 1
	now, err := d.Catalogue.Since(ctx, p.feed, next)
	if err != nil {
		return err
	}
	if lost := now.Gone - p.gone; lost > 0 && p.list.Len() > 0 {
		if err := p.shorten(ctx, d, lost); err != nil {
			return err
		}
	}
	p.gone = now.Gone
	p.list.Longest(now.Longest)
	for _, s := range now.Segments {
		if p.of.proxy || p.of.all {
			f, err := p.formatOf(ctx, d, s.Epoch)
			if err != nil {
				return err
			}
			if p.of.proxied(f) {
				s.Path, s.Init = strconv.FormatInt(s.Seq, 10)+".ts", ""
			}
		}
		p.list.Add(s)
	}
	return nil
}

// format is what the media of an epoch is.
func (p *playlist) format(ctx context.Context, d *Desk, id clip.EpochID) (clip.Format, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.formatOf(ctx, d, id)
}

// formatOf reads the timeline where the epoch is a new one. The caller holds
// mu.
func (p *playlist) formatOf(ctx context.Context, d *Desk, id clip.EpochID) (clip.Format, error) {
	if f, ok := p.formats[id]; ok {
		return f, nil
	}
	tl, err := d.Catalogue.Timeline(ctx, p.feed)
	if err != nil {
		return clip.Format{}, err
	}
	clear(p.formats)
	for _, e := range tl {
		p.formats[e.ID] = e.Format
	}
	f, ok := p.formats[id]
	if !ok {
		return f, clip.Errorf(clip.Expired, "play feed "+string(p.feed), "the recording has no epoch %d any more", id)
	}
	return f, nil
}

// shorten drops all up to the last of the segments that are gone, of which
// there are lost at most. Retention lets the oldest go; a highlight may keep
// some among them.
func (p *playlist) shorten(ctx context.Context, d *Desk, lost int64) error {
	const page = 200
	at, last := p.list.First(), p.list.Last()
	from := at
	for lost > 0 && at <= last {
		held, err := d.Catalogue.Held(ctx, p.feed, at, page)
		if err != nil {
			return err
		}
		for _, seq := range held {
			if seq != at {
				lost, from = lost-(seq-at), seq
			}
			at = seq + 1
		}
		if len(held) < page {
			break // nothing is behind them
		}
	}
	if at <= last && lost > 0 {
		from = last + 1
	}
	p.list.Drop(from)
	return nil
}

func packed(text []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	_, err = z.Write(text)
	err = errors.Join(err, z.Close()) // which writes the rest
	return b.Bytes(), err
}
