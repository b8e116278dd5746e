package desk

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
)

// sources are what is at the other end of URLs.
type sources struct {
	mu   sync.Mutex
	seen []string
}

func (s *sources) probe(_ context.Context, f clip.Feed) (feed.Found, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, f.URL)
	switch {
	case strings.Contains(f.URL, "over"):
		return feed.Found{}, clip.Errorf(clip.Denied, "probe feed "+string(f.ID), "read the playlist %s: 403 Forbidden", f.URL)
	case strings.Contains(f.URL, "away"):
		return feed.Found{}, clip.Errorf(clip.Unavailable, "probe feed "+string(f.ID), "nobody answers")
	case strings.HasPrefix(f.URL, "srt:"):
		return feed.Found{Waiting: "it waits for an SRT caller on this machine, port 9000"}, nil
	}
	format := codecs{video: "hevc"}.format()
	return feed.Found{Format: format, Bitrate: 6_100_000, Segment: 2 * time.Second, Group: 2 * time.Second, Splices: true}, nil
}

// TestFeedIsProbed: a source that gives nothing is not added, unless somebody
// wants it; one that is recorded is not opened again.
func TestFeedIsProbed(t *testing.T) {
	w := newWorld(t)
	s := &sources{}
	w.desk.Probe = s.probe
	type added struct {
		Feed  clip.Feed
		Found *feed.Found
	}
	add := func(status int, body string) (a added) {
		t.Helper()
		w.get(status, &a, "anna", "POST", "/api/v1/feeds", body)
		return a
	}
	if a := add(201, `{"id":"good","url":"https://cdn.example/a.m3u8"}`); a.Found == nil || a.Found.Format.Video != "hevc" || a.Feed.ID != "good" {
		t.Errorf("%+v", a)
	}
	if a := add(201, `{"id":"sent","url":"srt://:9000?mode=listener"}`); a.Found == nil || a.Found.Waiting == "" {
		t.Errorf("%+v", a)
	}
	var p struct{ Type, Detail string }
	w.get(422, &p, "anna", "POST", "/api/v1/feeds", `{"id":"bad","url":"https://cdn.example/over.m3u8"}`)
	if p.Type != "/problems/invalid" || !strings.Contains(p.Detail, "403 Forbidden") || !strings.Contains(p.Detail, "no_probe") {
		t.Errorf("%+v", p)
	}
	w.get(503, nil, "anna", "POST", "/api/v1/feeds", `{"id":"bad","url":"https://cdn.example/away.m3u8"}`)
	w.get(404, nil, "anna", "GET", "/api/v1/feeds/bad", "")
	if a := add(201, `{"id":"bad","url":"https://cdn.example/away.m3u8","no_probe":true}`); a.Found != nil {
		t.Errorf("it was looked at: %+v", a.Found)
	}
	n := len(s.seen)
	add(201, `{"id":"good","url":"https://cdn.example/a.m3u8","title":"Another title"}`)
	if len(s.seen) != n {
		t.Errorf("a source that is recorded was opened again: %v", s.seen)
	}
	var found struct{ Words []string }
	w.get(200, &found, "anna", "POST", "/api/v1/feeds/probe", `{"url":"https://cdn.example/b.m3u8"}`)
	if len(found.Words) < 3 || !strings.HasPrefix(found.Words[0], "HEVC 320×180") {
		t.Errorf("%v", found.Words)
	}
	w.get(422, nil, "anna", "POST", "/api/v1/feeds/probe", `{"url":"https://cdn.example/over.m3u8"}`)
	w.get(422, nil, "anna", "POST", "/api/v1/feeds/probe", `{"url":"gopher://x"}`)
}

// TestAddFeedByHand is the way of an operations engineer: look, read why not,
// mend, record.
func TestAddFeedByHand(t *testing.T) {
	w := newWorld(t)
	s := &sources{}
	w.desk.Probe = s.probe
	b := w.browse("anna", 390, 844)
	said := func(text string) chromedp.Action {
		return b.until(`!document.querySelector('#found').hidden && document.querySelector('#found').textContent.includes('` + text + `')`)
	}
	url := func(text string) chromedp.Action { return chromedp.SetValue(`#add-feed [name=url]`, text) }
	b.run(chromedp.Navigate(w.url+"/feeds"), b.until(`document.querySelector('#pulse').dataset.state === 'on'`),
		chromedp.SendKeys(`#add-feed [name=id]`, "final-100m"), url("https://cdn.example/over.m3u8"),
		chromedp.Click("#probe"), said("403 Forbidden"),
		url("https://cdn.example/good.m3u8"), chromedp.Click("#probe"), said("HEVC 320×180, 25 fps"),
		url("https://cdn.example/away.m3u8"), chromedp.Click("#add-feed [type=submit]"), said("Nobody answers"),
		chromedp.WaitVisible("#add-anyway"), chromedp.Click("#add-anyway"),
		b.until(`document.querySelector('#f-final-100m h2')?.textContent === 'final-100m' && document.querySelector('.toast')?.textContent.includes('is recorded from now on')`),
		chromedp.SendKeys(`#add-feed [name=id]`, "infield"), url("srt://:9000?mode=listener"), chromedp.Click("#add-feed [type=submit]"), said("waits for an SRT caller"))
	if f, err := w.cat.Feed(t.Context(), "final-100m"); err != nil || f.URL != "https://cdn.example/away.m3u8" || f.Window != clip.DefaultWindow {
		t.Errorf("%v %+v", err, f)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var other []string
	for _, bad := range b.bad { // the browser notes the refusals that were wanted
		if !strings.Contains(bad, "status of 422") && !strings.Contains(bad, "status of 503") {
			other = append(other, bad)
		}
	}
	b.bad = other
}
