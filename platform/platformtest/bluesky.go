package platformtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BlueskyVideo is a video service that speaks app.bsky.video as its lexicons
// define it (bluesky-social/atproto, 2026-11-24), in front of a PDS, to which
// every other call goes. It writes what it is done with to that PDS, with the
// token that it was given, so that the real server says whether the token is
// right. Its fields may be changed between calls.
type BlueskyVideo struct {
	URL      string
	PartSize int64
	Slow     int    // how often a video is asked for before it is processed
	Broken   string // processing fails with this message
	Full     bool   // the day's uploads are used up
	Whole    bool   // uploads in parts are switched off

	pds     string
	mu      sync.Mutex
	uploads map[string]*blueskyUpload
	made    int
}

// blueskyUpload is one upload, and the video that it becomes.
type blueskyUpload struct {
	job      string
	size     int64
	parts    map[int][]byte
	state    string
	token    string // to write to the PDS with
	glances  int
	problem  string
	blob     json.RawMessage
	finished bool
}

// NewBlueskyVideo starts a service in front of the PDS at an address.
func NewBlueskyVideo(t testing.TB, pds string) *BlueskyVideo {
	t.Helper()
	to, err := url.Parse(pds)
	if err != nil {
		t.Fatal(err)
	}
	v := &BlueskyVideo{PartSize: 128 << 10, pds: pds, uploads: map[string]*blueskyUpload{}}
	mux := http.NewServeMux()
	mux.Handle("/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }})
	mux.HandleFunc("GET /xrpc/app.bsky.video.getUploadLimits", v.signed("app.bsky.video.getUploadLimits", v.limits))
	mux.HandleFunc("POST /xrpc/app.bsky.video.startUpload", v.signed(blueskyWrite, v.start))
	mux.HandleFunc("POST /xrpc/app.bsky.video.uploadVideo", v.signed(blueskyWrite, v.single))
	mux.HandleFunc("POST /xrpc/app.bsky.video.uploadPart", v.signed(blueskyWrite, v.part))
	mux.HandleFunc("GET /xrpc/app.bsky.video.getUploadStatus", v.signed(blueskyWrite, v.status))
	mux.HandleFunc("POST /xrpc/app.bsky.video.finishUpload", v.signed(blueskyWrite, v.finish))
	mux.HandleFunc("GET /xrpc/app.bsky.video.getJobStatus", v.job)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	v.URL = server.URL
	return v
}

const blueskyWrite = "com.atproto.repo.uploadBlob"

// Expire ends the uploads that are not finished, as the service does in time.
func (v *BlueskyVideo) Expire() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, u := range v.uploads {
		if !u.finished {
			u.state = "expired"
		}
	}
}

// signed lets in who has a service token for a method, one at a time. Only the
// PDS can check the signature; it does when the video is written.
func (v *BlueskyVideo) signed(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var claims struct {
			Method string `json:"lxm"`
			Exp    int64  `json:"exp"`
		}
		parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
		if len(parts) == 3 {
			text, err := base64.RawURLEncoding.DecodeString(parts[1])
			if err != nil || json.Unmarshal(text, &claims) != nil {
				claims.Method = ""
			}
		}
		if claims.Method != method || claims.Exp < time.Now().Unix() {
			refuseXRPC(w, http.StatusUnauthorized, "AuthMissing", "a service token for "+method+" is needed")
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		v.mu.Lock()
		defer v.mu.Unlock()
		next(w, r)
	}
}

func (v *BlueskyVideo) limits(w http.ResponseWriter, _ *http.Request) {
	told := map[string]any{"canUpload": !v.Full, "remainingDailyVideos": 25, "remainingDailyBytes": 10 << 30}
	if v.Full {
		told["message"], told["error"] = "User cannot upload any more videos today", "daily_limit"
	}
	answerWith(w, http.StatusOK, told)
}

func (v *BlueskyVideo) start(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SizeBytes int64
		MimeType  string
	}
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case v.Whole:
		refuseXRPC(w, http.StatusNotImplemented, "MethodNotImplemented", "Method Not Implemented")
	case err != nil || in.SizeBytes < 1:
		refuseXRPC(w, http.StatusBadRequest, "InvalidRequest", "sizeBytes and mimeType are needed")
	case in.MimeType != "video/mp4":
		refuseXRPC(w, http.StatusBadRequest, "UnsupportedContentType", in.MimeType)
	case in.SizeBytes > 300_000_000:
		refuseXRPC(w, http.StatusBadRequest, "VideoTooLarge", "the file exceeds the cap")
	case v.Full:
		refuseXRPC(w, http.StatusBadRequest, "DailyLimitExceeded", "no more uploads today")
	default:
		v.made++
		u := &blueskyUpload{job: fmt.Sprintf("job%017d", v.made), size: in.SizeBytes, state: "created", parts: map[int][]byte{}}
		v.uploads[u.job] = u
		answerWith(w, http.StatusOK, v.show(u))
	}
}

// single takes a whole video, unless it has that already. Its answer is not
// wrapped as the lexicon has it (https://github.com/bluesky-social/atproto/issues/3026).
func (v *BlueskyVideo) single(w http.ResponseWriter, r *http.Request) {
	text, _ := io.ReadAll(r.Body) // it is in memory
	if r.FormValue("did") == "" || len(text) == 0 {
		refuseXRPC(w, http.StatusBadRequest, "InvalidRequest", "did and a video are needed")
		return
	}
	for _, u := range v.uploads {
		if u.finished && len(u.parts) == 1 && bytes.Equal(u.parts[1], text) {
			answerWith(w, http.StatusConflict, map[string]any{
				"jobId": u.job, "did": r.FormValue("did"), "state": "JOB_STATE_COMPLETED", "error": "already_exists", "message": "Video already processed",
			})
			return
		}
	}
	v.made++
	u := &blueskyUpload{
		job: fmt.Sprintf("job%017d", v.made), size: int64(len(text)), parts: map[int][]byte{1: text},
		state: "completed", finished: true, token: r.Header.Get("Authorization"),
	}
	v.uploads[u.job] = u
	answerWith(w, http.StatusOK, u.jobStatus())
}

func (v *BlueskyVideo) count(u *blueskyUpload) int {
	return int((u.size + v.PartSize - 1) / v.PartSize)
}

func (v *BlueskyVideo) show(u *blueskyUpload) map[string]any {
	received := []int{}
	for n := range u.parts {
		received = append(received, n)
	}
	told := map[string]any{
		"jobId": u.job, "partSizeBytes": v.PartSize, "partCount": v.count(u), "receivedParts": received, "state": u.state,
		"expiresAt": time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
	}
	if u.state == "completed" {
		told["completedJobId"], told["jobStatus"] = u.job, u.jobStatus()
	}
	return told
}

func (u *blueskyUpload) jobStatus() map[string]any {
	told := map[string]any{"jobId": u.job, "did": "did:plc:somebody", "state": "JOB_STATE_ENCODING", "progress": 10}
	switch {
	case u.problem != "":
		told["state"], told["failureCode"], told["message"], told["error"] = "JOB_STATE_FAILED", "encoding_failure", u.problem, u.problem
	case u.blob != nil:
		told["state"], told["progress"], told["blob"] = "JOB_STATE_COMPLETED", 100, u.blob
	}
	return told
}

// find gives an upload in the state "created", or refuses.
func (v *BlueskyVideo) find(w http.ResponseWriter, job string) *blueskyUpload {
	u := v.uploads[job]
	switch {
	case u == nil:
		refuseXRPC(w, http.StatusBadRequest, "UploadNotFound", "no such upload")
	case u.state == "expired":
		refuseXRPC(w, http.StatusBadRequest, "UploadExpired", "the upload expired")
	default:
		return u
	}
	return nil
}

func (v *BlueskyVideo) part(w http.ResponseWriter, r *http.Request) {
	u := v.find(w, r.FormValue("jobId"))
	if u == nil {
		return
	}
	n, err := strconv.Atoi(r.URL.Query().Get("partNumber"))
	text, _ := io.ReadAll(r.Body) // it is in memory
	switch {
	case err != nil || n < 1 || n > v.count(u):
		refuseXRPC(w, http.StatusBadRequest, "InvalidPartNumber", "no such part")
	case u.state != "created":
		refuseXRPC(w, http.StatusBadRequest, "UploadAlreadyCompleted", "the upload is complete")
	case int64(len(text)) != min(v.PartSize, u.size-int64(n-1)*v.PartSize):
		refuseXRPC(w, http.StatusBadRequest, "PartSizeMismatch", "not the length of this part")
	default:
		u.parts[n] = text
		answerWith(w, http.StatusOK, map[string]any{"partNumber": n, "sizeBytes": len(text)})
	}
}

func (v *BlueskyVideo) status(w http.ResponseWriter, r *http.Request) {
	u := v.uploads[r.FormValue("jobId")]
	if u == nil {
		refuseXRPC(w, http.StatusBadRequest, "UploadNotFound", "no such upload")
		return
	}
	answerWith(w, http.StatusOK, v.show(u))
}

func (v *BlueskyVideo) finish(w http.ResponseWriter, r *http.Request) {
	var in struct{ JobID string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseXRPC(w, http.StatusBadRequest, "InvalidRequest", "jobId is needed")
		return
	}
	u := v.find(w, in.JobID)
	switch {
	case u == nil:
		return
	case len(u.parts) != v.count(u):
		refuseXRPC(w, http.StatusBadRequest, "MissingParts", "not all parts are there")
		return
	}
	u.state, u.finished, u.token = "completed", true, r.Header.Get("Authorization")
	answerWith(w, http.StatusOK, map[string]any{"completedJobId": u.job, "jobStatus": u.jobStatus()})
}

// job shows how far a video is; when it is time it writes it to the PDS.
func (v *BlueskyVideo) job(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	u := v.uploads[r.FormValue("jobId")]
	if u == nil || !u.finished {
		refuseXRPC(w, http.StatusBadRequest, "InvalidRequest", "no such job")
		return
	}
	switch u.glances++; {
	case u.glances <= v.Slow || u.blob != nil:
	case v.Broken != "":
		u.problem = v.Broken
	default:
		u.blob, u.problem = v.write(u)
	}
	answerWith(w, http.StatusOK, map[string]any{"jobStatus": u.jobStatus()})
}

// write brings the video to the PDS.
func (v *BlueskyVideo) write(u *blueskyUpload) (blob json.RawMessage, problem string) {
	var video bytes.Buffer
	for n := range len(u.parts) {
		video.Write(u.parts[n+1])
	}
	req, err := http.NewRequest(http.MethodPost, v.pds+"/xrpc/com.atproto.repo.uploadBlob", &video)
	if err != nil {
		return nil, err.Error()
	}
	req.Header.Set("Authorization", u.token)
	req.Header.Set("Content-Type", "video/mp4")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err.Error()
	}
	defer resp.Body.Close()
	var told struct {
		Blob    json.RawMessage
		Message string
	}
	if err := json.NewDecoder(resp.Body).Decode(&told); err != nil || len(told.Blob) == 0 {
		return nil, fmt.Sprintf("the PDS answered %s to the video: %s", resp.Status, told.Message)
	}
	return told.Blob, ""
}

func refuseXRPC(w http.ResponseWriter, status int, name, message string) {
	answerWith(w, status, map[string]string{"error": name, "message": message})
}
