package media

import (
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// argv writes an argument list for reading: an option and its value a line, a
// filter a line.
func argv(args []string) string {
	var b strings.Builder
	for _, a := range args {
		a = strings.ReplaceAll(a, ";", ";\n    ")
		if strings.HasPrefix(a, "-") && b.Len() > 0 {
			b.WriteString("\n")
		} else if b.Len() > 0 {
			b.WriteString(" ")
		}
		b.WriteString(a)
	}
	return b.String() + "\n"
}

// TestArgs compares every argument list with its golden text. Lists are made
// many times: the order must never change.
func TestArgs(t *testing.T) {
	fifty := clip.Format{Container: clip.MPEGTS, Video: "h264", Width: 1920, Height: 1080, Rate: clip.Rate{Num: 60000, Den: 1001}, Audio: "aac", SampleRate: 48000, Channels: 2}
	cell := clip.Cell{Epoch: 3, Grid: 4711, From: 848000000, To: 848000000 + 60*3003, Frames: 60, Step: 2, Format: fifty,
		Sources: []clip.Source{{Seq: 1, Path: "a.ts", First: 847999000}}, Cues: []clip.Cue{{To: 9000, Text: "hi'[a];movie"}}}
	for _, s := range []clip.Shape{clip.Wide, clip.Tall} {
		cell.Chunks = append(cell.Chunks, clip.Chunk{Shape: s, Crop: s.Crop(1920, 1080), Key: clip.DigestOf([]byte(s))})
	}
	full := CellWork{Cell: cell, Rate: clip.Rate{Num: 30000, Den: 1001}, BurnIn: true, Logo: "/data/logo.png", Overlay: clip.Overlay{Height: 90, Margin: 40}, Encoding: clip.DefaultEncoding()}
	plain := full
	plain.BurnIn, plain.Logo = false, ""
	plain.Cell.Format.Container = clip.FMP4
	plain.Cell.Chunks = plain.Cell.Chunks[:1]
	fields := plain
	fields.Cell.Format.Interlaced, fields.Cell.Format.Width, fields.Cell.Format.Aspect = true, 1440, clip.Rate{Num: 4, Den: 3}
	second := fifty
	second.Track = 1
	sound := SoundWork{Length: 630000, Target: clip.DefaultSound(), Pieces: []clip.Piece{
		{Epoch: 1, From: 848000000, To: 848180000, Format: fifty, Sources: cell.Sources},
		{Epoch: 2, From: 0, To: 180000, Format: clip.Format{}},
		{Epoch: 3, From: 848000000, To: 848180000, Format: second, Sources: cell.Sources},
	}}
	for name, args := range map[string]func() []string{
		"cell-full":    func() []string { return cellArgs(full) },
		"cell-plain":   func() []string { return cellArgs(plain) },
		"cell-fields":  func() []string { return cellArgs(fields) },
		"sound-gather": func() []string { return gatherArgs(sound) },
		"sound-level":  func() []string { return levelArgs(sound, leveler{gain: 9.36, limit: -2}) },
		"probe":        func() []string { return probeArgs("/data/out.mp4", true) },
		"cover":        func() []string { return coverArgs("/data/out.mp4", 1480*time.Millisecond, "/data/cover.jpg") },
		"live":         func() []string { return liveArgs(fifty) },
	} {
		t.Run(name, func(t *testing.T) {
			text := argv(args())
			golden(t, name+".args", text)
			for range 50 {
				if again := argv(args()); again != text {
					t.Fatalf("the list changes:\n%s\n%s", text, again)
				}
			}
			if strings.Contains(text, "hi'") {
				t.Error("a caption's text stands in an argument")
			}
		})
	}
}
