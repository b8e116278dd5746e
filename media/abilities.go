package media

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Ability is something that rendering needs of this machine.
type Ability struct {
	Name string
	OK   bool
	Said string // what was found: a version, a font; or what is missing
	Fix  string // what to do where it is missing
}

const (
	fixInstall = "install ffmpeg 5.1 or newer: apt-get install ffmpeg, or brew install ffmpeg"
	fixBuild   = "install an ffmpeg built with libx264 and libass: apt-get install ffmpeg, or brew install ffmpeg"
	fixFont    = "install the font: apt-get install fonts-dejavu-core, or brew install --cask font-dejavu"
	oldest     = 501 // major*100+minor of the oldest ffmpeg whose options we use: -fps_mode came with 5.1
)

// ask finds out what the programs can do.
func (e *Engine) ask(ctx context.Context) []Ability {
	version := e.answer(ctx, e.ffmpeg, "-version")
	abilities := []Ability{versionAbility("ffmpeg", version), versionAbility("ffprobe", e.answer(ctx, e.ffprobe, "-version"))}
	for _, need := range []struct {
		flag  string
		names []string
	}{
		{"-encoders", []string{"aac", "libx264", "mjpeg"}},
		{"-decoders", []string{"aac", "h264"}},
		{"-demuxers", []string{"mov", "mpegts", "png_pipe"}},
		{"-muxers", []string{"framecrc", "mp4", "mpegts", "null"}},
		{"-filters", []string{"alimiter", "ametadata", "ass", "ebur128", "metadata", "overlay", "scdet", "setparams"}},
	} {
		listed := listedIn(e.answer(ctx, e.ffmpeg, "-hide_banner", need.flag))
		for _, n := range need.names {
			a := Ability{Name: strings.TrimPrefix(need.flag, "-") + " " + n, OK: slices.Contains(listed, n), Said: "there", Fix: fixBuild}
			if !a.OK {
				a.Said = "missing"
			}
			abilities = append(abilities, a)
		}
	}
	return append(abilities, e.fontAbility(ctx))
}

// answer runs a program that prints something and ends. An empty answer says
// that it did not.
func (e *Engine) answer(ctx context.Context, program string, args ...string) string {
	var out bytes.Buffer
	b := &beat{}
	b.touch()
	if err := run(ctx, program, args, Command{Op: "ask " + program, Stdout: &out}, b); err != nil {
		e.log.WithError(err).Warn("ask what a program can do")
		return ""
	}
	return out.String()
}

var versionPattern = regexp.MustCompile(`^\S+ version (\S+)`)
var numberPattern = regexp.MustCompile(`^n?(\d+)\.(\d+)`)

// versionAbility reads the first line of -version. Builds from ffmpeg's
// repository carry a revision instead of a number; they are taken as new.
func versionAbility(program, said string) Ability {
	a := Ability{Name: program, Fix: fixInstall, Said: "it does not run"}
	m := versionPattern.FindStringSubmatch(said)
	if m == nil {
		return a
	}
	a.Said, a.OK = m[1], true
	if n := numberPattern.FindStringSubmatch(m[1]); n != nil {
		major, err1 := strconv.Atoi(n[1])
		minor, err2 := strconv.Atoi(n[2])
		a.OK = err1 == nil && err2 == nil && major*100+minor >= oldest
	}
	return a
}

// listedIn reads the names in one of ffmpeg's lists: flags, then names
// separated by commas, then words.
func listedIn(list string) []string {
	var names []string
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) >= 2 {
			names = append(names, strings.Split(f[1], ",")...)
		}
	}
	return names
}

// fontAbility asks fontconfig, which libass asks too, for the captions' font.
func (e *Engine) fontAbility(ctx context.Context) Ability {
	a := Ability{Name: "font " + captionFont, Fix: fixFont}
	said := e.answer(ctx, "fc-match", captionFont+":bold")
	a.OK = strings.Contains(said, captionFont)
	a.Said = strings.TrimSpace(said)
	if said == "" {
		a.Said = "fontconfig (fc-match) does not answer; captions are drawn in whatever font libass finds"
	}
	return a
}
