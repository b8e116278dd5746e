// Package media makes pictures and sound: it renders the cells of a plan,
// levels the sound, joins both into finished files, and looks at the result
// before anybody else does. It knows ffmpeg, and no other package does.
//
// Argument lists and graphs are pure values (graph.go, sound.go, live.go); one
// function runs them (runner.go). ffmpeg never seeks, never sees a user's
// text as part of an argument, and its exit code is never believed alone.
package media

import (
	"context"
	"io"
	"os/exec"
	"slices"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
)

// Engine runs one installed ffmpeg. It is safe for concurrent use.
type Engine struct {
	ffmpeg    string
	ffprobe   string
	log       logrus.FieldLogger
	abilities func() []Ability // asked once, when somebody wants to know
}

// Open gives the bytes of a DVR file, by a path as it stands in
// [clip.Source.Path] or [clip.Source.Init].
type Open func(path string) (io.ReadCloser, error)

// asking is how long a program may take to say what it can do.
const asking = 20 * time.Second

// New finds the two programs. What they can do is another question:
// [Engine.Abilities] asks it.
func New(ffmpeg, ffprobe string, log logrus.FieldLogger) (*Engine, error) {
	const op = "find ffmpeg"
	e := &Engine{log: log}
	for _, p := range []struct {
		name string
		path *string
	}{{ffmpeg, &e.ffmpeg}, {ffprobe, &e.ffprobe}} {
		path, err := exec.LookPath(p.name)
		if err != nil {
			return nil, clip.Errorf(clip.Unavailable, op, "%w; %s", err, fixInstall)
		}
		*p.path = path
	}
	e.abilities = sync.OnceValue(func() []Ability {
		ctx, cancel := context.WithTimeout(context.Background(), asking)
		defer cancel()
		return e.ask(ctx)
	})
	return e, nil
}

// Abilities lists what rendering needs of this machine and whether it is
// there, for `ovation check`. The programs are asked once.
func (e *Engine) Abilities() []Ability { return slices.Clone(e.abilities()) }
