package clip

import (
	"fmt"
	"strings"
	"time"
)

// Numbers is how a post does, as far as its platform tells; nil: it does not.
type Numbers struct {
	Views    *int64    `json:"views,omitempty"`
	Likes    *int64    `json:"likes,omitempty"`
	Comments *int64    `json:"comments,omitempty"`
	Shares   *int64    `json:"shares,omitempty"`
	At       time.Time `json:"at"` // when the platform was asked
}

// String says them for people: "1200 views, 30 likes".
func (n Numbers) String() string {
	var said []string
	for _, one := range []struct {
		n    *int64
		what string
	}{{n.Views, "views"}, {n.Likes, "likes"}, {n.Comments, "comments"}, {n.Shares, "shares"}} {
		if one.n != nil {
			said = append(said, fmt.Sprintf("%d %s", *one.n, one.what))
		}
	}
	return strings.Join(said, ", ")
}

// How often a post is counted: soon at first, then each time that a tenth of
// its age has passed, as long as somebody may still look at it.
const (
	firstCount = 5 * time.Minute
	lastCount  = 30 * 24 * time.Hour
)

// CountDue reports whether a post is to be counted at the instant now, when it
// was last asked at the instant asked (zero: never).
func (p Post) CountDue(asked, now time.Time) bool {
	age := now.Sub(p.Receipt.At)
	if p.State != PostConfirmed || p.Retract || age < firstCount || age > lastCount {
		return false
	}
	return now.Sub(asked) >= max(firstCount, age/10)
}
