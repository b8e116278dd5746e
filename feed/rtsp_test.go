package feed

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// rtspServer plays a transport stream over RTSP, interleaved in TCP (RFC 2326,
// 10.12), to whoever comes. With a redirect it sends everybody there.
func rtspServer(t *testing.T, ts []byte, redirect string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveRTSP(conn, ts, redirect)
		}
	}()
	return l.Addr().String()
}

func serveRTSP(conn net.Conn, ts []byte, redirect string) {
	defer conn.Close()
	in := textproto.NewReader(bufio.NewReader(conn))
	for {
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		headers, err := in.ReadMIMEHeader()
		if err != nil {
			return
		}
		method, rest, _ := strings.Cut(line, " ")
		target, _, _ := strings.Cut(rest, " ")
		answer := func(status, more string) {
			fmt.Fprintf(conn, "RTSP/1.0 %s\r\nCSeq: %s\r\n%s\r\n", status, headers.Get("CSeq"), more)
		}
		switch {
		case method == "OPTIONS":
			answer("200 OK", "Public: DESCRIBE, SETUP, PLAY\r\n")
		case method == "DESCRIBE" && redirect != "":
			answer("302 Found", "Location: "+redirect+"\r\n")
		case method == "DESCRIBE":
			sdp := "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=match\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:track1\r\n"
			answer("200 OK", fmt.Sprintf("Content-Base: %s/\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", target, len(sdp), strings.TrimSuffix(sdp, "\r\n")))
		case method == "SETUP":
			answer("200 OK", "Session: 7\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")
		case method == "PLAY":
			answer("200 OK", "Session: 7\r\n")
			playRTP(conn, ts)
			return
		default:
			answer("501 Not Implemented", "")
		}
	}
}

// playRTP sends a transport stream faster than its clock, to its end.
func playRTP(conn net.Conn, ts []byte) {
	const atOnce = 7 * packetSize
	for seq := uint16(0); len(ts) > 0; seq++ {
		n := min(atOnce, len(ts))
		p := rtpPacket(seq, 7, string(ts[:n]))
		head := []byte{'$', 0, 0, 0}
		binary.BigEndian.PutUint16(head[2:], uint16(len(p)))
		if _, err := conn.Write(append(head, p...)); err != nil {
			return
		}
		ts = ts[n:]
		time.Sleep(time.Millisecond)
	}
}

// TestRTSP records what a server plays, over the relay and without it.
func TestRTSP(t *testing.T) {
	t.Parallel()
	at := rtspServer(t, endless(t, "endless"), "")
	s, err := Open(clip.Feed{ID: "f", URL: "rtsp://" + at + "/match", AllowPrivate: true, Window: time.Hour}, Tools{Remux: copied}, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	frames := 0
	err = s.Run(t.Context(), func(p Piece) error {
		if p.Bytes == nil || p.Part {
			return nil
		}
		c, err := Scan(p)
		frames += len(c.Frames)
		return err
	})
	if !errors.Is(err, errAway) {
		t.Errorf("at the end: %v", err)
	}
	if frames < 290 {
		t.Errorf("%d pictures of 300", frames)
	}
}

// TestRelay passes everything on, but never a redirect.
func TestRelay(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("RTP $\x00\x00 and more ", 5000)
	for _, c := range []struct {
		name, said string
		redirects  bool
	}{
		{"media", long, false},
		{"a base", "RTSP/1.0 200 OK\r\nContent-Base: rtsp://a/\r\n\r\n", false},
		{"a redirect", "RTSP/1.0 302 Found\r\nLocation: rtsp://10.0.0.1/\r\n\r\n", true},
		{"in another case", "RTSP/1.0 301 X\nlOCATION:rtsp://10.0.0.1/\n\n", true},
		{"with returns in between", "RTSP/1.0 301 X\nLoc\ratio\r\rn: rtsp://10.0.0.1/\n\n", true},
		{"behind media", long + "$\x00\x00\x04abcdLocation: rtsp://10.0.0.1/", true},
	} {
		for name, cut := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "in halves": iotest.HalfReader,
		} {
			got, err := io.ReadAll(&unredirected{from: cut(strings.NewReader(c.said))})
			if c.redirects != errors.Is(err, errRedirects) || !c.redirects && string(got) != c.said || c.redirects && strings.Contains(string(got), "rtsp://10") {
				t.Errorf("%s, %s: %v after %d bytes", c.name, name, err, len(got))
			}
		}
	}
}

// TestRTSPRedirects: ffmpeg would follow a redirect without asking the guard.
func TestRTSPRedirects(t *testing.T) {
	t.Parallel()
	private, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer private.Close()
	visited := make(chan bool, 1)
	go func() {
		if c, err := private.Accept(); err == nil {
			c.Close()
			visited <- true
		}
	}()
	server := rtspServer(t, nil, "rtsp://"+private.Addr().String()+"/")
	conn, err := net.Dial("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	r, err := relayTo(conn)
	if err != nil {
		t.Fatal(err)
	}
	err = copied(t.Context(), Input{URL: "rtsp://" + r.address() + "/match", Protocols: []string{"rtsp", "rtp", "tcp"}}, io.Discard)
	if err == nil {
		t.Fatal("ffmpeg read something")
	}
	if err = r.explain(err); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("%v", err)
	}
	select {
	case <-visited:
		t.Error("ffmpeg followed the redirect")
	case <-time.After(300 * time.Millisecond):
	}
}

// TestGuarded: no feed is read from a private address unless it may, whatever
// its protocol, and however its name leads there.
func TestGuarded(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Errorf("a connection from %s", c.RemoteAddr())
			c.Close()
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	for _, form := range []string{"rtmp://%s:%d/live/key", "rtmps://%s:%d/live/key", "rtsp://%s:%d/match", "srt://%s:%d", "http://%s:%d/index.m3u8"} {
		for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"} {
			text := fmt.Sprintf(form, host, port)
			_, err := Probe(t.Context(), clip.Feed{ID: "f", URL: text, Window: time.Hour}, Tools{Remux: copied}, quietLog())
			if clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "allow_private") {
				t.Errorf("%s: %v (%s)", text, err, clip.KindOf(err))
			}
		}
	}
}
