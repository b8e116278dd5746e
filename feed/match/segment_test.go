package match

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/asticode/go-astits"

	"github.com/ovation-live/ovation/clip"
)

// TestCutThroughWraps lets both the encoder's clock and the match's own wrap
// inside a run: every frame keeps its place.
func TestCutThroughWraps(t *testing.T) {
	m := open(t, "synthetic:match?size=320x180")
	tick := m.clock().tick()
	first := (3*wholeGrid - int64(2*clip.CellTicks)) / tick
	zero := clip.Wrap - 77*3600
	var all []byte
	segments := 0
	c := newCutter(m, first, func(ts []byte, broke bool, at time.Time) error {
		if broke != (segments == 0) || !at.Equal(m.clock().time(first+int64(segments*50))) {
			t.Errorf("segment %d: discontinuity %v at %s", segments, broke, at)
		}
		segments++
		all = append(all, ts...)
		return nil
	})
	sound := clip.Ticks(-aacFrame)
	for n := range int64(200) {
		at := clip.Ticks(n * tick)
		for ; sound < at+3*3600; sound += aacFrame {
			must(t, c.add(unit{audio: true, pts: (zero + sound).Raw(), dts: (zero + sound).Raw(), bytes: silentADTS()}))
		}
		slice := byte(0x41)
		if n%50 == 0 {
			slice = 0x65
		}
		must(t, c.add(unit{pts: (zero + at).Raw(), dts: (zero + at - 2*3600).Raw(), bytes: []byte{0, 0, 0, 1, 9, 0xF0, 0, 0, 0, 1, slice, 1, 2, 3}}))
	}
	if segments < 3 {
		t.Fatalf("%d segments of 200 frames", segments)
	}
	d := astits.NewDemuxer(context.Background(), bytes.NewReader(all))
	n := first
	for {
		v, err := d.NextData()
		if err != nil {
			break
		}
		if v.PES == nil || v.PID != pidVideo {
			continue
		}
		h := v.PES.Header.OptionalHeader
		if got := clip.Ticks(h.PTS.Base); got != m.clock().pts(first, n) {
			t.Fatalf("frame %d is at %d, not %d", n, got, m.clock().pts(first, n))
		}
		if got := (clip.Ticks(h.PTS.Base) - clip.Ticks(h.DTS.Base)).Raw(); got != 2*3600 {
			t.Fatalf("frame %d is decoded %d before it is shown", n, got)
		}
		n++
	}
	if n != first+int64(50*segments) {
		t.Errorf("%d frames in %d segments", n-first, segments)
	}
}

// TestCutRefuses an encoder whose key frames are not where they must be.
func TestCutRefuses(t *testing.T) {
	m := open(t, "synthetic:match?size=320x180")
	c := newCutter(m, 1000, func([]byte, bool, time.Time) error { return nil })
	must(t, c.add(unit{pts: 0, bytes: []byte{0, 0, 1, 0x65, 1}}))
	if err := c.add(unit{pts: 3600, bytes: []byte{0, 0, 1, 0x65, 1}}); clip.KindOf(err) != clip.Internal || err == nil {
		t.Errorf("a key frame too many: %v", err)
	}
	if err := c.add(unit{pts: 7200, bytes: []byte{0, 0, 1, 0x09, 1}}); err == nil {
		t.Error("an access unit without a picture passes")
	}
	if _, err := adts([]byte{0xFF, 0xF1, 0x4C, 0x80, 0xFF, 0xFF, 0xFC}); err == nil {
		t.Error("an ADTS frame that is cut off passes")
	}
}

// TestPacketsAreWhole packs access units of every length: each packet has its
// size and counts on, and the bytes come back.
func TestPacketsAreWhole(t *testing.T) {
	for n := 1; n < 600; n++ {
		x := newMuxer()
		au := bytes.Repeat([]byte{byte(n)}, n)
		x.tables()
		x.video(au, 9000, 3600, true)
		x.audio(au, 9000)
		out := x.take()
		if len(out)%packetSize != 0 {
			t.Fatalf("%d bytes make %d bytes of packets", n, len(out))
		}
		d := astits.NewDemuxer(context.Background(), bytes.NewReader(out))
		found := 0
		for {
			v, err := d.NextData()
			if err != nil {
				break
			}
			if v.PES != nil {
				found++
				if !bytes.Equal(v.PES.Data, au) {
					t.Fatalf("%d bytes come back as %d", n, len(v.PES.Data))
				}
			}
		}
		if found != 2 {
			t.Fatalf("%d bytes: %d packets come back", n, found)
		}
	}
}

// silentADTS is a frame of sound as far as the cutter looks.
func silentADTS() []byte {
	b := make([]byte, 16)
	copy(b, []byte{0xFF, 0xF1, 0x4C, 0x80, 16 >> 3, 16 << 5 & 0xFF, 0xFC})
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
