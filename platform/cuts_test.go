package platform_test

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// cuts cuts connections on the side of a server: what it was told before the
// cut it does, and what it says after it is lost.
type cuts struct {
	mu      sync.Mutex
	planned bool
	said    bool  // cut what the server says, not what it is told
	after   int64 // so many bytes
	last    *cutConn
	all     atomic.Int64 // what all connections were told
}

// told gives how much all connections were told since it was asked last.
func (c *cuts) told() int64 { return c.all.Swap(0) }

// next plans a cut of the next connection.
func (c *cuts) next(said bool, after int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planned, c.said, c.after = true, said, after
}

// pending reports whether no connection came that the cut could be made to.
func (c *cuts) pending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.planned
}

// lastConn gives how much the last connection was told, and said.
func (c *cuts) lastConn() (told, said int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last.mu.Lock()
	defer c.last.mu.Unlock()
	return c.last.told, c.last.said
}

// cutListener makes the connections of a server ones that can be cut.
type cutListener struct {
	net.Listener
	cuts *cuts
}

// Accept gives the next connection.
func (l cutListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.cuts.mu.Lock()
	defer l.cuts.mu.Unlock()
	made := &cutConn{Conn: conn, all: &l.cuts.all, maxTold: -1, maxSaid: -1}
	if l.cuts.planned {
		l.cuts.planned = false
		if l.cuts.said {
			made.maxSaid = l.cuts.after
		} else {
			made.maxTold = l.cuts.after
		}
	}
	l.cuts.last = made
	return made, nil
}

// cutConn ends after so many bytes; negative: it does not.
type cutConn struct {
	net.Conn
	maxTold, maxSaid int64
	all              *atomic.Int64

	mu         sync.Mutex
	told, said int64
}

// Read reads what the server is told.
func (c *cutConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	left := c.maxTold - c.told
	c.mu.Unlock()
	if c.maxTold >= 0 && left <= 0 {
		return 0, c.cut()
	}
	if c.maxTold >= 0 {
		p = p[:min(int64(len(p)), left)]
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told += int64(n)
	c.all.Add(int64(n))
	return n, err
}

// Write writes what the server says.
func (c *cutConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	left := c.maxSaid - c.said
	c.said += int64(len(p))
	c.mu.Unlock()
	if c.maxSaid >= 0 && int64(len(p)) > left {
		_, _ = c.Conn.Write(p[:max(left, 0)]) // the rest is lost
		return 0, c.cut()
	}
	return c.Conn.Write(p)
}

func (c *cutConn) cut() error {
	_ = c.Conn.Close() // that is the point
	return net.ErrClosed
}

// cutBench is a file server whose connections can be cut.
type cutBench struct {
	*platformtest.Bench
	*cuts
	dir string
}

// testCuts cuts the connection of each step at many places. Whatever was lost,
// the post is there once afterwards, whole, and can be taken back.
func testCuts(t *testing.T, b cutBench) {
	sample := platformtest.Sample{Video: make([]byte, 100_000), Cover: []byte("cover"), Captions: []byte("WEBVTT\n")}
	told, said := b.measure(t, sample)
	lost := 0
	for _, step := range []clip.Step{clip.StepUpload, clip.StepPublish, clip.StepRetract} {
		for _, says := range []bool{true, false} {
			whole := told[step]
			if says {
				whole = said[step]
			}
			for i := range int64(cutPlaces) {
				after := whole * (2*i + 1) / (2 * cutPlaces)
				t.Run(fmt.Sprintf("%s/said=%t/%d of %d", step, says, after, whole), func(t *testing.T) {
					lost += b.cut(t, sample, step, says, after)
				})
			}
		}
	}
	if lost == 0 {
		t.Error("no answer was lost so that the post may or may not have been there")
	}
}

// cutPlaces is how many places of a connection are tried in each direction.
const cutPlaces = 12

// measure takes a post through its life, and tells how much each step's
// connection carries.
func (b cutBench) measure(t *testing.T, sample platformtest.Sample) (told, said map[clip.Step]int64) {
	t.Helper()
	told, said = map[clip.Step]int64{}, map[clip.Step]int64{}
	d := b.drive(sample, "measured")
	for range 20 {
		step := d.Step(t)
		if step == clip.StepNone && d.Post.Retract {
			break
		}
		if step == clip.StepNone {
			d.Post.Retract = true
			continue
		}
		if step != clip.StepIntend {
			told[step], said[step] = b.lastConn()
		}
	}
	if d.Post.State != clip.PostRetracted || len(d.Errors) > 0 {
		t.Fatalf("the post is %s: %v", d.Post.State, d.Errors)
	}
	return told, said
}

func (b cutBench) drive(sample platformtest.Sample, id string) *platformtest.Drive {
	return &platformtest.Drive{Account: b.Account, Media: sample.Media(), Now: time.Now(), Post: sample.Post(id, "Gold of "+id)}
}

// cut cuts one connection of one step, and tells how often that left it open
// whether the post is there.
func (b cutBench) cut(t *testing.T, sample platformtest.Sample, at clip.Step, said bool, after int64) (ambiguous int) {
	d := b.drive(sample, "cut")
	for d.Post.Next(d.Now) != at {
		if d.Step(t) == clip.StepNone {
			d.Post.Retract = true
		}
	}
	b.next(said, after)
	d.Run(t)
	if b.pending() {
		t.Error("nothing was cut")
	}
	if at != clip.StepRetract {
		found := b.Posted(t, d.Post.Text)
		if d.Post.State != clip.PostConfirmed || len(found) != 1 {
			t.Fatalf("the post is %s, and there %d times: %v", d.Post.State, len(found), d.Errors)
		}
		b.SameVideo(t, sample.Video, found[0].Video)
	}
	d.Post.Retract = true
	d.Run(t)
	if left := tree(t, b.dir); d.Post.State != clip.PostRetracted || len(left) > 0 {
		t.Errorf("after the retraction it is %s, and %v is left: %v", d.Post.State, left, d.Errors)
	}
	for _, err := range d.Errors {
		switch kind := clip.KindOf(err); kind {
		case clip.Ambiguous:
			ambiguous++
		case clip.Unavailable:
		default:
			t.Errorf("a cut connection is %s: %v", kind, err)
		}
	}
	return ambiguous
}
