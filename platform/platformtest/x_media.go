package platformtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// initialize begins an upload.
func (x *X) initialize(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Kind     string `json:"media_type"`
		Size     int    `json:"total_bytes"`
		Category string `json:"media_category"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	kinds := map[string][]string{
		"tweet_video": {"video/mp4", "video/quicktime", "video/webm", "video/mp2t"}, "amplify_video": {"video/mp4", "video/quicktime"},
		"subtitles": {"text/srt", "text/vtt"},
	}
	if err != nil || in.Size <= 0 || in.Size > 512<<20 || !slices.Contains(kinds[in.Category], in.Kind) {
		xInvalid(w, "The media type, size or category is invalid.")
		return
	}
	m := &XMedia{ID: x.name(), Category: in.Category, size: in.Size, parts: map[int][]byte{}, Captions: map[string]string{}}
	x.media[m.ID] = m
	answerWith(w, http.StatusOK, map[string]any{"data": x.showMedia(m)})
}

// append takes a segment, as a form or as JSON with the bytes in base64, as
// X's own client sends it.
func (x *X) append(w http.ResponseWriter, r *http.Request) {
	m, ok := x.media[r.PathValue("id")]
	if !ok || m.done {
		xInvalid(w, "Media ID is invalid.")
		return
	}
	index, part, err := xSegment(r)
	if err != nil || index < 0 || index > 999 || len(part) == 0 || len(part) > 5<<20 {
		xInvalid(w, "The segment is invalid.")
		return
	}
	m.parts[index] = part
	answerWith(w, http.StatusOK, map[string]any{"data": map[string]any{"expires_at": x.Now().Unix() + 86400}})
}

func xSegment(r *http.Request) (index int, part []byte, err error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		var in struct {
			Index int    `json:"segment_index"`
			Media string `json:"media"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return 0, nil, err
		}
		part, err = base64.StdEncoding.DecodeString(in.Media)
		return in.Index, part, err
	}
	file, _, err := r.FormFile("media")
	if err != nil {
		return 0, nil, err
	}
	defer file.Close()
	if index, err = strconv.Atoi(r.FormValue("segment_index")); err != nil {
		return 0, nil, err
	}
	part, err = io.ReadAll(file)
	return index, part, err
}

// finalize ends an upload; a video is then processed.
func (x *X) finalize(w http.ResponseWriter, r *http.Request) {
	m, ok := x.media[r.PathValue("id")]
	if !ok || len(m.Bytes()) != m.size {
		xInvalid(w, "Size of the uploaded media does not match total_bytes.")
		return
	}
	m.done = true
	answerWith(w, http.StatusOK, map[string]any{"data": x.showMedia(m)})
}

func (x *X) status(w http.ResponseWriter, r *http.Request) {
	m, ok := x.media[r.FormValue("media_id")]
	if !ok || r.FormValue("command") != "STATUS" {
		xInvalid(w, "Media ID is invalid.")
		return
	}
	m.glances++
	answerWith(w, http.StatusOK, map[string]any{"data": x.showMedia(m)})
}

// showMedia is an upload as each of its calls shows it.
func (x *X) showMedia(m *XMedia) map[string]any {
	shown := map[string]any{"id": m.ID, "media_key": m.key(), "expires_after_secs": 86400, "size": m.size}
	if m.Category == "subtitles" || !m.done {
		return shown
	}
	state := map[string]any{"state": "succeeded", "progress_percent": 100}
	switch {
	case x.Failure != "":
		state = map[string]any{"state": "failed", "error": map[string]any{"code": 1, "name": "InvalidMedia", "message": x.Failure}}
	case m.glances == 0 && x.Slow > 0:
		state = map[string]any{"state": "pending", "check_after_secs": 1}
	case m.glances < x.Slow:
		state = map[string]any{"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
	}
	shown["processing_info"] = state
	return shown
}

func (x *X) subtitles(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID        string `json:"id"`
		Category  string `json:"media_category"`
		Subtitles struct {
			ID   string `json:"id"`
			Lang string `json:"language_code"`
			Name string `json:"display_name"`
		} `json:"subtitles"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	video, file := x.media[in.ID], x.media[in.Subtitles.ID]
	if err != nil || video == nil || file == nil || !file.done || in.Category != "TweetVideo" || len(in.Subtitles.Lang) != 2 ||
		in.Subtitles.Name == "" || !bytes.HasPrefix(file.Bytes(), []byte("WEBVTT")) {
		xInvalid(w, "The subtitles are invalid.")
		return
	}
	video.Captions[in.Subtitles.Lang] = string(file.Bytes())
	answerWith(w, http.StatusOK, map[string]any{"data": map[string]any{"id": in.ID, "media_category": in.Category,
		"associated_subtitles": []any{map[string]string{"id": in.Subtitles.ID, "language_code": in.Subtitles.Lang, "display_name": in.Subtitles.Name}}}})
}

func (x *X) metadata(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID       string `json:"id"`
		Metadata struct {
			Alt struct {
				Text string `json:"text"`
			} `json:"alt_text"`
		} `json:"metadata"`
	}
	err := json.NewDecoder(r.Body).Decode(&in)
	m, ok := x.media[in.ID]
	if err != nil || !ok || len([]rune(in.Metadata.Alt.Text)) > 1000 {
		xInvalid(w, "The metadata is invalid.")
		return
	}
	m.Alt = in.Metadata.Alt.Text
	answerWith(w, http.StatusOK, map[string]any{"data": map[string]any{"id": in.ID, "associated_metadata": map[string]any{"alt_text": map[string]string{"text": m.Alt}}}})
}
