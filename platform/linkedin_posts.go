package platform

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// linkedinReceipt names a post, and where people see it.
func linkedinReceipt(id string, at time.Time) clip.Receipt {
	return clip.Receipt{ID: id, URL: "https://www.linkedin.com/feed/update/" + id + "/", At: at}
}

// linkedinText writes a text so that it is shown as it is; hashtags stay what
// they are.
func linkedinText(text string) string {
	var out strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		hashtag := r == '#' && i+1 < len(runes) && !strings.ContainsRune(linkedinReserved+" \n\t", runes[i+1])
		if strings.ContainsRune(linkedinReserved, r) && !hashtag {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// linkedinPost is a post as the API shows it.
type linkedinPost struct {
	ID      string
	Created int64 `json:"createdAt"` // in milliseconds
	Content struct{ Media struct{ ID string } }
}

// posts lists the author's posts, newest first.
func (a *linkedinAccount) posts(ctx context.Context, op string, from, count int) ([]linkedinPost, error) {
	query := url.Values{"author": {a.author}, "q": {"author"}, "sortBy": {"CREATED"}, "start": {strconv.Itoa(from)}, "count": {strconv.Itoa(count)}}
	look, err := a.call(op, http.MethodGet, "posts?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	look.header.Set("X-RestLi-Method", "FINDER")
	var page struct{ Elements []linkedinPost }
	_, err = a.do(ctx, look, &page)
	return page.Elements, err
}

// with looks for a post with a video among those since it was sent.
func (a *linkedinAccount) with(ctx context.Context, op, video string, sent time.Time) (clip.Receipt, bool, error) {
	for n := range linkedinPages {
		page, err := a.posts(ctx, op, n*linkedinPage, linkedinPage)
		if err != nil {
			return clip.Receipt{}, false, err
		}
		for _, each := range page {
			if each.Content.Media.ID == video {
				return linkedinReceipt(each.ID, time.UnixMilli(each.Created).UTC()), true, nil
			}
		}
		if len(page) < linkedinPage || time.UnixMilli(page[len(page)-1].Created).Before(sent.Add(-graphSlack)) {
			return clip.Receipt{}, false, nil
		}
	}
	return clip.Receipt{}, false, clip.Errorf(clip.Unavailable, op, "the author posted more than %d times since", linkedinPages*linkedinPage)
}

// Find reads the author's posts back, and looks for the video.
func (a *linkedinAccount) Find(ctx context.Context, p clip.Post) (clip.Receipt, bool, error) {
	op := "look for post " + string(p.ID)
	if p.Handle == "" || p.Sent.IsZero() {
		return clip.Receipt{}, false, clip.Errorf(clip.Invalid, op, "it was never sent")
	}
	return a.with(ctx, op, p.Handle, p.Sent)
}
