package main

import (
	"bytes"
	"testing"
	"text/tabwriter"

	"github.com/ovation-live/ovation/clip"
)

// TestPageBuild says in words what was rendered and why.
func TestPageBuild(t *testing.T) {
	part := func(cell int, s clip.Shape, state string, h clip.MomentID, revision int, why ...string) buildPart {
		return buildPart{clip.Part{Cell: cell, At: clip.Ticks(cell) * clip.CellTicks, For: clip.CellTicks, Shape: s, Why: why}, state, h, revision}
	}
	b := buildView{Revision: 3, Before: 1, Parts: []buildPart{
		part(0, clip.Wide, "rendered", "goal", 3, "the cut begins elsewhere in it", "its captions changed"),
		part(0, clip.Tall, "rendered", "goal", 3, "the cut begins elsewhere in it", "its captions changed"),
		part(1, clip.Wide, "reused", "goal", 1),
		part(1, clip.Tall, "reused", "save", 2),
		part(2, clip.Wide, "gone", "", 0),
		part(2, clip.Tall, "reused", "", 0),
	}}
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	pageBuild(w, "goal", b)
	must(t, w.Flush())
	const want = `AT  LENGTH  SHAPES     STATE     WHY
0s  2s      16:9 9:16  rendered  the cut begins elsewhere in it; its captions changed
2s  2s      16:9       reused    rendered for revision 1
2s  2s      9:16       reused    rendered for highlight save
4s  2s      16:9       gone      chunks are kept within a budget of disk
4s  2s      9:16       reused    left by an earlier run

2 of 6 chunks were rendered for revision 3 (compared with revision 1)
`
	if got := out.String(); got != want {
		t.Errorf("it says\n%s\nwant\n%s", got, want)
	}
}
