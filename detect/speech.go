package detect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Limits of a speech service. The upload limit is OpenAI's own
// (https://platform.openai.com/docs/guides/speech-to-text, 2026-11-24); others
// take more. Four minutes of speech, the longest clip, have 3 MB as FLAC.
const (
	speechMost   = 25 << 20 // bytes of sound
	speechAnswer = 8 << 20  // bytes that are read of an answer
	speechWait   = time.Minute
)

// Speech asks a service for the words that are said in a sound, in the shape
// that OpenAI gave it, which whisper.cpp's server, speaches and others speak as
// well: POST …/audio/transcriptions with response_format verbose_json.
type Speech struct {
	URL    string // the service's base, such as http://127.0.0.1:8000/v1
	Model  string // such as whisper-1; some services know only one
	Key    clip.Secret
	Client *http.Client // nil: one of its own
}

// transcript is as much of an answer as we need. OpenAI lists words beside the
// segments, whisper.cpp within them.
type transcript struct {
	Segments []segment `json:"segments"`
	Words    []heard   `json:"words"`
	Text     string    `json:"text"`
}

type segment struct {
	Start json.Number `json:"start"` // seconds
	End   json.Number `json:"end"`
	Text  string      `json:"text"`
	Words []heard     `json:"words"`
}

type heard struct {
	Word  string      `json:"word"`
	Start json.Number `json:"start"` // seconds
	End   json.Number `json:"end"`
}

// Words sends a sound file (FLAC) and gives the words that were heard, in
// order. No words is an answer. Unavailable may work later, Denied is a wrong
// key, Rejected a service that does not take the file or gives no times.
func (s *Speech) Words(ctx context.Context, sound io.Reader, lang string) ([]clip.Word, error) {
	const op = "transcribe speech"
	ctx, cancel := context.WithTimeout(ctx, speechWait)
	defer cancel()
	req, err := s.request(ctx, sound, lang)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	client := s.Client
	if client == nil {
		client = &http.Client{}
	}
	resp, err := client.Do(req)
	if err != nil {
		var address *url.Error
		if errors.As(err, &address) {
			err = address.Err // the address may hold a secret
		}
		return nil, clip.Errorf(clip.Unavailable, op, "%s was not reached: %w", req.URL.Host, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, speechAnswer+1))
	switch {
	case err != nil:
		return nil, clip.Errorf(clip.Unavailable, op, "%s did not answer: %w", req.URL.Host, err)
	case resp.StatusCode != http.StatusOK:
		return nil, refusal(op, req.URL.Host, resp.StatusCode)
	case len(body) > speechAnswer:
		return nil, clip.Errorf(clip.Rejected, op, "%s answered more than %d bytes", req.URL.Host, speechAnswer)
	}
	var t transcript
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, clip.Errorf(clip.Rejected, op, "%s answered what is no transcript: %w; url must be the base of a service like OpenAI's, such as http://127.0.0.1:8000/v1", req.URL.Host, err)
	}
	words, err := t.words()
	if err != nil {
		return nil, clip.Errorf(clip.Rejected, op, "%s: %w", req.URL.Host, err)
	}
	return words, nil
}

// request is the form that the service wants; the sound follows as it is read.
func (s *Speech) request(ctx context.Context, sound io.Reader, lang string) (*http.Request, error) {
	to, err := url.Parse(strings.TrimSuffix(s.URL, "/") + "/audio/transcriptions")
	if err != nil {
		return nil, errors.New("url is not an address")
	}
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(s.fill(form, sound, lang)) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), r)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	if s.Key != "" {
		req.Header.Set("Authorization", "Bearer "+s.Key.Reveal())
	}
	return req, nil
}

func (s *Speech) fill(form *multipart.Writer, sound io.Reader, lang string) error {
	fields := [][2]string{{"response_format", "verbose_json"}, {"timestamp_granularities[]", "segment"}, {"timestamp_granularities[]", "word"}}
	if s.Model != "" {
		fields = append(fields, [2]string{"model", s.Model})
	}
	if base, _, _ := strings.Cut(lang, "-"); base != "" {
		fields = append(fields, [2]string{"language", base}) // ISO 639-1 is wanted
	}
	for _, f := range fields {
		if err := form.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", "speech.flac")
	if err != nil {
		return err
	}
	n, err := io.Copy(part, io.LimitReader(sound, speechMost+1))
	if err == nil && n > speechMost {
		err = fmt.Errorf("the sound has more than the %d bytes that a service takes", speechMost)
	}
	return errors.Join(err, form.Close())
}

// refusal classifies an answer that is no transcript.
func refusal(op, host string, status int) error {
	kind, advice := clip.Rejected, "; look into the service's log"
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		kind, advice = clip.Denied, "; check speech.key"
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		advice = "; url must be the base of a service like OpenAI's, such as http://127.0.0.1:8000/v1"
	case status == http.StatusTooManyRequests, status >= 500, status == http.StatusRequestTimeout:
		kind, advice = clip.Unavailable, ""
	}
	return clip.Errorf(kind, op, "%s answered %d %s%s", host, status, http.StatusText(status), advice)
}

// words are those of the whole transcript. The text of a segment has the
// punctuation that a list of words may lack: where both have as many words, the
// text of the one stands at the times of the other, and where they differ the
// text is spread evenly over its segment.
func (t transcript) words() ([]clip.Word, error) {
	if len(t.Segments) == 0 {
		if len(t.Words) == 0 && strings.TrimSpace(t.Text) != "" {
			return nil, errors.New("it gives a text without times; it must know response_format verbose_json")
		}
		return timed(t.Words)
	}
	all, err := timed(t.Words)
	if err != nil {
		return nil, err
	}
	var out []clip.Word
	for _, s := range t.Segments {
		words, err := s.words(all)
		if err != nil {
			return nil, err
		}
		out = append(out, words...)
	}
	return out, nil
}

// words are those of a segment; all are the words beside the segments.
func (s segment) words(all []clip.Word) ([]clip.Word, error) {
	whole, err := heard{Word: s.Text, Start: s.Start, End: s.End}.word()
	if err != nil {
		return nil, err
	}
	mine, err := timed(s.Words)
	if err != nil {
		return nil, err
	}
	if len(mine) == 0 {
		for _, w := range all {
			if middle := (w.From + w.To) / 2; middle >= whole.From && middle < whole.To {
				mine = append(mine, w)
			}
		}
	}
	texts := strings.Fields(s.Text)
	if len(texts) == len(mine) {
		for i := range mine {
			mine[i].Text = texts[i]
		}
		return mine, nil
	}
	if len(texts) == 1 && len(mine) > 1 {
		return mine, nil // no spaces between words: theirs are better than none
	}
	return spread(texts, whole), nil
}

// spread gives each of the texts a part of the whole's time, by its letters.
func spread(texts []string, whole clip.Word) []clip.Word {
	total := 0
	for _, t := range texts {
		total += len(t)
	}
	var out []clip.Word
	done := 0
	for _, t := range texts {
		from := whole.From + (whole.To-whole.From)*time.Duration(done)/time.Duration(total)
		done += len(t)
		out = append(out, clip.Word{From: from, To: whole.From + (whole.To-whole.From)*time.Duration(done)/time.Duration(total), Text: t})
	}
	return out
}

func timed(list []heard) ([]clip.Word, error) {
	var out []clip.Word
	for _, h := range list {
		w, err := h.word()
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func (h heard) word() (clip.Word, error) {
	from, err := seconds(h.Start)
	if err != nil {
		return clip.Word{}, err
	}
	to, err := seconds(h.End)
	if err == nil && to < from {
		err = fmt.Errorf("%q ends at %s, before it begins at %s", h.Word, to, from)
	}
	return clip.Word{From: from, To: to, Text: h.Word}, err
}

// seconds reads a number of seconds, to the microsecond.
func seconds(n json.Number) (time.Duration, error) {
	f, err := n.Float64()
	if err != nil || f < 0 || f > 24*3600 {
		return 0, fmt.Errorf("%q is not a time in seconds", n)
	}
	return time.Duration(f*1e6+0.5) * time.Microsecond, nil
}
