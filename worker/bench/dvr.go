package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// Options say what is measured.
type Options struct {
	Feeds    int           // recorded at once
	For      time.Duration // each run
	Runs     int           // of each program, interleaved; medians are shown
	Over     string        // "udp" or "hls"
	Window   time.Duration // how far back our recordings reach
	MediaMTX string        // its program; "" where there is none
	Alone    bool          // measure only our own
	Listens  bool          // measure our own with loudness and scenes too
	FFmpeg   string
	Self     string // our own program
	Dir      string // where recordings go; emptied after each run
	Progress func(text string)
}

// Row is one program's figures.
type Row struct {
	Program string        `json:"program"`
	Feeds   int           `json:"feeds"`
	Over    string        `json:"over"`
	Seconds int           `json:"seconds"`
	CPU     time.Duration `json:"cpu_ns"`         // median, of all feeds
	Least   time.Duration `json:"least_ns"`       // of the runs
	Most    time.Duration `json:"most_ns"`        // of the runs
	Memory  int64         `json:"memory"`         // bytes, median
	PerCore int           `json:"per_core"`       // feeds that one core would record
	Percent float64       `json:"percent"`        // of a core, a feed
	Ratio   float64       `json:"ratio"`          // of ours to this program's
	Kept    *Kept         `json:"kept,omitempty"` // of our own
}

// DVR records the same feeds with each program in turn and compares the cost.
func DVR(ctx context.Context, o Options) ([]Row, error) {
	if o.Feeds < 1 || o.Runs < 1 || o.For < 5*time.Second || o.Over != "udp" && o.Over != "hls" {
		return nil, clip.Errorf(clip.Invalid, "measure the recorder", "give at least one feed and one run, at least 5s, and udp or hls")
	}
	o.Progress("encoding ten seconds of 1080p50")
	b, err := makeBroadcast(ctx, o.FFmpeg, full)
	if err != nil {
		return nil, err
	}
	m := measurement{Options: o, broadcast: b, costs: map[string][]cost{}, kept: map[string]*Kept{}}
	all := m.contenders()
	for run := range o.Runs {
		for _, c := range all {
			o.Progress(fmt.Sprintf("run %d of %d: %s records %d feeds for %s", run+1, o.Runs, c.name, o.Feeds, o.For))
			if err := m.once(ctx, c); err != nil {
				return nil, err
			}
		}
	}
	return m.rows(all), nil
}

type measurement struct {
	Options
	broadcast broadcast
	costs     map[string][]cost
	kept      map[string]*Kept
}

func (m *measurement) contenders() []contender {
	all := []contender{ovation(m.Options, false)}
	if m.Listens {
		all = append(all, ovation(m.Options, true))
	}
	if m.Alone {
		return all
	}
	all = append(all, ffmpegCopy(m.FFmpeg))
	if m.MediaMTX != "" {
		all = append(all, mediaMTX(m.MediaMTX))
	}
	return all
}

// once is one run of one program.
func (m *measurement) once(ctx context.Context, c contender) error {
	dir, err := os.MkdirTemp(m.Dir, "run-")
	if err != nil {
		return clip.Errorf(clip.Unavailable, "measure the recorder", "%w", err)
	}
	defer os.RemoveAll(dir)
	s, err := m.sender()
	if err != nil {
		return err
	}
	playing, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.run(playing) }()
	took, err := c.run(ctx, s.urls(), dir, m.For)
	stop()
	if sent := <-done; err == nil {
		err = sent
	}
	if err != nil {
		return err
	}
	if behind := s.behind(); behind > m.For/20 {
		return clip.Errorf(clip.Unavailable, "measure the recorder", "this machine sent the feeds %s too late: the figures would be better than they are; let nothing else run, or measure fewer feeds", behind.Round(time.Millisecond))
	}
	if c.counts {
		k, helpers, err := readKept(dir, s.sizes())
		if err != nil {
			return err
		}
		if m.kept[c.name] == nil {
			m.kept[c.name] = &Kept{}
		}
		m.kept[c.name].add(k)
		if !k.whole() {
			m.Progress("not all was kept. The recorder said:\n" + strings.Join(k.Said, "\n"))
		}
		took.Memory += helpers
	}
	m.costs[c.name] = append(m.costs[c.name], took)
	return nil
}

func (m *measurement) sender() (sender, error) {
	if m.Over == "hls" {
		return newHLSSender(m.broadcast, m.Feeds)
	}
	return newUDPSender(m.broadcast, m.Feeds)
}

func (m *measurement) rows(all []contender) []Row {
	var rows []Row
	for n, c := range all {
		runs := m.costs[c.name]
		slices.SortFunc(runs, func(a, b cost) int { return int(a.CPU - b.CPU) })
		r := Row{Program: c.name, Feeds: m.Feeds, Over: m.Over, Seconds: int(m.For / time.Second), CPU: runs[len(runs)/2].CPU, Least: runs[0].CPU, Most: runs[len(runs)-1].CPU}
		slices.SortFunc(runs, func(a, b cost) int { return int(a.Memory - b.Memory) })
		r.Memory = runs[len(runs)/2].Memory
		share := float64(r.CPU) / float64(m.For) / float64(m.Feeds)
		r.Percent, r.PerCore, r.Ratio = 100*share, int(1/share), 1
		r.Kept = m.kept[c.name]
		if n > 0 {
			r.Ratio = float64(rows[0].CPU) / float64(r.CPU)
		}
		rows = append(rows, r)
	}
	return rows
}

// Find is a program on the PATH, or nothing.
func Find(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
