package desk

import (
	"context"
	"net/http"
	"slices"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// postTab is a tab over several states of posts.
type postTab struct {
	tab
	states []clip.PostState
}

var postTabs = []postTab{
	{tab{Name: "all", Label: "All", Empty: "Nothing was approved yet. Posts appear here the moment somebody approves a highlight under Review."}, postStates},
	{tab{Name: "person", Label: "Needs you", Empty: "Nothing needs you. When a platform's answer is lost and it cannot be read back, you are asked here."}, []clip.PostState{clip.PostNeedsPerson}},
	{tab{Name: "going", Label: "On the way", Empty: "Nothing is on its way. Approved highlights pass through here."}, []clip.PostState{clip.PostPlanned, clip.PostIntent, clip.PostSending, clip.PostUnknown}},
	{tab{Name: "out", Label: "Posted", Empty: "Nothing is out yet. Approve a highlight under Review."}, []clip.PostState{clip.PostConfirmed}},
	{tab{Name: "gone", Label: "Not out", Empty: "Nothing was refused, stopped or taken down."}, []clip.PostState{clip.PostRejected, clip.PostCancelled, clip.PostRetracted}},
}

// postsShown is how many posts the page holds.
const postsShown = 200

// postsBody is what the Posts page shows.
type postsBody struct {
	Tab     tab
	Tabs    []tab
	Groups  []postGroup
	Sending sendingBody
}

// postGroup are the posts of one highlight.
type postGroup struct {
	ID    clip.MomentID
	Title string
	Kind  string
	Feed  clip.FeedID
	Cover clip.Digest
	Posts []postRow
}

// Retractable counts the posts that one press can take down.
func (g postGroup) Retractable() int {
	n := 0
	for _, p := range g.Posts {
		if p.Retractable() {
			n++
		}
	}
	return n
}

// postRow is a post in words.
type postRow struct {
	clip.Post
	Platform string
	Said     said
	Numbers  clip.Numbers
}

// Retractable reports that asking for retraction makes sense.
func (p postRow) Retractable() bool {
	copied := p.Post
	return !p.Retract && copied.AskRetract() == nil
}

// Asks reports that a person has to look.
func (p postRow) Asks() bool { return p.State == clip.PostNeedsPerson }

// Public reports a post that people can see.
func (p postRow) Public() bool { return p.State == clip.PostConfirmed }

// Out reports a link that leads to something.
func (p postRow) Out() bool { return p.State == clip.PostConfirmed && webLink(p.Receipt.URL) }

// postsPage is GET /posts.
func (d *Desk) postsPage(w http.ResponseWriter, r *http.Request) {
	body, err := d.postsBody(r.Context(), r.URL.Query().Get("tab"))
	if err != nil {
		d.failPage(w, r, err)
		return
	}
	d.show(w, r, http.StatusOK, "posts", page{Title: "Posts", Section: "posts", Body: body})
}

func (d *Desk) postsBody(ctx context.Context, name string) (b postsBody, err error) {
	posts, err := d.Catalogue.Posts(ctx, store.Query{Limit: postsShown})
	if err != nil {
		return b, err
	}
	asks, err := d.Catalogue.Posts(ctx, store.Query{State: string(clip.PostNeedsPerson), Limit: postsShown})
	if err != nil {
		return b, err
	}
	for _, p := range asks { // however old, they are never out of sight
		if !slices.ContainsFunc(posts, func(o clip.Post) bool { return o.ID == p.ID }) {
			posts = append(posts, p)
		}
	}
	chosen := postTabs[0]
	for _, t := range postTabs {
		t.Count = len(inStates(posts, t.states))
		t.Current = t.Name == name || name == "" && t.Name == "all"
		if t.Current {
			chosen = t
		}
		b.Tabs = append(b.Tabs, t.tab)
	}
	b.Tab = chosen.tab
	if b.Sending, err = d.sending(ctx); err != nil {
		return b, err
	}
	b.Groups, err = d.postGroups(ctx, inStates(posts, chosen.states))
	return b, err
}

// postGroups gathers posts by highlight; who needs a person comes first.
func (d *Desk) postGroups(ctx context.Context, posts []clip.Post) ([]postGroup, error) {
	var groups []postGroup
	at := map[clip.MomentID]int{}
	for _, p := range posts {
		i, ok := at[p.Highlight]
		if !ok {
			m, err := d.Catalogue.Moment(ctx, p.Highlight)
			if err != nil {
				return nil, err
			}
			i = len(groups)
			at[p.Highlight] = i
			groups = append(groups, postGroup{ID: p.Highlight, Title: or(m.Title, capital(m.Kind)), Kind: m.Kind, Feed: m.Feed, Cover: p.Cover})
		}
		row := postRow{Post: p, Said: postSaid(p)}
		if t, err := d.destination(p.Destination); err == nil {
			row.Platform = t.Platform
		}
		if row.Public() {
			var err error
			if row.Numbers, _, err = d.Catalogue.Numbers(ctx, p.ID); err != nil { // none: nothing is shown
				return nil, err
			}
		}
		groups[i].Posts = append(groups[i].Posts, row)
	}
	slices.SortStableFunc(groups, func(a, b postGroup) int { return urgent(b) - urgent(a) })
	return groups, nil
}

func urgent(g postGroup) int {
	if slices.ContainsFunc(g.Posts, postRow.Asks) {
		return 1
	}
	return 0
}

func inStates(posts []clip.Post, states []clip.PostState) []clip.Post {
	var out []clip.Post
	for _, p := range posts {
		if slices.Contains(states, p.State) {
			out = append(out, p)
		}
	}
	return out
}
