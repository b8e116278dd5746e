package clip

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRescale(t *testing.T) {
	tests := []struct{ n, mul, div, want int64 }{
		{0, 90000, 1, 0},
		{1, 1, 2, 1}, {-1, 1, 2, -1}, // halves away from zero
		{3, 1, 2, 2}, {-3, 1, 2, -2},
		{1, 1, 3, 0}, {2, 1, 3, 1},
		{1001, TickRate, 30000, 3003},
		{math.MaxInt64, 1, 1, math.MaxInt64}, {math.MinInt64, 1, 1, -math.MaxInt64},
		{math.MaxInt64, TickRate, TickRate, math.MaxInt64},
		{math.MaxInt64, int64(time.Second), TickRate, math.MaxInt64}, // as near as it gets
		{math.MinInt64, int64(time.Second), TickRate, -math.MaxInt64},
		{math.MaxInt64, math.MaxInt64, 1, math.MaxInt64},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64},
	}
	for _, tt := range tests {
		if got := Rescale(tt.n, tt.mul, tt.div); got != tt.want {
			t.Errorf("Rescale(%d, %d, %d) = %d, want %d", tt.n, tt.mul, tt.div, got, tt.want)
		}
	}
}

// Rescale is the exact quotient, rounded, whatever lies between.
func TestRescaleIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		mul := rapid.Int64Range(1, math.MaxInt64).Draw(t, "mul")
		div := rapid.Int64Range(1, math.MaxInt64).Draw(t, "div")
		// |n|*mul/div + 1/2, downwards
		want := new(big.Int).Mul(new(big.Int).Abs(big.NewInt(n)), big.NewInt(mul))
		want.Add(want, big.NewInt(div/2)).Quo(want, big.NewInt(div))
		if !want.IsInt64() {
			want.SetInt64(math.MaxInt64)
		}
		if n < 0 {
			want.Neg(want)
		}
		if got := Rescale(n, mul, div); got != want.Int64() {
			t.Fatalf("Rescale(%d, %d, %d) = %d, want %d", n, mul, div, got, want)
		}
	})
}

// A tick survives the way to a duration, to a time, and back.
func TestTicksSurvive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := Ticks(rapid.Int64Range(-maxPTS, maxPTS).Draw(t, "ticks"))
		if got := TicksOf(ticks.Duration()); got != ticks {
			t.Fatalf("%d became %d by way of a duration", ticks, got)
		}
		e := Epoch{
			ID: 1, First: Ticks(rapid.Int64Range(0, int64(3*Wrap)).Draw(t, "first")),
			Start: time.Date(2026, 11, 23, 20, 41, 7, rapid.IntRange(0, 999_999_999).Draw(t, "ns"), time.UTC),
		}
		if got := e.Ticks(e.Time(ticks)); got != ticks {
			t.Fatalf("%d became %d by way of a programme time", ticks, got)
		}
	})
}

func TestRaw(t *testing.T) {
	for ticks, want := range map[Ticks]Ticks{0: 0, 5: 5, Wrap - 1: Wrap - 1, Wrap: 0, 3*Wrap + 7: 7, -1: Wrap - 1} {
		if got := ticks.Raw(); got != want {
			t.Errorf("(%d).Raw() = %d, want %d", ticks, got, want)
		}
	}
}

func TestParsePosition(t *testing.T) {
	for s, want := range map[string]Position{
		"1:0":                 {1, 0},
		"1:900000":            {1, 900_000},
		"12:8589934592":       {12, Wrap},
		"1:281474976710656":   {1, maxPTS},
		"2147483647:00000001": {2147483647, 1},
	} {
		got, err := ParsePosition(s)
		if err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", ":", "1", "1:", ":5", "0:5", "-1:5", "1:-5", "1:1.5", "1:1e3", "a:b", "1:2:3", "1: 5", " 1:5",
		"1:281474976710657", "1:9223372036854775807", "1:99999999999999999999", "99999999999999999999:1", "1:NaN", "0x1:5",
	} {
		_, err := ParsePosition(s)
		wantError(t, s, err, Invalid, "EPOCH:PTS")
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Position{EpochID(rapid.IntRange(1, 1<<31).Draw(t, "epoch")), Ticks(rapid.Int64Range(0, maxPTS).Draw(t, "pts"))}
		if got, err := ParsePosition(p.String()); err != nil || got != p {
			t.Fatalf("%v became %v, %v", p, got, err)
		}
	})
}

func TestRateOf(t *testing.T) {
	tests := map[Ticks]string{
		3753: "24000/1001", 3754: "24000/1001", 3755: "24000/1001", // 3753.75
		3749: "24", 3750: "24", 3751: "24",
		3599: "25", 3600: "25", 3601: "25",
		3002: "30000/1001", 3003: "30000/1001", 3004: "30000/1001",
		2999: "30", 3000: "30", 3001: "30",
		1799: "50", 1800: "50", 1801: "50",
		1501: "60000/1001", 1502: "60000/1001", 1503: "60000/1001", // 1501.5
		1499: "60", 1500: "60",
	}
	for d, want := range tests {
		if got := RateOf(d).String(); got != want {
			t.Errorf("one frame every %d ticks is %s, want %s", d, got, want)
		}
	}
	for _, d := range []Ticks{-3600, 0, 1, 1498, 1504, 2970, 3060, 3598, 3602, 7200, 90000, math.MaxInt64, math.MinInt64} {
		if got := RateOf(d); !got.Zero() {
			t.Errorf("one frame every %d ticks is %s, want none", d, got)
		}
	}
}

// Every rate finds itself again from its frames' distances, rounded to ticks.
func TestRatesSurvive(t *testing.T) {
	for _, r := range rates {
		for n := range 300 {
			if d := r.Ticks(n+1) - r.Ticks(n); RateOf(d) != r {
				t.Errorf("%s: frames %d and %d are %d ticks apart, which is %s", r, n, n+1, d, RateOf(d))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom(rates).Draw(t, "rate")
		n := rapid.IntRange(0, 1<<31).Draw(t, "n")
		jitter := Ticks(rapid.IntRange(-1, 1).Draw(t, "jitter"))
		if got := r.Frames(r.Ticks(n) + jitter); got != n {
			t.Fatalf("%s: %d frames became %d", r, n, got)
		}
	})
}

func TestRate(t *testing.T) {
	tests := []struct {
		rate         Rate
		text         string
		half, third  Rate
		secondFrames int
	}{
		{Rate{25, 1}, "25", Rate{25, 2}, Rate{25, 3}, 25},
		{Rate{50, 1}, "50", Rate{25, 1}, Rate{50, 3}, 50},
		{Rate{60, 1}, "60", Rate{30, 1}, Rate{20, 1}, 60},
		{Rate{60000, 1001}, "60000/1001", Rate{30000, 1001}, Rate{20000, 1001}, 60},
	}
	for _, tt := range tests {
		if got := tt.rate.String(); got != tt.text {
			t.Errorf("%v prints %s", tt.rate, got)
		}
		if got := tt.rate.Divide(2); got != tt.half {
			t.Errorf("half of %s is %v, want %v", tt.text, got, tt.half)
		}
		if got := tt.rate.Divide(3); got != tt.third {
			t.Errorf("a third of %s is %v, want %v", tt.text, got, tt.third)
		}
		if got := tt.rate.Frames(TickRate); got != tt.secondFrames {
			t.Errorf("%s has %d frames a second", tt.text, got)
		}
		if tt.rate.Zero() {
			t.Errorf("%s is zero", tt.text)
		}
	}
	if !(Rate{}).Zero() || !(Rate{25, 0}).Zero() {
		t.Error("a rate without a fraction is not zero")
	}
}

func TestSpan(t *testing.T) {
	at := func(seconds int) time.Time { return time.Date(2026, 11, 23, 20, 41, seconds, 0, time.UTC) }
	closed, open := Span{at(7), at(12)}, Span{In: at(7)}
	if closed.Open() || !open.Open() || closed.Duration() != 5*time.Second {
		t.Error("open or duration is wrong")
	}
	if got := closed.Grow(2*time.Second, 3*time.Second); got != (Span{at(5), at(15)}) {
		t.Errorf("grown to %s", got)
	}
	if got := open.Grow(2*time.Second, 3*time.Second); got != (Span{In: at(5)}) {
		t.Errorf("an open span grown to %s", got)
	}
	if got := closed.String() + " | " + open.String(); got != "20:41:07.000 – 20:41:12.000 | 20:41:07.000 –" {
		t.Errorf("prints %s", got)
	}
	for _, tt := range []struct {
		in, out int
		want    bool
	}{{0, 7, false}, {0, 8, true}, {8, 9, true}, {11, 20, true}, {12, 20, false}, {0, 30, true}, {7, 12, true}} {
		if o := (Span{at(tt.in), at(tt.out)}); closed.Overlaps(o) != tt.want || o.Overlaps(closed) != tt.want {
			t.Errorf("%s and %s: overlap is not %t", closed, o, tt.want)
		}
	}
}
