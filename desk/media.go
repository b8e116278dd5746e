package desk

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/ovation-live/ovation/clip"
)

var digestText = regexp.MustCompile(`^[0-9a-f]{64}$`)

// media is GET /media/{digest}: a rendition, a cover or captions, by ranges.
// What a digest names never changes.
func (d *Desk) media(w http.ResponseWriter, r *http.Request) {
	digest := clip.Digest(r.PathValue("digest"))
	op := "read media " + digest.Short()
	if !digestText.MatchString(string(digest)) {
		d.fail(w, r, clip.Errorf(clip.NotFound, op, "it is not a SHA-256 in hexadecimal"))
		return
	}
	f, _, err := d.Blobs.Open(r.Context(), digest)
	if err != nil {
		d.fail(w, r, err)
		return
	}
	defer f.Close()
	kind, err := sniff(f)
	if err != nil {
		d.fail(w, r, clip.Errorf(clip.Unavailable, op, "%w", err))
		return
	}
	if want := types["."+r.URL.Query().Get("type")]; want != "" && kind == "" {
		kind = want
	}
	if kind == "" {
		kind = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", `"`+string(digest)+`"`)
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, f)
}

// sniff tells what we store apart by its first bytes. Nothing is ever served
// as a page.
func sniff(f io.ReadSeeker) (string, error) {
	head := make([]byte, 12)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return "", err
	}
	head = head[:n]
	_, err = f.Seek(0, io.SeekStart)
	switch {
	case n >= 8 && bytes.Equal(head[4:8], []byte("ftyp")):
		return types[".mp4"], err
	case bytes.HasPrefix(head, []byte("WEBVTT")):
		return types[".vtt"], err
	case bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}):
		return types[".jpg"], err
	case bytes.HasPrefix(head, []byte("\x89PNG")):
		return types[".png"], err
	}
	return "", err
}
