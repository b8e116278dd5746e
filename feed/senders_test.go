package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// TestListenerEnds makes a listener fail: the broadcast is not over, as it
// would be if Run gave no error.
func TestListenerEnds(t *testing.T) {
	s := newSenders(func() error { return nil })
	go s.end(os.NewSyscallError("accept", errors.New("too many open files")))
	source := &transport{dial: func(context.Context) (connection, error) { return s, nil }}
	err := source.Run(t.Context(), func(Piece) error { return nil })
	if clip.KindOf(err) != clip.Unavailable || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("a listener that failed gives %v", err)
	}
}

// failing is a sender that goes for a reason.
type failing struct{ why error }

func (f failing) Read([]byte) (int, error) { return 0, f.why }
func (failing) Close() error               { return nil }

// TestSenderGoes says why a sender went, unless it hung up.
func TestSenderGoes(t *testing.T) {
	for why, want := range map[error]string{
		clip.Errorf(clip.Invalid, "mux RTMP", "it has 17 channels"): "17 channels",
		os.ErrDeadlineExceeded: "timeout",
		io.EOF:                 "",
	} {
		s := newSenders(func() error { return nil })
		s.replace(failing{why})
		time.AfterFunc(200*time.Millisecond, func() { s.end(net.ErrClosed) })
		said := ""
		source := &transport{dial: func(context.Context) (connection, error) { return s, nil }}
		_ = source.Run(t.Context(), func(p Piece) error { // the listener is closed
			if p.remark != nil {
				said += p.remark.Error()
			}
			return nil
		})
		if (said != "") != (want != "") || !strings.Contains(said, want) {
			t.Errorf("a sender that went for %v: %q", why, said)
		}
	}
}

// badReader is a connection whose reader panics, as a parser may.
type badReader struct{ io.Closer }

func (badReader) Read([]byte) (int, error) { panic("index out of range") }

// TestReaderPanics proves that it ends nothing but this connection.
func TestReaderPanics(t *testing.T) {
	source := &transport{dial: func(context.Context) (connection, error) { return badReader{io.NopCloser(nil)}, nil }}
	if err := source.Run(t.Context(), func(Piece) error { return nil }); clip.KindOf(err) != clip.Internal {
		t.Errorf("a reader that panicked gives %v", err)
	}
}

// panicker is a stranger's connection.
type panicker struct{ net.Conn }

func (panicker) SetDeadline(time.Time) error { panic("index out of range") }

// TestGreetPanics proves the same of a handshake.
func TestGreetPanics(t *testing.T) {
	if _, err := (rtmpListener{crowd: &crowd{}}).greet(panicker{}); clip.KindOf(err) != clip.Internal {
		t.Errorf("a handshake that panicked gives %v", err)
	}
}

// TestPullKeepsKey looks for the key in why a server cannot be had.
func TestPullKeepsKey(t *testing.T) {
	u, err := url.Parse("rtmp://127.0.0.1:1/live/secret-key")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pullRTMP(t.Context(), u, true); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("the error is %v", err)
	}
}

// TestCrowd keeps an encoder out with connections that say nothing: it comes in.
func TestCrowd(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	m, _ := recorded(t, fmt.Sprintf("rtmp://127.0.0.1:%d/live/key?mode=listener", port))
	address := fmt.Sprintf("127.0.0.1:%d", port)
	var silent []net.Conn
	within(t, time.Minute, "it listens", func() bool {
		c, err := net.Dial("tcp", address)
		silent = append(silent, c)
		return err == nil
	})
	for range 100 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, c)
	}
	first, gone := silent[len(silent)-100], make(chan error, 1)
	go func() { _, err := first.Read(make([]byte, 1)); gone <- err }()
	if err := <-gone; err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the first that says nothing is not hung up on: %v", err)
	}
	send(t, "flv", fmt.Sprintf("rtmp://127.0.0.1:%d/live/key", port))
	within(t, time.Minute, "a segment of the encoder", func() bool { return m.held() > 0 })
	for _, c := range silent {
		if c != nil {
			c.Close()
		}
	}
}
