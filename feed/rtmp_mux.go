package feed

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortmplib"
	rtmp "github.com/bluenviron/gortmplib/pkg/codecs"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mpegts"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mpegts/codecs"

	"github.com/ovation-live/ovation/clip"
)

// rtmpReader gives what an RTMP connection carries as MPEG-TS: the coded
// pictures and sound untouched, their millisecond times in ticks.
type rtmpReader struct {
	conn   net.Conn
	said   *rtmpConn
	in     *gortmplib.Reader
	out    *mpegts.Writer
	ready  []byte          // muxed and not read yet
	next   map[uint16]byte // continuity counters, by PID: they go on over another muxer
	left   atomic.Pointer[error]
	failed error
}

// rtmpSilence is how long a connection may give nothing before it counts as
// dead.
const rtmpSilence = 10 * time.Second

func newRTMPReader(c gortmplib.Conn, conn net.Conn) (*rtmpReader, error) {
	r := &rtmpReader{conn: conn, said: &rtmpConn{Conn: c}, next: map[uint16]byte{}}
	return r, r.begin()
}

// begin finds out which tracks there are, and muxes those that can be recorded.
func (r *rtmpReader) begin() error {
	r.in = &gortmplib.Reader{Conn: r.said}
	_ = r.conn.SetDeadline(time.Now().Add(handshakeTimeout)) // a TCP connection takes one
	if err := r.in.Initialize(); err != nil {
		return err
	}
	_ = r.conn.SetDeadline(time.Time{})
	r.out = &mpegts.Writer{W: r}
	var left []string // out
	for _, t := range r.in.Tracks() {
		if isVideo(t) {
			r.said.video.there = true
		} else {
			r.said.sound.there = true
		}
		if !r.track(t) {
			left = append(left, strings.TrimPrefix(fmt.Sprintf("%T", t.Codec), "*codecs."))
		}
	}
	if len(r.out.Tracks) == 0 {
		return clip.Errorf(clip.Invalid, "read RTMP", "it has no track that can be recorded, only %s", strings.Join(left, ", "))
	}
	if r.left.Store(nil); len(left) > 0 {
		why := clip.Errorf(clip.Invalid, "read RTMP", "MPEG-TS cannot hold its %s: it is left out", strings.Join(left, ", "))
		r.left.Store(&why)
	}
	r.said.settled = true
	err := r.out.Initialize()
	r.number()
	return err
}

// remark implements [remarker].
func (r *rtmpReader) remark() error {
	if why := r.left.Load(); why != nil {
		return *why
	}
	return nil
}

// isVideo tells pictures from sound.
func isVideo(t *gortmplib.Track) bool {
	switch t.Codec.(type) {
	case *rtmp.H264, *rtmp.H265, *rtmp.AV1, *rtmp.VP9:
		return true
	}
	return false
}

// ticks converts RTMP's time.
func ticks(d time.Duration) int64 { return int64(clip.TicksOf(d)) }

// track lets a track through, if MPEG-TS can carry it here.
func (r *rtmpReader) track(t *gortmplib.Track) bool {
	out := &mpegts.Track{}
	switch c := t.Codec.(type) {
	case *rtmp.H264:
		out.Codec = &codecs.H264{}
		sets := parameterSets{isPicture: isSlice, isKey: isIDR, isSet: isSPS, sets: [][]byte{c.SPS, c.PPS}}
		r.in.OnDataH264(t, func(pts, dts time.Duration, au [][]byte) {
			if au = sets.before(au); au != nil {
				r.keep(r.out.WriteH264(out, ticks(pts), ticks(dts), au))
			}
		})
	case *rtmp.H265:
		out.Codec = &codecs.H265{}
		sets := parameterSets{isPicture: isSlice265, isKey: isIRAP, isSet: isSPS265, sets: [][]byte{c.VPS, c.SPS, c.PPS}}
		r.in.OnDataH265(t, func(pts, dts time.Duration, au [][]byte) {
			if au = sets.before(au); au != nil {
				r.keep(r.out.WriteH265(out, ticks(pts), ticks(dts), au))
			}
		})
	case *rtmp.MPEG4Audio:
		out.Codec = &codecs.MPEG4Audio{Config: *c.Config}
		r.in.OnDataMPEG4Audio(t, func(pts time.Duration, au []byte) { r.keep(r.out.WriteMPEG4Audio(out, ticks(pts), [][]byte{au})) })
	case *rtmp.MPEG1Audio:
		out.Codec = &codecs.MPEG1Audio{}
		r.in.OnDataMPEG1Audio(t, func(pts time.Duration, frame []byte) { r.keep(r.out.WriteMPEG1Audio(out, ticks(pts), [][]byte{frame})) })
	case *rtmp.AC3:
		out.Codec = &codecs.AC3{SampleRate: c.SampleRate, ChannelCount: c.ChannelCount}
		r.in.OnDataAC3(t, func(pts time.Duration, frame []byte) { r.keep(r.out.WriteAC3(out, ticks(pts), frame)) })
	default:
		r.pass(t)
		return false
	}
	r.out.Tracks = append(r.out.Tracks, out)
	return true
}

// pass takes what cannot be recorded: the library panics over a track that
// nobody reads (gortmplib 1.0.0, 2026-11-24).
func (r *rtmpReader) pass(t *gortmplib.Track) {
	nobody := func(time.Duration, []byte) {}
	switch t.Codec.(type) {
	case *rtmp.AV1:
		r.in.OnDataAV1(t, func(time.Duration, [][]byte) {})
	case *rtmp.FLAC:
		r.in.OnDataFLAC(t, nobody)
	case *rtmp.G711:
		r.in.OnDataG711(t, nobody)
	case *rtmp.LPCM:
		r.in.OnDataLPCM(t, nobody)
	case *rtmp.Opus:
		r.in.OnDataOpus(t, nobody)
	case *rtmp.VP9:
		r.in.OnDataVP9(t, nobody)
	}
}

// keep notes that something was muxed, or why it could not be.
func (r *rtmpReader) keep(err error) {
	if err != nil && r.failed == nil {
		r.failed = clip.Errorf(clip.Invalid, "mux RTMP", "%w", err)
	}
}

// Write takes what the muxer makes.
func (r *rtmpReader) Write(b []byte) (int, error) {
	r.ready = append(r.ready, b...)
	return len(b), nil
}

// Read implements [connection].
func (r *rtmpReader) Read(b []byte) (int, error) {
	for len(r.ready) == 0 {
		_ = r.conn.SetReadDeadline(time.Now().Add(rtmpSilence)) // a TCP connection takes one
		err := r.in.Read()
		if errors.Is(err, errNewTrack) {
			err = r.begin()
		} else {
			r.number()
		}
		if err = cmp.Or(err, r.failed); err != nil {
			return 0, err
		}
	}
	n := copy(b, r.ready)
	r.ready = append(r.ready[:0], r.ready[n:]...)
	return n, nil
}

// number writes the continuity counters of what was muxed.
func (r *rtmpReader) number() {
	for b := r.ready; len(b) >= packetSize; b = b[packetSize:] {
		const payload = 0x10
		pid := uint16(b[1]&0x1f)<<8 | uint16(b[2])
		if b[3]&payload != 0 {
			b[3] = b[3]&0xf0 | r.next[pid]
			r.next[pid] = (r.next[pid] + 1) & 0x0f
		}
	}
}

// Close implements [connection].
func (r *rtmpReader) Close() error { return r.conn.Close() }

// parameterSets puts the sets that RTMP sends apart from the pictures before
// every key frame that has none, so that each segment decodes alone.
type parameterSets struct {
	isPicture, isKey, isSet func(nal []byte) bool
	sets                    [][]byte // the latest
}

// before is an access unit with the sets that it needs; nil for one without a
// picture, which has a time of its own that no picture has.
func (p *parameterSets) before(au [][]byte) [][]byte {
	has := slices.ContainsFunc(au, p.isSet)
	switch {
	case !slices.ContainsFunc(au, p.isPicture):
		if has {
			p.sets = au
		}
		return nil
	case has || !slices.ContainsFunc(au, p.isKey):
		return au
	}
	sets := slices.DeleteFunc(slices.Clone(p.sets), func(s []byte) bool { return len(s) == 0 })
	return append(sets, au...)
}

func isSlice(nal []byte) bool    { return len(nal) > 0 && nal[0]&0x1f >= 1 && nal[0]&0x1f <= 5 }
func isIDR(nal []byte) bool      { return len(nal) > 0 && nal[0]&0x1f == 5 }
func isSPS(nal []byte) bool      { return len(nal) > 0 && nal[0]&0x1f == 7 }
func isSlice265(nal []byte) bool { return len(nal) > 0 && nal[0]>>1&0x3f < 32 }
func isIRAP(nal []byte) bool     { return len(nal) > 0 && nal[0]>>1&0x3f >= 16 && nal[0]>>1&0x3f <= 23 }
func isSPS265(nal []byte) bool   { return len(nal) > 0 && nal[0]>>1&0x3f == 33 }
