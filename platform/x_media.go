package platform

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/ovation-live/ovation/clip"
)

// xMedia is an upload as X answers about it.
type xMedia struct {
	ID         string       `json:"id"`
	Processing *xProcessing `json:"processing_info"`
}

// xProcessing is how far X is with an upload; none: there is nothing to do.
type xProcessing struct {
	State string `json:"state"`
	Error struct {
		Name    string `json:"name"`
		Message string `json:"message"`
	} `json:"error"`
}

// ready reports whether the upload can be posted.
func (p *xProcessing) ready(op string) (bool, error) {
	switch {
	case p == nil, p.State == "succeeded":
		return true, nil
	case p.State == "failed":
		return false, clip.Errorf(clip.Rejected, op, "X could not process it: %s", orElse(p.Error.Message, orElse(p.Error.Name, "no reason given")))
	}
	return false, nil
}

// media makes a call that answers about an upload.
func (a *xAccount) media(ctx context.Context, call ask) (xMedia, error) {
	var told struct {
		Data xMedia `json:"data"`
	}
	if _, err := a.do(ctx, call, &told); err != nil {
		return xMedia{}, err
	}
	if told.Data.ID == "" {
		return xMedia{}, unclear(call, "X gave the upload no id")
	}
	return told.Data, nil
}

// Upload brings the video in segments, then its captions and alternative text.
// X cannot be asked which segments it has, so that an upload that broke off
// begins anew. https://docs.x.com/x-api/media/quickstart/media-upload-chunked,
// 2026-11-24.
func (a *xAccount) Upload(ctx context.Context, p clip.Post, m Media) (string, error) {
	op := "upload the video of post " + string(p.ID)
	id, err := a.bring(ctx, op, m.Video, "video/mp4", "tweet_video")
	if err != nil {
		return "", err
	}
	if !m.Captions.Zero() {
		if err := a.captions(ctx, "bring the captions of post "+string(p.ID), id, orElse(p.Lang, a.options.Language), m.Captions); err != nil {
			return "", err
		}
	}
	if p.Alt == "" {
		return id, nil
	}
	return id, a.tell(ctx, "describe the video of post "+string(p.ID), "/2/media/metadata", map[string]any{
		"id": id, "metadata": map[string]any{"alt_text": map[string]string{"text": p.Alt}},
	})
}

// bring uploads one file.
func (a *xAccount) bring(ctx context.Context, op string, file Blob, kind, category string) (id string, err error) {
	body, err := jsonBody(map[string]any{"media_type": kind, "total_bytes": file.Size, "media_category": category})
	if err != nil {
		return "", clip.Errorf(clip.Internal, op, "%w", err)
	}
	m, err := a.media(ctx, ask{op: op, method: http.MethodPost, path: "/2/media/upload/initialize", body: body})
	if err != nil {
		return "", err
	}
	at := "/2/media/upload/" + url.PathEscape(m.ID)
	for i := int64(0); i*xSegment < file.Size; i++ {
		if err := a.append(ctx, ask{op: op, method: http.MethodPost, path: at + "/append"}, file, i); err != nil {
			return "", err
		}
	}
	_, err = a.media(ctx, ask{op: op, method: http.MethodPost, path: at + "/finalize"})
	return m.ID, err
}

// append sends one segment of a file.
func (a *xAccount) append(ctx context.Context, call ask, file Blob, index int64) error {
	from := index * xSegment
	part := Blob{Size: min(file.Size-from, xSegment)}
	part.Open = func() (io.ReadCloser, error) { return openPart(file, from, part.Size) }
	form, files, err := formBody([]field{
		{name: "segment_index", text: strconv.FormatInt(index, 10)},
		{name: "media", file: "media", kind: "application/octet-stream", blob: part},
	})
	if err != nil {
		return clip.Errorf(clip.Unavailable, call.op, "%w", err)
	}
	defer files.Close()
	call.body = form
	_, err = a.do(ctx, call, nil)
	return err
}

// captions brings the captions as a track of the video.
func (a *xAccount) captions(ctx context.Context, op, id, lang string, file Blob) error {
	tag, err := language.Parse(lang)
	if err != nil {
		return clip.Errorf(clip.Invalid, op, "the language %q is not known: %w", lang, err)
	}
	track, err := a.bring(ctx, op, file, "text/vtt", "subtitles")
	if err != nil {
		return err
	}
	base, _ := tag.Base()
	return a.tell(ctx, op, "/2/media/subtitles", map[string]any{
		"id": id, "media_category": "TweetVideo",
		"subtitles": map[string]string{"id": track, "language_code": base.String(), "display_name": display.Self.Name(tag)},
	})
}

// tell posts what is said about an upload.
func (a *xAccount) tell(ctx context.Context, op, path string, about any) error {
	body, err := jsonBody(about)
	if err != nil {
		return clip.Errorf(clip.Internal, op, "%w", err)
	}
	_, err = a.media(ctx, ask{op: op, method: http.MethodPost, path: path, body: body})
	return err
}
