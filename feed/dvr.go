package feed

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// The files of a feed's DVR.
const (
	playlistName  = "index.m3u8"
	stateName     = "recorder.json"
	lockName      = "recorder.lock"
	quarantineDir = "quarantine" // what a crash left half-written, for an engineer to look at
	partSuffix    = ".part"
	openSuffix    = ".open" // a segment that is still being received
)

// dvr is the directory of one feed.
type dvr struct {
	root string
	feed clip.FeedID
}

// state is what the recorder keeps beside the catalogue. Losing it costs
// fetching a window again.
type state struct {
	Epoch clip.EpochID `json:"epoch"` // the highest ever used
	Seq   int64        `json:"seq"`   // of the last segment that the catalogue took
	Place string       `json:"place"` // where that one lay in the source
}

func (d dvr) dir() string              { return filepath.Join(d.root, string(d.feed)) }
func (d dvr) path(name string) string  { return filepath.Join(d.dir(), name) }
func (d dvr) below(name string) string { return string(d.feed) + "/" + name }

// segmentName is the file name of a segment.
func segmentName(seq int64, c clip.Container) string {
	if c == clip.FMP4 {
		return strconv.FormatInt(seq, 10) + ".m4s"
	}
	return strconv.FormatInt(seq, 10) + ".ts"
}

// segmentSeq reads a segment's file name.
func segmentSeq(name string) (int64, bool) {
	base, ok := strings.CutSuffix(name, ".ts")
	if !ok {
		base, ok = strings.CutSuffix(name, ".m4s")
	}
	n, err := strconv.ParseInt(base, 10, 64)
	return n, ok && err == nil && n > 0
}

// initName is the file name of an init segment.
func initName(b []byte) string { return "init-" + clip.DigestOf(b).Short() + ".mp4" }

// write puts a file in place whole: after a crash it is there complete or not
// at all. durable also waits until it is on the disk.
func (d dvr) write(name string, b []byte, durable bool) error {
	part := d.path(name + partSuffix)
	f, err := os.Create(part)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil && durable {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(part, d.path(name))
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(part)))
	}
	if durable {
		return d.sync()
	}
	return nil
}

// sync waits until the directory itself is on the disk.
func (d dvr) sync() error {
	f, err := os.Open(d.dir())
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// remove deletes the files of expired segments, and init segments that no held
// one needs.
func (d dvr) remove(gone, held []clip.Segment) error {
	var errs []error
	for _, s := range gone {
		errs = append(errs, ignoreMissing(os.Remove(d.path(filepath.Base(s.Path)))))
		used := func(h clip.Segment) bool { return h.Init == s.Init }
		if s.Init != "" && !slices.ContainsFunc(held, used) {
			errs = append(errs, ignoreMissing(os.Remove(d.path(filepath.Base(s.Init)))))
		}
	}
	return errors.Join(errs...)
}

func (d dvr) readState() state {
	var s state
	if b, err := os.ReadFile(d.path(stateName)); err == nil && json.Unmarshal(b, &s) != nil {
		return state{}
	}
	return s
}

func (d dvr) writeState(s state) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return d.write(stateName, b, false)
}
