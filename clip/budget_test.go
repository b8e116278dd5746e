package clip

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var budgetStart = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func minutes(at ...int) []time.Time {
	var all []time.Time
	for _, m := range at {
		all = append(all, budgetStart.Add(time.Duration(m)*time.Minute))
	}
	return all
}

func TestSlots(t *testing.T) {
	hourly, burst := Budget{Posts: 3, Per: time.Hour}, Budget{Posts: 1, Per: 10 * time.Minute}
	for name, c := range map[string]struct {
		budgets     []Budget
		spent, want []time.Time
		now         int
	}{
		"no budget":                      {nil, minutes(0, 0, 0), minutes(5, 5), 5},
		"room":                           {[]Budget{hourly}, minutes(0), minutes(5, 5), 5},
		"one fits, one waits":            {[]Budget{hourly}, minutes(0, 1), minutes(5, 60), 5},
		"all wait":                       {[]Budget{hourly}, minutes(0, 1, 2), minutes(60, 61), 5},
		"what waits spends too":          {[]Budget{hourly}, minutes(0, 1, 2), minutes(60, 61, 62, 120, 121), 5},
		"the tighter budget counts":      {[]Budget{hourly, burst}, minutes(0), minutes(10, 20, 60), 5},
		"exactly when the window passed": {[]Budget{hourly}, minutes(0, 1, 2), minutes(60), 60},
	} {
		got := Slots(c.budgets, c.spent, minutes(c.now)[0], len(c.want))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestSlotsNeverOverspend: whatever is planned, no stretch of a budget holds
// more than it allows, and nothing could have gone out a second earlier.
func TestSlotsNeverOverspend(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		budgets := []Budget{{1 + r.IntN(5), time.Duration(1+r.IntN(60)) * time.Minute}, {1 + r.IntN(20), 24 * time.Hour}}
		plan := Slots(budgets, nil, budgetStart, 40)
		for _, b := range budgets {
			for i := range plan {
				if j := i + b.Posts; j < len(plan) && plan[j].Sub(plan[i]) < b.Per {
					t.Fatalf("%v: posts %d to %d within %s", b, i, j, plan[j].Sub(plan[i]))
				}
			}
		}
		for i := 1; i < len(plan); i++ {
			tight := plan[i].Equal(plan[i-1])
			for _, b := range budgets {
				tight = tight || i >= b.Posts && plan[i].Equal(plan[i-b.Posts].Add(b.Per))
			}
			if !tight {
				t.Fatalf("%v: post %d waits until %s for nothing", budgets, i, plan[i])
			}
		}
	}
}

func TestRoomIn(t *testing.T) {
	got := RoomIn([]Budget{{3, time.Hour}, {2, 10 * time.Minute}, {1, time.Minute}}, minutes(0, 5, 9), minutes(12)[0])
	want := []Room{
		{Budget{3, time.Hour}, 3, 0, minutes(60)[0]},
		{Budget{2, 10 * time.Minute}, 2, 0, minutes(15)[0]},
		{Budget{1, time.Minute}, 0, 1, time.Time{}},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestForecastWords(t *testing.T) {
	f := Forecast{
		Rooms:   []Room{{Budget: Budget{100, 24 * time.Hour}, Left: 9}, {Budget: Budget{30, 30 * time.Minute}, Left: 30}, {Budget: Budget{1, 90 * time.Second}}},
		Waiting: []Queued{{"a.fans", budgetStart}, {"b.fans", budgetStart.Add(time.Hour)}, {"c.fans", budgetStart.Add(5 * time.Hour)}},
	}
	want := "9 of 100 posts in 24h left; 30 of 30 posts in 30m left; 0 of 1 posts in 1m30s left; 2 waiting, the last until 17:00:00 UTC"
	if got := f.Words(budgetStart); got != want {
		t.Errorf("%q", got)
	}
}
