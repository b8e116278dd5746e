package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
)

// drop is a place where a partner picks files up by their names: a bucket, or
// a directory on a server. Every error is as [Account] asks it of the driver.
type drop interface {
	// put brings a file whole: until it has arrived, nothing stands under its
	// name but what stood there before. It may repeat, and goes on where it was
	// interrupted, if the protocol can.
	put(ctx context.Context, op string, f upload) error

	// create writes a document at once, unless there is one of that name:
	// Conflict. Like [Account.Publish], it is Ambiguous whenever the document
	// may be there now.
	create(ctx context.Context, op, name string, text []byte) error

	// read gives a document; NotFound if there is none.
	read(ctx context.Context, op, name string) ([]byte, error)

	// remove removes files one after the other, with what interrupted uploads
	// of them left. One that is not there is removed.
	remove(ctx context.Context, op string, names []string) error

	// at is the address of a file, for people.
	at(name string) string
}

// dropAccount posts to a drop: the files first, the document last. The
// document's name is the post's, so that there can be one, ever; what is there
// is proved to be ours by the marker in it.
type dropAccount struct {
	drop
	profile clip.Profile
}

// dropProfile is what every drop takes.
func dropProfile(name string, maxBytes int64) clip.Profile {
	return clip.Profile{
		Platform: name, Takedown: clip.TakedownDelete, Shapes: clip.Shapes(), MaxBytes: maxBytes,
		ReadBack: true, Count: utf8.RuneCountInString,
	}
}

// Limits are those of every drop of the kind.
func (a dropAccount) Limits(context.Context) (clip.Profile, error) { return a.profile, nil }

// Check proves that the drop can be reached and read.
func (a dropAccount) Check(ctx context.Context) error {
	_, err := a.read(ctx, "look whether posts can be delivered", "ovation-was-here.json")
	if clip.KindOf(err) == clip.NotFound {
		return nil
	}
	return err
}

// Upload brings the files. The handle is the digest of the video.
func (a dropAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "deliver post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil {
		return "", err
	}
	for _, f := range filesOf(p) {
		err := a.put(ctx, op, newUpload(p, m, f))
		if clip.KindOf(err) == clip.NotFound {
			return "", clip.Errorf(clip.Denied, op, "%w; is the bucket or directory there?", errors.Unwrap(err))
		}
		if err != nil {
			return "", err
		}
	}
	return string(p.Media), nil
}

// Processed is always true: nothing looks at the files.
func (a dropAccount) Processed(ctx context.Context, _ string) (bool, error) {
	return true, ctx.Err()
}

// Publish writes the document. One that is there already is read back.
func (a dropAccount) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil {
		return clip.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	doc := newDelivery(p, time.Now())
	text, err := doc.text()
	if err != nil {
		return clip.Receipt{}, clip.Errorf(clip.Internal, op, "%w", err)
	}
	err = a.create(ctx, op, documentName(p.ID), text)
	switch {
	case err == nil:
		return a.receipt(doc), nil
	case clip.KindOf(err) != clip.Conflict:
		return clip.Receipt{}, err
	}
	receipt, found, err := a.Find(ctx, p)
	if err == nil && found || clip.KindOf(err) == clip.Rejected {
		return receipt, err
	}
	return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "%s is there already, and could not be read: %v", documentName(p.ID), err)
}

// Find reads the document.
func (a dropAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if err := nameable(op, p.ID); err != nil {
		return clip.Receipt{}, false, err
	}
	text, err := a.read(ctx, op, documentName(p.ID))
	switch {
	case clip.KindOf(err) == clip.NotFound:
		return clip.Receipt{}, false, nil
	case err != nil:
		return clip.Receipt{}, false, err
	}
	doc, err := parseDelivery(text, p)
	if err != nil {
		return clip.Receipt{}, false, reclassify(op, err)
	}
	return a.receipt(doc), true, nil
}

// Retract removes the document first, then the files.
func (a dropAccount) Retract(ctx context.Context, p clip.Post) error {
	if _, _, err := a.Find(ctx, p); err != nil {
		return err // such as for a document that is somebody else's
	}
	return a.remove(ctx, "retract post "+string(p.ID), namesOf(p.ID))
}

func (a dropAccount) receipt(doc delivery) clip.Receipt {
	return clip.Receipt{ID: string(doc.Post), URL: a.at(documentName(doc.Post)), At: doc.Published}
}

// reclassify gives a classified error the operation that it lacks.
func reclassify(op string, err error) error {
	var known *clip.Error
	if errors.As(err, &known) {
		return clip.Errorf(known.Kind, op, "%w", known.Err)
	}
	return clip.Errorf(clip.Internal, op, "%w", err)
}

// upload is a file on its way to a drop.
type upload struct {
	deliveredFile
	Blob
	session string // what an earlier put gave to keep; empty: nothing
	keep    func(session string) error
}

// newUpload is one of the files of a post. A session belongs to the video's
// bytes, and is kept with their digest: another cut does not go on with it. The
// other files are small.
func newUpload(p clip.Post, m Media, f deliveredFile) upload {
	u := upload{deliveredFile: f, Blob: f.blob(m), keep: func(string) error { return nil }}
	if f.Digest == p.Media {
		bytes := string(f.Digest) + " "
		if session, ok := strings.CutPrefix(p.Session, bytes); ok {
			u.session = session
		}
		u.keep = func(session string) error { return m.Keep(bytes + session) }
	}
	return u
}

// from opens the file at an offset. What comes before it is read as well: the
// last byte is only given out if all are as they were approved.
func (u upload) from(ctx context.Context, offset int64) (io.ReadCloser, error) {
	file, err := openBlob(u.Blob)
	if err != nil {
		return nil, err
	}
	r := &approvedReader{ReadCloser: file, ctx: ctx, file: u, hash: sha256.New()}
	if _, err := io.CopyN(io.Discard, r, offset); err != nil {
		_ = file.Close() // only read
		return nil, err
	}
	return r, nil
}

// bytes is a file that is small enough to be held.
func (u upload) bytes(ctx context.Context) (*bytes.Reader, error) {
	r, err := u.from(ctx, 0)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	return bytes.NewReader(all), err
}

// approvedReader ends with an error, before the last byte, where the file is
// not the one that was approved; and when its context does.
type approvedReader struct {
	io.ReadCloser
	ctx  context.Context
	file upload
	hash hash.Hash
	size int64
}

// Read reads on.
func (r *approvedReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(p)
	r.hash.Write(p[:n])
	r.size += int64(n)
	if r.size < r.file.Size && err != io.EOF {
		return n, err
	}
	if got := clip.Digest(hex.EncodeToString(r.hash.Sum(nil))); got != r.file.Digest || r.size != r.file.Size {
		return 0, clip.Errorf(clip.Internal, "", "%s has %d bytes with the digest %s, not %d with %s as approved",
			r.file.Name, r.size, got.Short(), r.file.Size, r.file.Digest.Short())
	}
	return n, err
}
