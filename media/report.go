package media

import (
	"bytes"
	"math"
	"strconv"
	"sync"

	"github.com/ovation-live/ovation/clip"
)

// What is reported of sound and pictures.
const (
	heardKey = "lavfi.r128.M"
	seenKey  = "lavfi.scd.score"
)

// report reads what ffmpeg's metadata filters print: for each frame a heading
// ("frame:0    pts:14400   pts_time:0.3"), then lines of key=value.
type report struct {
	mu    *sync.Mutex // held while something is told
	value func(frame int, pts int64, v float64)
	end   func() // after each piece of the report

	line  []byte
	frame int
	pts   int64
}

// Write takes a piece of the report.
func (r *report) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range p {
		if c != '\n' {
			r.line = append(r.line, c)
			continue
		}
		r.read(r.line)
		r.line = r.line[:0]
	}
	r.end()
	return len(p), nil
}

// read takes one line.
func (r *report) read(line []byte) {
	if _, text, ok := bytes.Cut(line, []byte("=")); ok {
		if v, err := strconv.ParseFloat(string(text), 64); err == nil {
			r.value(r.frame, r.pts, v)
		}
		return
	}
	for _, f := range bytes.Fields(line) {
		name, text, _ := bytes.Cut(f, []byte(":"))
		n, err := strconv.ParseInt(string(text), 10, 64)
		switch {
		case err != nil:
		case string(name) == "frame":
			r.frame = int(n)
		case string(name) == "pts":
			r.pts = n
		}
	}
}

// ear makes a loudness curve of ffmpeg's EBU R 128 meter, whose frames last
// 100 ms.
type ear struct {
	zero zero
	tell func(clip.Loudness)
	now  clip.Loudness // not told yet
}

// warming is how many frames the meter prints before it has heard a whole
// window (ffmpeg 5.1.9 and 7.1.5, 2026-11-24).
const warming = int(clip.LoudnessWindow/clip.LoudnessStep) - 1

// take notes the momentary loudness after a frame.
func (e *ear) take(frame int, pts int64, lufs float64) {
	if frame < warming {
		return
	}
	at := clip.Ticks(e.zero) + clip.Ticks(clip.Rescale(pts, clip.TickRate, soundRate)) + clip.LoudnessStep
	if len(e.now.Levels) == 0 || at != e.now.End() {
		e.flush()
		e.now.From = at
	}
	e.now.Levels = append(e.now.Levels, levelOf(lufs))
}

// levelOf is a level in hundredths of LUFS. Of silence that follows sound the
// meter makes no number: its running sum may fall below zero.
func levelOf(lufs float64) int16 {
	const most = math.MaxInt16 / 100
	if math.IsNaN(lufs) || lufs < float64(clip.Silence)/100 {
		return clip.Silence
	}
	return int16(math.Round(100 * min(lufs, most)))
}

// flush tells what was heard.
func (e *ear) flush() {
	if len(e.now.Levels) > 0 {
		e.tell(e.now)
	}
	e.now = clip.Loudness{}
}

// eye finds scenes among key frames.
type eye struct {
	zero zero
	tell func(Scene)
}

// take looks at a frame's score. The first two have nothing to be compared
// with.
func (e *eye) take(frame int, pts int64, change float64) {
	if frame > 1 && change >= sceneChange {
		e.tell(Scene{At: clip.Ticks(e.zero) + clip.Ticks(pts), Change: change})
	}
}
