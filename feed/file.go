package feed

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// newFile makes the source of a local file: file:///match.ts plays it at
// wall-clock speed, as a rehearsal; import:///match.ts reads it whole, as fast
// as it can be recorded. MPEG-TS is read as it is; everything else is remuxed.
// A local file is as private as a private address, so the feed must allow it.
func newFile(f clip.Feed, u *url.URL, tools Tools, log logrus.FieldLogger) (Source, error) {
	op := "open feed " + string(f.ID)
	path := filepath.Clean(u.Path)
	switch st, err := os.Stat(path); {
	case !f.AllowPrivate:
		return nil, clip.Errorf(clip.Denied, op, "it is a file of this machine; set allow_private on the feed if it is meant to be read")
	case u.Host != "" || !filepath.IsAbs(path):
		return nil, clip.Errorf(clip.Invalid, op, "it needs an absolute path, such as %s:///media/match.ts", u.Scheme)
	case err != nil:
		return nil, clip.Errorf(clip.NotFound, op, "%w", err)
	case !st.Mode().IsRegular():
		return nil, clip.Errorf(clip.Invalid, op, "%s is no file", path)
	}
	paced := u.Scheme == "file"
	t := &transport{log: log, whole: true, rewinds: true}
	t.dial = func(ctx context.Context) (connection, error) {
		c, err := openFile(ctx, path, paced, tools)
		if p, ok := c.(*pacer); ok {
			p.clock = t.progress
		}
		return c, err
	}
	return t, nil
}

// openFile opens a file as MPEG-TS.
func openFile(ctx context.Context, path string, paced bool, tools Tools) (connection, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, clip.Errorf(clip.NotFound, "open "+path, "%w", err)
	}
	head := make([]byte, 8*packetSize)
	n, _ := io.ReadFull(file, head) // a short file is told by what is in it
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, clip.Errorf(clip.Unavailable, "read "+path, "%w", err)
	}
	if looksLikeTS(head[:n]) {
		if paced {
			return &pacer{ReadCloser: file}, nil
		}
		return file, nil
	}
	_ = file.Close()
	return remuxed(ctx, Input{URL: "file:" + path, Protocols: []string{"file"}, Paced: paced}, tools)
}

// pacer reads a file no faster than its clock runs.
type pacer struct {
	io.ReadCloser
	clock func() time.Duration // of the media that was read
	began time.Time
}

// Read implements [connection].
func (p *pacer) Read(b []byte) (int, error) {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	time.Sleep(time.Until(p.began.Add(p.clock())))
	return p.ReadCloser.Read(b[:min(len(b), 32<<10)])
}

// remuxed is what ffmpeg makes of an input.
func remuxed(ctx context.Context, in Input, tools Tools) (connection, error) {
	if tools.Remux == nil {
		return nil, clip.Errorf(clip.Unavailable, "remux "+in.URL, "there is no ffmpeg; run `ovation check`")
	}
	ctx, cancel := context.WithCancel(ctx)
	r, w := io.Pipe()
	go func() {
		err := tools.Remux(ctx, in, w)
		if err == nil {
			err = io.EOF
		}
		_ = w.CloseWithError(err) // it never fails
	}()
	return remuxing{r, cancel}, nil
}

type remuxing struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close stops ffmpeg.
func (r remuxing) Close() error {
	r.cancel()
	return r.PipeReader.Close()
}

// newRTSP makes the source of a feed over RTSP, read by ffmpeg over TCP.
func newRTSP(f clip.Feed, u *url.URL, tools Tools, log logrus.FieldLogger) (Source, error) {
	return &transport{log: log, over: errAway, wait: 10 * time.Second, dial: func(ctx context.Context) (connection, error) {
		host := u.Host
		if u.Port() == "" {
			host = strings.TrimSuffix(host, ":") + ":554"
		}
		resolved, err := resolve1(ctx, host, f.AllowPrivate)
		if err != nil {
			return nil, err
		}
		at := *u
		at.Host = resolved
		return remuxed(ctx, Input{URL: at.String(), Protocols: []string{"rtsp", "rtp", "tcp", "udp"}}, tools)
	}}, nil
}
