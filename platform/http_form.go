package platform

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
)

// field is one part of a multipart form: a text, or a file where File is named.
type field struct {
	name string
	text string
	file string // file name
	kind string // Content-Type of the file
	blob Blob
}

// formBody is a multipart form (RFC 7578) of known length whose files are read
// while they are sent. Close closes them.
func formBody(fields []field) (*body, io.Closer, error) {
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	var parts []io.Reader
	var open closers
	var size int64
	add := func(r io.Reader, n int64) { parts, size = append(parts, r), size+n }
	flush := func() { // moves what the writer wrote since the last time
		add(strings.NewReader(head.String()), int64(head.Len()))
		head.Reset()
	}
	for _, f := range fields {
		if f.file == "" {
			_ = form.WriteField(f.name, f.text) // a bytes.Buffer takes everything
			continue
		}
		_, _ = form.CreatePart(textproto.MIMEHeader{ // the same
			"Content-Disposition": {fmt.Sprintf("form-data; name=%q; filename=%q", f.name, f.file)},
			"Content-Type":        {f.kind},
		})
		flush()
		r, err := openBlob(f.blob)
		if err != nil {
			_ = open.Close() // only read
			return nil, nil, fmt.Errorf("%s: %w", f.file, err)
		}
		open = append(open, r)
		add(r, f.blob.Size)
	}
	_ = form.Close() // the same
	flush()
	return &body{kind: form.FormDataContentType(), size: size, Reader: io.MultiReader(parts...)}, open, nil
}

// openBlob opens a file that has to be there.
func openBlob(b Blob) (io.ReadCloser, error) {
	if b.Zero() {
		return nil, errors.New("the file was not given")
	}
	return b.Open()
}

// closers closes several files that were only read.
type closers []io.Closer

// Close closes all of them.
func (c closers) Close() error {
	for _, each := range c {
		_ = each.Close() // only read
	}
	return nil
}

// openPart opens a part of a file.
func openPart(b Blob, from, size int64) (io.ReadCloser, error) {
	file, err := openBlob(b)
	if err != nil {
		return nil, err
	}
	if err := skip(file, from); err != nil {
		_ = file.Close() // only read
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(file, size), file}, nil
}

// skip passes over the beginning of a file.
func skip(r io.Reader, n int64) error {
	if s, ok := r.(io.Seeker); ok {
		_, err := s.Seek(n, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, r, n)
	return err
}
