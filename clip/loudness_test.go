package clip

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// repeat is n levels of one loudness, in LUFS.
func repeat(lufs float64, n int) []int16 {
	return slices.Repeat([]int16{int16(math.Round(lufs * 100))}, n)
}

// TestIntegrated follows the minimum requirements of EBU Tech 3341 (2023),
// table 1, cases 1 to 5, whose programmes are tones of constant loudness.
func TestIntegrated(t *testing.T) {
	for _, tc := range []struct {
		name   string
		levels []int16
		want   int16
		silent bool
	}{
		{name: "1: a tone", levels: repeat(-23, 200), want: -2300},
		{name: "2: a quieter tone", levels: repeat(-33, 200), want: -3300},
		{name: "3: the relative gate", levels: slices.Concat(repeat(-36, 100), repeat(-23, 600), repeat(-36, 100)), want: -2300},
		{name: "4: both gates", levels: slices.Concat(repeat(-72, 100), repeat(-36, 100), repeat(-23, 600), repeat(-36, 100), repeat(-72, 100)), want: -2300},
		{name: "5: the mean of powers", levels: slices.Concat(repeat(-26, 200), repeat(-20, 201), repeat(-26, 200)), want: -2300},
		{name: "exactly at the absolute gate", levels: repeat(-70, 10), want: Silence, silent: true},
		{name: "just above it", levels: repeat(-69.99, 10), want: -6999},
		{name: "silence beside sound", levels: slices.Concat(repeat(-120, 1000), repeat(-20, 10)), want: -2000},
		{name: "one level", levels: repeat(-14.25, 1), want: -1425},
		{name: "louder than full scale", levels: repeat(3, 10), want: 300},
		{name: "silence", levels: repeat(-120, 10), want: Silence, silent: true},
		{name: "nothing", want: Silence, silent: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, audible := Integrated(tc.levels)
			if diff := got - tc.want; max(diff, -diff) > 5 || audible == tc.silent {
				t.Errorf("%d (audible: %v), want %d", got, audible, tc.want)
			}
		})
	}
}

// TestCurve cuts curves at places on and between their levels.
func TestCurve(t *testing.T) {
	const s = LoudnessStep
	l := Loudness{Epoch: 3, From: 1000, Levels: []int16{0, 1, 2, 3, 4, 5, 6, 7}}
	for _, tc := range []struct {
		name string
		got  Loudness
		from Ticks
		want []int16
	}{
		{"after: before all", l.After(0), 1000, l.Levels},
		{"after: at a level", l.After(1000), 1000 + s, l.Levels[1:]},
		{"after: between two", l.After(1001 + s), 1000 + 2*s, l.Levels[2:]},
		{"after: the end", l.After(1000 + 100*s), 1000 + 8*s, nil},
		{"up to: before all", l.UpTo(999), 1000, nil},
		{"up to: at a level", l.UpTo(1000 + s), 1000, l.Levels[:2]},
		{"up to: the end", l.UpTo(1000 + 100*s), 1000, l.Levels},
		{"within: what sounds inside", l.Within(Span90{From: 1000 - s, To: 1000 + 5*s}), 1000 + 3*s, []int16{3, 4, 5}},
		{"within: a tick later", l.Within(Span90{From: 1001 - s, To: 1000 + 5*s}), 1000 + 4*s, []int16{4, 5}},
		{"within: shorter than a window", l.Within(Span90{From: 1000, To: 1000 + 3*s}), 1000 + 4*s, nil},
	} {
		if tc.got.From != tc.from && len(tc.want) > 0 || !slices.Equal(tc.got.Levels, tc.want) || tc.got.Epoch != 3 {
			t.Errorf("%s: %+v, want %v from %d", tc.name, tc.got, tc.want, tc.from)
		}
	}
}

// TestCoarse: the loudest survives, at its place, and however a curve is cut
// into pieces the grid is the same.
func TestCoarse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Loudness{
			From:   Ticks(rapid.Int64Range(-1<<34, 1<<34).Draw(t, "from")),
			Levels: rapid.SliceOfN(rapid.Int16Range(Silence, 0), 1, 60).Draw(t, "levels"),
		}
		n := rapid.IntRange(1, 9).Draw(t, "n")
		step := Ticks(n) * LoudnessStep
		got := l.Coarse(n)
		if n > 1 && got.From%step != 0 {
			t.Fatalf("from %d is not on the grid of %d", got.From, step)
		}
		for i, v := range l.Levels {
			k := 0
			for got.From+Ticks(k)*step < l.Place(i) {
				k++
			}
			if k >= len(got.Levels) || got.Levels[k] < v {
				t.Fatalf("level %d (%d) is lost in %v", i, v, got.Levels)
			}
		}
		if slices.Max(got.Levels) != slices.Max(l.Levels) || len(got.Levels) > len(l.Levels)/n+2 {
			t.Fatalf("%v of %v", got.Levels, l.Levels)
		}
	})
}
