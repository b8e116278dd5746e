package desk

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

type captionsBody struct {
	Revision int           `json:"revision"`
	ByHand   bool          `json:"by_hand"`
	Captions []captionView `json:"captions"`
}

func TestCaptions(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.reviewed("A goal")
	path := "/api/v1/highlights/" + string(h.ID) + "/captions"
	w.get(409, nil, "paul", "GET", path, "") // nothing was rendered
	h = w.captioned(h, "What a pas", "He shoots")
	var got captionsBody
	w.get(200, &got, "paul", "GET", path, "")
	cue := func(from, to clip.Ticks, text string) clip.Cue {
		return clip.Cue{Epoch: 1, From: from, To: to, Lang: "en", Text: text}
	}
	want := captionsBody{Revision: h.Revision, Captions: []captionView{
		{cue(900000, 990000, "What a pas"), 0, time.Second}, {cue(990000, 1080000, "He shoots"), time.Second, time.Second}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want −, got +:\n%s", diff)
	}

	// One is corrected, one goes, and one is added over the border of two cells.
	body := `{"revision":%d,"captions":[{"epoch":1,"from":900000,"to":990000,"lang":"en","text":"What a pass"},
		{"at":1900000000,"for":600000000,"lang":"en","text":"Goal"}]}`
	w.get(403, nil, "max", "PUT", path, fmt.Sprintf(body, h.Revision))
	w.get(409, nil, "paul", "PUT", path, fmt.Sprintf(body, h.Revision+1))
	var edited clip.Highlight
	w.get(200, &edited, "paul", "PUT", path, fmt.Sprintf(body, h.Revision))
	reworded := &clip.Rewording{Span: h.Recipe.Span, Cues: []clip.Cue{cue(900000, 990000, "What a pass"), cue(1071000, 1125000, "Goal")}}
	if diff := cmp.Diff(reworded, edited.Recipe.Captions.Reworded); diff != "" || edited.State != clip.HighlightRendering || edited.Revision != h.Revision+1 {
		t.Errorf("%s at revision %d; want −, got +:\n%s", edited.State, edited.Revision, diff)
	}
	w.get(422, nil, "paul", "PUT", path, fmt.Sprintf(`{"revision":%d,"captions":[{"at":9000000000,"for":1,"text":"after the end"}]}`, edited.Revision))
	var back clip.Highlight
	w.get(200, &back, "paul", "DELETE", path+fmt.Sprintf("?revision=%d", edited.Revision), "")
	if back.Recipe.Captions.Reworded != nil {
		t.Errorf("the feed's own are not back: %+v", back.Recipe.Captions.Reworded)
	}
}
