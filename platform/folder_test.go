package platform_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// drop is a folder with a post of three small files to it. It is not a real
// video: nothing in a folder looks at it.
func drop(t *testing.T) (dir string, a platform.Account, p clip.Post, m platform.Media) {
	t.Helper()
	dir = t.TempDir()
	sample := platformtest.Sample{Video: []byte("video"), Cover: []byte("cover"), Captions: []byte("WEBVTT\n")}
	p = sample.Post("goal-1.partner", "Gold!")
	p.State, p.Attempt = clip.PostIntent, 1
	p.Marker = platform.NewMarker(p)
	return dir, open(t, "folder", map[string]any{"dir": dir}, nil), p, sample.Media()
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

// TestFolderDocument: what a partner finds, and when.
func TestFolderDocument(t *testing.T) {
	dir, a, p, m := drop(t)
	handle, err := a.Upload(t.Context(), p, m)
	if err != nil || handle != string(p.Media) {
		t.Fatalf("upload: %q, %v", handle, err)
	}
	for _, name := range names(t, dir) {
		if !strings.HasPrefix(name, ".") {
			t.Errorf("%s can be seen before it is published", name)
		}
	}
	if _, err := a.Publish(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := []string{"goal-1.partner.jpg", "goal-1.partner.json", "goal-1.partner.mp4", "goal-1.partner.vtt"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("the folder has %v, want %v", got, want)
	}
	text, err := os.ReadFile(filepath.Join(dir, "goal-1.partner.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"post": "goal-1.partner", "marker": p.Marker, "highlight": "h1", "decision": "d1", "revision": 3.0, "destination": "test",
		"text": "Gold!", "alt": p.Alt, "title": "Gold", "lang": "en", "shape": "16:9", "duration": 2e9,
	} {
		if doc[key] != want {
			t.Errorf("%s is %v, want %v", key, doc[key], want)
		}
	}
	if !strings.Contains(string(text), string(p.Media)) || !strings.Contains(string(text), string(p.Captions)) {
		t.Errorf("the digests are missing: %s", text)
	}
}

// TestFolderCrash: the process ends between any two renames, and the post is
// published afterwards, once and whole.
func TestFolderCrash(t *testing.T) {
	ends := []string{".mp4", ".vtt", ".jpg"}
	for placed := range len(ends) + 1 {
		dir, a, p, m := drop(t)
		if _, err := a.Upload(t.Context(), p, m); err != nil {
			t.Fatal(err)
		}
		for _, end := range ends[:placed] {
			name := filepath.Join(dir, string(p.ID)+end)
			if err := os.Rename(filepath.Join(dir, "."+string(p.ID)+end+".part"), name); err != nil {
				t.Fatal(err)
			}
		}
		p.Sent = time.Now()
		if _, found, err := a.Find(t.Context(), p); found || err != nil {
			t.Errorf("after %d renames it counts as published: %v", placed, err)
		}
		p.Attempt++ // the product keeps the marker of the first attempt; a new one does as well
		p.Marker = platform.NewMarker(p)
		if _, err := a.Publish(t.Context(), p); err != nil {
			t.Errorf("after %d renames: %v", placed, err)
		}
		if _, found, err := a.Find(t.Context(), p); !found || err != nil {
			t.Errorf("not found: %v", err)
		}
		if video, err := os.ReadFile(filepath.Join(dir, "goal-1.partner.mp4")); err != nil || string(video) != "video" {
			t.Errorf("the video is %q, %v", video, err)
		}
	}
}

// TestFolderRefuses: what must not be touched, and what must not be believed.
func TestFolderRefuses(t *testing.T) {
	dir, a, p, m := drop(t)
	bad := m
	bad.Video.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("vide0")), nil }
	if _, err := a.Upload(t.Context(), p, bad); clip.KindOf(err) != clip.Internal {
		t.Errorf("other bytes than approved: %v", err)
	}
	if _, err := a.Upload(t.Context(), p, platform.Media{}); err == nil {
		t.Error("no bytes at all were delivered")
	}
	if _, err := a.Publish(t.Context(), p); clip.KindOf(err) != clip.Rejected || !strings.Contains(err.Error(), "gone") {
		t.Errorf("publishing what is not there: %v", err)
	}
	for _, id := range []clip.PostID{"", "..", ".hidden", "../goal", "a/b", `a\b`, "a\x00b", "a\r\nDELE b"} {
		evil := p
		evil.ID = id
		_, uploaded := a.Upload(t.Context(), evil, m)
		_, published := a.Publish(t.Context(), evil)
		_, _, found := a.Find(t.Context(), evil)
		for _, err := range []error{uploaded, published, found, a.Retract(t.Context(), evil)} {
			if clip.KindOf(err) != clip.Invalid {
				t.Errorf("%q as a name: %v", id, err)
			}
		}
	}
	theirs := filepath.Join(dir, "goal-1.partner.json")
	for _, text := range []string{"{}", "not JSON", `{"marker":"another"}`} {
		if err := os.WriteFile(theirs, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Publish(t.Context(), p); clip.KindOf(err) != clip.Rejected {
			t.Errorf("publishing over a foreign file: %v", err)
		}
		if err := a.Retract(t.Context(), p); err == nil {
			t.Error("a foreign file was retracted")
		}
		if got, err := os.ReadFile(theirs); err != nil || string(got) != text {
			t.Errorf("the foreign file is now %q, %v", got, err)
		}
	}
}

// TestFolderLeavesNothing: also what only was uploaded goes.
func TestFolderLeavesNothing(t *testing.T) {
	dir, a, p, m := drop(t)
	if _, err := a.Upload(t.Context(), p, m); err != nil {
		t.Fatal(err)
	}
	if err := a.Retract(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestFolderRelative: a relative directory lies in the data directory.
func TestFolderRelative(t *testing.T) {
	dir := t.TempDir()
	if _, err := openJSON("folder", `{"dir":"out/clips"}`, platform.Deps{Dir: dir, Log: silent()}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "clips")); err != nil {
		t.Error(err)
	}
}
