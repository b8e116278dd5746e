package desk

import (
	"context"
	"time"

	"github.com/ovation-live/ovation/clip"
)

type loudnessIn struct {
	SpanIn
	Step string `query:"step" doc:"One level for each such stretch, the loudest in it: 100ms (the finest, and the default) or a multiple, such as 2s"`
}

type loudnessOut struct {
	Body loudnessBody
}

// loudnessBody is a loudness curve. Levels are momentary loudness (EBU R 128)
// in hundredths of LUFS, a step apart; -12000 is silence.
type loudnessBody struct {
	In         time.Time      `json:"in"`
	Out        time.Time      `json:"out"`
	Step       time.Duration  `json:"step"`
	Integrated *float64       `json:"integrated" doc:"Of the whole span, gated, in LUFS; null where nothing is to be heard, or nothing was listened to"`
	Stretches  []loudnessView `json:"stretches" doc:"Between them nothing was heard"`
}

// loudnessView is a stretch of the curve with its place in programme time.
type loudnessView struct {
	clip.Loudness
	At time.Time `json:"at" doc:"Where the sound of the first level ends"`
}

const (
	// mostLevels is how many levels one answer holds: an hour of the finest.
	mostLevels = 36000
	// straight is how long a stretch is at most on a clock that drifts: so long
	// that a step is a step.
	straight = time.Minute
)

// listLoudness is GET /api/v1/feeds/{id}/loudness.
func (d *Desk) listLoudness(ctx context.Context, in *loudnessIn) (*loudnessOut, error) {
	n, err := stepsOf(in.Step)
	if err != nil {
		return nil, err
	}
	span, tl, err := in.read(ctx, d)
	if err != nil {
		return nil, err
	}
	out := &loudnessOut{Body: loudnessBody{In: span.In, Out: span.Out, Step: time.Duration(n) * clip.LoudnessStep.Duration(), Stretches: []loudnessView{}}}
	if empty(span) {
		return out, nil
	}
	if err := fits(overlap(span, tl.Window()), n); err != nil {
		return nil, err
	}
	curve, err := d.Catalogue.Loudness(ctx, in.ID, span)
	if err != nil {
		return nil, err
	}
	out.Body.Integrated = integrated(curve, tl, span)
	for _, l := range curve {
		if e, ok := tl.Epoch(l.Epoch); ok {
			out.Body.Stretches = append(out.Body.Stretches, placed(l, e, n)...)
		}
	}
	return out, nil
}

// stepsOf reads how many levels become one.
func stepsOf(step string) (int, error) {
	const op = "read a loudness curve"
	if step == "" {
		return 1, nil
	}
	finest := clip.LoudnessStep.Duration()
	d, err := time.ParseDuration(step)
	if err != nil || d < finest || d%finest != 0 || d > time.Hour {
		return 0, clip.Errorf(clip.Invalid, op, "a step of %q is not possible: use %s or a multiple of it, up to an hour", step, finest)
	}
	return int(d / finest), nil
}

// fits refuses an answer of too many levels.
func fits(span clip.Span, n int) error {
	levels := int64(span.Duration() / (time.Duration(n) * clip.LoudnessStep.Duration()))
	if levels <= mostLevels {
		return nil
	}
	least := (span.Duration()/mostLevels + time.Second).Truncate(time.Second)
	return clip.Errorf(clip.Invalid, "read a loudness curve",
		"it would have %d levels, %d are given at once: ask for a shorter span, or with step=%s", levels, mostLevels, least)
}

// overlap is the part of a span that lies in another one.
func overlap(s, window clip.Span) clip.Span {
	if window.In.After(s.In) {
		s.In = window.In
	}
	if window.Out.Before(s.Out) {
		s.Out = window.Out
	}
	return s
}

// integrated is the loudness of what sounds in a span, in LUFS.
func integrated(curve []clip.Loudness, tl clip.Timeline, span clip.Span) *float64 {
	var levels []int16
	for _, l := range curve {
		if e, ok := tl.Epoch(l.Epoch); ok {
			levels = append(levels, l.Within(clip.Span90{From: e.Ticks(span.In), To: e.Ticks(span.Out)}).Levels...)
		}
	}
	level, audible := clip.Integrated(levels)
	if !audible {
		return nil
	}
	lufs := float64(level) / 100
	return &lufs
}

// placed is a stretch with one level for every n, in programme time.
func placed(l clip.Loudness, e clip.Epoch, n int) []loudnessView {
	l = l.Coarse(n)
	step := clip.Ticks(n) * clip.LoudnessStep
	most := len(l.Levels)
	if len(e.Bends) > 0 {
		most = max(1, int(clip.TicksOf(straight)/step))
	}
	var all []loudnessView
	for len(l.Levels) > 0 {
		k := min(most, len(l.Levels))
		all = append(all, loudnessView{clip.Loudness{Epoch: l.Epoch, From: l.From, Levels: l.Levels[:k]}, e.Time(l.From)})
		l.From, l.Levels = l.From+clip.Ticks(k)*step, l.Levels[k:]
	}
	return all
}
