package feed

import (
	"context"
	"net/url"
	"time"
)

// companion follows a playlist that is read beside that of a feed's pictures:
// of sound or of subtitles.
//
// Which of its segments go with which of the pictures is told by how long they
// are. That matters only roughly, because what is in them is placed by its own
// times.
type companion struct {
	list  *HLS // reads the playlist; its Run is never called
	url   *url.URL
	begun bool
	next  uint64        // media sequence number
	ahead time.Duration // how much more of it than of the pictures was given
	held  *window       // as it was loaded last
	rest  time.Time     // until then it is left alone, after a failure
}

// A companion that fails is left alone for restFor: pictures do not wait for
// it. One that is behind by more numbers than staleBy began its numbering anew.
const (
	restFor = 5 * time.Second
	staleBy = 8
)

// newCompanion makes a follower with the feed's own client.
func (h *HLS) newCompanion(r rendition) companion {
	list := NewHLS(h.feed, h.log)
	list.client, list.variables, list.pace = h.client, h.variables, h.pace
	return companion{list: list, url: r.url}
}

// elsewhere reports whether a playlist at u is another one than the one followed.
func (c *companion) elsewhere(u *url.URL) bool { return c.url.Path != u.Path }

// renew takes the address that is given now: its host and query change with
// load and tokens.
func (c *companion) renew(u *url.URL, defined variables) {
	if c.url.String() != u.String() {
		c.held = nil
	}
	c.url, c.list.variables = u, defined
}

// load gives the entries that come next, for a segment of the pictures. The
// playlist is read anew only when what is known of it does not suffice.
func (c *companion) load(ctx context.Context, e entry, behind time.Duration) ([]entry, error) {
	c.ahead -= e.duration
	if c.begun && c.fresh() >= -c.ahead {
		return c.rising(), nil
	}
	if time.Now().Before(c.rest) {
		return nil, nil
	}
	var err error
	if c.held, err = c.window(ctx); err != nil {
		c.leave()
		return nil, err
	}
	if n := len(c.held.entries); n > 0 && c.held.entries[n-1].seq+staleBy < c.next {
		c.begun = false
	}
	if !c.begun {
		c.align(c.held, e, behind)
	}
	return c.rising(), nil
}

// rising are the entries that were not given.
func (c *companion) rising() []entry {
	if c.held == nil {
		return nil
	}
	for i, a := range c.held.entries {
		if a.seq >= c.next {
			return c.held.entries[i:]
		}
	}
	return nil
}

// fresh is how long they are.
func (c *companion) fresh() (d time.Duration) {
	for _, a := range c.rising() {
		d += a.duration
	}
	return d
}

// leave leaves the playlist alone for a while, and forgets what it said.
func (c *companion) leave() {
	c.rest, c.held = time.Now().Add(restFor*c.list.pace/time.Second), nil
}

// window loads the playlist.
func (c *companion) window(ctx context.Context) (*window, error) {
	w, _, err := c.list.enter(ctx, c.url, c.list.variables)
	return w, err
}

// align finds what belongs to the first piece: by the programme times where both
// playlists state them, else as far from the end of its playlist as the piece
// is from the end of its own.
func (c *companion) align(w *window, e entry, behind time.Duration) {
	c.begun, c.ahead = true, -e.duration
	if len(w.entries) == 0 {
		return
	}
	i := len(w.entries)
	for reach := time.Duration(0); i > 0 && reach < behind+e.duration; i-- {
		reach += w.entries[i-1].duration
	}
	for j, a := range w.entries {
		middle := a.programTime.Add(a.duration / 2)
		if !e.programTime.IsZero() && !a.programTime.IsZero() && middle.After(e.programTime) {
			i = j
			break
		}
	}
	c.next = w.entries[min(i, len(w.entries)-1)].seq
}

// restart forgets the place: the pictures began anew.
func (c *companion) restart() { c.begun, c.held = false, nil }
