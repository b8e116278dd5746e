package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// The video service.
// lexicons/app/bsky/video of bluesky-social/atproto, and the official client's
// own use of it (bluesky-social/social-app, src/lib/media/video), 2026-11-24.
const (
	blueskyVideo = "https://video.bsky.app"
	// blueskyDaily is how long to wait where the day's uploads are used up; the
	// service does not say when there are more.
	blueskyDaily = time.Hour
	// blueskyToken is how long a service token lasts; a PDS gives an hour at most.
	blueskyToken = 30 * time.Minute
	blueskyWrite = "com.atproto.repo.uploadBlob" // what the service does with it
)

// blueskyUpload is an upload in parts, as startUpload and getUploadStatus tell
// of it, and what is kept of it for the case of a crash.
type blueskyUpload struct {
	Job       string `json:"jobId"`
	PartSize  int64  `json:"partSizeBytes"`
	Parts     int    `json:"partCount"`
	Received  []int  `json:"receivedParts,omitempty"`
	State     string `json:"state,omitempty"`
	Completed string `json:"completedJobId,omitempty"`
	Reason    string `json:"failureReason,omitempty"`
}

// blueskyJob is what the service makes of a video.
type blueskyJob struct {
	ID          string `json:"jobId"`
	State       string `json:"state"`
	Error       string `json:"error"`
	Message     string `json:"message"`
	FailureCode string `json:"failureCode"`
	Blob        json.RawMessage
}

// serviceToken is a token with which the video service acts for the account.
func (a *blueskyAccount) serviceToken(ctx context.Context, op, audience, method string) (clip.Secret, error) {
	ends := strconv.FormatInt(a.now().Add(blueskyToken).Unix(), 10)
	look, err := xrpc(op, "com.atproto.server.getServiceAuth", url.Values{"aud": {audience}, "lxm": {method}, "exp": {ends}}, nil)
	if err != nil {
		return "", err
	}
	var told struct{ Token clip.Secret }
	_, err = a.do(ctx, look, &told)
	return told.Token, err
}

// writer is the video service with a token to write the video to the PDS.
func (a *blueskyAccount) writer(ctx context.Context, op string) (*caller, error) {
	who, err := a.session.who(ctx)
	if err != nil {
		return nil, err
	}
	c := *a.service
	c.token, err = a.serviceToken(ctx, op, who.PDS, blueskyWrite)
	return &c, err
}

// mayUpload asks whether the account may upload any more today.
func (a *blueskyAccount) mayUpload(ctx context.Context, op string) error {
	const method = "app.bsky.video.getUploadLimits"
	c := *a.service
	var err error
	if c.token, err = a.serviceToken(ctx, op, "did:web:"+c.base.Hostname(), method); err != nil {
		return err
	}
	look, err := xrpc(op, method, nil, nil)
	if err != nil {
		return err
	}
	var told struct {
		CanUpload      bool
		Message, Error string
	}
	if _, err := c.do(ctx, look, &told); err != nil || told.CanUpload {
		return err
	}
	why := c.short(orElse(told.Message, told.Error))
	if told.Error == "unconfirmed_email" {
		return clip.Errorf(clip.Denied, op, "confirm the account's e-mail address: %s", why)
	}
	return &clip.Error{Op: op, Kind: clip.Throttled, Err: errors.New("the account may upload no video now: " + why), Until: a.now().Add(blueskyDaily)}
}

// bring uploads the video in parts, from where an earlier call stopped, and
// names what the service makes of it.
func (a *blueskyAccount) bring(ctx context.Context, op string, p clip.Post, m Media) (string, error) {
	c, err := a.writer(ctx, op)
	if err != nil {
		return "", err
	}
	upload, err := a.begin(ctx, c, op, p, m)
	switch {
	case clip.KindOf(err) == clip.NotFound: // parts are switched off, or not known
		return a.whole(ctx, c, op, p, m.Video)
	case err != nil || upload.Completed != "":
		return upload.Completed, err
	}
	for n := 1; n <= upload.Parts; n++ {
		if slices.Contains(upload.Received, n) {
			continue
		}
		if err := a.part(ctx, c, op, upload, n, m.Video); err != nil {
			return "", err
		}
	}
	// The service keeps the token of this call to write to the PDS: a fresh one.
	if c, err = a.writer(ctx, op); err != nil {
		return "", err
	}
	finish, err := xrpc(op, "app.bsky.video.finishUpload", nil, map[string]string{"jobId": upload.Job})
	if err != nil {
		return "", err
	}
	var told blueskyUpload
	_, err = c.do(ctx, finish, &told)
	return orElse(told.Completed, upload.Job), err
}

// whole uploads the video by one call. A service that has the video already says
// so with 409, and whose work it is.
func (a *blueskyAccount) whole(ctx context.Context, c *caller, op string, p clip.Post, video Blob) (string, error) {
	who, err := a.session.who(ctx)
	if err != nil {
		return "", err
	}
	file, err := openBlob(video)
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	send := ask{
		op: op, method: http.MethodPost, body: &body{kind: "video/mp4", size: video.Size, Reader: file}, also: http.StatusConflict,
		path: "/xrpc/app.bsky.video.uploadVideo?" + url.Values{"did": {who.DID}, "name": {string(p.ID) + ".mp4"}}.Encode(),
	}
	var told struct { // in either of two forms, whatever the lexicon says
		blueskyJob
		JobStatus blueskyJob `json:"jobStatus"`
	}
	if _, err := c.do(ctx, send, &told); err != nil {
		return "", err
	}
	job := orElse(told.JobStatus.ID, told.ID)
	if job == "" {
		err = unclear(send, "the video service took no video: %s", c.short(orElse(told.JobStatus.Error, told.Error)))
	}
	return job, err
}

// begin starts an upload, or finds how far the one of an earlier call came.
func (a *blueskyAccount) begin(ctx context.Context, c *caller, op string, p clip.Post, m Media) (blueskyUpload, error) {
	if p.Session != "" {
		upload, err := a.resume(ctx, c, op, p.Session)
		if clip.KindOf(err) != clip.NotFound {
			return upload, err
		}
	}
	start, err := xrpc(op, "app.bsky.video.startUpload", nil, map[string]any{
		"sizeBytes": m.Video.Size, "mimeType": "video/mp4", "name": string(p.ID) + ".mp4", "durationMs": p.Duration.Milliseconds(),
	})
	if err != nil {
		return blueskyUpload{}, err
	}
	var upload blueskyUpload
	if _, err := c.do(ctx, start, &upload); err != nil {
		return blueskyUpload{}, err
	}
	if n := int64(upload.Parts); upload.Job == "" || upload.PartSize <= 0 || n != (m.Video.Size+upload.PartSize-1)/upload.PartSize {
		return blueskyUpload{}, unclear(start, "the video service wants %d parts of %d bytes for %d", upload.Parts, upload.PartSize, m.Video.Size)
	}
	return upload, m.Keep(upload.Job)
}

// resume asks for an upload; NotFound means that it has to begin anew.
func (a *blueskyAccount) resume(ctx context.Context, c *caller, op, job string) (blueskyUpload, error) {
	look, err := xrpc(op, "app.bsky.video.getUploadStatus", url.Values{"jobId": {job}}, nil)
	if err != nil {
		return blueskyUpload{}, err
	}
	var upload blueskyUpload
	if _, err := c.do(ctx, look, &upload); err != nil {
		return blueskyUpload{}, err
	}
	switch upload.State {
	case "completed":
		upload.Completed = orElse(upload.Completed, upload.Job)
		return upload, nil
	case "created":
		return upload, nil
	case "failed":
		return upload, clip.Errorf(clip.Rejected, op, "the video service could not use the video: %s", c.short(upload.Reason))
	case "aborted", "expired":
		return upload, clip.Errorf(clip.NotFound, op, "the upload is %s", upload.State)
	}
	return upload, clip.Errorf(clip.Unavailable, op, "the video service is still putting the parts together")
}

// part uploads one part; the same part again is no other one.
func (a *blueskyAccount) part(ctx context.Context, c *caller, op string, u blueskyUpload, n int, video Blob) error {
	from := int64(n-1) * u.PartSize
	size := min(u.PartSize, video.Size-from)
	file, err := openPart(video, from, size)
	if err != nil {
		return clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer file.Close()
	send := ask{
		op: op, method: http.MethodPost, body: &body{kind: "application/octet-stream", size: size, Reader: file},
		path: "/xrpc/app.bsky.video.uploadPart?" + url.Values{"jobId": {u.Job}, "partNumber": {strconv.Itoa(n)}}.Encode(),
	}
	var told struct{ SizeBytes int64 }
	if _, err := c.do(ctx, send, &told); err != nil {
		return err
	}
	if told.SizeBytes != size {
		return unclear(send, "the video service has %d bytes of a part of %d", told.SizeBytes, size)
	}
	return nil
}

// processed is the video that the service wrote to the PDS; nil: not yet. A
// service that knows the video already says so with an error, and the video.
func (a *blueskyAccount) processed(ctx context.Context, op, job string) (json.RawMessage, error) {
	look, err := xrpc(op, "app.bsky.video.getJobStatus", url.Values{"jobId": {job}}, nil)
	if err != nil {
		return nil, err
	}
	var told struct{ JobStatus blueskyJob }
	if _, err := a.service.do(ctx, look, &told); err != nil {
		return nil, err
	}
	s := told.JobStatus
	switch {
	case len(s.Blob) > 0:
		return s.Blob, nil
	case s.State == "JOB_STATE_FAILED":
		return nil, clip.Errorf(clip.Rejected, op, "the video service could not process the video: %s",
			a.service.short(orElse(s.Message, orElse(s.FailureCode, s.Error))))
	case s.State == "JOB_STATE_COMPLETED":
		return nil, unclear(look, "the video service is done, but names no video")
	}
	return nil, nil
}
