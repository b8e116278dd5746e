package desk

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

//go:embed static templates
var embedded embed.FS

// statics are the files that browsers load, under a path that names their
// content: a new version is a new path, so they may be kept for ever.
type statics struct {
	files   fs.FS
	version string
}

func loadStatics() (statics, error) {
	files, err := fs.Sub(embedded, "static")
	if err != nil {
		return statics{}, err
	}
	sum := sha256.New()
	err = fs.WalkDir(files, ".", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, p)
		sum.Write([]byte(p))
		sum.Write(b)
		return err
	})
	return statics{files: files, version: hex.EncodeToString(sum.Sum(nil))[:12]}, err
}

// url is where a static file is served.
func (s statics) url(name string) string { return "/static/" + s.version + "/" + name }

// staticTypes are stated rather than asked of the machine's own list.
var staticTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".webmanifest": "application/manifest+json",
}

// static is GET /static/{version}/{file...}.
func (d *Desk) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind := staticTypes[path.Ext(name)]
	if kind == "" && strings.HasPrefix(name, "vendor/") {
		kind = mime.TypeByExtension(".txt")
	}
	b, err := fs.ReadFile(d.statics.files, name)
	if err != nil || kind == "" {
		d.fail(w, r, clip.Errorf(clip.NotFound, "read a static file", "there is no %q", name))
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	if r.PathValue("version") == d.statics.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(b)
}
