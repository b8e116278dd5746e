package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
)

func TestMoments(t *testing.T) {
	w := newWorld(t)
	id := w.flag("--at", "-20s", "--kind", "goal", "--title", "1-0", "--person", "A. Marsh", "--person", "B. Low", "--key", "g1", "--field", "minute=12")
	if again := w.flag("--at", "-10s", "--key", "g1"); again != id {
		t.Errorf("the same key made another moment: %s, %s", id, again)
	}
	var v momentView
	w.json(&v, "moment", "show", id)
	if m := v.Moment; m.Kind != "goal" || m.Title != "1-0" || len(m.People) != 2 || m.Fields["minute"] != "12" || !m.Span.In.Equal(w.live.Add(-20*time.Second)) {
		t.Errorf("moment %+v", m)
	}
	w.json(&v, "moment", "amend", id, "--title", "1-0 at last", "--person", "A. Marsh")
	if m := v.Moment; m.Title != "1-0 at last" || len(m.People) != 1 || m.Kind != "goal" {
		t.Errorf("after amending: %+v", m)
	}
	w.json(&v, "moment", "withdraw", id)
	if v.Moment.Status != clip.Withdrawn {
		t.Errorf("status %s after withdrawing", v.Moment.Status)
	}

	open := w.flag("--in", "-15s")
	out, _, code := w.run("moment", "show", open)
	if code != exitDone || !strings.Contains(out, "ovation moment close "+open+" --out now") {
		t.Errorf("an open moment does not say how to close it (exit code %d): %s", code, out)
	}
	w.json(&v, "moment", "close", open, "--out", "-3s")
	if d := v.Moment.Span.Duration(); d != 12*time.Second {
		t.Errorf("it is %s long, want 12 s", d)
	}
	out, _, _ = w.run("moment", "list", "--feed", "match")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "ID") || !strings.Contains(out, "withdrawn") {
		t.Errorf("list:\n%s", out)
	}
}

func TestHighlightToPost(t *testing.T) {
	w := newWorld(t)
	id := w.flag("--at", "-20s", "--kind", "goal", "--title", "Goal")
	_, stderr, code := w.run("highlight", "approve", id)
	if code != exitFailed || !strings.Contains(stderr, "rendering") && !strings.Contains(stderr, "not ready") {
		t.Errorf("approved what is not rendered: exit code %d, %q", code, stderr)
	}
	w.ready(id)
	out, _, _ := w.run("highlight", "show", id)
	for _, want := range []string{"state", "review", "16:9", "9:16", "to folder", `⚽ Goal\n#football`, w.url + "/media/"} {
		if !strings.Contains(out, want) {
			t.Errorf("highlight show lacks %q:\n%s", want, out)
		}
	}
	var h clip.Highlight
	w.json(&h, "highlight", "edit", id, "folder", "--text", "What a goal", "--not-before", "2026-11-23T22:00:00+01:00")
	if d := h.Drafts[0]; d.Text != "What a goal" || d.NotBefore.UTC().Hour() != 21 || h.Revision != 2 {
		t.Errorf("after the edit: %+v, revision %d", d, h.Revision)
	}
	w.json(&h, "highlight", "edit", id, "folder", "--not-before", "none")
	_, stderr, code = w.run("highlight", "approve", id, "--revision", "1")
	if code != exitFailed || !strings.Contains(stderr, "revision") {
		t.Errorf("an old revision was approved: exit code %d, %q", code, stderr)
	}
	w.json(&h, "highlight", "approve", id)
	if h.State != clip.HighlightApproved {
		t.Errorf("state %s after approving", h.State)
	}

	var posts postList
	w.json(&posts, "post", "list", "--highlight", id)
	if len(posts.Posts) != 2 {
		t.Fatalf("posts %+v", posts)
	}
	post := id + ".folder"
	w.post(post, func(p *clip.Post) { p.State, p.Attempt, p.Marker = clip.PostIntent, 1, "m" })
	_, err := w.c.Send(t.Context(), clip.PostID(post), 1, time.Now())
	must(t, err)
	w.post(post, func(p *clip.Post) { p.State = clip.PostUnknown })
	w.post(post, func(p *clip.Post) { p.State, p.Reason = clip.PostNeedsPerson, "cannot be read back" })
	var p clip.Post
	w.json(&p, "post", "resolve", post, "--there", "--id", "42", "--link", "https://social.example/42")
	if p.Text != "What a goal" || p.State != clip.PostConfirmed || p.Receipt.URL != "https://social.example/42" {
		t.Errorf("after resolving: %+v", p)
	}
	out, _, _ = w.run("post", "show", post)
	if !strings.Contains(out, "https://social.example/42") {
		t.Errorf("post show:\n%s", out)
	}
	var held struct{ Holds []clip.Hold }
	w.json(&held, "post", "stop", "--reason", "wrong graphics")
	w.json(&held, "destination", "pause", "folder")
	if len(held.Holds) != 2 {
		t.Errorf("after a stop and a pause: %+v", held)
	}
	w.json(&held, "post", "resume")
	if len(held.Holds) != 1 || held.Holds[0].Destination != "folder" {
		t.Errorf("after the stop's end: %+v", held)
	}
	out, _, _ = w.run("destination", "resume", "folder")
	if !strings.Contains(out, "nothing is held") {
		t.Errorf("destination resume:\n%s", out)
	}
	w.json(&posts, "highlight", "retract", id)
	if len(posts.Posts) != 2 || !posts.Posts[0].Retract || !posts.Posts[1].Retract {
		t.Errorf("after retracting: %+v", posts)
	}
	w.json(&p, "post", "retract", post)
	if !p.Retract {
		t.Errorf("after retracting the post: %+v", p)
	}
}

func TestTrimAndReject(t *testing.T) {
	w := newWorld(t)
	id := w.flag("--in", "-30s", "--out", "-20s", "--kind", "goal")
	w.ready(id)
	var h clip.Highlight
	w.json(&h, "highlight", "trim", id, "--out", "-18s")
	if in, out := w.live.Add(-38*time.Second), w.live.Add(-18*time.Second); !h.Recipe.Span.In.Equal(in) || !h.Recipe.Span.Out.Equal(out) || h.State != clip.HighlightRendering {
		t.Errorf("after trimming: %s, %s, want %s to %s", h.State, h.Recipe.Span, in, out)
	}
	w.ready(id)
	w.json(&h, "highlight", "reframe", id, "--shape", "9:16", "--mode", "manual", "--key", "-20s=250", "--key", "-30s=700,400")
	if got := fmt.Sprint(h.Recipe.Framing); h.State != clip.HighlightRendering || !strings.Contains(got, "manual") || strings.Index(got, "700 400") > strings.Index(got, "250 500") {
		t.Errorf("after reframing: %s, %s", h.State, got)
	}
	w.ready(id)
	w.json(&h, "highlight", "reject", id, "--reason", "offside")
	if h.State != clip.HighlightRefused || h.Reason != "offside" {
		t.Errorf("after rejecting: %s %q", h.State, h.Reason)
	}
	out, _, _ := w.run("highlight", "list", "--state", "refused", "--limit", "5")
	if !strings.Contains(out, id) || !strings.Contains(out, "offside") {
		t.Errorf("list:\n%s", out)
	}
	_, stderr, code := w.run("highlight", "wait", id)
	if code != exitFailed || !strings.Contains(stderr, "it is refused and will not be review: offside") {
		t.Errorf("waiting for what never comes: exit code %d, %q", code, stderr)
	}
}

func TestWait(t *testing.T) {
	w := newWorld(t)
	id := w.flag("--at", "-20s", "--kind", "goal")
	_, stderr, code := w.run("highlight", "wait", id, "--timeout", "50ms")
	if code != exitFailed || !strings.Contains(stderr, "still rendering; wait longer") {
		t.Errorf("exit code %d, %q", code, stderr)
	}
	time.AfterFunc(waitPause/2, func() { w.ready(id) })
	var v highlightView
	w.json(&v, "highlight", "wait", id, "--timeout", "30s")
	if v.Highlight.State != clip.HighlightReview {
		t.Errorf("waited until %s", v.Highlight.State)
	}
}

func TestFeeds(t *testing.T) {
	w := newWorld(t)
	out, _, _ := w.run("feed", "list")
	if !strings.Contains(out, "match") || !strings.Contains(out, "recording") || !strings.Contains(out, "1m0s") {
		t.Errorf("list:\n%s", out)
	}
	var v feedView
	w.json(&v, "feed", "add", "final", "https://cdn.example/live.m3u8", "--title", "Final", "--window", "2h", "--lang", "fr")
	if f := v.Feed; f.ID != "final" || f.Window != 2*time.Hour || f.Lang != "fr" || f.AllowPrivate {
		t.Errorf("added %+v", f)
	}
	out, _, _ = w.run("feed", "show", "match")
	if !strings.Contains(out, "H.264 1280×720, 25 fps\n") || !strings.Contains(out, "AAC stereo\n") {
		t.Errorf("show:\n%s", out)
	}
	if out, _, code := w.run("feed", "remove", "final"); code != exitDone || out != "final is no longer recorded\n" {
		t.Errorf("remove: exit code %d, %q", code, out)
	}
	if _, stderr, code := w.run("feed", "show", "final"); code != exitFailed || !strings.Contains(stderr, "match") {
		t.Errorf("what is not there: exit code %d, %q; want the ids that are", code, stderr)
	}
}

func TestDestinationsAndRules(t *testing.T) {
	w := newWorld(t)
	out, _, _ := w.run("destination", "list")
	if !strings.Contains(out, "folder") || !strings.Contains(out, "16:9") {
		t.Errorf("list:\n%s", out)
	}
	if out, _, code := w.run("destination", "check"); code != exitDone || out != "✓ destination folder: answers\n✓ destination phones: answers\n" {
		t.Errorf("check: exit code %d, %q", code, out)
	}
	w.dead = clip.Errorf(clip.Denied, "ask folder", "the token is dead; make a new one")
	out, _, code := w.run("destination", "check", "folder")
	if code != exitFailed || !strings.HasPrefix(out, "✗ destination folder") || !strings.Contains(out, "the token is dead") {
		t.Errorf("check of a dead account: exit code %d, %q", code, out)
	}
	if out, _, _ := w.run("rule", "list"); !strings.Contains(out, "goals") || !strings.Contains(out, "everything-else") {
		t.Errorf("rules:\n%s", out)
	}
}

// TestErrors holds what people read when it does not work.
func TestErrors(t *testing.T) {
	w := newWorld(t)
	env := map[string]string{"OVATION_URL": w.url, "OVATION_TOKEN": token}
	t.Run("unknown feed", func(t *testing.T) {
		_, stderr, code := run(t, env, "moment", "flag", "final", "--at", "now")
		if code != exitFailed || !strings.HasPrefix(stderr, "ovation: ") || strings.Contains(stderr, "--help") || !strings.Contains(stderr, "match") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
	t.Run("wrong token", func(t *testing.T) {
		_, stderr, code := run(t, map[string]string{"OVATION_URL": w.url, "OVATION_TOKEN": "not-a-token"}, "feed", "list")
		if code != exitFailed || !strings.Contains(stderr, "set OVATION_TOKEN") || strings.Contains(stderr, "not-a-token") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
	t.Run("a role without the right", func(t *testing.T) {
		_, stderr, code := run(t, map[string]string{"OVATION_URL": w.url, "OVATION_TOKEN": "token-of-one-who-only-looks"}, "moment", "flag", "match", "--at", "now")
		if code != exitFailed || !strings.Contains(stderr, "viewer") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		_, stderr, code := run(t, map[string]string{"OVATION_URL": gone.URL}, "feed", "list")
		if code != exitFailed || !strings.Contains(stderr, "no Ovation answers at "+gone.URL+"; start one with `ovation up`") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
	t.Run("somebody else there", func(t *testing.T) {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
		defer other.Close()
		_, stderr, code := run(t, map[string]string{"OVATION_URL": other.URL}, "feed", "list")
		if code != exitFailed || !strings.Contains(stderr, "is it an Ovation") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
	t.Run("an error without a document", func(t *testing.T) {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadGateway) }))
		defer other.Close()
		_, stderr, code := run(t, map[string]string{"OVATION_URL": other.URL}, "feed", "list")
		if code != exitFailed || stderr != "ovation: list feeds: 502 Bad Gateway\n" {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
	t.Run("no URL", func(t *testing.T) {
		_, stderr, code := run(t, map[string]string{"OVATION_URL": "localhost:8080"}, "feed", "list")
		if code != exitFailed || !strings.Contains(stderr, "mend --url or OVATION_URL") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
}

// TestFindsLocal proves that commands find an Ovation on the same machine by
// its data directory, and that the token goes to no other.
func TestFindsLocal(t *testing.T) {
	w := newWorld(t)
	data := t.TempDir()
	must(t, os.WriteFile(filepath.Join(data, configs.URLFile), []byte(w.url+"\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(data, configs.TokenFile), []byte(token+"\n"), 0o600))
	if out, stderr, code := run(t, nil, "feed", "list", "--data", data); code != exitDone || !strings.Contains(out, "match") {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	a := &app{env: func(string) string { return "" }, remote: remote{url: "https://elsewhere.example", data: data}}
	c, err := a.dial()
	must(t, err)
	if c.token != "" {
		t.Error("the local token would be sent elsewhere")
	}
}

// TestFindsDemo proves that the demo is found where it was started last.
func TestFindsDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	if got := (remote{}).dir(); got != "data" {
		t.Errorf("without anything: %q", got)
	}
	write := func(dir string, age time.Duration) {
		must(t, os.MkdirAll(dir, 0o755))
		name := filepath.Join(dir, configs.URLFile)
		must(t, os.WriteFile(name, []byte("x"), 0o600))
		must(t, os.Chtimes(name, time.Now().Add(-age), time.Now().Add(-age)))
	}
	write("data", time.Hour)
	write(demoData, time.Minute)
	if got := (remote{}).dir(); got != demoData {
		t.Errorf("the demo is newer: %q", got)
	}
	write("data", 0)
	if got := (remote{}).dir(); got != "data" {
		t.Errorf("up is newer: %q", got)
	}
}
