package clip

import (
	"cmp"
	"slices"
)

// cuesIn are the captions visible in a cell, relative to its start. A cue that
// still stands on screen reaches to the cell's end.
func cuesIn(cues []Cue, c Cell) []Cue {
	var in []Cue
	for _, q := range cues {
		if q.To == 0 {
			q.To = max(q.From, c.To)
		}
		q.From, q.To = max(q.From, c.From)-c.From, min(q.To, c.To)-c.From
		q.Service = "" // the same words are the same pixels
		if q.Epoch == c.Epoch && q.From < q.To {
			in = append(in, q)
		}
	}
	slices.SortStableFunc(in, func(a, b Cue) int { return cmp.Compare(a.From, b.From) })
	return in
}

// Cues are the captions of the whole clip, in ticks from its start. A caption
// that reaches over a cell's border is one cue again.
func (p Plan) Cues() []Cue {
	var out []Cue
	frames := 0
	for _, c := range p.Cells {
		start := p.Rate.Ticks(frames)
		frames += c.Frames
		end := p.Rate.Ticks(frames)
		for _, q := range c.Cues {
			begins, whole := q.From == 0, q.To == c.To-c.From
			q.From, q.To, q.Epoch = start+q.From, min(start+q.To, end), 0
			if whole {
				q.To = end
			}
			i := slices.IndexFunc(out, func(o Cue) bool { return o.To == start && o.Text == q.Text && o.Lang == q.Lang })
			switch {
			case begins && i >= 0:
				out[i].To = q.To
			case q.From < q.To:
				out = append(out, q)
			}
		}
	}
	return out
}
