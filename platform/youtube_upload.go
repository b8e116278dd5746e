package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// youtubeDone begins a session that is complete: the video's id follows. Any
// other session is the address that YouTube gave for the upload.
const youtubeDone = "video:"

// maxCaptions bounds captions, which are in memory while they are sent.
const maxCaptions = 10 << 20

// Upload brings the video as private, then its thumbnail and captions. Each
// part may repeat: an upload is gone on with, a thumbnail replaces itself, and
// captions that are there already are.
// https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol,
// 2026-11-24.
func (a *youtubeAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	id, err := a.bring(ctx, op, p, m)
	if err != nil {
		return "", err
	}
	if !m.Cover.Zero() && !a.options.NoCover {
		if err := a.cover(ctx, "set the thumbnail of post "+string(p.ID), id, m.Cover); err != nil {
			return "", err
		}
	}
	if !m.Captions.Zero() {
		if err := a.captions(ctx, "bring the captions of post "+string(p.ID), id, p, m.Captions); err != nil {
			return "", err
		}
	}
	return id, nil
}

// bring uploads the video, from where an earlier call stopped.
func (a *youtubeAccount) bring(ctx context.Context, op string, p clip.Post, m Media) (id string, err error) {
	if id, ok := strings.CutPrefix(p.Session, youtubeDone); ok {
		return id, nil
	}
	session, from := p.Session, int64(0)
	if session != "" {
		id, from, err = a.arrived(ctx, op, session, m.Video.Size)
		switch {
		case clip.KindOf(err) == clip.NotFound, from > m.Video.Size:
			session = "" // YouTube forgot it
		case err != nil:
			return "", err
		case from == m.Video.Size:
			return "", clip.Errorf(clip.Unavailable, op, "YouTube has all of it, and does not say what it is called yet")
		}
	}
	if session == "" {
		if session, err = a.begin(ctx, op, p, m.Video.Size); err != nil {
			return "", err
		}
		if err := m.Keep(session); err != nil {
			return "", err
		}
		from = 0
	}
	if id == "" {
		if id, err = a.send(ctx, op, session, m.Video, from); err != nil {
			return "", err
		}
	}
	return id, m.Keep(youtubeDone + id)
}

// begin opens an upload session.
func (a *youtubeAccount) begin(ctx context.Context, op string, p clip.Post, size int64) (session string, err error) {
	lang := orElse(p.Lang, a.options.Language)
	body, err := jsonBody(youtubeVideo{
		Snippet: &youtubeSnippet{Title: p.Title, Description: p.Text, Tags: a.options.Tags, Category: a.options.Category, Language: lang, Audio: lang},
		Status:  a.status("private"),
	})
	if err != nil {
		return "", clip.Errorf(clip.Internal, op, "%w", err)
	}
	start := ask{
		op: op, method: http.MethodPost, path: "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status", body: body,
		header: http.Header{"X-Upload-Content-Length": {strconv.FormatInt(size, 10)}, "X-Upload-Content-Type": {"video/mp4"}},
	}
	got, err := a.do(ctx, start, nil)
	if err != nil {
		return "", err
	}
	session = got.header.Get("Location")
	if err := a.ours(session); err != nil {
		return "", unclear(start, "%w", err)
	}
	return session, nil
}

// ours refuses to send the token, and the video, anywhere but to Google.
func (a *youtubeAccount) ours(session string) error {
	at, err := url.Parse(session)
	switch {
	case err != nil, at.Host == "":
		return errors.New("YouTube gave no address to upload to")
	case at.Host == a.base.Host && at.Scheme == a.base.Scheme:
		return nil
	case at.Scheme != "https" || !strings.HasSuffix(at.Host, ".googleapis.com"):
		return errors.New("the address to upload to is not YouTube's")
	}
	return nil
}

// arrived asks how many bytes of an upload are there, and for the video where
// all are.
func (a *youtubeAccount) arrived(ctx context.Context, op, session string, size int64) (id string, from int64, err error) {
	if err := a.ours(session); err != nil {
		return "", 0, clip.Errorf(clip.NotFound, op, "%w", err)
	}
	look := ask{
		op: op, method: http.MethodPut, path: session, also: http.StatusPermanentRedirect,
		header: http.Header{"Content-Range": {fmt.Sprintf("bytes */%d", size)}},
	}
	return a.progress(ctx, look)
}

// send sends the rest of a video.
func (a *youtubeAccount) send(ctx context.Context, op, session string, video Blob, from int64) (id string, err error) {
	file, err := openPart(video, from, video.Size-from)
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	rest := ask{
		op: op, method: http.MethodPut, path: session, also: http.StatusPermanentRedirect,
		header: http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", from, video.Size-1, video.Size)}},
		body:   &body{kind: "video/mp4", size: video.Size - from, Reader: file},
	}
	id, from, err = a.progress(ctx, rest)
	if err == nil && id == "" {
		err = clip.Errorf(clip.Unavailable, op, "YouTube has %d bytes of %d so far", from, video.Size)
	}
	return id, err
}

// progress makes a call of the upload protocol, which answers with the video
// where it is complete, and else with how much of it is there.
func (a *youtubeAccount) progress(ctx context.Context, call ask) (id string, from int64, err error) {
	var v youtubeVideo
	got, err := a.do(ctx, call, &v)
	switch {
	case err != nil:
		return "", 0, err
	case got.status == http.StatusPermanentRedirect:
		from, err = received(got.header.Get("Range"))
		if err != nil {
			err = unclear(call, "%w", err)
		}
		return "", from, err
	case v.ID == "":
		return "", 0, unclear(call, "YouTube gave the video no id")
	}
	return v.ID, 0, nil
}

// received reads how many bytes arrived; no header: none.
func received(header string) (int64, error) {
	if header == "" {
		return 0, nil
	}
	last, err := strconv.ParseInt(strings.TrimPrefix(header, "bytes=0-"), 10, 64)
	if err != nil || last < 0 {
		return 0, fmt.Errorf("what has arrived is said as %.40q", header)
	}
	return last + 1, nil
}

// cover sets the thumbnail.
func (a *youtubeAccount) cover(ctx context.Context, op, id string, cover Blob) error {
	if cover.Size > youtubeMaxCover {
		return clip.Errorf(clip.Invalid, op, "the cover has %d bytes, YouTube takes %d", cover.Size, youtubeMaxCover)
	}
	file, err := openBlob(cover)
	if err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	_, err = a.do(ctx, ask{
		op: op, method: http.MethodPost, path: "/upload/youtube/v3/thumbnails/set?uploadType=media&videoId=" + url.QueryEscape(id),
		body: &body{kind: "image/jpeg", size: cover.Size, Reader: file},
	}, nil)
	if clip.KindOf(err) == clip.Denied {
		return clip.Errorf(clip.Denied, op, "%w; verify the channel on youtube.com/verify, or write no_cover: true", errors.Unwrap(err))
	}
	return err
}

// captions brings the captions as a track beside the video.
func (a *youtubeAccount) captions(ctx context.Context, op, id string, p clip.Post, file Blob) error {
	about := map[string]any{"snippet": map[string]any{
		"videoId": id, "language": orElse(p.Lang, a.options.Language), "name": "", "isDraft": false,
	}}
	body, err := relatedBody(about, "text/vtt", file)
	if err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	_, err = a.do(ctx, ask{op: op, method: http.MethodPost, path: "/upload/youtube/v3/captions?uploadType=multipart&part=snippet", body: body}, nil)
	if err != nil && strings.Contains(err.Error(), "captionExists") {
		return nil // an earlier call brought them
	}
	return err
}

// relatedBody is a small file with what is said about it (RFC 2387).
func relatedBody(about any, kind string, file Blob) (*body, error) {
	r, err := openBlob(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if file.Size > maxCaptions {
		return nil, fmt.Errorf("the file has %d bytes, more than %d", file.Size, maxCaptions)
	}
	words, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	form := multipart.NewWriter(&text)
	for _, part := range []struct {
		kind string
		io.Reader
	}{{"application/json; charset=UTF-8", bytes.NewReader(words)}, {kind, r}} {
		w, _ := form.CreatePart(textproto.MIMEHeader{"Content-Type": {part.kind}}) // a bytes.Buffer takes everything
		if _, err := io.Copy(w, part); err != nil {
			return nil, err
		}
	}
	_ = form.Close() // the same
	return &body{kind: "multipart/related; boundary=" + form.Boundary(), size: int64(text.Len()), Reader: &text}, nil
}
