package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// The marks lie in the middle of groups: 63 pictures before a key frame, and 37
// behind one.
const markIn = "10.74"

// clipWays are all ways of all parts.
func clipWays(o ClipOptions, input string) []way {
	return slices.Concat(edgeWays(o, input), shapeWays(o, input), changeWays(o, input), workerWays(o, input))
}

// ours is `ovation clip` into a directory.
func (o ClipOptions) ours(input, length string, more ...string) func(string) [][]string {
	return func(dir string) [][]string {
		args := []string{o.Self, "clip", input, "--in", markIn, "--out", "+" + length, "-o", filepath.Join(dir, "ours"), "-o", "json", "--ffmpeg", o.FFmpeg}
		return [][]string{append(args, more...)}
	}
}

// theirs is ffmpeg as people cut with it. It seeks, so it may begin elsewhere.
func (o ClipOptions) theirs(input, length string, outputs ...[]string) func(string) [][]string {
	return func(string) (all [][]string) {
		for i, out := range outputs {
			args := []string{o.FFmpeg, "-nostdin", "-v", "error", "-y", "-ss", markIn, "-t", length, "-i", input}
			all = append(all, append(append(args, out...), fmt.Sprintf("theirs-%d.mp4", i)))
		}
		return all
	}
}

// edgeWays: an exact cut of which only the ends are rendered.
func edgeWays(o ClipOptions, input string) (ways []way) {
	for _, length := range []string{"20", "60"} {
		whole := []string{"-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-c:a", "aac", "-b:a", "160k"}
		ways = append(ways,
			way{"edges", "ffmpeg, all rendered, " + length + " s", true, o.theirs(input, length, whole)},
			way{"edges", "ovation, edges only, " + length + " s", false, o.ours(input, length)},
			way{"edges", "ffmpeg -c copy (not exact), " + length + " s", false, o.theirs(input, length, []string{"-c", "copy"})})
	}
	return ways
}

// shapeWays: four shapes of six seconds.
func shapeWays(o ClipOptions, input string) []way {
	e := clip.DefaultEncoding()
	crops := []string{"crop=ih*16/9:ih", "crop=ih:ih", "crop=trunc(ih*4/5/2)*2:ih", "crop=trunc(ih*9/16/2)*2:ih"}
	sound := []string{"-af", "loudnorm=I=-14:TP=-1,aformat=sample_rates=48000:channel_layouts=stereo", "-c:a", "aac", "-b:a", "160k", "-ar", "48000"}
	var same, plain [][]string
	for _, crop := range crops {
		same = append(same, append([]string{"-vf", crop, "-c:v", "libx264", "-preset", e.Preset, "-crf", fmt.Sprint(e.CRF),
			"-maxrate", fmt.Sprintf("%dk", e.MaxRate), "-bufsize", fmt.Sprintf("%dk", 2*e.MaxRate)}, sound...))
		plain = append(plain, append([]string{"-vf", crop, "-c:v", "libx264"}, sound...))
	}
	return []way{
		{"shapes", "four ffmpeg commands, same settings", true, o.theirs(input, "6", same...)},
		{"shapes", "ovation, four shapes from one decode", false, o.ours(input, "6", "--shapes", "16:9,1:1,4:5,9:16", "--render")},
		{"shapes", "ovation, the same, 16:9 edges only", false, o.ours(input, "6", "--shapes", "16:9,1:1,4:5,9:16")},
		{"shapes", "four ffmpeg commands, default preset", false, o.theirs(input, "6", plain...)},
	}
}

// changeWays: what is rendered again of a captioned clip of 30 s.
func changeWays(o ClipOptions, input string) []way {
	captioned := func(word, length string) func(string) [][]string {
		return func(dir string) [][]string {
			var text strings.Builder
			for s := range 25 { // one word in each two seconds, of a file that counts from the input's beginning
				fmt.Fprintf(&text, "%d\n00:00:%02d,100 --> 00:00:%02d,300\n%s\n\n", s+1, 2*s, 2*s+1, map[bool]string{true: word, false: "Goal!"}[s == 12])
			}
			path := filepath.Join(dir, "captions.srt")
			_ = os.WriteFile(path, []byte(text.String()), 0o600) // ours says so if it is not there
			return o.ours(input, length, "--captions", path, "--shapes", "16:9,9:16", "--cache", filepath.Join(dir, "cache"))(dir)
		}
	}
	return []way{
		{"changes", "ovation, 30 s in two shapes, all rendered", true, captioned("Gaol!", "30")},
		{"changes", "ovation, a word corrected", false, captioned("Goal!", "30")},
		{"changes", "ovation, a second longer", false, captioned("Goal!", "31")},
	}
}

// workerWays: twelve seconds of one shape by more and more workers.
func workerWays(o ClipOptions, input string) (ways []way) {
	for n := 1; n <= o.Workers; n++ {
		ways = append(ways, way{"workers", fmt.Sprintf("ovation, 12 s in 16:9 by %d", n), n == 1, o.ours(input, "12", "--render", "--workers", fmt.Sprint(n))})
	}
	return ways
}
