package dvr

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// way is how a broadcast is sent to us. Its URLs have a port each.
type way struct {
	feed   string // what is recorded
	format string // ffmpeg's
	send   string // where it sends to
	called bool   // we call the sender
	wire   bool   // over TCP
	more   []string
}

// copyts keeps the programme's times.
var copyts = []string{"-copyts"}

var (
	overUDP       = way{feed: "udp://127.0.0.1:%d", format: "mpegts", send: "udp://127.0.0.1:%d?pkt_size=1316", more: copyts}
	overRTP       = way{feed: "rtp://127.0.0.1:%d", format: "rtp_mpegts", send: "rtp://127.0.0.1:%d?pkt_size=1328", more: copyts}
	overSRT       = way{feed: "srt://127.0.0.1:%d?mode=listener&latency=5000", format: "mpegts", send: "srt://127.0.0.1:%d?pkt_size=1316&linger=5&tlpktdrop=0", more: copyts}
	overSRTCalled = way{feed: "srt://127.0.0.1:%d?latency=5000", format: "mpegts", send: "srt://127.0.0.1:%d?mode=listener&pkt_size=1316&linger=5&tlpktdrop=0", called: true, more: copyts}
	overRTMP      = way{feed: "rtmp://127.0.0.1:%d/live/key?mode=listener", format: "flv", send: "rtmp://127.0.0.1:%d/live/key", wire: true}
	overRTMPPull  = way{feed: "rtmp://127.0.0.1:%d/live/key", format: "flv", send: "rtmp://127.0.0.1:%d/live/key", more: []string{"-listen", "1"}, called: true, wire: true}
)

// rawFault is a way in which a broadcast that is sent goes wrong, and what must
// be recorded of it.
type rawFault struct {
	name       string
	way        way
	programmes []numbered // one for each run of the encoder
	network    network
	killed     bool          // the encoder is, in its first run, once two segments are held
	between    time.Duration // until it runs again

	epochs  int
	gone    func(b badness) (from, to int) // pictures that may be missing; nil: none
	last    bool                           // the very last picture is there too: the sender hung up
	said    string                         // in the feed's health
	stalled bool                           // the feed's state was that
	back    bool                           // and recording again soon after the relay, or the encoder, returned
	damaged bool                           // pictures are damaged: a cut has the right number of them
}

// What is promised of feeds that are sent: recording goes on within 5 s. These
// machines do other things too; what was measured is logged.
const rawBackWithin = 10 * time.Second

// TestRawFaults records what real senders send through a bad network, and cuts
// across what went wrong: the cut is exact, or the plan names exactly the range
// that is missing.
func TestRawFaults(t *testing.T) {
	t.Parallel()
	engine, err := media.New("ffmpeg", "ffprobe", quietLog())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rawFaults(t) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.prove(t, engine)
		})
	}
}

// badness is a bad network that somebody calls through.
type badness interface {
	fmt.Stringer
	port() int
	fell() time.Time // when the silence began
	back() time.Time // and ended
	resumedAt() int  // with this picture
}

// aired is what there is after a row: the recording, and what was done to it.
type aired struct {
	*recording
	watched *watcher
	relay   badness
	encoder *encoder
}

// air lets the row happen.
func (f rawFault) air(t *testing.T) aired {
	t.Helper()
	port := freePort(t)
	x := aired{recording: &recording{}}
	twoSegments := func() bool { return len(x.index(t).Segments) >= 2 }
	if f.way.wire {
		x.relay = newWire(t, port, f.network, twoSegments)
	} else {
		x.relay = newRelay(t, port, f.network, f.programmes[0])
	}
	feedPort, sendPort := port, x.relay.port()
	if f.way.called {
		feedPort, sendPort = sendPort, feedPort
	}
	url := fmt.Sprintf(f.way.feed, feedPort)
	*x.recording = *begin(t, url)
	x.watched = x.watch()
	ctx, stop := context.WithCancel(t.Context())
	recorded := make(chan error)
	go func() { recorded <- x.recorder(t, url).Run(ctx) }()
	if !f.way.called {
		listens(t, port, f.way.wire)
	}
	x.encoder = &encoder{format: f.way.format, url: fmt.Sprintf(f.way.send, sendPort), more: f.way.more, programmes: f.programmes, between: f.between}
	if f.killed {
		x.encoder.kill = twoSegments
	}
	x.encoder.play(t)
	x.encoder.over.Wait()
	f.settle(t, x)
	stop()
	<-recorded
	x.watched.end()
	return x
}

// listens waits until somebody listens to a port.
func listens(t *testing.T, port int, wire bool) {
	t.Helper()
	free := func() bool {
		address := fmt.Sprintf("127.0.0.1:%d", port)
		var c io.Closer
		var err error
		if wire {
			c, err = net.Listen("tcp", address)
		} else {
			c, err = net.ListenPacket("udp", address)
		}
		if err == nil {
			c.Close()
		}
		return err == nil
	}
	for deadline := time.Now().Add(30 * time.Second); free(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody listens")
		}
	}
}

// settle waits until the end of the last programme is recorded.
func (f rawFault) settle(t *testing.T, x aired) {
	t.Helper()
	last := f.programmes[len(f.programmes)-1]
	end := last.from + len(last.segments)*inSegment
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if n := x.byTime(t, f); len(x.index(t).Timeline) >= f.epochs && len(n) > 0 && n[len(n)-1] >= end-5 {
			return
		}
	}
}

// prove compares.
func (f rawFault) prove(t *testing.T, engine *media.Engine) {
	x := f.air(t)
	t.Log(x.relay)
	numbers := x.byTime(t, f)
	if len(numbers) == 0 {
		t.Fatal("nothing is recorded")
	}
	if !f.damaged {
		if seen := x.byContent(t); !slices.Equal(seen, numbers) {
			t.Errorf("the index has pictures %s, the files %s", runs(numbers), runs(seen))
		}
	}
	f.complete(t, x, numbers)
	fault{epochs: f.epochs}.index(t, x.recording, numbers)
	f.health(t, x)
	x.pair(t, numbers)
	spans := x.across(numbers, 2*time.Second)
	x.leaveOut(f.programmes)
	for _, span := range spans {
		if end := x.truth[len(x.truth)-1].at.Add(-200 * time.Millisecond); span.Out.After(end) {
			span.Out = end // what comes last may still grow
		}
		x.compare(t, engine, span, f.damaged)
	}
}

// compare cuts a span. Of what is damaged only the number of pictures is known.
func (x aired) compare(t *testing.T, e *media.Engine, span clip.Span, damaged bool) {
	t.Helper()
	if !damaged {
		x.check(t, e, span)
		return
	}
	numbers, missing := x.want(span)
	got, lacks := x.cut(t, e, span)
	if len(got) != len(numbers) || !sameSpans(lacks, missing) {
		t.Errorf("%s: %d pictures, without %v; want %d, without %v", span, len(got), lacks, len(numbers), missing)
	}
}

// leaveOut takes out of the truth what cannot be decoded: what follows a picture
// that is missing, until the next key frame.
func (x *aired) leaveOut(programmes []numbered) {
	there, lost := map[int]bool{}, map[int]bool{}
	for _, s := range x.truth {
		there[s.number] = true
	}
	for _, p := range programmes {
		off := false
		for _, f := range pictures(p.bytes()) {
			n := p.from + int((f.pts-p.start())/(clip.TickRate/rate))
			if off = !there[n] || off && !f.key; off {
				lost[n] = true
			}
		}
	}
	x.truth = slices.DeleteFunc(x.truth, func(s shown) bool { return lost[s.number] })
}

// complete compares what is recorded with what was sent.
func (f rawFault) complete(t *testing.T, x aired, numbers []int) {
	t.Helper()
	var want []int
	for _, p := range f.programmes {
		want = append(want, p.numbers(0, len(p.segments))...)
	}
	if !f.last {
		want = want[:len(want)-1] // it may not be whole
	}
	from, to := 0, 0
	if f.gone != nil {
		from, to = f.gone(x.relay)
	}
	lost := slices.DeleteFunc(want, func(n int) bool {
		return n >= from && n < to || slices.Contains(numbers, n)
	})
	if len(lost) > 0 {
		t.Errorf("recorded are %s; %s are lost, and only %d–%d may be", runs(numbers), runs(lost), from, to-1)
	}
	t.Logf("recorded: %s", runs(numbers))
}

// health compares what an operator sees.
func (f rawFault) health(t *testing.T, x aired) {
	t.Helper()
	if said := strings.Join(x.watched.texts(), " | "); !strings.Contains(said, f.said) {
		t.Errorf("health said %q, want %q", said, f.said)
	}
	if h := x.watched.seen[len(x.watched.seen)-1].health; f.epochs == 1 && h.Gaps != x.holes(t) {
		t.Errorf("%d gaps, want %d", h.Gaps, x.holes(t))
	}
	if f.stalled {
		took := x.watched.until(clip.FeedStalled, x.relay.fell())
		switch {
		case took == 0:
			t.Errorf("the feed was never stalled: %v", x.watched.states())
		case took > seenWithin:
			t.Errorf("the stall was seen after %s", took)
		default:
			t.Logf("the stall was seen after %s", took.Round(10*time.Millisecond))
		}
	}
	if f.back {
		from := x.relay.back()
		if at := x.encoder.again(); at.After(from) {
			from = at
		}
		state, took := x.watched.until(clip.FeedRecording, from), x.watched.next(from)
		switch {
		case from.IsZero() || took == 0:
			t.Errorf("it came back at %s; nothing was recorded after that", from)
		case max(state, took) > rawBackWithin:
			t.Errorf("recording went on %s after it came back, and the next segment was held after %s", state, took)
		default:
			t.Logf("recording went on %s after it came back, and the next segment was held after %s", state.Round(10*time.Millisecond), took.Round(10*time.Millisecond))
		}
	}
}

// byTime are the numbers of the pictures in the index, by their times: each run
// of the encoder is an epoch. Over RTMP a programme's times begin anew.
func (x aired) byTime(t *testing.T, f rawFault) (numbers []int) {
	t.Helper()
	rec := x.index(t)
	for i, e := range rec.Timeline {
		var own []int
		p := f.programmes[min(i, len(f.programmes)-1)]
		start := p.start()
		if f.way.wire {
			start = e.First
		}
		for _, s := range rec.Segments {
			for _, f := range s.Frames {
				if s.Epoch == e.ID {
					own = append(own, p.from+int((f.PTS-start+1800)/(clip.TickRate/rate)))
				}
			}
		}
		slices.Sort(own)
		numbers = append(numbers, own...)
	}
	return numbers
}

// byContent are the numbers that the recorded pictures show.
func (r *recording) byContent(t *testing.T) (numbers []int) {
	t.Helper()
	rec := r.index(t)
	for _, e := range rec.Timeline {
		var all []byte
		for _, s := range rec.Segments {
			if s.Epoch != e.ID {
				continue
			}
			b, err := os.ReadFile(filepath.Join(r.dir, "dvr", filepath.FromSlash(s.Path)))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		file := filepath.Join(t.TempDir(), "epoch.ts")
		if err := os.WriteFile(file, all, 0o644); err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, read(t, file)...)
	}
	return numbers
}

// start is the time of a programme's first picture.
func (n numbered) start() clip.Ticks {
	all := pictures(n.segments[0][slices.Index(n.segments[0], 0x47):])
	first := all[0].pts
	for _, f := range all {
		first = min(first, f.pts)
	}
	return first
}

// bytes is all of a programme.
func (n numbered) bytes() []byte { return bytes.Join(n.segments, nil) }

// until is how long after an instant the feed was seen in a state; zero: it was
// not.
func (w *watcher) until(state clip.FeedState, from time.Time) time.Duration {
	for _, s := range w.seen {
		if s.at.After(from) && s.health.State == state {
			return s.at.Sub(from)
		}
	}
	return 0
}
