package match

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"testing"
	"time"
)

var momentary = regexp.MustCompile(`t: (\S+)\s.*M:\s*(\S+)`)

// TestSoundLevels has ffmpeg measure two cycles by EBU R 128: an even bed with
// speech over it, and a roar at each goal that stands out by far.
func TestSoundLevels(t *testing.T) {
	m := open(t, "synthetic:match?size=320x180")
	var pcm []byte
	for n := range int64(2 * 1000) {
		pcm = m.Sound(700124*1000+n, pcm)
	}
	_, text := ffmpeg(t, pcm, "-loglevel", "verbose", "-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "-", "-af", "ebur128=peak=true", "-f", "null", "-")
	number := func(pattern string) float64 {
		all := regexp.MustCompile(pattern).FindAllSubmatch(text, -1)
		if len(all) == 0 {
			t.Fatalf("ffmpeg does not say %s", pattern)
		}
		v, err := strconv.ParseFloat(string(all[len(all)-1][1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	whole, peak := number(`I:\s+(\S+) LUFS`), number(`Peak:\s+(\S+) dBFS`)
	roar, calm, count := math.Inf(-1), 0.0, 0
	for _, line := range momentary.FindAllSubmatch(text, -1) {
		at, _ := strconv.ParseFloat(string(line[1]), 64)
		level, _ := strconv.ParseFloat(string(line[2]), 64)
		switch into := math.Mod(at, cycleLength.Seconds()); {
		case into > 24.6 && into < 30:
			roar = max(roar, level)
			if level < -17 {
				t.Errorf("at %.1f s, after the goal, it is only %.1f LUFS loud", at, level)
			}
		case into > 1 && into < 16:
			calm += level
			count++
		}
	}
	calm /= float64(count)
	summary := fmt.Sprintf("%.1f LUFS overall, roar %.1f, open play %.1f, true peak %.1f dB", whole, roar, calm, peak)
	t.Log(summary)
	if whole < -22 || whole > -17 || roar < -14 || roar > -10 || calm > roar-6 || peak > -1 {
		t.Error(summary)
	}
}

// TestSoundHasNoSeam looks for clicks: from the last sample of each frame to
// the first of the next there is no greater step than within frames.
func TestSoundHasNoSeam(t *testing.T) {
	m := open(t, "synthetic:match?size=320x180&rate=50")
	last, most, seam := 0, 0, 0
	for n := int64(700125*2000 - 100); n < 700125*2000+100; n++ {
		b := m.Sound(n, nil)
		if len(b) != sampleRate/50*4 {
			t.Fatalf("frame %d has %d bytes of sound", n, len(b))
		}
		for i := 0; i < len(b); i += 4 {
			v := int(int16(uint16(b[i]) | uint16(b[i+1])<<8))
			step := max(v-last, last-v)
			if i == 0 && n > 700125*2000-100 {
				seam = max(seam, step)
			} else if i > 0 {
				most = max(most, step)
			}
			last = v
		}
	}
	if seam > most {
		t.Errorf("a step of %d between frames is greater than any within, %d", seam, most)
	}
}

// TestVoiceKeepsToItsLine holds the voice and the captions together.
func TestVoiceKeepsToItsLine(t *testing.T) {
	p := simulate(cycleOf(1, 99))
	for i, l := range p.script {
		said := p.spoken(i)
		if d := time.Duration(len(said)) * time.Second / sampleRate; d > l.to-l.from || d < (l.to-l.from)*9/10 {
			t.Errorf("%q is said in %s, its caption stands for %s", l.text, d, l.to-l.from)
		}
		if i > 0 && l.from < p.script[i-1].to {
			t.Errorf("%q begins before the line before it ends", l.text)
		}
	}
}
