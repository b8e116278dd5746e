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
)

// ProxyWork is a segment that is to be made playable in browsers, with all its
// times kept.
type ProxyWork struct {
	Format  clip.Format
	Segment clip.Segment
	Before  *clip.Segment // the one before it in its epoch, where that is held
	All     bool          // also what the format says that browsers play
	Open    func(path string) (io.ReadCloser, error)
}

// proxies are what browsers play of feeds that they could not play otherwise.
// A segment is made when somebody asks for it, once however many ask, and given
// up when nobody waits for it any more.
type proxies struct {
	lists playlists // of what browsers cannot play
	all   playlists // of everything
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

// proxyAllPlaylist is GET /live/{feed}/proxy/all/index.m3u8: proxies of
// everything, for a browser that turned out not to play what it should (H.264
// of ten bits, say).
func (d *Desk) proxyAllPlaylist(w http.ResponseWriter, r *http.Request) {
	d.servePlaylist(w, r, &d.proxies.all)
}

// proxyFile is GET /live/{feed}/proxy/{file}.
func (d *Desk) proxyFile(w http.ResponseWriter, r *http.Request) {
	d.serveProxy(w, r, &d.proxies.lists)
}

// proxyAllFile is GET /live/{feed}/proxy/all/{file}.
func (d *Desk) proxyAllFile(w http.ResponseWriter, r *http.Request) {
	d.serveProxy(w, r, &d.proxies.all)
}

func (d *Desk) serveProxy(w http.ResponseWriter, r *http.Request, lists *playlists) {
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
	text, err := d.proxied(r.Context(), lists, id, seq)
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
func (d *Desk) proxied(ctx context.Context, lists *playlists, id clip.FeedID, seq int64) ([]byte, error) {
	key := path.Join(string(id), strconv.FormatInt(seq, 10)+".ts")
	if lists.all {
		key = path.Join("all", key)
	}
	if have := d.proxies.cache.get(key); have != nil {
		return have, nil
	}
	work, err := d.proxyWork(ctx, lists, id, seq)
	if err != nil || !lists.proxied(work.Format) {
		return nil, err
	}
	if d.Proxy == nil {
		return nil, clip.Errorf(clip.Unavailable, "play feed "+string(id), "this process makes no proxies")
	}
	return d.proxies.work.do(ctx, key, func(ctx context.Context) ([]byte, error) {
		begun := time.Now()
		made, err := d.Proxy(ctx, work)
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

// proxyWork is what a segment's proxy is made from.
func (d *Desk) proxyWork(ctx context.Context, lists *playlists, id clip.FeedID, seq int64) (ProxyWork, error) {
	segs, err := d.Catalogue.Numbered(ctx, id, seq-1, seq)
	if err != nil {
		return ProxyWork{}, err
	}
	if len(segs) == 0 || segs[len(segs)-1].Seq != seq {
		return ProxyWork{}, clip.Errorf(clip.NotFound, "play segment "+strconv.FormatInt(seq, 10)+" of "+string(id), "the recording does not hold it, or no longer")
	}
	work := ProxyWork{Segment: segs[len(segs)-1], All: lists.all, Open: d.openDVR}
	if before := segs[0]; len(segs) == 2 && before.Epoch == work.Segment.Epoch {
		work.Before = &before
	}
	work.Format, err = lists.of(id).format(ctx, d, work.Segment.Epoch)
	return work, err
}

// openDVR reads a file of the recording; nothing outside is reached.
func (d *Desk) openDVR(name string) (io.ReadCloser, error) {
	f, err := d.dvr.Open(name)
	if os.IsNotExist(err) {
		return nil, clip.Errorf(clip.Expired, "read the recording", "%s is no longer there", name)
	}
	return f, err
}

// proxied reports whether media of a format is listed as its proxy.
func (p *playlists) proxied(f clip.Format) bool {
	return p.all || p.proxy && len(f.Unplayable()) > 0
}
