package platform

import (
	"context"
	"net/http"
	"strconv"

	"github.com/ovation-live/ovation/clip"
)

// graphUpload brings videos to Meta's upload server, which Instagram and
// Facebook share. It wants the token by another name in the header.
type graphUpload struct {
	*caller
	authorization string
}

// uploads makes the upload server's caller.
func (o graphOptions) uploads(d Deps, server string) (*graphUpload, error) {
	at, err := apiServer("upload_server", orElse(server, graphUploads), o.AllowPrivate)
	if err != nil {
		return nil, err
	}
	c := newCaller(d, at, "", o.AllowPrivate)
	c.tokens = secrets{o.Token}
	c.dialect = func(text []byte, r *refusal) { graphRefusal(text, r, c.now()) }
	return &graphUpload{c, "OAuth " + o.Token.Reveal()}, nil
}

// send brings the rest of a video.
func (u *graphUpload) send(ctx context.Context, op, path string, video Blob, from int64) error {
	file, err := openPart(video, from, video.Size-from)
	if err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	send := ask{
		op: op, method: http.MethodPost, path: "/" + path,
		body: &body{kind: "application/octet-stream", size: video.Size - from, Reader: file},
		header: http.Header{
			"Authorization": {u.authorization}, "Offset": {strconv.FormatInt(from, 10)}, "File_size": {strconv.FormatInt(video.Size, 10)},
		},
	}
	var told struct{ Success bool }
	if _, err := u.do(ctx, send, &told); err != nil {
		return err
	}
	if !told.Success {
		return unclear(send, "the answer does not say that the video arrived")
	}
	return nil
}
