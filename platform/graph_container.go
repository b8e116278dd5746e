package platform

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// graphSite is where Instagram and Threads, which both publish containers,
// differ.
type graphSite struct {
	name                  string
	publish, list, limits string // edges of the account
	status, detail        string // fields of a container
	text                  string // the field of a post with its words
	metrics               string // of a post
	home                  string // where people are
}

// containers is an account that publishes containers. A container is made
// before anything is public, and its status says for a day and longer whether it
// was published: its id is our handle.
type containers struct {
	graph
	site graphSite
	user string
}

// mayPublish asks how many posts of the day are left; Throttled: none.
func (c containers) mayPublish(ctx context.Context) error {
	op := "read the limits of the account"
	var told struct {
		Data []struct {
			Used   int `json:"quota_usage"`
			Config struct {
				Total int `json:"quota_total"`
			}
		}
	}
	if err := c.read(ctx, op, c.user+"/"+c.site.limits, "quota_usage,config", &told); err != nil {
		return err
	}
	if len(told.Data) > 0 && told.Data[0].Config.Total > 0 && told.Data[0].Used >= told.Data[0].Config.Total {
		why := fmt.Errorf("the account has published %d of %d posts in 24 hours", told.Data[0].Used, told.Data[0].Config.Total)
		return &clip.Error{Op: op, Kind: clip.Throttled, Err: why, Until: c.now().Add(graphWait)}
	}
	return nil
}

// Check proves the token by the limits, which need the right to publish.
func (c containers) Check(ctx context.Context) error {
	err := c.mayPublish(ctx)
	if clip.KindOf(err) == clip.Throttled {
		return nil
	}
	return err
}

// state is how far a container is.
func (c containers) state(ctx context.Context, op, container string) (state, detail string, err error) {
	var told map[string]any
	if err := c.read(ctx, op, url.PathEscape(container), c.site.status+","+c.site.detail, &told); err != nil {
		return "", "", err
	}
	state, _ = told[c.site.status].(string)
	detail, _ = told[c.site.detail].(string)
	if state == "" {
		return "", "", clip.Errorf(clip.Unavailable, op, "%s does not say how far the container is", c.site.name)
	}
	return state, c.short(detail), nil
}

// Processed asks for the container. One that was published is ready too: Publish
// finds out.
func (c containers) Processed(ctx context.Context, handle string) (bool, error) {
	op := "ask whether the video is processed"
	state, detail, err := c.state(ctx, op, handle)
	switch {
	case err != nil:
		return false, err
	case state == "ERROR":
		return false, clip.Errorf(clip.Rejected, op, "%s could not use the video: %s", c.site.name, detail)
	case state == "EXPIRED":
		return false, clip.Errorf(clip.Rejected, op, "the video was not published within a day of its upload, and has to be brought again")
	}
	return state == "FINISHED" || state == "PUBLISHED", nil
}

// Publish publishes the container.
func (c containers) Publish(ctx context.Context, p clip.Post) (clip.Receipt, error) {
	op := "publish post " + string(p.ID)
	ctx, cancel := context.WithTimeout(ctx, commitTime)
	defer cancel()
	switch state, _, err := c.state(ctx, op, p.Handle); {
	case err != nil:
		return clip.Receipt{}, err
	case state == "PUBLISHED":
		return clip.Receipt{}, clip.Errorf(clip.Ambiguous, op, "an earlier attempt published it")
	case state != "FINISHED":
		return clip.Receipt{}, clip.Errorf(clip.Unavailable, op, "the video is %s", strings.ToLower(state))
	}
	send := c.ask(op, http.MethodPost, c.user+"/"+c.site.publish, url.Values{"creation_id": {p.Handle}})
	send.commit = true
	id, err := c.made(ctx, send)
	if err != nil {
		return clip.Receipt{}, err
	}
	r := clip.Receipt{ID: id, URL: c.site.home, At: c.now()}
	var told graphPost
	if c.read(ctx, op, url.PathEscape(id), graphPostFields, &told) == nil && told.Permalink != "" {
		r = told.receipt() // else it is public all the same
	}
	return r, nil
}

// graphPost is a post as the API shows it.
type graphPost struct {
	ID        string
	Permalink string
	Timestamp graphTime
	Caption   string // of Instagram
	Text      string // of Threads
}

const graphPostFields = "id,permalink,timestamp"

func (p graphPost) receipt() clip.Receipt {
	return clip.Receipt{ID: p.ID, URL: p.Permalink, At: time.Time(p.Timestamp)}
}

// graphTime is an instant as the Graph API writes it: 2026-11-24T20:41:07+0000.
type graphTime time.Time

// UnmarshalJSON reads it.
func (t *graphTime) UnmarshalJSON(text []byte) error {
	at, err := time.Parse(`"2006-01-02T15:04:05-0700"`, string(text))
	*t = graphTime(at)
	return err
}

// graphSlack is by how much Meta's clock may differ from ours.
const graphSlack = 10 * time.Minute

// Find asks the container whether it was published. Which post it became the API
// does not say; it is the one with our words since then, where there is one
// alone.
func (c containers) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Handle == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	state, _, err := c.state(ctx, op, p.Handle)
	if err != nil || state != "PUBLISHED" {
		return clip.Receipt{}, false, err
	}
	var page struct{ Data []graphPost }
	if err := c.read(ctx, op, c.user+"/"+c.site.list, graphPostFields+","+c.site.text, &page); err != nil {
		return clip.Receipt{}, false, err
	}
	var same []graphPost
	for _, each := range page.Data {
		if strings.TrimSpace(each.Caption+each.Text) == strings.TrimSpace(p.Text) && time.Time(each.Timestamp).After(p.Sent.Add(-graphSlack)) {
			same = append(same, each)
		}
	}
	if len(same) != 1 {
		return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, op, "it is public, but %d posts of the account have its words; look which one it is", len(same))
	}
	return same[0].receipt(), true, nil
}

// Retract deletes the post.
func (c containers) Retract(ctx context.Context, p clip.Post) error {
	op := "retract post " + string(p.ID)
	if !graphID(p.Receipt.ID) {
		return clip.Errorf(clip.Rejected, op, "its id is not known; delete it by hand at %s", p.Receipt.URL)
	}
	err := c.remove(ctx, op, p.Receipt.ID)
	if clip.KindOf(err) == clip.Rejected {
		return clip.Errorf(clip.Rejected, op, "delete it by hand at %s: %w", p.Receipt.URL, errors.Unwrap(err))
	}
	return err
}

// Numbers counts a post.
func (c containers) Numbers(ctx context.Context, p clip.Post) (clip.Numbers, error) {
	var told struct {
		Data []struct {
			Name   string
			Values []struct{ Value int64 }
		}
	}
	look := c.ask("count post "+string(p.ID), http.MethodGet, url.PathEscape(p.Receipt.ID)+"/insights", url.Values{"metric": {c.site.metrics}})
	if _, err := c.do(ctx, look, &told); err != nil {
		return clip.Numbers{}, err
	}
	n := clip.Numbers{At: c.now()}
	into := map[string]**int64{"views": &n.Views, "likes": &n.Likes, "comments": &n.Comments, "replies": &n.Comments, "shares": &n.Shares, "reposts": &n.Shares}
	for _, each := range told.Data {
		if to := into[each.Name]; to != nil && len(each.Values) > 0 {
			*to = &each.Values[0].Value
		}
	}
	return n, nil
}
