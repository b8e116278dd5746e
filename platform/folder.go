package platform

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
)

// folder delivers into a directory: the demo's platform, a partner's drop
// folder, and the oracle of tests.
//
// A post is published when its JSON document is there: that is renamed into
// place last, after the media. Until then its files have hidden names.
var folder = Platform{
	Name:  "folder",
	About: "Writes each post into a directory: the video, its captions and cover, and a JSON document last.",
	Proof: "Real: the conformance suite runs it on a directory.",
	Profile: clip.Profile{
		Platform: "folder",
		Takedown: clip.TakedownDelete,
		Shapes:   clip.Shapes(),
		ReadBack: true,
		Count:    utf8.RuneCountInString,
	},
	Options: func() any { return new(folderOptions) },
	Open:    openFolder,
}

// folderOptions is the configuration of a folder.
type folderOptions struct {
	// Dir is the directory; it is made if it is not there.
	Dir string `yaml:"dir" json:"dir"`
}

type folderAccount struct {
	dir string
}

func openFolder(options any, d Deps) (Account, error) {
	o := options.(*folderOptions)
	if o.Dir == "" {
		return nil, clip.Errorf(clip.Invalid, "open a folder", "dir is empty; write the directory that posts are delivered into")
	}
	dir := o.Dir
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(d.Dir, dir)
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, "open a folder", "dir: %w", err)
	}
	return &folderAccount{dir: dir}, nil
}

// Limits are those of every folder.
func (a *folderAccount) Limits(context.Context) (clip.Profile, error) { return folder.Profile, nil }

// Upload writes the files under hidden names. The handle is the digest of the
// video as it lies there.
func (a *folderAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "deliver post " + string(p.ID)
	root, err := a.open(op, p.ID)
	if err != nil {
		return "", err
	}
	defer root.Close()
	for _, f := range filesOf(p) {
		got, err := writeFile(ctx, root, hiddenName(f.Name), f.blob(m))
		if err != nil {
			return "", folderError(op, err)
		}
		if got != f.Digest {
			return "", clip.Errorf(clip.Internal, op, "%s has the digest %s, not %s as approved", f.Name, got.Short(), f.Digest.Short())
		}
	}
	return string(p.Media), nil
}

// Processed is always true: nothing looks at the files.
func (a *folderAccount) Processed(ctx context.Context, _ string) (bool, error) {
	return true, ctx.Err()
}

// Publish renames the files into place, the document last.
func (a *folderAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	if err := ctx.Err(); err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	root, err := a.open(op, p.ID)
	if err != nil {
		return clip.Receipt{}, err
	}
	defer root.Close()
	switch _, there, err := readDocument(root, p); {
	case err != nil:
		return clip.Receipt{}, folderError(op, err)
	case there:
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "%s is there already", documentName(p.ID))
	}
	for _, f := range filesOf(p) {
		if err := place(root, f); err != nil {
			return clip.Receipt{}, folderError(op, err)
		}
	}
	doc := newDelivery(p, time.Now())
	if err := writeDocument(root, doc); err != nil {
		return clip.Receipt{}, folderError(op, err)
	}
	if err := syncDir(a.dir); err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "%w", err)
	}
	return a.receipt(doc), nil
}

// Find reads the document.
func (a *folderAccount) Find(_ context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	root, err := a.open(op, p.ID)
	if err != nil {
		return clip.Receipt{}, false, err
	}
	defer root.Close()
	doc, there, err := readDocument(root, p)
	if err != nil || !there {
		return clip.Receipt{}, false, folderError(op, err)
	}
	return a.receipt(doc), true, nil
}

// Retract removes the document first, then the media and what an upload left.
func (a *folderAccount) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	if _, _, err := a.Find(ctx, p); err != nil {
		return err // such as for a document that is somebody else's
	}
	root, err := a.open(op, p.ID)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range namesOf(p.ID) {
		for _, name := range []string{name, hiddenName(name)} {
			if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return folderError(op, err)
			}
		}
	}
	return folderError(op, syncDir(a.dir))
}

// open gives the directory, from which no name can lead out.
func (a *folderAccount) open(op string, id clip.PostID) (*os.Root, error) {
	if err := nameable(op, id); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(a.dir)
	return root, folderError(op, err)
}

func (a *folderAccount) receipt(doc delivery) clip.Receipt {
	at := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(a.dir, documentName(doc.Post)))}
	return clip.Receipt{ID: string(doc.Post), URL: at.String(), At: doc.Published}
}

func hiddenName(name string) string { return "." + name + ".part" }
