package feed

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// DiskState is how much room the disk of the recordings has.
type DiskState int

// The states of a disk, each worse than the one before.
const (
	DiskFine  DiskState = iota
	DiskWarn            // somebody should look
	DiskShort           // recordings reach less far back than they should
	DiskFull            // no new moment is taken; recording goes on, with the shortest window
)

// String is the state for people.
func (s DiskState) String() string {
	return [...]string{"fine", "filling up", "short", "full"}[s]
}

// mark is a watermark: a state begins when less is free than a share of the
// disk, in thousandths, and than a number of bytes that no share of a large
// disk need exceed.
type mark struct {
	share int64
	most  int64
}

func (m mark) of(total int64) int64 { return min(clip.Rescale(total, m.share, 1000), m.most) }

var watermarks = [...]mark{DiskWarn: {150, 30 << 30}, DiskShort: {50, 10 << 30}, DiskFull: {20, 2 << 30}}

// leaveAt is how much more than a state's watermark must be free until the
// state is over, in thousandths of the watermark, so that it does not flicker.
const leaveAt = 1400

// next is the state after free bytes of total were seen.
func (s DiskState) next(free, total int64) DiskState {
	for worse := DiskFull; worse > DiskFine; worse-- {
		limit := watermarks[worse].of(total)
		if s >= worse {
			limit = clip.Rescale(limit, leaveAt, 1000)
		}
		if free < limit {
			return worse
		}
	}
	return DiskFine
}

// Disk watches the disk of a DVR's root for all its recorders. Its methods may
// be called by many at once.
type Disk struct {
	Dir   string
	Space func(dir string) (free, total int64, err error) // nil: ask the system
	Now   func() time.Time                                // nil: time.Now
	Log   logrus.FieldLogger                              // nil: nobody is told when the state changes

	mu          sync.Mutex
	looked      time.Time
	state       DiskState
	free, total int64
	reserved    bool // the reserve is there
	feeds       map[clip.FeedID]filling
}

// lookEvery is how old what is known of the disk may be.
const lookEvery = 2 * time.Second

// filling is a recording that grows until it reaches as far back as it should.
type filling struct {
	rate   int64 // bytes a second
	held   time.Duration
	window time.Duration
	at     time.Time
}

// State looks at the disk, at most every two seconds. A disk that cannot be
// looked at keeps its state.
func (d *Disk) State() DiskState {
	state, _ := d.look()
	return state
}

// look gives the disk's state and how many bytes are free.
func (d *Disk) look() (DiskState, int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if now.Sub(d.looked) < lookEvery && !d.looked.IsZero() {
		return d.state, d.free
	}
	look := d.Space
	if look == nil {
		look = space
	}
	free, total, err := look(d.Dir)
	if d.looked = now; err == nil && total > 0 {
		before := d.state
		d.free, d.total, d.state = free, total, before.next(free, total)
		d.tell(before)
		d.keepReserve()
	}
	return d.state, d.free
}

// tell logs a change of the state, once for all recorders.
func (d *Disk) tell(before DiskState) {
	if d.Log == nil || d.state == before {
		return
	}
	log := d.Log.WithFields(logrus.Fields{"disk": d.state.String(), "free_mb": d.free >> 20, "total_mb": d.total >> 20})
	if d.state < before {
		log.Info("the disk of the recordings has more room")
		return
	}
	log.Warn("the disk of the recordings has less room")
}

func (d *Disk) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// CheckRoom refuses new work while the disk is full.
func (d *Disk) CheckRoom() error {
	state, free := d.look()
	if state < DiskFull {
		return nil
	}
	return clip.Errorf(clip.Full, "take a moment", "the disk of the recordings is full (%d MB are free): recording goes on with the shortest window; make room, or add a disk, and flag it again", free>>20)
}

// forecast notes how a recording grows and says when, at the pace of all of
// them, the disk will force it to a shorter window, and to what. The zero time
// is: not in sight.
func (d *Disk) forecast(id clip.FeedID, f filling) (at time.Time, to time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.at = d.now()
	if d.feeds == nil {
		d.feeds = map[clip.FeedID]filling{}
	}
	d.feeds[id] = f
	var all []filling
	for id, o := range d.feeds { // any order does
		if f.at.Sub(o.at) > time.Minute {
			delete(d.feeds, id) // no longer recorded
			continue
		}
		all = append(all, o)
	}
	room := d.free - watermarks[DiskShort].of(d.total)
	if d.total == 0 || f.held >= f.window {
		return time.Time{}, 0
	}
	last, ok := lastsFor(all, room)
	if !ok || f.held+last >= f.window {
		return time.Time{}, 0
	}
	return f.at.Add(last), f.held + last
}

// lastsFor is how long a number of bytes lasts for recordings that each grow
// until they reach as far back as they should. It is not ok when it is enough
// for all of them.
func lastsFor(all []filling, room int64) (time.Duration, bool) {
	grow := slices.DeleteFunc(slices.Clone(all), func(f filling) bool { return f.held >= f.window || f.rate <= 0 })
	slices.SortFunc(grow, func(a, b filling) int { return cmp.Compare(a.window-a.held, b.window-b.held) })
	passed := time.Duration(0)
	for len(grow) > 0 {
		rate := int64(0)
		for _, f := range grow {
			rate += f.rate
		}
		step := grow[0].window - grow[0].held - passed
		needed := clip.Rescale(rate, int64(step), int64(time.Second))
		if needed > room {
			return passed + time.Duration(clip.Rescale(max(0, room), int64(time.Second), rate)), true
		}
		room, passed, grow = room-needed, passed+step, grow[1:]
	}
	return 0, false
}
