package platform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// uploadOf is an upload of the text "video", of which the blob may be another.
func uploadOf(session, content string) upload {
	p := clip.Post{ID: "goal", Media: clip.DigestOf([]byte("video")), Session: session}
	m := Media{
		Video: Blob{Size: 5, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(content))), nil }},
		Keep:  func(session string) error { return errors.New(session) },
	}
	return newUpload(p, m, filesOf(p)[0])
}

// TestUploadSession: a session is gone on with for the same bytes only.
func TestUploadSession(t *testing.T) {
	kept := uploadOf("", "video").keep("abc").Error()
	for session, want := range map[string]string{"": "", kept: "abc", "0" + kept: "", "abc": ""} {
		if got := uploadOf(session, "video").session; got != want {
			t.Errorf("%q is gone on with as %q, want %q", session, got, want)
		}
	}
}

// TestUploadApproved: the last byte of what was not approved never leaves, from
// wherever it is read.
func TestUploadApproved(t *testing.T) {
	for _, content := range []string{"video", "vide0", "vid", "Video", ""} {
		for offset := range int64(5) {
			var got bytes.Buffer
			r, err := uploadOf("", content).from(t.Context(), offset)
			if err == nil {
				_, err = io.Copy(&got, io.LimitReader(r, 5-offset))
			}
			if content == "video" && (err != nil || got.String() != content[offset:]) {
				t.Errorf("from %d: %q, %v", offset, got.String(), err)
			}
			if content != "video" && (err == nil || int64(got.Len()) >= 5-offset) {
				t.Errorf("of %q from %d, %q was given out: %v", content, offset, got.String(), err)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := uploadOf("", "video").bytes(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that ended reads on: %v", err)
	}
}
