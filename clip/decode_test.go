package clip

import (
	"fmt"
	"testing"
)

// display is a segment of frames that are shown at the given numbers, decoded
// one after the other from a number on.
func display(decode Ticks, numbers ...Ticks) Segment {
	const one = 3600
	s := Segment{First: numbers[0] * one}
	for i, n := range numbers {
		kind := Inter
		if i == 0 {
			kind = IDR
		}
		s.Frames = append(s.Frames, Frame{PTS: n * one, DTS: (decode + Ticks(i)) * one, Kind: kind})
		s.First, s.End = min(s.First, n*one), max(s.End, (n+1)*one)
	}
	return s
}

// Up to where nothing can be added to a feed of 25 frames a second.
func TestSettled(t *testing.T) {
	tests := []struct {
		name string
		segs []Segment
		want Ticks // in frames
	}{
		{"without B-frames", []Segment{display(0, 0, 1, 2, 3)}, 4},
		{"a hole that nothing fills any more", []Segment{display(0, 0, 1), display(4, 4, 5)}, 6},
		{"all B-frames are there", []Segment{display(-1, 0, 3, 1, 2)}, 4},
		{"two are to come", []Segment{display(-1, 0, 3, 1, 2, 6)}, 4},
		{"one is to come", []Segment{display(-1, 0, 3, 1, 2, 6, 4)}, 5},
		{"in another segment", []Segment{display(-1, 0, 3, 1, 2), display(3, 6)}, 4},
		{"some were lost, some are to come", []Segment{display(-1, 0, 1, 2), display(5, 7)}, 5},
		{"all were lost", []Segment{display(-1, 0, 1, 2), display(6, 7)}, 8},
		{"no frames", []Segment{{}}, 9},
		{"nothing", nil, 9},
	}
	for _, tt := range tests {
		e := Epoch{End: 9 * 3600, Format: Format{Rate: Rate{25, 1}}}
		for i, s := range tt.segs {
			if i == 0 || s.End > e.End {
				e.End = max(s.End, tt.want*3600)
			}
		}
		if got := settled(e, tt.segs); got/3600 != tt.want {
			t.Errorf("%s: settled up to frame %v, want %d", tt.name, float64(got)/3600, tt.want)
		}
	}
	if got := settled(Epoch{End: 5}, []Segment{display(0, 0, 1)}); got != 5 {
		t.Errorf("a feed without a rate is settled up to %d, not to its end", got)
	}
}

// A frame that came twice is shown once, also where its time was rounded
// another way.
func TestPicturesOnce(t *testing.T) {
	again := display(0, 0, 1, 2)
	for i := range again.Frames {
		again.Frames[i].PTS++
	}
	if got := pictures([]Segment{display(0, 0, 1, 2), again, display(3, 3)}, 3600); len(got) != 4 {
		t.Errorf("four frames are %v", got)
	}
}

// A piece of sound has the segments that hold it, one more where its first
// samples need those before, and one more where they came late.
func TestSoundSources(t *testing.T) {
	s := standard()
	late := s
	late.lag = 9000
	early := s
	early.lag = -9000
	mute := s
	mute.silence = true
	for _, tt := range []struct {
		name     string
		tape     tape
		from, to int
		want     string
	}{
		{"amid a segment", s, 60, 100, "[2]"},
		{"from a segment's beginning", s, 50, 90, "[1 2]"},
		{"from a frame after it", s, 51, 90, "[1 2]"},
		{"from two frames after it", s, 52, 90, "[2]"},
		{"over a border", s, 60, 101, "[2 3]"},
		{"sound that comes late", late, 60, 100, "[2 3]"},
		{"sound that comes early", early, 60, 97, "[2]"},
		{"sound that comes early, up to where it does", early, 52, 90, "[1 2]"},
		{"none", mute, 60, 100, "[]"},
	} {
		p := mustPlan(t, tt.tape.ofFrames(tt.from, tt.to), record(false, tt.tape))
		seqs := []int64{}
		for _, src := range p.Sound[0].Sources {
			seqs = append(seqs, src.Seq)
		}
		if got := fmt.Sprint(seqs); got != tt.want {
			t.Errorf("%s: the sound is in segments %s, want %s", tt.name, got, tt.want)
		}
	}
}
