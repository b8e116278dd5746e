package media

import (
	"context"
	"io"
	"net/url"
	"strings"
	"time"

	ffmpeg "github.com/u2takey/ffmpeg-go"
)

// RemuxWork is an input that becomes MPEG-TS without re-encoding.
type RemuxWork struct {
	URL       string
	Protocols []string // that ffmpeg may use for it, and no others
}

// Remux copies the video track and all audio tracks of an input into MPEG-TS,
// as they come, until the input ends. It is the only run of ffmpeg that may
// use the network. An input that gives nothing for a while is an error.
func (e *Engine) Remux(ctx context.Context, w RemuxWork, out io.Writer) error {
	return e.Run(ctx, Command{Op: "remux " + scheme(w.URL), Args: remuxArgs(w), Stdout: out, Stall: 15 * time.Second, Secrets: secrets(w.URL)})
}

// secrets are the texts that must not be shown of a URL that leads into the
// network: all of it, and by themselves its user, its password and its query,
// which ffmpeg shows in other places.
func secrets(of string) []string {
	u, err := url.Parse(of)
	if err != nil || u.Scheme == "file" {
		return nil
	}
	all := []string{of, u.RawQuery}
	if u.User != nil {
		password, _ := u.User.Password()
		all = append(all, u.User.String(), password)
	}
	return all
}

// scheme is the part of a URL that is no secret.
func scheme(url string) string {
	s, _, _ := strings.Cut(url, ":")
	return s
}

// remuxArgs is the argument list of [Engine.Remux].
func remuxArgs(w RemuxWork) []string {
	in := ffmpeg.KwArgs{
		"protocol_whitelist": strings.Join(w.Protocols, ","),
		"format_whitelist":   remuxFormats, "codec_whitelist": remuxCodecs, "max_streams": 64,
	}
	if scheme(w.URL) == "rtsp" {
		in["rtsp_transport"], in["timeout"] = "tcp", int64(10*time.Second/time.Microsecond)
	}
	return ffmpeg.Input(w.URL, in).Output("pipe:1", ffmpeg.KwArgs{
		"map": []string{"0:v:0", "0:a?"}, "c": "copy", "f": "mpegts", "muxdelay": 0, "muxpreload": 0, "flush_packets": 1,
	}).GetArgs()
}

// What may be remuxed: containers that people have recordings in, and RTSP.
const (
	remuxFormats = "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,flv,mxf,mpegts,rtsp,rtp,sdp,h264,hevc,aac,ac3,eac3,mpeg"
	remuxCodecs  = "h264,hevc,aac,aac_latm,ac3,eac3,mp2,mp3,dvbsub,dvb_teletext,timed_id3,bin_data"
)
