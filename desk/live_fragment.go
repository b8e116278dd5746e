package desk

import (
	"context"
	"io"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// inits keeps what the init segments delay, by their path.
type inits struct {
	mu     sync.Mutex
	delays map[string]feed.Delays
}

// fragment is a file of an fMP4 recording as players are given it: without
// empty edits, about which they disagree. nil: as it was recorded.
func (d *Desk) fragment(ctx context.Context, id clip.FeedID, name string) ([]byte, error) {
	if path.Ext(name) == ".mp4" {
		text, delays, err := d.readInit(path.Join(string(id), name))
		switch {
		case err != nil && clip.KindOf(err) != clip.Expired:
			return nil, err
		case len(delays) == 0: // served as it is, or missed
			return nil, nil
		}
		return text, nil
	}
	seq, err := strconv.ParseInt(strings.TrimSuffix(name, ".m4s"), 10, 64)
	if err != nil {
		return nil, clip.Errorf(clip.NotFound, "read segment "+name, "its number is too large")
	}
	segs, err := d.Catalogue.Numbered(ctx, id, seq, seq)
	if err != nil || len(segs) == 0 { // one that was just let go is given as it is
		return nil, err
	}
	delays, err := d.delays(segs[0].Init)
	if err != nil || len(delays) == 0 {
		return nil, err
	}
	text, err := d.readDVR(segs[0].Path)
	delays.Apply(text)
	return text, err
}

func (d *Desk) delays(init string) (feed.Delays, error) {
	d.inits.mu.Lock()
	have, ok := d.inits.delays[init]
	d.inits.mu.Unlock()
	if ok {
		return have, nil
	}
	_, delays, err := d.readInit(init)
	if err != nil {
		return nil, err
	}
	d.inits.mu.Lock()
	defer d.inits.mu.Unlock()
	if d.inits.delays == nil || len(d.inits.delays) > maxInits {
		d.inits.delays = map[string]feed.Delays{}
	}
	d.inits.delays[init] = delays
	return delays, nil
}

// maxInits is how many init segments are remembered.
const maxInits = 1000

func (d *Desk) readInit(name string) ([]byte, feed.Delays, error) {
	text, err := d.readDVR(name)
	if err != nil {
		return nil, nil, err
	}
	return feed.Undelayed(text)
}

func (d *Desk) readDVR(name string) ([]byte, error) {
	f, err := d.openDVR(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, "read "+name, "%w", err)
	}
	return b, nil
}
