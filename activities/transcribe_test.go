package activities

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/media"
)

// hear gives the world a service that answers what it is told to, and checks
// that it is sent sound of a length in seconds.
func (w *world) hear(t *testing.T, status int, answer, length string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		probe := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels,duration", "-of", "csv=p=0", "-")
		probe.Stdin = file
		if out, err := probe.Output(); strings.TrimSpace(string(out)) != "flac,16000,1,"+length || err != nil {
			t.Errorf("it was sent %q, %v", out, err)
		}
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, answer)
	}))
	t.Cleanup(s.Close)
	engine, err := media.New("ffmpeg", "ffprobe", w.Log)
	if err != nil {
		t.Fatal(err)
	}
	w.Media, w.Scratch, w.DVR = engine, t.TempDir(), filepath.Join(t.TempDir(), "dvr")
	w.Speech = &detect.Speech{URL: s.URL}
}

// planned flags a goal whose captions are made of what is said, and plans it.
func (w *world) plannedSpeech(t *testing.T) (clip.MomentID, PlanResult) {
	t.Helper()
	m, _, _, err := w.Flagger.Flag(t.Context(), clip.Flag{Feed: "final", In: "-30s", Out: "-26s", Kind: "goal", Title: "Goal"}, admin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Catalogue.EditHighlight(t.Context(), m.ID, admin, "test", func(h *clip.Highlight) error {
		h.Recipe.Captions.Speech = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return m.ID, w.planOf(t, m.ID)
}

func (w *world) planOf(t *testing.T, id clip.MomentID) (p PlanResult) {
	t.Helper()
	got, err := w.env.ExecuteActivity(w.Activities.Plan, PlanInput{Highlight: id})
	if err == nil {
		err = got.Get(&p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// transcribed takes the step, and gives the highlight and what is planned then.
func (w *world) transcribed(t *testing.T, in TranscribeInput) (clip.Highlight, PlanResult) {
	t.Helper()
	if _, err := w.env.ExecuteActivity(w.Transcribe, in); err != nil {
		t.Fatal(err)
	}
	h, err := w.Catalogue.Highlight(t.Context(), in.Highlight)
	if err != nil {
		t.Fatal(err)
	}
	return h, w.planOf(t, in.Highlight)
}

func TestTranscribe(t *testing.T) {
	w := newWorld(t)
	w.hear(t, 200, `{"segments":[{"start":1,"end":2.5,"text":"What a goal!"},{"start":3.6,"end":4.5,"text":"Okafor!"}]}`, "10.000000")
	id, p := w.plannedSpeech(t)
	if !p.Listen {
		t.Fatalf("nobody is to listen: %+v", p)
	}
	w.transcribed(t, TranscribeInput{Highlight: id, Revision: p.Revision + 1, Plan: p.Plan}) // of another revision: nothing
	h, after := w.transcribed(t, TranscribeInput{Highlight: id, Revision: p.Revision, Plan: p.Plan})
	words := h.Recipe.Captions.Reworded
	if words == nil || len(words.Cues) != 2 || words.Cues[0].Text != "What a goal!" || words.Cues[1].To-words.Cues[1].From != clip.TickRate || h.Revision != p.Revision+1 {
		t.Errorf("revision %d says %+v", h.Revision, words)
	}
	if after.Listen || after.Plan == p.Plan {
		t.Errorf("the plan after it is %+v", after)
	}
}

func TestNothingIsSaid(t *testing.T) {
	w := newWorld(t)
	w.hear(t, 200, `{"text":"","segments":[]}`, "10.000000")
	id, p := w.plannedSpeech(t)
	if h, after := w.transcribed(t, TranscribeInput{Highlight: id, Revision: p.Revision, Plan: p.Plan}); after.Listen || h.Recipe.Captions.Reworded == nil || h.Unspoken != "" {
		t.Errorf("%+v, %q", after, h.Unspoken)
	}
}

// TestDeafService: a highlight does not depend on a service.
func TestDeafService(t *testing.T) {
	w := newWorld(t)
	w.hear(t, 400, `{"error":{"message":"no"}}`, "10.000000")
	id, p := w.plannedSpeech(t)
	if h, after := w.transcribed(t, TranscribeInput{Highlight: id, Revision: p.Revision, Plan: p.Plan}); after.Listen || !strings.Contains(h.Unspoken, "400 Bad Request") || h.State != clip.HighlightRendering {
		t.Errorf("%+v, %q", after, h.Unspoken)
	}
}
