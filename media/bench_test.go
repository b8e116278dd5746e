package media

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// BenchmarkRenderCell renders a two-second cell of 720p25 in two shapes with
// captions, and reports the processor time of ffmpeg.
func BenchmarkRenderCell(b *testing.B) {
	e := engine(b)
	tp := record(b, spec{rate: clip.Rate{Num: 25, Den: 1}, frames: 150, w: 1280, h: 720})
	tp.rec.Cues = []clip.Cue{{Epoch: 1, From: tp.shift, Text: "What a goal that was,\nright into the corner!"}}
	p := tp.plan(b, 52, 145, clip.Wide, clip.Tall)
	cell := p.Cells[0]
	for _, c := range p.Cells {
		if c.Frames > cell.Frames {
			cell = c
		}
	}
	before := children(b)
	for b.Loop() {
		dir := b.TempDir()
		if _, err := e.RenderCell(context.Background(), CellWork{Cell: cell, Rate: p.Rate, BurnIn: true, Encoding: clip.DefaultEncoding(), Open: tp.open, Dir: dir}, nil); err != nil {
			b.Fatal(err)
		}
		os.RemoveAll(dir)
	}
	b.ReportMetric((children(b)-before).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(cell.Frames), "frames/op")
}

// children is the processor time of all children that have ended.
func children(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
