package desk

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// livePlaylist is GET /live/{feed}/index.m3u8, made from the catalogue. A
// feed's playlist is written once for each new segment, however many watch.
func (d *Desk) livePlaylist(w http.ResponseWriter, r *http.Request) {
	id := clip.FeedID(r.PathValue("feed"))
	if _, err := d.Catalogue.Feed(r.Context(), id); err != nil {
		d.fail(w, r, err)
		return
	}
	segs, err := d.Catalogue.Segments(r.Context(), id, clip.Span{})
	if err == nil && len(segs) == 0 {
		err = clip.Errorf(clip.Unavailable, "play feed "+string(id), "it has recorded nothing yet; it is tried again by itself")
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	text, err := d.playlistText(r, id, segs)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.apple.mpegurl")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = w.Write(text)
		return
	}
	h.Set("Content-Encoding", "gzip")
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level exists
	_, _ = z.Write(text)
	_ = z.Close()
}

// playlists keeps the last playlist of each feed.
type playlists struct {
	mu   sync.Mutex
	last map[clip.FeedID]playlist
}

type playlist struct {
	of   string // the first and last segment, and whether it ended
	text []byte
}

func (d *Desk) playlistText(r *http.Request, id clip.FeedID, segs []clip.Segment) ([]byte, error) {
	health, err := d.Catalogue.Health(r.Context(), id)
	if err != nil {
		return nil, err
	}
	ended := health.State == clip.FeedEnded
	of := fmt.Sprintf("%d %d %d %t", segs[0].Seq, segs[len(segs)-1].Seq, len(segs), ended)
	d.playlist.mu.Lock()
	defer d.playlist.mu.Unlock()
	if have, ok := d.playlist.last[id]; ok && have.of == of {
		return have.text, nil
	}
	tl, err := d.Catalogue.Timeline(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if d.playlist.last == nil {
		d.playlist.last = map[clip.FeedID]playlist{}
	}
	text := feed.Playlist(tl, segs, ended)
	d.playlist.last[id] = playlist{of, text}
	return text, nil
}

// liveNames are the files of a recording that are served (feed's layout).
var liveNames = regexp.MustCompile(`^(\d+\.(ts|m4s)|init-[0-9a-f]{12}\.mp4)$`)

// types are the content types of what we serve from disk and blobs.
var types = map[string]string{
	".ts": "video/mp2t", ".m4s": "video/iso.segment", ".mp4": "video/mp4",
	".vtt": "text/vtt; charset=utf-8", ".jpg": "image/jpeg", ".png": "image/png",
}

// liveFile is GET /live/{feed}/{file}. The directory is opened as a root that
// no name, and no link, leads out of.
func (d *Desk) liveFile(w http.ResponseWriter, r *http.Request) {
	id, name := r.PathValue("feed"), r.PathValue("file")
	op := "read segment " + name
	if clip.CheckID("feed", id) != nil || !liveNames.MatchString(name) {
		d.fail(w, r, clip.Errorf(clip.NotFound, op, "it is not part of a recording"))
		return
	}
	f, err := d.dvr.Open(path.Join(id, name))
	if os.IsNotExist(err) {
		d.fail(w, r, clip.Errorf(clip.NotFound, op, "the recording no longer holds it"))
		return
	}
	if err != nil {
		d.fail(w, r, clip.Errorf(clip.Unavailable, op, "%w", err))
		return
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		d.fail(w, r, clip.Errorf(clip.NotFound, op, "it is not part of a recording"))
		return
	}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "private, max-age=86400, immutable")
	http.ServeContent(w, r, name, st.ModTime(), f)
}
