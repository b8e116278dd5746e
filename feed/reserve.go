package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ovation-live/ovation/clip"
)

// A full disk cannot even be made room on: that old segments go is written to
// the catalogue before they do, and the catalogue lies on the same disk. So
// room for that is kept in a file, which is given up when it is needed, and
// taken back when the disk is no longer short.
const (
	reserveName  = ".reserve"
	reserveShare = 250     // of a disk that is tiny, in thousandths
	reserveMost  = 8 << 20 // twice what the catalogue's log grows to before it begins anew
)

// keepReserve takes room for hard times. The caller has the lock.
func (d *Disk) keepReserve() {
	if d.reserved || d.state >= DiskShort {
		return
	}
	size := min(clip.Rescale(d.total, reserveShare, 1000), reserveMost)
	d.reserved = os.WriteFile(filepath.Join(d.Dir, reserveName), make([]byte, size), 0o644) == nil
}

// release gives the room up.
func (d *Disk) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = os.Remove(filepath.Join(d.Dir, reserveName)) // it may be gone already
	d.reserved = false
}

// makeRoomNow lets the oldest tenth of the recording go, and one segment at
// least, because the disk is full to the last byte: what airs now is wanted
// more than what aired first. It reports whether something went.
func (r *recording) makeRoomNow(ctx context.Context) bool {
	const least = 2 // segments that stay in any case
	if r.Disk != nil {
		r.Disk.release()
	}
	n := len(r.held)
	if n <= least {
		return false
	}
	first, window := r.held[0], r.window()
	before := window.In.Add(window.Duration() / 10)
	if end := first.Start.Add(first.Duration()); before.Before(end) {
		before = end
	}
	r.expire(ctx, before, 0)
	return len(r.held) < n
}

// withRoom writes, and once more after making room if the disk is full.
func (r *recording) withRoom(ctx context.Context, write func() error) error {
	err := write()
	if errors.Is(err, syscall.ENOSPC) {
		r.crowded = r.now()
		r.note("the disk is full: the window is shortened", err)
		if r.makeRoomNow(ctx) {
			err = write()
		}
	}
	return err
}
