package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
)

// TestMark is the job flagged by the broadcast itself: the synthetic match
// marks its goal, and a rule lets the post go out. The configuration is that of
// `ovation demo`, but for the approval.
func TestMark(t *testing.T) {
	config := strings.ReplaceAll(string(configs.Demo), "approval: person", "approval: rule")
	if config == string(configs.Demo) {
		t.Fatal("the demo's rule for goals asks no person any more: adapt this test")
	}
	began := time.Now()
	o := up(t, config)
	var waiting struct {
		Moments []clip.Moment `json:"moments"`
	}
	o.eventually(90*time.Second, "the match has marked a goal", func() error {
		if err := o.call("GET", "/api/v1/moments?feed=match", nil, &waiting); err != nil {
			return err
		}
		if len(waiting.Moments) == 0 {
			return errors.New("no moment yet")
		}
		return nil
	})
	goal := waiting.Moments[len(waiting.Moments)-1]
	if goal.Kind != "goal" || goal.Source != "scte35" || goal.Title == "" {
		t.Errorf("the mark made %+v", goal)
	}
	s := o.wait(goal.ID, clip.HighlightSettled, 90*time.Second)
	t.Logf("first goal posted %s after the start", time.Since(began).Round(time.Second))
	if len(s.Highlight.Missing) > 0 {
		t.Errorf("missing %v", s.Highlight.Missing)
	}
	post := filepath.Join(o.data, "posts", id2file(goal.ID, "folder"))
	content, err := os.ReadFile(post + ".mp4")
	if err != nil {
		t.Fatal(err)
	}
	ns := numbersOf(t, content)
	sameFrames(t, "the goal's post", ns, ns[0], ns[0]+s.Highlight.Renditions[0].Frames-1)
	var about map[string]any
	text, err := os.ReadFile(post + ".json")
	if err != nil || json.Unmarshal(text, &about) != nil {
		t.Fatalf("the post's description: %v\n%s", err, text)
	}
	captions, err := os.ReadFile(post + ".vtt")
	if err != nil || !strings.HasPrefix(string(captions), "WEBVTT") || strings.Count(string(captions), "-->") < 2 {
		t.Errorf("the commentary's captions: %v\n%s", err, captions)
	}
}

// TestRefusals asks for what cannot be had: each answer is a problem document
// that says what to do.
func TestRefusals(t *testing.T) {
	o := up(t, config(broadcast(t), nil, clip.ByPerson))
	window := o.recorded("live", 6*time.Second)
	at := func(d time.Duration) string { return window.In.Add(d).UTC().Format(time.RFC3339Nano) }
	for _, c := range []struct {
		name string
		flag clip.Flag
		want []string // in the answer
	}{
		{"unknown feed", clip.Flag{Feed: "nowhere", At: "-1s"}, []string{"404", "live"}},
		{"before the window", clip.Flag{Feed: "live", In: at(-time.Hour), Out: at(-59 * time.Minute)}, []string{"410", "before the recording"}},
		{"end before start", clip.Flag{Feed: "live", In: at(3 * time.Second), Out: at(2 * time.Second)}, []string{"422", "before the mark-in"}},
		{"far future", clip.Flag{Feed: "live", In: at(48 * time.Hour)}, []string{"422", "future"}},
		{"too long", clip.Flag{Feed: "live", In: at(0), Out: at(11 * time.Minute)}, []string{"422", "limit"}},
		{"no time", clip.Flag{Feed: "live", At: "yesterday"}, []string{"422", "RFC 3339"}},
		{"at and in", clip.Flag{Feed: "live", At: "now", In: "now"}, []string{"422", "either"}},
		{"unknown epoch", clip.Flag{Feed: "live", In: "99:900000"}, []string{"410", "epoch"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := o.flag(c.flag)
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, want := range append(c.want, "/problems/") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the answer does not say %q: %v", want, err)
				}
			}
		})
	}
}

// TestOneProcess starts a second process on the same data directory.
func TestOneProcess(t *testing.T) {
	o := up(t, config("http://127.0.0.1:9/none.m3u8", nil, clip.ByPerson))
	out, err := o.second()
	if err == nil || !strings.Contains(out, "another ovation") || !strings.Contains(out, "--data") {
		t.Errorf("a second process: %v\n%s", err, out)
	}
}
