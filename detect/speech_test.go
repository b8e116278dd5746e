package detect

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// service speaks the transcription protocol: it checks what it is sent, and
// answers what it is told to.
func service(t *testing.T, status int, answer string) *Speech {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/audio/transcriptions" || r.Header.Get("Authorization") != "Bearer sk-secret" {
			t.Errorf("it was asked %s %s as %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		file, _, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		sound, err := io.ReadAll(file)
		got := fmt.Sprintf("%s %v %s %s %s", r.FormValue("response_format"), r.Form["timestamp_granularities[]"], r.FormValue("model"), r.FormValue("language"), sound)
		if want := "verbose_json [segment word] whisper-1 en the sound"; got != want || err != nil {
			t.Errorf("it was sent %q, %v; want %q", got, err, want)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return &Speech{URL: s.URL + "/v1/", Model: "whisper-1", Key: "sk-secret"}
}

func TestSpeech(t *testing.T) {
	for name, tc := range map[string]struct {
		answer string
		want   []string // from-to in ms, word
	}{
		"nothing is said": {`{"text":"","segments":[],"words":[]}`, nil},
		"words beside segments, as OpenAI lists them": {`{"text":"What a goal! Okafor.","segments":[{"start":0,"end":1.5,"text":" What a goal!"},{"start":1.5,"end":2.25,"text":" Okafor."}],
			"words":[{"word":"What","start":0.1,"end":0.3},{"word":"a","start":0.3,"end":0.4},{"word":"goal","start":0.4,"end":1.2},{"word":"Okafor","start":1.6,"end":2.2}]}`,
			[]string{"100-300 What", "300-400 a", "400-1200 goal!", "1600-2200 Okafor."}},
		"words within segments, as whisper.cpp lists them": {`{"segments":[{"start":0,"end":1,"text":" Goal!","words":[{"word":" Goal!","start":0.02,"end":0.98,"probability":0.9}]}]}`,
			[]string{"20-980 Goal!"}},
		"only segments":                    {`{"segments":[{"start":1,"end":2,"text":"one three"}]}`, []string{"1000-1375 one", "1375-2000 three"}},
		"only words":                       {`{"words":[{"word":"Goal","start":0.5,"end":0.75}]}`, []string{"500-750 Goal"}},
		"other words than the text":        {`{"segments":[{"start":0,"end":1,"text":"It's on","words":[{"word":"It","start":0,"end":0.2},{"word":"'s","start":0.2,"end":0.3},{"word":"on","start":0.3,"end":1}]}]}`, []string{"0-667 It's", "667-1000 on"}},
		"a language without spaces":        {`{"segments":[{"start":0,"end":1,"text":"彼女は走る","words":[{"word":"彼女は","start":0,"end":0.5},{"word":"走る","start":0.5,"end":1}]}]}`, []string{"0-500 彼女は", "500-1000 走る"}},
		"a segment with nothing but space": {`{"segments":[{"start":0,"end":1,"text":"  "}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			words, err := service(t, 200, tc.answer).Words(t.Context(), strings.NewReader("the sound"), "en-GB")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range words {
				got = append(got, fmt.Sprintf("%d-%d %s", w.From.Round(time.Millisecond).Milliseconds(), w.To.Round(time.Millisecond).Milliseconds(), strings.TrimSpace(w.Text)))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("want −, got +:\n%s", diff)
			}
		})
	}
}

func TestSpeechRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		answer string
		kind   clip.Kind
		say    string
	}{
		"a wrong key":       {401, `{"error":{"message":"Incorrect API key: sk-secret"}}`, clip.Denied, "401 Unauthorized; check speech.key"},
		"another address":   {404, "<html>", clip.Rejected, "url must be the base"},
		"too many calls":    {429, "", clip.Unavailable, "429"},
		"down":              {502, "<html>", clip.Unavailable, "502"},
		"a page":            {200, "<html>", clip.Rejected, "what is no transcript"},
		"no times":          {200, `{"text":"What a goal!"}`, clip.Rejected, "without times"},
		"an odd time":       {200, `{"words":[{"word":"x","start":-1,"end":2}]}`, clip.Rejected, `"-1" is not a time`},
		"backward":          {200, `{"words":[{"word":"x","start":2,"end":1}]}`, clip.Rejected, "before it begins"},
		"too large a sound": {413, "", clip.Rejected, "413"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := service(t, tc.status, tc.answer).Words(t.Context(), strings.NewReader("the sound"), "en")
			if err == nil || clip.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.say) || strings.Contains(err.Error(), "sk-secret") {
				t.Errorf("%v (%v), want %v: %q", err, clip.KindOf(err), tc.kind, tc.say)
			}
		})
	}
	gone := service(t, 200, "")
	gone.URL = "http://127.0.0.1:1/v1"
	if _, err := gone.Words(t.Context(), strings.NewReader("the sound"), "en"); clip.KindOf(err) != clip.Unavailable {
		t.Errorf("nobody there: %v", err)
	}
}
