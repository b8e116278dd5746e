package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

type postsIn struct {
	State     clip.PostState `query:"state" enum:"planned,intent,sending,confirmed,rejected,unknown,needs-person,cancelled,retracted" doc:"In one state only"`
	Highlight clip.MomentID  `query:"highlight" doc:"Of one highlight only"`
	Limit     int            `query:"limit" minimum:"0" maximum:"1000" doc:"At most so many; 100 where zero"`
}

type postsOut struct {
	Body struct {
		Posts []clip.Post `json:"posts"`
	}
}

func newPostsOut(posts []clip.Post) *postsOut {
	var out postsOut
	out.Body.Posts = each(posts, clip.Post.Shown)
	return &out
}

// listPosts is GET /api/v1/posts.
func (d *Desk) listPosts(ctx context.Context, in *postsIn) (*postsOut, error) {
	posts, err := d.Catalogue.Posts(ctx, store.Query{State: string(in.State), Highlight: in.Highlight, Limit: in.Limit})
	return newPostsOut(posts), err
}
