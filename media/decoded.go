package media

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// decoded reads ffmpeg's framecrc format: a heading of "#name track: value"
// lines, then "track, dts, pts, duration, size, checksum" for each picture and
// each stretch of sound.
type decoded struct {
	line    []byte
	tracks  [2]outcome // pictures, sound
	strange []string   // lines that are neither; the first few
}

// outcome is one decoded track.
type outcome struct {
	attributes map[string]string
	den, num   int64 // of the timebase
	first      int64
	count      int
	size       int64 // of every picture; of all sound together
	pts        []int64
}

// Write takes a part of the list.
func (d *decoded) Write(p []byte) (int, error) {
	for _, c := range p {
		if c != '\n' {
			d.line = append(d.line, c)
			continue
		}
		if line := string(bytes.TrimSpace(d.line)); line != "" && !d.read(line) && len(d.strange) < 5 {
			d.strange = append(d.strange, line)
		}
		d.line = d.line[:0]
	}
	return len(p), nil
}

// read reads one line.
func (d *decoded) read(line string) bool {
	if rest, ok := strings.CutPrefix(line, "#"); ok {
		return d.heading(rest)
	}
	var c [5]int64
	fields := strings.Split(line, ",")
	if len(fields) < 6 {
		return false
	}
	for i := range c {
		v, err := strconv.ParseInt(strings.TrimSpace(fields[i]), 10, 64)
		if err != nil {
			return false
		}
		c[i] = v
	}
	if c[0] < 0 || c[0] >= int64(len(d.tracks)) {
		return false
	}
	t := &d.tracks[c[0]]
	if t.count == 0 {
		t.first = c[2]
	}
	t.count++
	if c[0] == 0 {
		t.pts = append(t.pts, c[2])
		if t.count == 1 || t.size == c[4] {
			t.size = c[4]
		} else {
			t.size = 0 // pictures differ
		}
		return true
	}
	t.size += c[4]
	return true
}

// heading reads "name track: value"; others say nothing about a track.
func (d *decoded) heading(rest string) bool {
	key, value, ok := strings.Cut(rest, ": ")
	name, nr, ok2 := strings.Cut(key, " ")
	n, err := strconv.Atoi(nr)
	if !ok || !ok2 || err != nil || n < 0 || n >= len(d.tracks) {
		return true // such as "#software: Lavf59"
	}
	t := &d.tracks[n]
	if t.attributes == nil {
		t.attributes = map[string]string{}
	}
	t.attributes[name] = strings.TrimSpace(value)
	if name == "tb" {
		_, err := fmt.Sscanf(value, "%d/%d", &t.num, &t.den)
		return err == nil && t.num > 0 && t.den > 0
	}
	return true
}

// time converts from the track's timebase.
func (t *outcome) time(n int64) time.Duration {
	if t.den == 0 {
		return 0
	}
	return time.Duration(clip.Rescale(n, t.num*int64(time.Second), t.den))
}

// samples is the number of decoded samples: two channels of two bytes.
func (t *outcome) samples() int64 { return t.size / 4 }

// steady reports whether every picture is shown one frame after the one
// before, and if not, which is not.
func (t *outcome) steady(r clip.Rate) (int, bool) {
	for i, at := range t.pts {
		want := clip.Rescale(int64(i), t.den*int64(r.Den), t.num*int64(r.Num))
		if d := at - t.first - want; t.den == 0 || d < -1 || d > 1 {
			return i, false
		}
	}
	return 0, true
}

// facts sums up what was decoded.
func (d *decoded) facts(rate clip.Rate, l loudness) Facts {
	v, a := &d.tracks[0], &d.tracks[1]
	f := Facts{Rate: rate, Frames: v.count, Loudness: l.integrated, TruePeak: l.peak}
	f.Duration = rate.Ticks(v.count).Duration()
	// A heading without dimensions leaves zeros, which no rendition wants.
	_, _ = fmt.Sscanf(v.attributes["dimensions"], "%dx%d", &f.Width, &f.Height)
	if a.count > 0 {
		f.Offset = a.time(a.first) - v.time(v.first)
	}
	return f
}

// shownInOrder makes of a list of coded pictures, which come in the order of
// decoding and have any size, the list of those that are shown.
func (d *decoded) shownInOrder(size int64) {
	v := &d.tracks[0]
	slices.Sort(v.pts)
	if v.size = size; len(v.pts) > 0 {
		v.first = v.pts[0]
	}
}
