package media

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
)

// TestRemuxArgs: the argument list, which is all that keeps ffmpeg from the
// rest of the network and of the disk.
func TestRemuxArgs(t *testing.T) {
	got := strings.Join(remuxArgs(RemuxWork{URL: "rtsp://cam.example/1", Protocols: []string{"rtsp", "rtp", "tcp"}}), " ")
	for _, want := range []string{
		"-protocol_whitelist rtsp,rtp,tcp ", "-rtsp_transport tcp ", "-timeout 10000000 ", "-format_whitelist " + remuxFormats + " ",
		" -i rtsp://cam.example/1 ", " -c copy ", " -f mpegts ", " -map 0:v:0 -map 0:a? ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in %s", want, got)
		}
	}
	if file := strings.Join(remuxArgs(RemuxWork{URL: "file:/a.mp4", Protocols: []string{"file"}}), " "); !strings.Contains(file, "-protocol_whitelist file ") || strings.Contains(file, "rtsp_") {
		t.Error(file)
	}
}

// TestRemuxSecrets reads from a server that is not there, by a URL with a user,
// a password and a token: none of them is in the error or in the log.
func TestRemuxSecrets(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	l.Close()
	var said bytes.Buffer
	log := logrus.New()
	log.SetOutput(&said)
	log.SetLevel(logrus.DebugLevel)
	e, err := New("ffmpeg", "ffprobe", log)
	if err != nil {
		t.Fatal(err)
	}
	err = e.Remux(context.Background(), RemuxWork{URL: "rtsp://operator:pass%20word@" + host + "/cam?token=abc123", Protocols: []string{"rtsp", "rtp", "tcp"}}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "refused") {
		t.Fatalf("the error is %v", err)
	}
	if !strings.Contains(said.String(), "xxxxx") {
		t.Errorf("the run is not in the log: %s", said.String())
	}
	for _, secret := range []string{"operator", "pass", "abc123"} {
		if text := err.Error() + said.String(); strings.Contains(strings.ReplaceAll(text, "passed", ""), secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
}
