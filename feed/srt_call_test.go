package feed

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestSRTCallSilent calls where nobody is, and somebody who says nothing.
func TestSRTCallSilent(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for address, want := range map[string]string{
		fmt.Sprintf("127.0.0.1:%d", freePort(t)): "nobody listens there",
		silent.LocalAddr().String():              "no SRT listener answers",
	} {
		if _, err := callSRT(t.Context(), address, srtOptions{}, true); clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// TestSRTCallRefused calls a sender with another passphrase: it is said, and
// not tried again soon.
func TestSRTCallRefused(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	send(t, "mpegts", fmt.Sprintf("srt://127.0.0.1:%d?mode=listener&pkt_size=1316&passphrase=correct-horse", port))
	for name, passphrase := range map[string]string{"another one": "&passphrase=wrong-horses", "none": ""} {
		src, err := Open(clip.Feed{ID: "f", URL: fmt.Sprintf("srt://127.0.0.1:%d?latency=120%s", port, passphrase), AllowPrivate: true}, Tools{}, quietLog())
		if err != nil {
			t.Fatal(err)
		}
		within(t, time.Minute, "the sender refuses "+name, func() bool {
			err = src.Run(t.Context(), func(Piece) error { return nil })
			return clip.KindOf(err) != clip.Unavailable
		})
		if clip.KindOf(err) != clip.Denied || strings.Contains(err.Error(), "horse") || backOff(1, err, time.Now()) < 50*time.Second {
			t.Errorf("passphrase: %s: %v, again in %s", name, err, backOff(1, err, time.Now()))
		}
	}
}

// TestSRTCallIsStopped ends a call that nobody answers.
func TestSRTCallIsStopped(t *testing.T) {
	t.Parallel()
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := callSRT(ctx, silent.LocalAddr().String(), srtOptions{}, true); err == nil || time.Since(began) >= callTimeout {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// TestStrangers sends what no encoder sends to listeners: they go on, and let
// the encoder in.
func TestStrangers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, feed, format, send, network string
		rubbish                           func() [][]byte
	}{
		{"srt", "srt://127.0.0.1:%d?mode=listener", "mpegts", "srt://127.0.0.1:%d?pkt_size=1316", "udp", shortHandshakes},
		{"rtmp", "rtmp://127.0.0.1:%d/live/key?mode=listener", "flv", "rtmp://127.0.0.1:%d/live/key", "tcp", func() [][]byte {
			return [][]byte{[]byte("GET / HTTP/1.1\r\n\r\n"), bytes.Repeat([]byte{3}, 1<<20), append([]byte{3}, make([]byte, 1<<20)...)}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			m, _ := recorded(t, fmt.Sprintf(c.feed, port))
			time.Sleep(200 * time.Millisecond) // a listener is there
			for _, b := range c.rubbish() {
				conn, err := net.Dial(c.network, fmt.Sprintf("127.0.0.1:%d", port))
				if err != nil {
					t.Fatal(err)
				}
				_, _ = conn.Write(b) // it may be hung up on
				conn.Close()
			}
			send(t, c.format, fmt.Sprintf(c.send, port))
			within(t, time.Minute, "a segment of the encoder", func() bool { _, segs := m.recorded(); return len(segs) > 0 })
		})
	}
}

// shortHandshakes are the first packets of a call, cut everywhere, and longer
// than they are by a few bytes.
func shortHandshakes() (all [][]byte) {
	conn, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		return nil
	}
	defer conn.Close()
	hello := srtHandshake(0, 0, srtInduction(1, conn.LocalAddr()))
	for n := 1; n <= len(hello); n += 7 {
		all = append(all, hello[:n])
	}
	second := bytes.Clone(hello)
	copy(second[36:], "\xff\xff\xff\xff") // its handshake type: conclusion
	for n := 1; n < 8; n++ {              // an extension begins, and is not there
		all = append(all, append(bytes.Clone(second), make([]byte, n)...))
	}
	return all
}

// TestStranger reads no more of somebody than a handshake takes.
func TestStranger(t *testing.T) {
	t.Parallel()
	s := &stranger{ReadWriter: bytes.NewBuffer(make([]byte, 100)), left: 60}
	var n int
	var err error
	for b := make([]byte, 25); err == nil; {
		var m int
		m, err = s.Read(b)
		n += m
	}
	if n != 60 {
		t.Errorf("%d bytes of a stranger are read: %v", n, err)
	}
	s.trusted = true
	if n, err := s.Read(make([]byte, 100)); n != 40 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestRTMPPull plays what a server has.
func TestRTMPPull(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	endless(t, "endless")
	send(t, "flv", fmt.Sprintf("rtmp://127.0.0.1:%d/live/final", port), "-listen", "1")
	m, _ := recorded(t, fmt.Sprintf("rtmp://127.0.0.1:%d/live/final", port))
	within(t, time.Minute, "two segments", func() bool { _, segs := m.recorded(); return len(segs) >= 2 })
}

// TestRTMPPath: what servers call the application, and what the key.
func TestRTMPPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, app, key string
		ok             bool
	}{
		{"/live/final", "/live", "final", true},
		{"/live/final/", "/live", "final", true},
		{"/live/_definst_/final", "/live/_definst_", "final", true},
		{"/live", "", "", false},
		{"//live", "", "", false},
		{"", "", "", false},
	} {
		app, key, ok := rtmpPath(&url.URL{Path: c.path})
		if app != c.app || key != c.key || ok != c.ok {
			t.Errorf("%q: %q, %q, %t", c.path, app, key, ok)
		}
	}
}
