package desk

import (
	"context"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
)

type marksIn struct {
	SpanIn
	Scheme []string `query:"scheme" doc:"Only of these schemes: scte35, daterange, id3, emsg, scene"`
}

// markView is a mark with its place in programme time.
type markView struct {
	clip.Mark
	At time.Time `json:"at"`
}

type marksOut struct {
	Body struct {
		Marks []markView `json:"marks"`
	}
}

// listMarks is GET /api/v1/feeds/{id}/marks.
func (d *Desk) listMarks(ctx context.Context, in *marksIn) (*marksOut, error) {
	var out marksOut
	out.Body.Marks = []markView{}
	span, tl, err := in.read(ctx, d)
	if err != nil || empty(span) {
		return &out, err
	}
	marks, err := d.Catalogue.Marks(ctx, in.ID, span)
	for _, m := range marks {
		e, ok := tl.Epoch(m.Epoch)
		if ok && (len(in.Scheme) == 0 || slices.Contains(in.Scheme, m.Scheme)) {
			out.Body.Marks = append(out.Body.Marks, markView{m, e.Time(m.PTS)})
		}
	}
	return &out, err
}
