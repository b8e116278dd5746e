package media

import (
	"fmt"
	"math"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// gatherArgs is the argument list that cuts and joins a plan's sound. Its
// inputs are the pipes from firstPipe on, one for each cut.
func gatherArgs(w SoundWork) []string {
	cuts := w.cuts()
	var parts []*ffmpeg.Stream
	for i, c := range cuts {
		parts = append(parts, c.decoded(i))
	}
	joined := parts[0]
	if len(parts) > 1 {
		joined = ffmpeg.Concat(parts, ffmpeg.KwArgs{"v": 0, "a": 1})
	}
	return ffmpeg.Output([]*ffmpeg.Stream{measured(joined, len(cuts))}, "file:"+rawSound, ffmpeg.KwArgs{
		"f": "f32le", "c:a": "pcm_f32le", "ar": soundRate, "ac": 2,
	}).GetArgs()
}

// decoded is the sound of a cut: exactly its samples.
func (c cut) decoded(i int) *ffmpeg.Stream {
	pipe := fmt.Sprintf("pipe:%d", firstPipe+i)
	if c.silent() {
		in := keeping("s16le")
		in["ar"], in["ac"] = soundRate, 2
		return ffmpeg.Input(pipe, in).Get("a:0").Filter("aformat", ffmpeg.Args{stereo})
	}
	// A lost frame of sound becomes silence. Frames last 21 ms and more, so
	// less than 15 ms off is the rounding of the feed's clock and left alone.
	from := c.first()
	a := ffmpeg.Input(pipe, keeping(demuxer(c.piece.Format.Container))).Get(fmt.Sprintf("a:%d", c.piece.Format.Track)).
		Filter("aresample", ffmpeg.Args{fmt.Sprint(soundRate)}, ffmpeg.KwArgs{"async": 1, "min_hard_comp": "0.015"}).
		Filter("aformat", ffmpeg.Args{stereo}).
		Filter("atrim", nil, ffmpeg.KwArgs{"start_pts": from, "end_pts": from + c.samples}).
		Filter("asetpts", ffmpeg.Args{fmt.Sprintf("PTS-%d", from)})
	// Sound that begins late has silence before it, to the sample.
	return a.Filter("aresample", nil, ffmpeg.KwArgs{"async": 1, "first_pts": 0, "min_comp": "0.00001", "min_hard_comp": "0.015"}).
		Filter("apad", nil, ffmpeg.KwArgs{"whole_len": c.samples}).
		Filter("atrim", nil, ffmpeg.KwArgs{"end_sample": c.samples})
}

const stereo = "sample_fmts=flt:sample_rates=48000:channel_layouts=stereo"

// measured lets sound pass through the meter, whose report goes to the pipe
// after the inputs. (The library that composes the graph does not escape the
// colon in an option's value, only what ends the option list.)
func measured(a *ffmpeg.Stream, inputs int) *ffmpeg.Stream {
	return a.Filter("ebur128", nil, ffmpeg.KwArgs{"metadata": 1, "peak": "true"}).
		Filter("ametadata", nil, ffmpeg.KwArgs{"mode": "print", "file": fmt.Sprintf(`pipe\:%d`, firstPipe+inputs)})
}

// levelArgs is the argument list that levels the joined sound and encodes it.
func levelArgs(w SoundWork, l leveler) []string {
	in := keeping("f32le")
	in["ar"], in["ac"] = soundRate, 2
	a := ffmpeg.Input("file:"+rawSound, in).Get("a:0")
	if l.gain != 0 {
		a = a.Filter("volume", nil, ffmpeg.KwArgs{"volume": dB(l.gain), "precision": "float"})
	}
	if l.limit != 0 {
		a = limited(a, l.limit)
	}
	n := samplesOf(w.Length)
	a = a.Filter("aformat", ffmpeg.Args{stereo}).
		Filter("apad", nil, ffmpeg.KwArgs{"whole_len": n}).
		Filter("atrim", nil, ffmpeg.KwArgs{"end_sample": n})
	return ffmpeg.Output([]*ffmpeg.Stream{measured(a, 0)}, "file:"+partOf(soundFile), ffmpeg.KwArgs{
		"f": "mp4", "c:a": "aac", "b:a": "160k", "ar": soundRate, "ac": 2,
		"movie_timescale": soundRate, "map_metadata": "-1", "fflags": "+bitexact", "flags:a": "+bitexact",
	}).GetArgs()
}

// codedArgs is the argument list that measures the encoded sound.
func codedArgs() []string {
	in := keeping("mov")
	a := ffmpeg.Input("file:"+partOf(soundFile), in).Get("a:0")
	return ffmpeg.Output([]*ffmpeg.Stream{measured(a, 0)}, "pipe:1", ffmpeg.KwArgs{"f": "null"}).GetArgs()
}

// limited keeps true peaks below a limit: peaks between samples are seen at
// four times the rate.
func limited(a *ffmpeg.Stream, limit float64) *ffmpeg.Stream {
	return a.Filter("aresample", ffmpeg.Args{fmt.Sprint(4 * soundRate)}).
		Filter("alimiter", nil, ffmpeg.KwArgs{
			"limit": fmt.Sprintf("%.6f", math.Pow(10, limit/20)), "level": 0, "latency": 1, "attack": 5, "release": 50,
		}).
		Filter("aresample", ffmpeg.Args{fmt.Sprint(soundRate)})
}
