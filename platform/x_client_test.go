package platform_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ovation-live/ovation/internal/realserver"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// TestXFake proves the fake with X's own JavaScript client (tools/x): it
// uploads in segments, adds captions and alternative text, posts, reads its
// posts back and deletes one, and understands the refusals.
func TestXFake(t *testing.T) {
	dir, err := realserver.Build("x")
	if err != nil {
		t.Fatal(err)
	}
	fake := platformtest.NewX(t)
	fake.Slow = 2
	cmd := exec.Command("node", filepath.Join(dir, "drive.mjs"))
	cmd.Env = append(os.Environ(), "X_SERVER="+fake.URL, "X_TOKEN="+fake.Tokens.Give())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type refusal struct {
		Status int
		Detail string
	}
	var said struct {
		Video               struct{ ID, MediaKey string }
		States              []string
		Subtitles, Metadata struct{ ID string }
		Post, Me            struct{ ID, Text string }
		Again, Gone         refusal
		Timeline            []struct {
			ID          string
			Attachments struct{ MediaKeys []string }
		}
		Deleted struct{ Deleted bool }
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	id := said.Video.ID
	switch {
	case id == "" || said.Video.MediaKey != "7_"+id || said.Subtitles.ID != id || said.Metadata.ID != id:
		t.Errorf("the uploads: %s", out)
	case !slices.Equal(said.States, []string{"in_progress", "succeeded"}):
		t.Errorf("the states: %s", out)
	case said.Post.Text != "Gold!" || said.Again != refusal{403, "You are not allowed to create a Tweet with duplicate content."}:
		t.Errorf("the post: %s", out)
	case len(said.Timeline) != 1 || said.Timeline[0].ID != said.Post.ID || !slices.Equal(said.Timeline[0].Attachments.MediaKeys, []string{"7_" + id}):
		t.Errorf("the timeline: %s", out)
	case !said.Deleted.Deleted || said.Gone.Status != 404 || len(fake.Tweets()) != 0:
		t.Errorf("the deletion: %s", out)
	}
}
