package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/media"
)

// ClipOptions say what of cutting is measured.
type ClipOptions struct {
	Parts    []string // of ClipParts
	Runs     int      // of each contender, interleaved; medians are shown
	Size     string   // of the input's pictures
	Workers  int      // most chunks that are rendered at once
	FFmpeg   string
	Self     string // our own program
	Dir      string // where files go; emptied after each run
	Progress func(text string)
}

// ClipParts are the parts of the measurement.
func ClipParts() []string { return []string{"edges", "shapes", "changes", "workers"} }

// ClipRow is what one way to make a clip takes.
type ClipRow struct {
	Part     string        `json:"part"`
	What     string        `json:"what"`
	CPU      time.Duration `json:"cpu_ns"` // median
	Least    time.Duration `json:"least_ns"`
	Most     time.Duration `json:"most_ns"`
	Wall     time.Duration `json:"wall_ns"`  // median
	Ratio    float64       `json:"ratio"`    // of CPU to that of the part's first row
	Speedup  float64       `json:"speedup"`  // of the wall time of the part's first row to this
	Rendered int           `json:"rendered"` // chunks, by ours
	Reused   int           `json:"reused"`   // likewise, that were there
}

// way is a way to make a clip: programs that run one after the other.
type way struct {
	part, what string
	base       bool // what the ways after it are compared with
	commands   func(dir string) [][]string
}

// took is what a run of a way took.
type took struct {
	cpu, wall        time.Duration
	rendered, reused int
}

// Clip cuts the same input in several ways in turn and compares what they take.
func Clip(ctx context.Context, o ClipOptions) ([]ClipRow, error) {
	const op = "measure cutting"
	for _, p := range o.Parts {
		if !slices.Contains(ClipParts(), p) {
			return nil, clip.Errorf(clip.Invalid, op, "there is no part %q; there are %v", p, ClipParts())
		}
	}
	if o.Runs < 1 || len(o.Parts) == 0 {
		return nil, clip.Errorf(clip.Invalid, op, "give at least one run of one part of %v", ClipParts())
	}
	o.Progress("encoding 80 s of input, which takes a minute or more")
	input, err := o.input(ctx)
	if err != nil {
		return nil, err
	}
	ways := clipWays(o, input)
	all := make([][]took, len(ways))
	for run := range o.Runs {
		for part := range slices.Values(o.Parts) {
			if err := o.part(ctx, run, part, ways, all); err != nil {
				return nil, err
			}
		}
	}
	return clipRows(ways, all), nil
}

// part runs the ways of a part once, in one directory: a later one finds what
// an earlier one kept.
func (o ClipOptions) part(ctx context.Context, run int, part string, ways []way, all [][]took) error {
	dir, err := os.MkdirTemp(o.Dir, "run-")
	if err != nil {
		return clip.Errorf(clip.Unavailable, "measure cutting", "%w", err)
	}
	defer os.RemoveAll(dir)
	for i, w := range ways {
		if w.part != part {
			continue
		}
		o.Progress(fmt.Sprintf("run %d of %d: %s", run+1, o.Runs, w.what))
		t, err := w.run(ctx, dir)
		if err != nil {
			return err
		}
		all[i] = append(all[i], t)
	}
	return nil
}

// run makes the clip once. CPU is that of the programs and of what they started
// and waited for.
func (w way) run(ctx context.Context, dir string) (took, error) {
	var t took
	for _, args := range w.commands(dir) {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		var said, complaints bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &complaints
		began := time.Now()
		if err := cmd.Run(); err != nil {
			return t, clip.Errorf(clip.Internal, "measure "+w.what, "%w: %s", err, complaints.String())
		}
		t.wall += time.Since(began)
		t.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		var made struct{ Rendered, Reused int }
		if json.Unmarshal(said.Bytes(), &made) == nil { // only ours says so
			t.rendered, t.reused = made.Rendered, made.Reused
		}
	}
	return t, nil
}

func clipRows(ways []way, all [][]took) (rows []ClipRow) {
	var base ClipRow
	for i, w := range ways {
		if len(all[i]) == 0 {
			continue
		}
		last := all[i][len(all[i])-1]
		r := ClipRow{Part: w.part, What: w.what, Rendered: last.rendered, Reused: last.reused}
		slices.SortFunc(all[i], func(a, b took) int { return int(a.wall - b.wall) })
		r.Wall = all[i][len(all[i])/2].wall
		slices.SortFunc(all[i], func(a, b took) int { return int(a.cpu - b.cpu) })
		r.CPU, r.Least, r.Most = all[i][len(all[i])/2].cpu, all[i][0].cpu, all[i][len(all[i])-1].cpu
		if w.base {
			base = r
		}
		r.Ratio, r.Speedup = float64(r.CPU)/float64(base.CPU), float64(base.Wall)/float64(r.Wall)
		rows = append(rows, r)
	}
	return rows
}

// inputLength is how long the input is.
const inputLength = 80 * time.Second

// input makes the file that is cut. It is no loop, whose sound would have a seam.
func (o ClipOptions) input(ctx context.Context) (string, error) {
	const op = "make the input"
	engine, err := media.New(o.FFmpeg, "ffprobe", quiet())
	if err != nil {
		return "", err
	}
	ts, err := engine.Pattern(ctx, media.PatternWork{Size: o.Size, Rate: full.Rate, Length: inputLength})
	if err != nil {
		return "", err
	}
	path := filepath.Join(o.Dir, "input.ts")
	if err := os.WriteFile(path, ts, 0o600); err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return path, nil
}
