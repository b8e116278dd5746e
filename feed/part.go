package feed

import (
	"bytes"
	"errors"
	"os"
	"strings"
)

// openSegment is the file of the segment that is being received. What is
// written to it survives the end of this program, however it ends; the disk
// has it for good only once the segment is closed.
type openSegment struct {
	file *os.File // nil: none
	size int64
}

// part keeps a part of the open segment where a crash cannot lose it. A part
// that could not be kept costs nothing but that: the piece has it again.
func (r *recording) part(p Piece) {
	if p.Arrived.After(r.heard) {
		r.heard = p.Arrived
	}
	if len(p.Bytes) == 0 {
		return
	}
	if err := r.open.add(r.dvr.path(segmentName(r.seq, p.Container)+openSuffix), p); err != nil {
		r.open.drop()
		r.note("the open segment could not be kept", err)
	}
}

func (o *openSegment) add(path string, p Piece) error {
	if o.file == nil {
		if p.asParts != 0 {
			return nil // its beginning could not be kept
		}
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		o.file, o.size = f, 0
	}
	if at := int64(p.asParts); at < o.size { // the source took the end of it back, or began it anew
		if err := o.file.Truncate(at); err != nil {
			return err
		}
	}
	n, err := o.file.WriteAt(p.Bytes, int64(p.asParts))
	o.size = int64(p.asParts + n)
	return err
}

// finish makes the open segment the whole one under its final name.
func (o *openSegment) finish(path string, p Piece) error {
	f := o.file
	_, err := f.WriteAt(p.Bytes[p.asParts:], int64(p.asParts))
	if err == nil {
		err = f.Truncate(int64(len(p.Bytes)))
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		o.drop()
		return err
	}
	o.file = nil
	return f.Close()
}

// drop gives the open segment up.
func (o *openSegment) drop() {
	if o.file == nil {
		return
	}
	_ = os.Remove(o.file.Name()) // it is of no use; a new start clears it away too
	_ = o.file.Close()
	o.file = nil
}

// leave lets go of the open segment's file: the next recorder completes it.
func (o *openSegment) leave() {
	if o.file != nil {
		_ = o.file.Close() // what was written is with the kernel
	}
}

// closeOpen makes what a crash left of an open segment a whole one: it ends
// with its last picture that is certainly complete. The name is empty where
// there is none.
func (d dvr) closeOpen(name string) (string, error) {
	b, err := os.ReadFile(d.path(name))
	if err != nil {
		return "", err
	}
	whole, ok := wholePictures(b)
	if !ok {
		return "", ignoreMissing(os.Remove(d.path(name)))
	}
	final := strings.TrimSuffix(name, openSuffix)
	if err := rewrite(d.path(name), whole); err != nil {
		return "", err
	}
	return final, errors.Join(os.Rename(d.path(name), d.path(final)), d.sync())
}

// rewrite shortens a file in place, and leaves it as old as it was. It takes no
// room: a full disk must not keep a recorder from starting, which alone makes
// some.
func rewrite(path string, b []byte) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Truncate(int64(len(b)))
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Chtimes(path, st.ModTime(), st.ModTime()))
}

// wholePictures is a transport stream without its last picture, of which
// nobody knows whether it is complete. Sound after it stays.
func wholePictures(b []byte) ([]byte, bool) {
	b = written(b[:len(b)/packetSize*packetSize])
	prog, err := findProgram(b)
	if err != nil {
		return nil, false
	}
	first, last := -1, -1
	for i := 0; i < len(b); i += packetSize {
		if p, ok := takeApart(b[i : i+packetSize]); ok && p.pid == prog.video && p.start {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first == last {
		return nil, false
	}
	return withoutPictures(bytes.Clone(b), last, prog.video), true
}

// written is a transport stream up to the first packet of which the disk only
// has the place: after a power cut a file can be as long as it was, with zeros
// where nothing was written yet.
func written(b []byte) []byte {
	var nothing [packetSize]byte
	for i := 0; i < len(b); i += packetSize {
		if bytes.Equal(b[i:i+packetSize], nothing[:]) {
			return b[:i]
		}
	}
	return b
}
