package feed

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"
	srt "github.com/datarhei/gosrt"
)

// riding is a transport stream with two sound tracks, a caption and a SCTE-35
// message.
func riding(t *testing.T) []byte {
	t.Helper()
	two := []string{"-f", "lavfi", "-i", "sine=frequency=880:sample_rate=44100", "-t", "12", "-map", "0:v", "-map", "1:a", "-map", "2:a",
		"-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=fra"}
	plain := read(t, filepath.Join(made(t, "riding", source("25", 12), two, h264(25, false), []string{"-f", "mpegts", "all.ts"}), "all.ts"))
	splice := scte35.SpliceInfoSection{SAPType: 3, Tier: 0xfff, SpliceCommand: &scte35.SpliceInsert{SpliceEventID: 77, SpliceImmediateFlag: true, Program: &scte35.SpliceInsertProgram{}}}
	section, err := splice.Encode()
	if err != nil {
		t.Fatal(err)
	}
	riders := map[int]rider{60: {section: section}}
	for i, p := range join(control(resumeLoading), row15(), typed("GOAL"), control(endOfCaption)) {
		riders[70+i] = rider{pairs: [][2]byte{p}}
	}
	for i, p := range control(eraseDisplayed) {
		riders[110+i] = rider{pairs: [][2]byte{p}}
	}
	return inject(t, plain, 0, riders)
}

// TestRiding sends what rides in a feed, as it would come from an encoder: the
// very packets are recorded, and the index knows all of it.
func TestRiding(t *testing.T) {
	for _, c := range []struct {
		name, feed string
		open       func(t *testing.T, address string) (send func([]byte) error)
	}{
		{"udp", "udp://%s", overSocket(func(b []byte) []byte { return b })},
		{"rtp", "rtp://%s", overSocket(func() func(b []byte) []byte {
			seq := uint16(65500) // it wraps
			return func(b []byte) []byte { seq++; return rtpPacket(seq, 7, string(b)) }
		}())},
		{"srt", "srt://%s?mode=listener", func(t *testing.T, address string) func([]byte) error {
			conn, err := srt.Dial("srt", address, srt.DefaultConfig())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			return func(b []byte) error { _, err := conn.Write(b); return err }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ts, address := riding(t), fmt.Sprintf("127.0.0.1:%d", freePort(t))
			m, dir := recorded(t, fmt.Sprintf(c.feed, address))
			within(t, time.Minute, "it listens", func() bool {
				l, err := net.ListenPacket("udp", address)
				if err == nil {
					l.Close()
				}
				return err != nil
			})
			send := c.open(t, address)
			const datagram = 7 * packetSize
			for b := ts; len(b) > 0; b = b[min(datagram, len(b)):] {
				if err := send(b[:min(datagram, len(b))]); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			within(t, time.Minute, "five segments", func() bool { return m.held() >= 5 })
			rides(t, ts, m, dir)
		})
	}
}

// overSocket sends datagrams.
func overSocket(wrap func([]byte) []byte) func(*testing.T, string) func([]byte) error {
	return func(t *testing.T, address string) func([]byte) error {
		conn, err := net.Dial("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return func(b []byte) error { _, err := conn.Write(wrap(b)); return err }
	}
}

// rides compares the first five segments and their index with what was sent.
func rides(t *testing.T, ts []byte, m *memory, dir string) {
	t.Helper()
	const head = 2 * packetSize // the tables that each segment begins with
	tl, segs := m.recorded()
	var all []byte
	for _, s := range segs[:5] {
		b := read(t, filepath.Join(dir, s.Path))
		if !bytes.Equal(b[:head], ts[:head]) {
			t.Errorf("segment %d does not begin with the tables", s.Seq)
		}
		all = append(all, b[head:]...)
	}
	if len(all) < len(ts)/2 || !bytes.Contains(ts, all) {
		t.Errorf("%d bytes are recorded, and they are not those that were sent", len(all))
	}
	if tracks := tl[0].Format.Tracks; len(tl) != 1 || len(tracks) != 2 || tracks[0].Lang != "ger" || tracks[1].Lang != "fra" || tracks[1].SampleRate != 44100 {
		t.Errorf("%d epochs, tracks %+v", len(tl), tl[0].Format.Tracks)
	}
	within(t, time.Minute, "the caption and the mark", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.cues) > 0 && len(m.marks) > 0
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if got := cueText(m.cues); !strings.Contains(got, "pictures 76 to 110, ") || !strings.Contains(got, `"GOAL"`) {
		t.Errorf("the cues are %s", got)
	}
	const next = 133200 + 57*3600 // it came with picture 60, and this is the next one then that is shown
	if k := m.marks[0]; len(m.marks) != 1 || k.Event != "77" || k.PTS != next {
		t.Errorf("marks %+v", m.marks)
	}
}
