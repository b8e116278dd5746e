package desk

import (
	"context"
	"io"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// Proxier makes segments that browsers play. media.Engine is one.
type Proxier interface {
	// Proxy gives the segment with all its times kept; the same work gives the
	// same pictures and sounds, whenever it is done.
	Proxy(ctx context.Context, w media.ProxyWork) ([]byte, error)
}

// proxies are what browsers play of feeds that they could not play otherwise.
// A segment is made when somebody asks for it, once however many ask, and given
// up when nobody waits for it any more.
type proxies struct {
	lists playlists
	cache proxyCache
	work  flights
}

// How much is spent on proxies.
const (
	proxySlots  = 2 // made at the same time; recording comes first
	proxyBudget = 2 << 30
)

// proxyPlaylist is GET /live/{feed}/proxy/index.m3u8. It lists what browsers
// play as it was recorded, and proxies of the rest, under the same numbers.
func (d *Desk) proxyPlaylist(w http.ResponseWriter, r *http.Request) {
	d.servePlaylist(w, r, &d.proxies.lists)
}

// proxyFile is GET /live/{feed}/proxy/{file}.
func (d *Desk) proxyFile(w http.ResponseWriter, r *http.Request) {
	id, name := clip.FeedID(r.PathValue("feed")), r.PathValue("file")
	if clip.CheckID("feed", string(id)) != nil || !liveNames.MatchString(name) {
		d.fail(w, r, clip.Errorf(clip.NotFound, "read segment "+name, "it is not part of a recording"))
		return
	}
	seq, err := strconv.ParseInt(strings.TrimSuffix(name, ".ts"), 10, 64)
	if err != nil { // a fragment or its init segment: those are listed only where they play
		d.liveFile(w, r)
		return
	}
	text, err := d.proxied(r.Context(), id, seq)
	switch {
	case err != nil:
		d.fail(w, r, err)
	case text == nil:
		d.liveFile(w, r)
	default:
		serveSegment(w, r, name, text)
	}
}

// proxied is the proxy of a segment; nil where none is needed.
func (d *Desk) proxied(ctx context.Context, id clip.FeedID, seq int64) ([]byte, error) {
	op := "play segment " + strconv.FormatInt(seq, 10) + " of " + string(id)
	key := path.Join(string(id), strconv.FormatInt(seq, 10)+".ts")
	if have := d.proxies.cache.get(key); have != nil {
		return have, nil
	}
	segs, err := d.Catalogue.Numbered(ctx, id, seq-1, seq)
	if err != nil {
		return nil, err
	}
	if len(segs) == 0 || segs[len(segs)-1].Seq != seq {
		return nil, clip.Errorf(clip.NotFound, op, "the recording does not hold it, or no longer")
	}
	work := media.ProxyWork{Segment: segs[len(segs)-1], Open: d.openDVR}
	format, err := d.proxies.lists.of(id).format(ctx, d, work.Segment.Epoch)
	if err != nil {
		return nil, err
	}
	if work.Format = format; len(format.Unplayable()) == 0 {
		return nil, nil
	}
	if before := segs[0]; len(segs) == 2 && before.Epoch == work.Segment.Epoch {
		work.Before = &before
	}
	if d.Proxier == nil {
		return nil, clip.Errorf(clip.Unavailable, op, "this process makes no proxies")
	}
	return d.proxies.work.do(ctx, key, func(ctx context.Context) ([]byte, error) {
		begun := time.Now()
		made, err := d.Proxier.Proxy(ctx, work)
		if err != nil {
			return nil, err
		}
		d.meters.proxies.Observe(time.Since(begun).Seconds())
		if err := d.proxies.cache.put(key, made); err != nil {
			d.Log.WithError(err).WithField("feed", string(id)).Warn("proxy could not be kept; it is made again when somebody asks")
		}
		return made, nil
	})
}

// openDVR reads a file of the recording; nothing outside is reached.
func (d *Desk) openDVR(name string) (io.ReadCloser, error) {
	f, err := d.dvr.Open(name)
	if os.IsNotExist(err) {
		return nil, clip.Errorf(clip.Expired, "read the recording", "%s is no longer there", name)
	}
	return f, err
}

// proxyName is what a segment is called in a proxy playlist.
func proxyName(s clip.Segment, f clip.Format) clip.Segment {
	if len(f.Unplayable()) > 0 {
		s.Path, s.Init = strconv.FormatInt(s.Seq, 10)+".ts", ""
	}
	return s
}
