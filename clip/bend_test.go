package clip

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// bent draws an epoch whose clock was bent as a recorder bends it, and all
// that it was on the way.
func bent(t *rapid.T) (grown []Epoch) {
	e := Epoch{
		ID:    1,
		First: Ticks(rapid.Int64Range(-int64(Wrap), 3*int64(Wrap)).Draw(t, "first")),
		Start: evening(20, 0, 0, time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "start"))),
	}
	e.End = e.First
	for range rapid.IntRange(0, 8).Draw(t, "bends") {
		e.End += Ticks(rapid.Int64Range(0, 3600*TickRate).Draw(t, "length"))
		e = e.Bent(rapid.Int64Range(-MaxRate, MaxRate).Draw(t, "rate"))
		grown = append(grown, e)
	}
	e.End += Ticks(rapid.Int64Range(1, 3600*TickRate).Draw(t, "rest"))
	return append(grown, e)
}

// place draws one in or near an epoch, the corners of its line more often.
func place(t *rapid.T, e Epoch) Ticks {
	around := []Ticks{e.First, e.End}
	for _, b := range e.Bends {
		around = append(around, b.At)
	}
	const day = 24 * 3600 * TickRate
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) Ticks {
			return rapid.SampledFrom(around).Draw(t, "corner") + Ticks(rapid.IntRange(-3, 3).Draw(t, "off"))
		}),
		rapid.Custom(func(t *rapid.T) Ticks {
			return e.First + Ticks(rapid.Int64Range(-day, int64(e.End-e.First)+day).Draw(t, "at"))
		}),
	).Draw(t, "place")
}

// The line is exact: every place comes back from its programme time, and a
// later place is later by what its slope says.
func TestBendsInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		grown := bent(t)
		e := grown[len(grown)-1]
		at := place(t, e)
		if got := e.Ticks(e.Time(at)); got != at {
			t.Fatalf("%d is at %s, which is %d", at, e.Time(at), got)
		}
		step := e.Time(at + 1).Sub(e.Time(at))
		const least, most = 11055 * time.Nanosecond, 11168 * time.Nanosecond // a tick, less and more 0.5 %
		if step < least || step > most {
			t.Fatalf("the tick after %d lasts %s", at, step)
		}
		// Ticks never goes back either.
		when, by := e.Time(at).Add(time.Duration(rapid.IntRange(-6000, 6000).Draw(t, "ns"))), time.Duration(rapid.IntRange(0, 12000).Draw(t, "by"))
		if a, b := e.Ticks(when), e.Ticks(when.Add(by)); b < a || b > a+2 {
			t.Fatalf("%s is %d, %s later is %d", when, a, by, b)
		}
	})
}

// What was recorded never moves, however the line grows at its end and is cut
// at its beginning, and the catalogue can tell.
func TestBendsNeverMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		grown := bent(t)
		i := rapid.IntRange(0, len(grown)-1).Draw(t, "then")
		then, now := grown[i], grown[len(grown)-1]
		at := then.First + Ticks(rapid.Int64Range(0, int64(then.End-then.First)).Draw(t, "at"))
		if !then.Time(at).Equal(now.Time(at)) {
			t.Fatalf("%d moved from %s to %s", at, then.Time(at), now.Time(at))
		}
		held := now.From(at)
		if d := at - held.First; d < 0 || d >= exact && at > now.First {
			t.Fatalf("the epoch begins %d ticks before %d", d, at)
		}
		later := at + Ticks(rapid.Int64Range(0, int64(now.End-at)).Draw(t, "later"))
		if !held.Time(later).Equal(now.Time(later)) || !held.Start.Equal(now.Time(held.First)) {
			t.Fatalf("cut at %d, %d moved from %s to %s", at, later, now.Time(later), held.Time(later))
		}
		for name, pair := range map[string][2]Epoch{
			"as it grew":        {now, then},
			"cut since":         {held, then},
			"known to be cut":   {now, then.From(at)},
			"cut on both sides": {held, then.From(at)},
			"nothing new":       {then, then},
		} {
			got, err := pair[0].Grow(pair[1])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got.End != pair[0].End || got.First != pair[1].First || !got.Time(later).Equal(pair[0].Time(later)) {
				t.Fatalf("%s: %d is at %s, not at %s, in %+v", name, later, got.Time(later), pair[0].Time(later), got)
			}
		}
	})
}

// An epoch that would move what was recorded, or leave its line, is refused.
func TestGrowRefuses(t *testing.T) {
	old := epoch(1, evening(20, 0, 0), 900_000, 60*TickRate).Bent(40_000)
	old.End += 60 * TickRate
	old = old.Bent(-20_000)
	old.End += 60 * TickRate
	for _, tt := range []struct {
		name string
		edit func(*Epoch)
		want string
	}{
		{"it begins elsewhere", func(e *Epoch) { e.Start = e.Start.Add(ms) }, "would move by -1ms"},
		{"another format", func(e *Epoch) { e.Format.Width = 5 }, "change its format"},
		{"a bend is gone", func(e *Epoch) { e.Bends = e.Bends[:1] }, "bent before"},
		{"all are gone", func(e *Epoch) { e.Bends = nil }, "bent before"},
		{"the first is gone", func(e *Epoch) { e.Bends = e.Bends[1:] }, "bent before"},
		{"another rate", func(e *Epoch) { e.Bends[1].Rate++ }, "bent before"},
		{"one more amid what is recorded", func(e *Epoch) { e.End -= TickRate; *e = e.Bent(5) }, "bent before"},
		{"a step at the end", func(e *Epoch) { *e = e.Bent(5); e.Bends[2].Time = e.Bends[2].Time.Add(1) }, "its line must go on"},
		{"too steep", func(e *Epoch) { *e = e.Bent(5); e.Bends[2].Rate = MaxRate + 1 }, "at most 0.5 %"},
		{"too steep, slow", func(e *Epoch) { *e = e.Bent(5); e.Bends[2].Rate = -MaxRate - 1 }, "at most 0.5 %"},
		{"out of order", func(e *Epoch) {
			*e = e.Bent(5)
			e.Bends = append(e.Bends, e.Bends[2])
			e.Bends[2] = Bend{At: e.End + 5, Time: e.Time(e.End + 5), Rate: 7}
		}, "breaks at"},
	} {
		e := old
		e.Bends = append([]Bend(nil), old.Bends...)
		tt.edit(&e)
		e.End += TickRate
		got, err := e.Grow(old)
		wantError(t, tt.name, err, Conflict, tt.want)
		if got.End != old.End || len(got.Bends) != len(old.Bends) {
			t.Errorf("%s: it grew to %+v", tt.name, got)
		}
	}
	if got := old.Bent(MaxRate * 3).Rate(); got != MaxRate {
		t.Errorf("the steepest bend has rate %d", got)
	}
	// What was bent but never recorded may be bent another way.
	again := old.Bent(100).Bent(-300)
	if len(again.Bends) != 3 || again.Rate() != -300 {
		t.Errorf("bent twice at one place: %+v", again.Bends)
	}
	if _, err := again.Grow(old.Bent(100)); err != nil {
		t.Error(err)
	}
}

// Figures that can be checked with a pencil: 100 ppm for an hour are 0.36 s.
func TestBendRate(t *testing.T) {
	const hour = 3600 * TickRate
	e := Epoch{First: 0, End: 0, Start: evening(20, 0, 0)}.Bent(100_000)
	e.End = hour
	e = e.Bent(-50_000)
	for at, want := range map[Ticks]time.Time{
		0:        evening(20, 0, 0),
		hour:     evening(21, 0, 0, 360*ms),
		2 * hour: evening(22, 0, 0, 180*ms),
	} {
		if got := e.Time(at); !got.Equal(want) {
			t.Errorf("%d is at %s, want %s", at, got, want)
		}
	}
}

// Whatever numbers an epoch is given, its line is exact where a broadcast can
// lie, and nothing panics.
func FuzzEpochTime(f *testing.F) {
	f.Add(int64(900_000), int64(0), int64(90_000), int64(40_000), int64(180_000), int64(-40_000), int64(270_000))
	f.Add(int64(Wrap)-1, int64(1), int64(1), int64(MaxRate), int64(1), int64(-MaxRate), int64(2))
	f.Add(int64(0), int64(-1), int64(0), int64(0), int64(0), int64(0), int64(-1))
	f.Fuzz(func(t *testing.T, first, start, a, rateA, b, rateB, at int64) {
		const far = 1 << 45 // twelve years
		e := Epoch{First: Ticks(first % far), Start: evening(20, 0, 0, time.Duration(start%int64(time.Hour)))}
		e.End = e.First + Ticks(a%far)
		e = e.Bent(rateA)
		e.End = max(e.End, e.First+Ticks(b%far))
		e = e.Bent(rateB)
		p := Ticks(at % far)
		if got := e.Ticks(e.Time(p)); got != p {
			t.Errorf("%d is at %s, which is %d: %+v", p, e.Time(p), got, e)
		}
		if cut := e.From(p); p >= e.First && !cut.Time(p).Equal(e.Time(p)) {
			t.Errorf("cut at %d, it moves from %s to %s", p, e.Time(p), cut.Time(p))
		}
		if _, err := e.Grow(e); err != nil {
			t.Error(err)
		}
	})
}
