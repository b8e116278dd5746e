package desk

import (
	"context"
	"net/url"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

type resolveIn struct {
	ID   clip.PostID `path:"id"`
	Body struct {
		There bool   `json:"there" doc:"Is the post on the platform"`
		ID    string `json:"id,omitempty" maxLength:"500" doc:"The platform's id of it, where known"`
		URL   string `json:"url,omitempty" maxLength:"2000" doc:"Where it is; needed when it is there"`
	}
}

// resolvePost is POST /api/v1/posts/{id}/resolve: a person looked. Of a post
// that is to be taken down by hand, it says whether it still is there.
func (d *Desk) resolvePost(ctx context.Context, in *resolveIn) (*postOut, error) {
	was, err := d.Catalogue.Post(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r := clip.Receipt{ID: in.Body.ID, URL: strings.TrimSpace(in.Body.URL), At: d.Now().UTC()}
	if in.Body.There && !was.ByHand() {
		if !addressed(r.URL) {
			return nil, clip.Errorf(clip.Invalid, "resolve post "+string(in.ID), "%q is not the post's address: paste its link, such as https://social.example/@us/1", r.URL)
		}
		r.ID = or(r.ID, r.URL)
	}
	p, err := d.Decider.Resolve(ctx, in.ID, in.Body.There, r, actorOf(ctx))
	return newPostOut(p), err
}

// addressed reports whether a link can lead to a post.
func addressed(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (webLink(link) || u.Scheme == "file") && u.Host+u.Path != ""
}
