package desk

import (
	"bytes"
	"net/http"
	"os"
	"path"
	"regexp"
	"time"

	"github.com/ovation-live/ovation/clip"
)

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
	if path.Ext(name) != ".ts" {
		text, err := d.fragment(r.Context(), clip.FeedID(id), name)
		if err != nil {
			d.fail(w, r, err)
			return
		}
		if text != nil {
			serveSegment(w, r, name, text)
			return
		}
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
	w.Header().Set("Cache-Control", segmentsStay)
	http.ServeContent(w, r, name, st.ModTime(), f)
}

// serveSegment serves what is not a file.
func serveSegment(w http.ResponseWriter, r *http.Request, name string, text []byte) {
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", segmentsStay)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}

// segmentsStay is how long a browser keeps a segment: what a number names
// never changes.
const segmentsStay = "private, max-age=86400, immutable"
