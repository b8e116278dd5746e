package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// fileServer is a drop on a server that has files and renames them: what SFTP
// and FTP have in common. Every call has connections of its own.
//
// A file is written under a hidden name and renamed when it has arrived whole.
// An upload that was interrupted goes on where the hidden file ends; that file
// is then read back before it is believed.
type fileServer struct {
	protocol string // sftp, ftp
	address  string // host:port
	dir      string
	secrets  []clip.Secret // struck from every error
	// overlap is how much of the end of an interrupted file may have holes.
	overlap int64
	login   func(ctx context.Context, dial dialFunc) (remoteFiles, error)
	dial    dialFunc
}

// remoteFiles is a server on which somebody is signed in. Errors are those of
// io/fs where there is one, and [clip.Error] where more is known.
type remoteFiles interface {
	size(name string) (int64, error)
	// write writes a file from an offset on: 0 begins it anew.
	write(name string, r io.Reader, offset int64) error
	open(name string) (io.ReadCloser, error)
	// replace renames a file; what stands under the other name is gone.
	replace(from, to string) error
	// claim renames a file unless there is one, fs.ErrExist. It is Ambiguous
	// whenever the server may have done it.
	claim(from, to string) error
	remove(name string) error
	io.Closer
}

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// with signs in, and gives what happened its place among the kinds of errors.
func (d *fileServer) with(ctx context.Context, op string, do func(remoteFiles) error) error {
	files, err := d.login(ctx, func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return newHeldConn(ctx, conn), nil
	})
	if err == nil {
		err = do(files)
		_ = files.Close() // whatever mattered was answered
	}
	return d.classify(ctx, op, err)
}

// classify is the error of a call.
func (d *fileServer) classify(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	kind := clip.Unavailable
	var known *clip.Error
	switch {
	case errors.As(err, &known):
		kind, err = known.Kind, known.Err
	case errors.Is(err, fs.ErrNotExist):
		kind = clip.NotFound
	case errors.Is(err, fs.ErrPermission):
		kind = clip.Denied
	}
	words := err.Error()
	if cause := context.Cause(ctx); cause != nil {
		words = cause.Error() // it closed the connection
	}
	for _, s := range d.secrets {
		if s != "" {
			words = strings.ReplaceAll(words, s.Reveal(), s.String())
		}
	}
	return clip.Errorf(kind, op, "%s: %s", d.address, strings.ReplaceAll(words, "\n", "; "))
}

// put writes a file under its hidden name, and renames it.
func (d *fileServer) put(ctx context.Context, op string, f upload) error {
	return d.with(ctx, op, func(files remoteFiles) error {
		part := d.path(hiddenName(f.Name))
		offset, err := d.resume(files, part, f)
		if err != nil {
			return err
		}
		r, err := f.from(ctx, offset)
		if err != nil {
			return err
		}
		defer r.Close()
		if err := files.write(part, r, offset); err != nil {
			return err
		}
		if err := arrived(files, part, f, offset > 0); err != nil {
			return err
		}
		return files.replace(part, d.path(f.Name))
	})
}

// resume is where an upload goes on: at the beginning, unless the ledger says
// that it was begun with these bytes.
func (d *fileServer) resume(files remoteFiles, part string, f upload) (int64, error) {
	if f.session == "" {
		return 0, f.keep("begun")
	}
	size, err := files.size(part)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	case size > f.Size:
		return 0, nil
	}
	return max(size-d.overlap, 0), nil
}

// arrived requires that a file has arrived whole; one that did not come at
// once is read back.
func arrived(files remoteFiles, name string, f upload, readBack bool) error {
	size, err := files.size(name)
	if err == nil && size != f.Size {
		err = fmt.Errorf("of %s there are %d bytes, not %d", f.Name, size, f.Size)
	}
	if err != nil || !readBack {
		return err
	}
	r, err := files.open(name)
	if err != nil {
		return err
	}
	hash := sha256.New()
	_, err = io.Copy(hash, r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	if got := clip.Digest(hex.EncodeToString(hash.Sum(nil))); got != f.Digest {
		return errors.Join(fmt.Errorf("%s was damaged on the way; it is sent again", f.Name), files.remove(name))
	}
	return nil
}

// create writes the document under a hidden name, and renames it.
func (d *fileServer) create(ctx context.Context, op, name string, text []byte) error {
	return d.with(ctx, op, func(files remoteFiles) error {
		_, err := files.size(d.path(name))
		if err == nil {
			return clip.Errorf(clip.Conflict, op, "it is there already")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		part := d.path(hiddenName(name))
		if err := files.write(part, bytes.NewReader(text), 0); err != nil {
			return err
		}
		if err = files.claim(part, d.path(name)); errors.Is(err, fs.ErrExist) {
			err = clip.Errorf(clip.Conflict, op, "it is there already")
		}
		return err
	})
}

// read gets a document.
func (d *fileServer) read(ctx context.Context, op, name string) (text []byte, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readTime, fmt.Errorf("no answer within %s", readTime))
	defer cancel()
	err = d.with(ctx, op, func(files remoteFiles) error {
		r, err := files.open(d.path(name))
		if err != nil {
			return err
		}
		text, err = io.ReadAll(io.LimitReader(r, maxAnswer))
		return errors.Join(err, r.Close())
	})
	return text, err
}

// remove removes files and what an interrupted upload of them left.
func (d *fileServer) remove(ctx context.Context, op string, names []string) error {
	return d.with(ctx, op, func(files remoteFiles) error {
		for _, name := range names {
			for _, name := range []string{name, hiddenName(name)} {
				if err := files.remove(d.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
		return nil
	})
}

func (d *fileServer) path(name string) string { return path.Join(d.dir, name) }

func (d *fileServer) at(name string) string {
	at := url.URL{Scheme: d.protocol, Host: d.address, Path: path.Join("/", d.path(name))}
	return at.String()
}

// hostPort reads the address of a server that is not called by HTTP.
func hostPort(op, server, port string) (string, error) {
	host, given, err := net.SplitHostPort(server)
	if err != nil {
		host, given = server, port
	}
	if host == "" || given == "" || strings.ContainsAny(host, "/@ ") {
		return "", clip.Errorf(clip.Invalid, op, "server: write a host such as drop.partner.example, and :port where it is not %s", port)
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), given), nil
}

// heldConn ends when its context does, or when nothing moved for too long.
type heldConn struct {
	net.Conn
	stop func() bool
}

func newHeldConn(ctx context.Context, conn net.Conn) *heldConn {
	return &heldConn{conn, context.AfterFunc(ctx, func() { _ = conn.Close() })} // that is the point
}

// Read reads on.
func (c *heldConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(stallTime)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write writes on.
func (c *heldConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(stallTime)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// Close ends the connection.
func (c *heldConn) Close() error {
	c.stop()
	return c.Conn.Close()
}
