package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// queued plans a post to the folder for each priority, in this order.
func queued(t *testing.T, c *Catalogue, priorities ...clip.Priority) (posts []clip.PostID) {
	for i, priority := range priorities {
		m, h := goal(fmt.Sprintf("g%d", i), span(10, 14))
		h.Priority = priority
		m, _, _, err := c.Flag(ctx, m, h, maria)
		must(0, err)(t)
		approve(t, c, review(t, c, m.ID))
		posts = append(posts, clip.NewPostID(m.ID, "folder"))
	}
	return posts
}

func toIntent(p *clip.Post) { p.State, p.Attempt, p.Marker = clip.PostIntent, p.Attempt+1, "marker" }

// TestBudget: what is left of an account goes to those who come first, by
// priority and then by age; the rest learns when its turn comes.
func TestBudget(t *testing.T) {
	c := newCatalogue(t)
	posts := queued(t, c, clip.Low, clip.Normal, clip.High, clip.Normal)
	hourly := []clip.Budget{{Posts: 2, Per: time.Hour}}
	now := at(0)
	wait := func(i int, minutes int) {
		t.Helper()
		_, err := c.Intend(ctx, posts[i], hourly, now, toIntent)
		wantKind(t, err, clip.Throttled, "it waits for its turn")
		if want := at(float64(60 * minutes)); !clip.UntilOf(err).Equal(want) {
			t.Errorf("post %d may go out at %s, want %s", i, clip.UntilOf(err), want)
		}
	}
	pass := func(i int) {
		t.Helper()
		if p := must(c.Intend(ctx, posts[i], hourly, now, toIntent))(t); p.State != clip.PostIntent {
			t.Errorf("post %d is %s", i, p.State)
		}
	}
	wait(0, 60) // the high one and a normal one go first, though they came later
	wait(3, 60)
	pass(2)
	now = at(60)
	pass(1)
	pass(1) // repeated: it spends nothing
	wait(3, 60)
	f := must(c.Forecast(ctx, "folder", hourly, now))(t)
	wantSame(t, f, clip.Forecast{
		Rooms:   []clip.Room{{Budget: hourly[0], Used: 2, More: at(3600)}},
		Waiting: []clip.Queued{{Post: posts[3], At: at(3600)}, {Post: posts[0], At: at(3660)}},
	})
	must(c.EditPost(ctx, posts[3], maria, "post.retract", (*clip.Post).AskRetract))(t)
	now = at(3600)
	pass(0) // nobody is before it any more
	if f := must(c.Forecast(ctx, "elsewhere", hourly, now))(t); f.Rooms[0].Left != 2 || len(f.Waiting) != 0 {
		t.Errorf("another account: %+v", f)
	}
}

// TestBudgetsOfOldPosts: posts that were planned before there were budgets are
// in the queue of their account.
func TestBudgetsOfOldPosts(t *testing.T) {
	c := newCatalogue(t)
	posts := queued(t, c, "")
	tamper(t, c, `UPDATE posts SET destination = SUBSTR(id, LENGTH(highlight) + 2)`) // as the migration does
	if f := must(c.Forecast(ctx, "folder", nil, at(0)))(t); len(f.Waiting) != 1 || f.Waiting[0].Post != posts[0] {
		t.Errorf("%+v", f)
	}
}
