package feed

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// sim is a broadcast whose clock is not right, recorded without waiting.
type sim struct {
	name   string
	ppm    float64                                            // the feed's clock runs that much fast
	wander float64                                            // and by that much more, back and forth, over two hours
	stated func(at time.Time, r *rand.Rand) time.Time         // what the source says of an instant; nil: nothing
	delay  func(at time.Duration, r *rand.Rand) time.Duration // of arrivals, beyond the least
	within time.Duration                                      // the error that is allowed
	after  time.Duration                                      // once that long has gone by
	bends  int                                                // no more than so many
	steps  int                                                // that many are noted
}

// outcome is what came of a sim.
type outcome struct {
	worst, last time.Duration
	worstAt     time.Duration
	bends       int
	steps       []time.Duration
	meter       driftmeter
	epoch       clip.Epoch
}

func (s sim) run(t *testing.T, length time.Duration) outcome {
	const piece = 2 * time.Second
	r := rand.New(rand.NewPCG(1, uint64(math.Float64bits(s.ppm))))
	began := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
	var o outcome
	var e clip.Epoch
	first := clip.Wrap - 1000*clip.TickRate // it wraps on the way
	for at := time.Duration(0); at < length; at += piece {
		turn := 2 * math.Pi * at.Hours() / 2
		rate := 1 + (s.ppm+s.wander*math.Sin(turn))/1e6
		end := first + clip.Ticks(math.Round(float64(clip.TicksOf(piece))*rate))
		truth := began.Add(at)
		p := Piece{Arrived: truth.Add(piece)}
		if s.delay != nil {
			p.Arrived = p.Arrived.Add(s.delay(at, r))
		}
		if s.stated != nil {
			p.ProgramTime = s.stated(truth, r)
		}
		if e.ID == 0 {
			e = begin(1, clip.Epoch{}, Content{First: first, End: end}, p, clip.Format{}, "")
			e.End = first
		}
		before := e
		var step time.Duration
		if e, step = o.meter.follow(e, first, end, p); step != 0 {
			o.steps = append(o.steps, step.Round(10*time.Millisecond))
		}
		if _, err := e.Grow(before); err != nil {
			t.Fatalf("%s at %s: %v", s.name, at, err)
		}
		if len(e.Bends) != len(before.Bends) {
			o.bends++
		}
		e.End = end
		o.last = e.Time(first).Sub(truth)
		if at >= s.after && o.last.Abs() > o.worst.Abs() {
			o.worst, o.worstAt = o.last, at
		}
		first = end
	}
	o.epoch = e
	return o
}

func exactly(at time.Time, _ *rand.Rand) time.Time { return at }

// jittery gives delays as a network has them, most of them short.
func jittery(mean time.Duration) func(time.Duration, *rand.Rand) time.Duration {
	return func(_ time.Duration, r *rand.Rand) time.Duration {
		return time.Duration(r.ExpFloat64() * float64(mean))
	}
}

// polled is how late segments of two seconds are seen in a playlist that is
// asked for a little more often than they come.
func polled(drag time.Duration) func(time.Duration, *rand.Rand) time.Duration {
	return func(at time.Duration, _ *rand.Rand) time.Duration {
		return time.Duration(int64(at/(2*time.Second))*int64(drag)) % (2 * time.Second)
	}
}

// TestDrift keeps programme time in step for six hours: ±100 ppm within a
// frame of 25 a second, as the wall clock of the source would have it.
func TestDrift(t *testing.T) {
	const ms = time.Millisecond
	noisy := func(at time.Time, r *rand.Rand) time.Time {
		return at.Add(time.Duration(r.Int64N(int64(40*ms))) - 20*ms)
	}
	congested := func(at time.Duration, r *rand.Rand) time.Duration {
		d := jittery(30*ms)(at, r)
		if at%(20*time.Minute) > 17*time.Minute {
			d += 3 * time.Second
		}
		return d
	}
	for _, s := range []sim{
		{name: "a right clock", stated: exactly, within: ms, bends: 0},
		{name: "right, heard", delay: jittery(30 * ms), within: 40 * ms, after: 20 * time.Minute, bends: 20},
		{name: "stated, fast", ppm: 100, stated: exactly, within: 40 * ms, bends: 20},
		{name: "stated, slow", ppm: -100, stated: exactly, within: 40 * ms, bends: 20},
		{name: "stated by the millisecond, fast", ppm: 100, stated: func(at time.Time, _ *rand.Rand) time.Time { return at.Truncate(ms) }, within: 40 * ms, bends: 20},
		{name: "stated with jitter, slow", ppm: -100, stated: noisy, within: 40 * ms, bends: 60},
		{name: "stated, wandering", ppm: 50, wander: 50, stated: exactly, within: 40 * ms, bends: 60},
		{name: "heard at once, fast", ppm: 100, within: 40 * ms, bends: 20},
		{name: "heard, fast", ppm: 100, delay: jittery(30 * ms), within: 40 * ms, after: 20 * time.Minute, bends: 60},
		{name: "heard, slow", ppm: -100, delay: jittery(30 * ms), within: 40 * ms, after: 20 * time.Minute, bends: 60},
		{name: "heard, wandering", ppm: -50, wander: 50, delay: jittery(30 * ms), within: 40 * ms, after: 20 * time.Minute, bends: 60},
		{name: "heard through congestion", ppm: 100, delay: congested, within: 40 * ms, after: 20 * time.Minute, bends: 60},
		{name: "polled", ppm: 100, delay: polled(20 * ms), within: 200 * ms, after: 20 * time.Minute, bends: 60},
		{name: "polled nearly in step", ppm: -100, delay: polled(5 * ms), within: 300 * ms, after: 20 * time.Minute, bends: 60},
		{name: "frames counted as 25 that are 1000/1001 slower", ppm: -1000, stated: exactly, within: 100 * ms, bends: 20},
	} {
		t.Run(s.name, func(t *testing.T) {
			o := s.run(t, 6*time.Hour)
			t.Logf("worst %s at %s, last %s, %d bends, drift %d ppb", o.worst, o.worstAt, o.last, o.bends, -o.meter.trend.rate)
			if o.worst.Abs() > s.within || o.bends > s.bends || len(o.steps) != s.steps {
				t.Errorf("worst %s at %s, %d bends, steps %v; want within %s, %d bends, %d steps",
					o.worst, o.worstAt, o.bends, o.steps, s.within, s.bends, s.steps)
			}
		})
	}
}

// TestDriftSteps: a clock that is set is followed without a step.
func TestDriftSteps(t *testing.T) {
	const ms = time.Millisecond
	set := func(by time.Duration) func(time.Time, *rand.Rand) time.Time {
		return func(at time.Time, _ *rand.Rand) time.Time {
			if at.Hour() >= 19 {
				return at.Add(by)
			}
			return at
		}
	}
	for _, s := range []struct {
		sim
		last time.Duration // programme time less the first clock, in the end
		step []time.Duration
	}{
		{sim{name: "a second ahead", stated: set(time.Second)}, time.Second, []time.Duration{time.Second}},
		{sim{name: "a second back", stated: set(-time.Second)}, -time.Second, []time.Duration{-time.Second}},
		{sim{name: "five minutes back", stated: set(-5 * time.Minute)}, 0, []time.Duration{-5 * time.Minute}},
		{sim{name: "so far ahead that it is not believed", stated: set(5 * time.Minute)}, 0, nil},
		{sim{name: "less than people are told of", stated: set(300 * ms)}, 300 * ms, nil},
		{sim{name: "arrivals come sooner", delay: func(at time.Duration, _ *rand.Rand) time.Duration {
			if at >= time.Hour {
				return -time.Second
			}
			return 0
		}}, -time.Second, []time.Duration{-time.Second}},
		{sim{name: "arrivals come later for good", delay: func(at time.Duration, _ *rand.Rand) time.Duration {
			if at >= time.Hour {
				return time.Second
			}
			return 0
		}}, time.Second, []time.Duration{time.Second}},
		{sim{name: "one segment is stated wrongly", stated: func(at time.Time, _ *rand.Rand) time.Time {
			if at.Hour() == 19 && at.Minute() == 0 && at.Second() < 4 {
				return at.Add(-20 * time.Minute)
			}
			return at
		}}, 0, nil},
		{sim{name: "the first came late", delay: func(at time.Duration, _ *rand.Rand) time.Duration {
			if at == 0 {
				return 3 * time.Second
			}
			return 0
		}}, 0, nil},
		{sim{name: "a recording that is given at once", delay: func(at time.Duration, _ *rand.Rand) time.Duration { return -at }}, 0, nil},
	} {
		t.Run(s.name, func(t *testing.T) {
			o := s.run(t, 3*time.Hour)
			t.Logf("last %s, %d bends, steps %v", o.last, o.bends, o.steps)
			if !slices.Equal(o.steps, s.step) {
				t.Errorf("steps %v, want %v", o.steps, s.step)
			}
			if s.name == "five minutes back" { // 18 s an hour is all that it may do
				if -o.last < 35*time.Second || -o.last > 36*time.Second || o.epoch.Rate() != -clip.MaxRate {
					t.Errorf("programme time moved by %s", o.last)
				}
			} else if (o.last-s.last).Abs() > 10*ms || o.bends > 20 {
				t.Errorf("programme time is off by %s after %d bends, want %s", o.last, o.bends, s.last)
			}
			if off := o.meter.off(o.epoch); s.stated != nil && s.last == o.last.Round(10*ms) && off.Abs() > 10*ms {
				t.Errorf("its own idea of the error is %s", off)
			}
		})
	}
}

// FuzzDrift: whatever clocks do, what was recorded stays, and time goes on.
func FuzzDrift(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3}, true)
	f.Add([]byte{200, 0, 200, 0, 255, 255, 255, 1}, false)
	f.Fuzz(func(t *testing.T, steps []byte, stated bool) {
		var d driftmeter
		now := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
		e := clip.Epoch{ID: 1, First: clip.Wrap - 5, End: clip.Wrap - 5, Start: now}
		for i := range 400 {
			if len(steps) == 0 {
				return
			}
			b := steps[i%len(steps)]
			first := e.End + clip.Ticks(int8(b))*100
			end := first + clip.Ticks(b)*2000
			now = now.Add(time.Duration(b) * 22 * time.Millisecond * time.Duration(1+i/100))
			p := Piece{Arrived: now}
			if stated != (b == 77) {
				p.ProgramTime = now.Add(-time.Duration(b) * time.Duration(b) * time.Duration(i) * time.Millisecond)
			}
			then := e
			e, _ = d.follow(e, first, end, p)
			if _, err := e.Grow(then); err != nil || !e.Time(then.End).Equal(then.Time(then.End)) {
				t.Fatalf("%v: %+v became %+v", err, then, e)
			}
			e.End = max(e.End, end)
		}
	})
}

// TestRecordDrift records real media whose source states that its clock runs
// 1000 ppm fast.
func TestRecordDrift(t *testing.T) {
	pieces := segments(t, made(t, "drift", source("25", 110), h264(25, false), hls("mpegts")))
	now := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
	for i := range pieces {
		pieces[i].ProgramTime = now
		now = now.Add(1998 * time.Millisecond)
		pieces[i].Arrived = now
	}
	m, dir := newMemory(), t.TempDir()
	stop := startRecorder(t, clip.Feed{ID: "match"}, &script{pieces: pieces}, dir, m)
	eventually(t, "all is recorded", func() bool { return m.held() == len(pieces) })
	health := func() clip.Health { m.mu.Lock(); defer m.mu.Unlock(); return m.health }
	eventually(t, "health is told", func() bool { return health().Drift != 0 })
	stop()
	verify(t, dir, m)
	tl, segs := m.recorded()
	if len(tl) != 1 || len(tl[0].Bends) != 1 {
		t.Fatalf("timeline %+v", tl)
	}
	if h := health(); h.Drift < 990_000 || h.Drift > 1_010_000 || h.ClockOff < 0 || h.ClockOff > 80*time.Millisecond {
		t.Errorf("drift %d, off by %s", h.Drift, h.ClockOff)
	}
	last := len(pieces) - 1
	if off := segs[last].Start.Sub(pieces[last].ProgramTime); off < 0 || off > 80*time.Millisecond {
		t.Errorf("the last segment is %s off", off)
	}
	if got := tl[0].Time(segs[last].First); !got.Equal(segs[last].Start) {
		t.Errorf("the last segment begins at %s, its place is %s", segs[last].Start, got)
	}
}

// TestForgetBends: what retention lets go of a drifting clock is forgotten in
// memory too, and what is held stays where it is.
func TestForgetBends(t *testing.T) {
	r := &recording{Recorder: &Recorder{}}
	e := clip.Epoch{ID: 7, First: 0, Start: time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)}
	for n := range clip.Ticks(20) {
		s := clip.Segment{Seq: int64(n), Epoch: 7, First: n * 180000, End: (n + 1) * 180000}
		if n%2 == 0 {
			e = e.Bent(int64(n) * 1000)
		}
		e.End, s.Start = s.End, e.Time(s.First)
		r.timeline = clip.Timeline{e}
		r.hold(s)
	}
	r.forget(r.held[:15])
	got := r.timeline[0]
	if len(got.Bends) != 3 || got.First != 15*180000 || len(r.held) != 5 {
		t.Errorf("%d segments are held, epoch %+v", len(r.held), got)
	}
	for _, s := range r.held {
		if !got.Time(s.First).Equal(s.Start) {
			t.Errorf("segment %d moved from %s to %s", s.Seq, s.Start, got.Time(s.First))
		}
	}
	if _, err := got.Grow(e); err != nil {
		t.Error(err)
	}
	if _, err := e.Grow(got); err != nil {
		t.Error(err)
	}
}
