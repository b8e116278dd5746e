package feed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	srt "github.com/datarhei/gosrt"
	"github.com/datarhei/gosrt/crypto"
	srtpacket "github.com/datarhei/gosrt/packet"

	"github.com/ovation-live/ovation/clip"
)

// TestSRTPeers receives from another implementation than ffmpeg's, which calls
// or is called, and changes its key several times.
func TestSRTPeers(t *testing.T) {
	t.Parallel()
	config := srt.DefaultConfig()
	config.Passphrase, config.KMRefreshRate, config.KMPreAnnounce, config.StreamId = "correct-horse", 300, 100, "final"
	o := srtOptions{latency: 200 * time.Millisecond, passphrase: config.Passphrase, keyLength: 24, stream: config.StreamId}
	t.Run("it calls", func(t *testing.T) {
		t.Parallel()
		at := fmt.Sprintf("127.0.0.1:%d", freePort(t))
		here, err := listenSRT(t.Context(), at, o, quietLog())
		if err != nil {
			t.Fatal(err)
		}
		compareMessages(t, here, func() (srt.Conn, error) { return srt.Dial("srt", at, config) })
	})
	t.Run("it is called", func(t *testing.T) {
		t.Parallel()
		ln, err := srt.Listen("srt", "127.0.0.1:0", config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(ln.Close)
		called := make(chan srt.Conn, 1)
		go func() {
			if req, err := ln.Accept2(); err == nil && req.SetPassphrase(config.Passphrase) == nil {
				conn, _ := req.Accept()
				called <- conn
			}
		}()
		here, err := callSRT(t.Context(), ln.Addr().String(), o, true)
		if err != nil {
			t.Fatal(err)
		}
		compareMessages(t, here, func() (srt.Conn, error) { return <-called, nil })
	})
}

// compareMessages sends numbers, hangs up, and looks whether all of them came.
func compareMessages(t *testing.T, here connection, open func() (srt.Conn, error)) {
	t.Helper()
	const messages = 1200
	came := make(chan []byte)
	go func() {
		var all []byte
		for b := make([]byte, readSize); ; {
			n, err := here.Read(b)
			if all = append(all, b[:n]...); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Errorf("the sender hung up: %v", err)
				}
				came <- all
				return
			}
		}
	}()
	there, err := open()
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint32(messages) {
		if _, err := there.Write(binary.BigEndian.AppendUint32(nil, n)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // the library throws away what it did not send
	there.Close()
	all := <-came
	for n := range uint32(messages) {
		if len(all) < 4 || binary.BigEndian.Uint32(all) != n {
			t.Fatalf("after %d numbers: % x…", n, all[:min(len(all), 16)])
		}
		all = all[4:]
	}
	here.Close()
}

// TestSRTOptions: what a URL may say.
func TestSRTOptions(t *testing.T) {
	for query, want := range map[string]string{
		"":                                       "",
		"?latency=0":                             "",
		"?latency=2000&pbkeylen=32":              "",
		"?passphrase=0123456789&streamid=":       "",
		"?latency=200000":                        "in milliseconds",
		"?latency=-1":                            "in milliseconds",
		"?latency=2s":                            "no whole number",
		"?pbkeylen=":                             "no whole number",
		"?pbkeylen=17":                           "16, 24 or 32",
		"?passphrase=123456789":                  "10 to 79",
		"?passphrase=" + strings.Repeat("x", 80): "10 to 79",
		"?streamid=" + strings.Repeat("x", 513):  "longer than 512",
		"?mode=rendezvous":                       "not caller or listener",
		"?linger=1":                              "no option linger=",
	} {
		_, err := Open(clip.Feed{ID: "f", URL: "srt://127.0.0.1:9000" + query, AllowPrivate: true}, Tools{}, quietLog())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", query, err, want)
		}
	}
}

// FuzzSRT: anybody can send anything, to a listener and over a connection.
func FuzzSRT(f *testing.F) {
	hello := srtHandshake(0, 0, srtInduction(7, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}))
	f.Add(hello)
	f.Add(srtControl(srtHeader{to: 1, kind: srtpacket.CTRLTYPE_USER, sub: srtpacket.EXTTYPE_KMREQ}, 0, make([]byte, 40)))
	f.Add(append(binary.BigEndian.AppendUint32(make([]byte, 12), 1), "media"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, body, ok := readSRT(b)
		if !ok {
			return
		}
		if hs, err := readSRTHandshake(body); err == nil {
			_, _ = srtOptions{passphrase: "correct-horse"}.judge(hs)
			_, _, _ = srtOptions{passphrase: "correct-horse", keyLength: 16}.conclude(*hs, 1)
		}
		keys, err := crypto.New(16)
		if err != nil {
			t.Fatal(err)
		}
		l := newSRTLink(1, srtInduction(1, nil), time.Second, time.Now())
		l.send, l.crypto = func([]byte) {}, keys
		l.take(h, body, time.Now())
		l.tick(time.Now())
	})
}
