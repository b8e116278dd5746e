package platform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/ovation-live/ovation/clip"
)

// writeFile copies a blob into a file, on the disk when it returns, and hashes
// it on the way.
func writeFile(ctx context.Context, root *os.Root, name string, b Blob) (clip.Digest, error) {
	r, err := openBlob(b)
	if err != nil {
		return "", err
	}
	defer r.Close()
	w, err := root.Create(name)
	if err != nil {
		return "", err
	}
	defer w.Close()
	digest, err := copyDigest(w, heldReader{ctx, r})
	if err != nil {
		return "", err
	}
	return digest, w.Sync()
}

// place renames an uploaded file into place. An earlier attempt may have done
// so already and then have stopped.
func place(root *os.Root, f deliveredFile) error {
	err := root.Rename(hiddenName(f.Name), f.Name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r, openErr := root.Open(f.Name)
	if openErr != nil {
		return clip.Errorf(clip.Rejected, "", "the uploaded %s is gone from the folder", f.Name)
	}
	defer r.Close()
	got, err := copyDigest(io.Discard, r)
	if err == nil && got != f.Digest {
		err = clip.Errorf(clip.Rejected, "", "%s is there with other content", f.Name)
	}
	return err
}

// copyDigest copies and hashes.
func copyDigest(w io.Writer, r io.Reader) (clip.Digest, error) {
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, hash), r); err != nil {
		return "", err
	}
	return clip.Digest(hex.EncodeToString(hash.Sum(nil))), nil
}

// writeDocument makes the post public: its last act is one rename.
func writeDocument(root *os.Root, doc delivery) error {
	text, err := doc.text()
	if err != nil {
		return err
	}
	name := documentName(doc.Post)
	w, err := root.Create(hiddenName(name))
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Sync(); err != nil {
		return err
	}
	return root.Rename(hiddenName(name), name)
}

// readDocument reads a post's document; false: there is none.
func readDocument(root *os.Root, p clip.Post) (doc delivery, there bool, err error) {
	name := documentName(p.ID)
	text, err := root.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return doc, false, nil
	case err != nil:
		return doc, false, err
	}
	doc, err = parseDelivery(text, p)
	return doc, err == nil, err
}

// syncDir makes renames and removals in a directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// heldReader ends when its context does.
type heldReader struct {
	ctx context.Context
	io.Reader
}

// Read reads on, unless the context ended.
func (r heldReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// folderError classifies what the file system says.
func folderError(op string, err error) error {
	var known *clip.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return clip.Errorf(known.Kind, op, "%w", known.Err)
	case errors.Is(err, fs.ErrPermission):
		return clip.Errorf(clip.Denied, op, "%w", err)
	}
	return clip.Errorf(clip.Unavailable, op, "%w", err)
}
