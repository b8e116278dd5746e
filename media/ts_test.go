package media

import (
	"bytes"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/ovation-live/ovation/clip"
)

// stamped is a packet with a PCR, and the head of a PES with PTS and DTS.
func stamped(pcr, pts, dts clip.Ticks) []byte {
	p := bytes.Repeat([]byte{0xFF}, packet)
	copy(p, []byte{0x47, 0x41, 0x00, 0x30, 7, 0x10, 0, 0, 0, 0, 0x7E, 0x55})
	copy(p[12:], []byte{0, 0, 1, 0xE0, 0, 0, 0x80, 0xC0, 10, 0x31, 0, 1, 0, 1, 0x11, 0, 1, 0, 1})
	shiftPCR(p[6:11], pcr)
	shiftStamp(p[21:26], pts)
	shiftStamp(p[26:31], dts)
	return p
}

// TestShiftTS moves stamps over the wrap both ways, however the bytes come.
func TestShiftTS(t *testing.T) {
	in := append(stamped(clip.Wrap-5, clip.Wrap-1, 100), stamped(1, 1<<32, 0)...)
	noise, torn := []byte{1, 2, 3}, in[:50]
	in = slices.Concat(noise, in, torn)
	want := append(stamped(5, 9, 110), stamped(11, 1<<32+10, 10)...)
	want = slices.Concat(noise, want, torn)
	for name, r := range map[string]io.Reader{
		"whole":  bytes.NewReader(in),
		"bytes":  iotest.OneByteReader(bytes.NewReader(in)),
		"halves": iotest.HalfReader(bytes.NewReader(in)),
		"eof":    iotest.DataErrReader(bytes.NewReader(in)),
	} {
		got, err := io.ReadAll(newShiftTS(r, 10))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v\n%x\n%x", name, err, got, want)
		}
	}
	back, err := io.ReadAll(newShiftTS(bytes.NewReader(want), -10))
	if err != nil || !bytes.Equal(back, in) {
		t.Errorf("there and back: %v", err)
	}
	if _, err := io.ReadAll(newShiftTS(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(in))), 1)); err != iotest.ErrTimeout {
		t.Error(err)
	}
}

// FuzzShiftTS moves anything there and back: the same bytes, as many as came.
func FuzzShiftTS(f *testing.F) {
	f.Add(stamped(1, 2, 3), int64(77))
	f.Add([]byte{0x47, 0x40, 0, 0x20, 0xB7}, int64(-1))
	f.Fuzz(func(t *testing.T, in []byte, by int64) {
		d := clip.Ticks(by % int64(clip.Wrap))
		there, err := io.ReadAll(newShiftTS(bytes.NewReader(in), d))
		if err != nil || len(there) != len(in) {
			t.Fatalf("%d bytes of %d, %v", len(there), len(in), err)
		}
		back, err := io.ReadAll(newShiftTS(bytes.NewReader(there), -d))
		if err != nil || !bytes.Equal(back, in) {
			t.Errorf("%v\n%x\n%x", err, in, back)
		}
	})
}
