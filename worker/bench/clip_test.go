package bench

import (
	"testing"
	"time"
)

// TestClipRows compares medians with the base of the same length, in a table by
// hand.
func TestClipRows(t *testing.T) {
	t.Parallel()
	runs := func(cpu ...int) (all []took) {
		for _, s := range cpu {
			all = append(all, took{cpu: time.Duration(s) * time.Second, wall: time.Duration(s) * time.Second / 2, rendered: 3})
		}
		return all
	}
	ways := []way{{part: "a", what: "base", base: true}, {part: "a", what: "ours"}, {part: "a", what: "longer", base: true}, {part: "a", what: "ours, longer"}, {part: "b", what: "not measured"}}
	rows := clipRows(ways, [][]took{runs(30, 10, 20), runs(4, 2, 3), runs(60), runs(6), nil})
	want := []ClipRow{
		{What: "base", CPU: 20 * time.Second, Ratio: 1, Speedup: 1},
		{What: "ours", CPU: 3 * time.Second, Ratio: 0.15, Speedup: 20. / 3},
		{What: "longer", CPU: time.Minute, Ratio: 1, Speedup: 1},
		{What: "ours, longer", CPU: 6 * time.Second, Ratio: 0.1, Speedup: 10},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	for i, w := range want {
		if r := rows[i]; r.What != w.What || r.CPU != w.CPU || r.Ratio != w.Ratio || r.Speedup != w.Speedup || r.Rendered != 3 {
			t.Errorf("row %d is %+v, want %+v", i, r, w)
		}
	}
	if rows[0].Least != 10*time.Second || rows[0].Most != 30*time.Second || rows[0].Wall != 10*time.Second {
		t.Errorf("%+v", rows[0])
	}
}
