package clip

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Budget is how many posts an account may make within any stretch of Per. It is
// kept over every such stretch, not from midnight to midnight: who keeps that
// keeps the other too.
type Budget struct {
	Posts int           `json:"posts"`
	Per   time.Duration `json:"per"`
}

// String says it for people.
func (b Budget) String() string { return fmt.Sprintf("%d posts in %s", b.Posts, short(b.Per)) }

// short is a duration without zeros at its end: 24h, not 24h0m0s.
func short(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

// Slots are the earliest instants, from now on, at which the next n posts fit
// into every budget, after those that were made at the instants spent, in order.
func Slots(budgets []Budget, spent []time.Time, now time.Time, n int) []time.Time {
	all := append(make([]time.Time, 0, len(spent)+n), spent...)
	for range n {
		at := now
		for _, b := range budgets {
			if i := len(all) - b.Posts; i >= 0 {
				at = later(at, all[i].Add(b.Per))
			}
		}
		all, now = append(all, at), at
	}
	return all[len(spent):]
}

// Room is what is left of a budget.
type Room struct {
	Budget
	Used int       `json:"used"`
	Left int       `json:"left"`
	More time.Time `json:"more,omitzero"` // when the next of those that are used comes back
}

// RoomIn is what is left of each budget after the posts made at the instants
// spent, in order.
func RoomIn(budgets []Budget, spent []time.Time, now time.Time) []Room {
	rooms := make([]Room, 0, len(budgets))
	for _, b := range budgets {
		r := Room{Budget: b}
		for i := len(spent) - 1; i >= 0 && spent[i].Add(b.Per).After(now); i-- {
			r.Used, r.More = r.Used+1, spent[i].Add(b.Per)
		}
		r.Left = max(0, b.Posts-r.Used)
		rooms = append(rooms, r)
	}
	return rooms
}

// Forecast is what an account can still be sent, and when what could go out now
// goes out.
type Forecast struct {
	Rooms   []Room   `json:"rooms"`
	Waiting []Queued `json:"waiting"` // in the order in which they go out
}

// Queued is a post in the queue of its account.
type Queued struct {
	Post PostID    `json:"post"`
	At   time.Time `json:"at"` // at the earliest
}

// Words says the forecast for people, as it is at the instant now: "9 of 100
// posts in 24h left; 3 wait, the last until 17:00:00 UTC". It is empty where
// the account has no budget.
func (f Forecast) Words(now time.Time) string {
	var said []string
	for _, r := range f.Rooms {
		said = append(said, fmt.Sprintf("%d of %s left", r.Left, r.Budget))
	}
	waiting := slices.DeleteFunc(slices.Clone(f.Waiting), func(q Queued) bool { return !q.At.After(now) })
	if n := len(waiting); n > 0 {
		said = append(said, fmt.Sprintf("%d waiting, the last until %s", n, waiting[n-1].At.UTC().Format(time.TimeOnly+" MST")))
	}
	return strings.Join(said, "; ")
}
