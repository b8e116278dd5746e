package platformtest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// youtubeSession is a resumable upload.
type youtubeSession struct {
	video *FakeVideo
	bytes []byte
	size  int64
	done  bool
}

// insert begins an upload session. With an upload_id it goes on with one:
// Google's own client sends its chunks by POST.
func (y *YouTube) insert(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("upload_id") {
		y.chunk(w, r)
		return
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	var in youtubeVideo
	size, err := strconv.ParseInt(r.Header.Get("X-Upload-Content-Length"), 10, 64)
	if r.Header.Get("X-Upload-Content-Length") == "" {
		size, err = -1, nil // the last chunk says it
	}
	switch {
	case y.Inserts == 0:
		youtubeOverQuota(w)
		return
	case y.Most:
		youtubeRefuse(w, http.StatusBadRequest, "youtube.video", "uploadLimitExceeded", "The user has exceeded the number of videos they may upload.")
		return
	case r.FormValue("uploadType") != "resumable" || err != nil || !strings.HasPrefix(r.Header.Get("X-Upload-Content-Type"), "video/"):
		youtubeRefuse(w, http.StatusBadRequest, "global", "badRequest", "Bad Request")
		return
	case json.NewDecoder(r.Body).Decode(&in) != nil:
		youtubeRefuse(w, http.StatusBadRequest, "global", "parseError", "Parse Error")
		return
	}
	y.Inserts--
	if !youtubeLawful(w, in) {
		return
	}
	y.made++
	id := fmt.Sprintf("session-%d", y.made)
	y.sessions[id] = &youtubeSession{size: size, video: &FakeVideo{
		Title: in.Snippet.Title, Description: in.Snippet.Description, Tags: in.Snippet.Tags, Category: in.Snippet.Category,
		Language: in.Snippet.Language, Privacy: in.Status.Privacy, Kids: in.Status.Kids, Synthetic: in.Status.Synthetic,
	}}
	front := y.Front
	if front == "" {
		front = y.URL
	}
	w.Header().Set("Location", front+"/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status&upload_id="+id)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8") // as Google answers: there is no body
}

// youtubeLawful checks the words of a video as documented for videos.insert.
func youtubeLawful(w http.ResponseWriter, in youtubeVideo) bool {
	title, text := in.Snippet.Title, in.Snippet.Description
	switch {
	case title == "" || utf8.RuneCountInString(title) > 100 || strings.ContainsAny(title, "<>"):
		youtubeRefuse(w, http.StatusBadRequest, "youtube.video", "invalidTitle", "The request metadata specifies an invalid or empty video title.")
	case len(text) > 5000 || strings.ContainsAny(text, "<>"):
		youtubeRefuse(w, http.StatusBadRequest, "youtube.video", "invalidDescription", "The request metadata specifies an invalid video description.")
	case in.Snippet.Category == "":
		youtubeRefuse(w, http.StatusBadRequest, "youtube.video", "invalidCategoryId", "The snippet.categoryId property specifies an invalid category ID.")
	default:
		return true
	}
	return false
}

// chunk takes bytes of an upload, or tells how many there are.
func (y *YouTube) chunk(w http.ResponseWriter, r *http.Request) {
	y.mu.Lock()
	s, ok := y.sessions[r.URL.Query().Get("upload_id")]
	cut := y.Cut
	y.mu.Unlock()
	if !ok {
		youtubeRefuse(w, http.StatusNotFound, "global", "notFound", "Not Found")
		return
	}
	from, size, asks, err := youtubeRange(r)
	if err != nil {
		youtubeRefuse(w, http.StatusBadRequest, "global", "badContentRange", err.Error())
		return
	}
	var got []byte
	if !asks && cut > 0 {
		got, _ = io.ReadAll(io.LimitReader(r.Body, cut)) // the rest is lost
	} else if !asks {
		got, _ = io.ReadAll(r.Body) // what came is kept, also when the caller is gone
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if size >= 0 {
		s.size = size
	}
	if !asks && !s.done {
		if from > int64(len(s.bytes)) {
			youtubeRefuse(w, http.StatusBadRequest, "global", "badContentRange", "there is a gap before these bytes")
			return
		}
		s.bytes = append(s.bytes[:from], got...)
	}
	if !asks && cut > 0 {
		y.Cut = 0
		panic(http.ErrAbortHandler)
	}
	y.answerChunk(w, r, s)
}

// answerChunk says how far an upload is. Where it is complete there is a video.
func (y *YouTube) answerChunk(w http.ResponseWriter, r *http.Request, s *youtubeSession) {
	if n := int64(len(s.bytes)); n != s.size {
		if n > 0 {
			w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", n-1))
		}
		if r.Header.Get("X-GUploader-No-308") == "yes" { // Google's own client
			w.Header().Set("X-Http-Status-Code-Override", "308")
			w.WriteHeader(http.StatusOK)
			return
		}
		w.WriteHeader(http.StatusPermanentRedirect)
		return
	}
	if !s.done {
		s.done, s.video.Video = true, s.bytes
		y.made++
		s.video.ID = fmt.Sprintf("dQw4w9W%04d", y.made)
		s.video.Captions = map[string]string{}
		y.publish(s.video, s.video.Privacy)
		y.videos = append(y.videos, s.video)
	}
	answerWith(w, http.StatusCreated, y.show(s.video))
}

// youtubeRange reads Content-Range: where the bytes begin, how long the whole
// is (-1: not known yet), and whether it only asks how far the upload is.
func youtubeRange(r *http.Request) (from, size int64, asks bool, err error) {
	text := r.Header.Get("Content-Range")
	if text == "" {
		return 0, r.ContentLength, false, nil
	}
	span, whole, ok := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	size = -1
	if ok && whole != "*" {
		size, err = strconv.ParseInt(whole, 10, 64)
	}
	if err != nil || !ok {
		return 0, 0, false, fmt.Errorf("what is %q", text)
	}
	if span == "*" {
		return 0, size, r.ContentLength == 0, nil
	}
	begin, _, _ := strings.Cut(span, "-")
	from, err = strconv.ParseInt(begin, 10, 64)
	return from, size, false, err
}

func (y *YouTube) caption(w http.ResponseWriter, r *http.Request) {
	about, file, err := youtubeMedia(r)
	var in struct {
		Snippet struct {
			Video    string `json:"videoId"`
			Language string `json:"language"`
		} `json:"snippet"`
	}
	if err == nil {
		err = json.Unmarshal(about, &in)
	}
	v := y.find(in.Snippet.Video)
	switch {
	case err != nil || in.Snippet.Language == "":
		youtubeRefuse(w, http.StatusBadRequest, "youtube.caption", "invalidMetadata", "The request contains invalid metadata values, which prevent the track from being created.")
	case v == nil:
		youtubeNoVideo(w)
	case len(file) == 0:
		youtubeRefuse(w, http.StatusBadRequest, "youtube.caption", "contentRequired", "The request does not include the caption track contents.")
	case v.Captions[in.Snippet.Language] != "":
		youtubeRefuse(w, http.StatusConflict, "youtube.caption", "captionExists",
			"The specified video already has a caption track with the given language and name.")
	default:
		v.Captions[in.Snippet.Language] = string(file)
		answerWith(w, http.StatusOK, map[string]any{"kind": "youtube#caption", "id": "caption-" + v.ID})
	}
}

func (y *YouTube) cover(w http.ResponseWriter, r *http.Request) {
	_, file, err := youtubeMedia(r)
	v := y.find(r.FormValue("videoId"))
	switch {
	case y.NoCovers:
		youtubeRefuse(w, http.StatusForbidden, "youtube.thumbnail", "forbidden",
			"The authenticated user doesn't have permissions to upload and set custom video thumbnails.")
	case v == nil:
		youtubeNoVideo(w)
	case err != nil || len(file) == 0 || len(file) > 2<<20:
		youtubeRefuse(w, http.StatusBadRequest, "youtube.thumbnail", "invalidImage", "The provided image content is invalid.")
	default:
		v.Cover = file
		answerWith(w, http.StatusOK, map[string]any{"kind": "youtube#thumbnailSetResponse", "items": []any{}})
	}
}

// youtubeMedia reads a file, with what is said about it where it comes as
// multipart/related (RFC 2387).
func youtubeMedia(r *http.Request) (about, file []byte, err error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, nil, err
	}
	if kind != "multipart/related" {
		file, err = io.ReadAll(r.Body)
		return nil, file, err
	}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for _, into := range []*[]byte{&about, &file} {
		part, err := parts.NextPart()
		if err != nil {
			return nil, nil, err
		}
		if *into, err = io.ReadAll(part); err != nil {
			return nil, nil, err
		}
	}
	return about, file, nil
}
