package feed

import (
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// bitWriter writes the fields of a bitstream.
type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) bits(v uint64, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *bitWriter) golomb(v uint64) {
	n := 0
	for (v+1)>>n > 1 {
		n++
	}
	w.bits(0, n)
	w.bits(v+1, n+1)
}

// slice is an H.264 slice header: NAL header, type (0 P, 1 B, 2 I), number,
// and for a field which one.
func slice(header byte, kind, frameNo uint64, field, bottom bool) []byte {
	w := bitWriter{b: []byte{header}, n: 8}
	w.golomb(0)
	w.golomb(kind)
	w.golomb(0)
	w.bits(frameNo, 4)
	if field {
		w.bits(1, 1)
		w.bits(map[bool]uint64{true: 1}[bottom], 1)
	} else {
		w.bits(0, 1)
	}
	w.bits(0xaa, 16)
	return w.b
}

// TestPictureKinds classifies hand-made access units: fields, recovery points,
// what the container says.
func TestPictureKinds(t *testing.T) {
	const idr, ref, nonRef = 0x65, 0x41, 0x01
	var reader pictureReader
	recovery := []byte{6, 6, 1, 0xc0, 0x80} // recovery_frame_cnt 0
	gradual := []byte{6, 6, 1, 0x30, 0x80}  // recovery_frame_cnt 5
	for _, c := range []struct {
		name   string
		access bool
		nals   [][]byte
		kind   clip.FrameKind
		second bool
	}{
		{"IDR", false, [][]byte{slice(idr, 2, 0, false, false)}, clip.IDR, false},
		{"P", false, [][]byte{slice(ref, 0, 1, false, false)}, clip.Inter, false},
		{"B that nothing needs", false, [][]byte{slice(nonRef, 1, 2, false, false)}, clip.NonRef, false},
		{"I alone", false, [][]byte{slice(ref, 2, 3, false, false)}, clip.Inter, false},
		{"I with a recovery point", false, [][]byte{recovery, slice(ref, 2, 3, false, false)}, clip.Recovery, false},
		{"I that recovers later", false, [][]byte{gradual, slice(ref, 2, 3, false, false)}, clip.Inter, false},
		{"P with a recovery point", false, [][]byte{recovery, slice(ref, 0, 3, false, false)}, clip.Inter, false},
		{"I at an access point", true, [][]byte{slice(ref, 2, 3, false, false)}, clip.Recovery, false},
		{"top field", false, [][]byte{slice(ref, 0, 4, true, false)}, clip.Inter, false},
		{"its bottom field", false, [][]byte{slice(ref, 0, 4, true, true)}, clip.Inter, true},
		{"bottom field of the next frame", false, [][]byte{slice(ref, 0, 5, true, true)}, clip.Inter, false},
		{"its top field", false, [][]byte{slice(ref, 0, 5, true, false)}, clip.Inter, true},
	} {
		// One reader for all: fields follow each other.
		if c.name == "IDR" {
			reader = pictureReader{codec: codecH264, sets: []parameters{{frameNumBits: 4, interlaced: true}}}
		}
		reader.begin(c.access)
		done := false
		for _, nal := range c.nals {
			done = reader.add(nal)
		}
		if got := reader.now; !done || got.kind != c.kind || got.second != c.second {
			t.Errorf("%s: %+v, want kind %d, second %v", c.name, got, c.kind, c.second)
		}
	}
}

// TestHEVCKinds classifies by NAL unit type.
func TestHEVCKinds(t *testing.T) {
	t.Run("spliced", testHEVCSpliced)
	for kind, want := range map[byte]clip.FrameKind{0: clip.NonRef, 1: clip.Inter, 8: clip.NonRef, 9: clip.Inter,
		16: clip.Recovery, 19: clip.IDR, 20: clip.IDR, 21: clip.Recovery} {
		r := pictureReader{codec: codecHEVC}
		r.begin(false)
		if done := r.add([]byte{kind << 1, 1, 0x80}); !done || r.now.kind != want {
			t.Errorf("NAL unit type %d: kind %d, want %d", kind, r.now.kind, want)
		}
	}
}

// testHEVCSpliced: what a broken link's leading pictures need is gone, and no
// decoder shows them; after a whole random access point they count again.
func testHEVCSpliced(t *testing.T) {
	r := pictureReader{codec: codecHEVC}
	for i, c := range []struct {
		kind   byte
		hidden bool
	}{{21, false}, {9, false}, {16, false}, {9, true}, {8, true}, {7, false}, {1, false}, {21, false}, {8, false}, {17, false}, {9, true}, {19, false}, {9, false}} {
		r.begin(false)
		if r.add([]byte{c.kind << 1, 1, 0x80}); !r.now.slice || r.now.hidden != c.hidden {
			t.Errorf("picture %d of type %d: %+v", i, c.kind, r.now)
		}
	}
	r.begin(false)
	r.add([]byte{1 << 1, 1, 0x80})
	r.end([]byte{1, 2, 3, 0, 0, 1, 36 << 1, 1})
	r.begin(false)
	r.add([]byte{21 << 1, 1, 0x80})
	r.end([]byte{1, 2, 3})
	r.begin(false)
	if r.add([]byte{9 << 1, 1, 0x80}); !r.now.hidden {
		t.Error("after the end of a sequence a leading picture is shown")
	}
	r.begin(false)
	if done := r.add([]byte{19 << 1, 1<<3 | 1, 0x80}); done || r.now.slice {
		t.Errorf("a picture of an enhancement layer counts: %+v", r.now)
	}
	r = pictureReader{codec: codecHEVC, sets: []parameters{{sublayers: 1}}}
	if r.add([]byte{0, 1, 0x80}); r.now.kind != clip.Inter {
		t.Errorf("a picture that a higher sub-layer may need is %v", r.now.kind)
	}
	if r.add([]byte{0, 2, 0x80}); r.now.kind != clip.NonRef {
		t.Errorf("a picture that nothing needs is %v", r.now.kind)
	}
}

// TestUnescape removes emulation prevention and nothing else.
func TestUnescape(t *testing.T) {
	got := unescape([]byte{0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3, 3, 0, 3}, 100)
	if want := []byte{0, 0, 1, 0, 0, 0, 0, 3, 3, 0, 3}; string(got) != string(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestSpacing finds the frame rate of pictures' times.
func TestSpacing(t *testing.T) {
	every := func(step, n int) (times []clip.Ticks) {
		for i := range n {
			times = append(times, clip.Ticks(i*step/100))
		}
		return times
	}
	rate := func(n, d int) clip.Rate { return clip.Rate{Num: n, Den: d} }
	hole := append(every(360000, 20), clip.Ticks(90000))
	for _, c := range []struct {
		name  string
		times []clip.Ticks
		said  clip.Rate
		want  clip.Rate
	}{
		{"25", every(360000, 50), clip.Rate{}, rate(25, 1)},
		{"59.94", every(150150, 120), clip.Rate{}, rate(60000, 1001)},
		{"23.976", every(375375, 48), clip.Rate{}, rate(24000, 1001)},
		{"10", every(900000, 20), clip.Rate{}, rate(10, 1)},
		{"a hole", hole, clip.Rate{}, rate(25, 1)},
		{"the set says twice as much", every(360000, 50), rate(50, 1), rate(25, 1)},
		{"one frame, the set says it", every(0, 1), rate(50, 1), rate(50, 1)},
		{"one frame", every(0, 1), clip.Rate{}, clip.Rate{}},
		{"three frames apart", every(720000, 3), clip.Rate{}, clip.Rate{}},
		{"milliseconds", []clip.Ticks{0, 1530, 2970, 4500, 6030, 7470, 9000}, clip.Rate{}, rate(60, 1)},
		{"milliseconds, and the set says 59.94", []clip.Ticks{0, 1530, 2970, 4500, 6030, 7470, 9000}, rate(60000, 1001), rate(60000, 1001)},
		{"milliseconds, and the set says half", []clip.Ticks{0, 1530, 2970, 4500, 6030, 7470, 9000}, rate(30, 1), rate(60, 1)},
		{"uneven", []clip.Ticks{0, 3000, 9000, 10000, 17000, 30000, 31000, 50000}, clip.Rate{}, clip.Rate{}},
	} {
		if got, step, _ := spacing(c.times, c.said); got != c.want || step <= 0 {
			t.Errorf("%s: %v and %d, want %v", c.name, got, step, c.want)
		}
	}
}
