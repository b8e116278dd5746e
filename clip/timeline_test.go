package clip

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// evening is an instant of the match that the tests play on.
func evening(h, m, s int, rest ...time.Duration) time.Time {
	t := time.Date(2026, 11, 23, h, m, s, 0, time.UTC)
	for _, d := range rest {
		t = t.Add(d)
	}
	return t
}

const ms = time.Millisecond

// epoch is one of length ticks that starts at an instant.
func epoch(id EpochID, start time.Time, first, length Ticks) Epoch {
	return Epoch{ID: id, First: first, End: first + length, Start: start}
}

func TestTimelineAt(t *testing.T) {
	tl := Timeline{
		epoch(1, evening(20, 0, 0), 900_000, 60*TickRate),
		epoch(2, evening(20, 1, 10), 5, 60*TickRate),            // 10 s after the first
		epoch(3, evening(20, 2, 0), Wrap-TickRate, 60*TickRate), // begins while the second goes on
	}
	tests := []struct {
		name string
		at   time.Time
		want Position
	}{
		{"the first frame", evening(20, 0, 0), Position{1, 900_000}},
		{"a tick later", evening(20, 0, 0, Ticks(1).Duration()), Position{1, 900_001}},
		{"the last recorded tick", evening(20, 0, 59, 999_999_999), Position{1, 900_000 + 60*TickRate}},
		{"in the gap", evening(20, 1, 5), Position{1, 900_000 + 65*TickRate}},
		{"the second's first", evening(20, 1, 10), Position{2, 5}},
		{"where two cover", evening(20, 2, 1), Position{2, 5 + 51*TickRate}},
		{"past the wrap", evening(20, 2, 20), Position{3, Wrap + 19*TickRate}},
		{"after the live end", evening(20, 4, 0), Position{3, Wrap + 119*TickRate}},
	}
	for _, tt := range tests {
		got, err := tl.At(tt.at)
		if err != nil || got != tt.want {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
			continue
		}
		back, err := tl.Time(got)
		if diff := back.Sub(tt.at).Abs(); err != nil || diff > Ticks(1).Duration() {
			t.Errorf("%s: %v is at %v, %v away: %v", tt.name, got, back, diff, err)
		}
	}
	_, err := tl.At(evening(19, 59, 59))
	wantError(t, "before the recording", err, Expired, "before the recording")
	_, err = Timeline{}.At(evening(20, 0, 0))
	wantError(t, "nothing recorded", err, Expired, "before the recording")
	_, err = tl.Time(Position{4, 0})
	wantError(t, "an epoch that is gone", err, Expired, "no epoch 4 (any more); reload the player")
	if got := tl.Window(); got != (Span{evening(20, 0, 0), evening(20, 3, 0)}) {
		t.Errorf("window is %s", got)
	}
	if got := (Timeline{}).Window(); got != (Span{}) {
		t.Errorf("window of nothing is %s", got)
	}
	nested := Timeline{epoch(1, evening(20, 0, 0), 0, 60*TickRate), epoch(2, evening(20, 0, 10), 0, TickRate)}
	if got := nested.Window(); got != (Span{evening(20, 0, 0), evening(20, 1, 0)}) {
		t.Errorf("window of an epoch within another is %s", got)
	}
}

// Every place of every epoch survives the way to programme time and back.
func TestTimelineInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tl Timeline
		start := evening(20, 0, 0)
		for id := range rapid.IntRange(1, 5).Draw(t, "epochs") {
			length := Ticks(rapid.Int64Range(1, 6*3600*TickRate).Draw(t, "length"))
			e := epoch(EpochID(id+1), start, Ticks(rapid.Int64Range(0, int64(Wrap)-1).Draw(t, "first")), length)
			tl = append(tl, e)
			start = e.Time(e.End).Add(time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "gap")))
		}
		e := rapid.SampledFrom(tl).Draw(t, "epoch")
		p := Position{e.ID, e.First + Ticks(rapid.Int64Range(0, int64(e.End-e.First)-1).Draw(t, "offset"))}
		at, err := tl.Time(p)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tl.At(at); err != nil || got != p {
			t.Fatalf("%v is at %v, which is %v, %v", p, at, got, err)
		}
		// What the player sends of the same place has no more than 33 bits.
		raw, err := tl.Time(Position{e.ID, p.PTS.Raw()})
		if err != nil || !raw.Equal(at) {
			t.Fatalf("%v is at %v, but with the player's clock %d at %v, %v", p, at, p.PTS.Raw(), raw, err)
		}
	})
}

func TestUnwrap(t *testing.T) {
	const s = TickRate
	short := Epoch{First: Wrap - 10*s, End: Wrap + 20*s}   // goes over the wrap
	fresh := Epoch{First: 10 * s, End: 20 * s}             // has not wrapped
	twice := Epoch{First: 2*Wrap + 5*s, End: 2*Wrap + 9*s} // began before what is kept
	long := Epoch{First: 10 * s, End: Wrap + 100*s}        // longer than a wrap
	tests := []struct {
		name    string
		e       Epoch
		t, want Ticks
	}{
		{"before the wrap", short, Wrap - 5*s, Wrap - 5*s},
		{"after the wrap, raw", short, 5 * s, Wrap + 5*s},
		{"after the wrap, unwrapped", short, Wrap + 5*s, Wrap + 5*s},
		{"at the wrap", short, 0, Wrap},
		{"ahead of the live end", short, 25 * s, Wrap + 25*s},
		{"an hour ahead", short, 3600 * s, Wrap + 3600*s},
		{"an hour before", short, Wrap - 3610*s, Wrap - 3610*s},
		{"no wrap at all", fresh, 15 * s, 15 * s},
		{"before the first frame", fresh, 5 * s, 5 * s},
		{"before the first frame, over the wrap", fresh, Wrap - 5*s, -5 * s},
		{"ahead", fresh, 3600 * s, 3600 * s},
		{"wrapped twice", twice, 7 * s, 2*Wrap + 7*s},
		{"wrapped twice, a little before", twice, 1 * s, 2*Wrap + 1*s},
		{"wrapped twice, unwrapped once", twice, Wrap + 7*s, Wrap + 7*s}, // no transport stream says so
		{"the later of two", long, 50 * s, Wrap + 50*s},
		{"the later of two, ahead of live", long, 101 * s, Wrap + 101*s},
		{"only the earlier", long, 1000 * s, 1000 * s},
		{"negative", fresh, -5, -5},
	}
	for _, tt := range tests {
		if got := tt.e.Unwrap(tt.t); got != tt.want {
			t.Errorf("%s: %d becomes %d, want %d", tt.name, tt.t, got, tt.want)
		}
	}
}
