package match

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Comcast/scte35-go/pkg/scte35"
	"github.com/asticode/go-astits"
	"github.com/sirupsen/logrus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// segment is what a match emitted.
type segment struct {
	ts    []byte
	broke bool
	at    time.Time
	late  time.Duration // after the end of its last frame
}

// patience is a clock that waits for a machine that is too slow: it goes on
// only so far past what was given that nothing is ever late.
type patience struct {
	from, begin time.Time
	given       atomic.Int64
	jump        time.Duration // after the first segment
}

func (p *patience) now() time.Time {
	given := time.Duration(p.given.Load())
	at := p.from.Add(min(time.Since(p.begin), given*gop*time.Second+2900*time.Millisecond))
	if given > 0 {
		at = at.Add(p.jump)
	}
	return at
}

// watch runs a match by a patient clock until it has given some segments.
func watch(t *testing.T, m *Match, p *patience, count int) []segment {
	t.Helper()
	p.begin, m.now = time.Now(), p.now
	var got []segment
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	err := m.Run(ctx, func(ts []byte, broke bool, at time.Time) error {
		got = append(got, segment{ts, broke, at, m.now().Sub(at.Add(gop * time.Second))})
		if len(got) == count {
			return enough
		}
		p.given.Add(1)
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatalf("after %d segments: %v", len(got), err)
	}
	return got
}

// watched is how many segments TestBroadcast looks at.
const watched = 4

// TestBroadcast watches eight seconds around a goal through the real encoder
// and reads everything back: frame numbers and their times, sound, captions
// and the goal's mark.
func TestBroadcast(t *testing.T) {
	for _, url := range []string{"synthetic:match?size=640x360&seed=3", "synthetic:match?size=320x180&rate=50&seed=3"} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			m := open(t, url)
			m.runUp = 0 // the goal comes early in this run
			goal := m.goal(700200)
			from := m.clock().time(goal.Frame).Add(-3500 * time.Millisecond)
			got := watch(t, m, &patience{from: from}, watched)
			first := m.clock().key(from)
			var all []byte
			for i, s := range got {
				n := first + int64(i*gop*m.set.rate)
				if !s.at.Equal(m.clock().time(n)) || s.broke != (i == 0) {
					t.Errorf("segment %d: programme time %s, discontinuity %v", i, s.at, s.broke)
				}
				t.Logf("segment %d came %s after its last frame", i, s.late.Round(time.Millisecond))
				all = append(all, s.ts...)
			}
			checkTransport(t, m, first, got)
			checkPictures(t, m, first, all)
			checkFFmpeg(t, all)
		})
	}
}

// checkTransport demultiplexes every segment on its own.
func checkTransport(t *testing.T, m *Match, first int64, got []segment) {
	t.Helper()
	captions := ccx.NewCEA608Decoder()
	pairs := map[int64]pair{}
	marks := 0
	var heard clip.Ticks
	for i, s := range got {
		n := first + int64(i*gop*m.set.rate)
		frames := map[int64]bool{}
		d := astits.NewDemuxer(context.Background(), bytes.NewReader(s.ts))
		for {
			v, err := d.NextData()
			if errors.Is(err, astits.ErrNoMorePackets) {
				break
			}
			if err != nil {
				t.Fatalf("segment %d: %v", i, err)
			}
			if v.PMT != nil {
				checkPMT(t, v.PMT)
			}
			if v.PES == nil {
				continue
			}
			pts := clip.Ticks(v.PES.Header.OptionalHeader.PTS.Base)
			if v.PID == pidAudio {
				run, err := adts(v.PES.Data)
				if err != nil {
					t.Fatal(err)
				}
				if heard != 0 && pts != heard {
					t.Errorf("segment %d: sound jumps from %d to %d", i, heard, pts)
				}
				heard = pts + clip.Ticks(len(run))*aacFrame
				continue
			}
			k := first + int64((pts-m.clock().pts(first, first)).Raw())/m.clock().tick()
			if m.clock().pts(first, k) != pts || frames[k] {
				t.Errorf("segment %d: PTS %d is no frame, or one that came before", i, pts)
			}
			frames[k] = true
			pairs[k] = pairOf(t, v.PES.Data)
		}
		for k := n; k < n+int64(gop*m.set.rate); k++ {
			if !frames[k] {
				t.Errorf("segment %d lacks frame %d", i, k)
			}
		}
		marks += checkMarks(t, m, first, s.ts)
	}
	if marks != 2 {
		t.Errorf("%d marks; the goal's comes twice", marks)
	}
	said := map[string]bool{}
	for k := first; k < first+int64(len(got)*gop*m.set.rate); k++ {
		if p, ok := pairs[k]; ok && p != padding {
			captions.Decode(p[0]&0x7F, p[1]&0x7F)
			said[shownText(captions)] = true
		}
	}
	index, _ := m.clock().place(first)
	if line := m.stage.play(index).script[6].text; !said[line] {
		t.Errorf("%q is not among the captions %v", line, said)
	}
}

func checkPMT(t *testing.T, pmt *astits.PMTData) {
	t.Helper()
	var kinds []astits.StreamType
	for _, s := range pmt.ElementaryStreams {
		kinds = append(kinds, s.StreamType)
	}
	if fmt.Sprint(kinds) != fmt.Sprint([]astits.StreamType{streamVideo, streamAudio, streamMarks}) {
		t.Errorf("tracks: %v", kinds)
	}
	if len(pmt.ProgramDescriptors) != 1 || pmt.ProgramDescriptors[0].Registration.FormatIdentifier != 0x43554549 {
		t.Error("the programme is not registered as CUEI")
	}
}

// pairOf is the caption pair of an access unit's SEI.
func pairOf(t *testing.T, au []byte) pair {
	t.Helper()
	for _, unit := nextStart(au, 0); unit < len(au); {
		code, next := nextStart(au, unit)
		if au[unit]&0x1F == nalSEI {
			if c := ccx.ExtractCaptions(au[unit:code]); c != nil {
				for _, p := range c.CC608Pairs {
					if p.Field == 0 {
						return pair{odd(p.Data[0]), odd(p.Data[1])}
					}
				}
			}
		}
		unit = next
	}
	return padding
}

// checkMarks decodes what is on the marks' PID.
func checkMarks(t *testing.T, m *Match, first int64, ts []byte) int {
	t.Helper()
	count := 0
	var section []byte
	for ; len(ts) > 0; ts = ts[packetSize:] {
		if pid := int(ts[1]&0x1F)<<8 | int(ts[2]); pid != pidMarks {
			continue
		}
		if ts[1]&0x40 != 0 {
			section = append([]byte(nil), ts[5:packetSize]...)
		} else {
			section = append(section, ts[4:packetSize]...)
		}
		if n := 3 + int(section[1]&0xF)<<8 + int(section[2]); n <= len(section) {
			count++
			checkMark(t, m, first, section[:n])
		}
	}
	return count
}

func checkMark(t *testing.T, m *Match, first int64, section []byte) {
	t.Helper()
	var s scte35.SpliceInfoSection
	if err := s.Decode(section); err != nil {
		t.Fatalf("%x: %v", section, err)
	}
	goal := m.goal(700200)
	signal, ok := s.SpliceCommand.(*scte35.TimeSignal)
	if !ok || *signal.SpliceTime.PTSTime != uint64(m.clock().pts(first, goal.Frame)) {
		t.Errorf("the mark's command is %+v, the goal's PTS %d", s.SpliceCommand, m.clock().pts(first, goal.Frame))
	}
	d := s.SpliceDescriptors[0].(*scte35.SegmentationDescriptor)
	if d.SegmentationTypeID != segmentationType || d.SegmentationEventID != uint32(goal.Number) ||
		d.SegmentationUPIDs[0].Type != upidURI || d.SegmentationUPIDs[0].Value != goal.URI() {
		t.Errorf("the mark says %+v", d)
	}
}

// checkPictures decodes all of it and reads every frame's number, in order.
func checkPictures(t *testing.T, m *Match, first int64, ts []byte) {
	t.Helper()
	w, h := m.set.width, m.set.height
	gray, _ := ffmpeg(t, ts, "-loglevel", "error", "-i", "-", "-map", "0:v", "-vf", "format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", "-")
	count := len(gray) / (w * h)
	if count != watched*gop*m.set.rate {
		t.Errorf("%d pictures", count)
	}
	for i := range count {
		if n, ok := ReadFrame(gray[i*w*h:], w, w, h); !ok || n != uint32(first+int64(i)) {
			t.Fatalf("picture %d is frame %d, %v, not %d", i, n, ok, first+int64(i))
		}
	}
}

// checkFFmpeg has another reader find no fault, and the captions and marks.
func checkFFmpeg(t *testing.T, ts []byte) {
	t.Helper()
	_, say := ffmpeg(t, ts, "-loglevel", "info", "-i", "-", "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "null", "-")
	for _, want := range []string{"Closed Captions", "scte_35", "Audio: aac (LC)"} {
		if !strings.Contains(string(say), want) {
			t.Errorf("ffmpeg does not see %s:\n%s", want, say)
		}
	}
	if _, say = ffmpeg(t, ts, "-loglevel", "warning", "-i", "-", "-map", "0:v", "-map", "0:a", "-f", "null", "-"); strings.Contains(string(say), "rror") || strings.Contains(string(say), "ontinuity") {
		t.Errorf("ffmpeg complains:\n%s", say)
	}
}

// TestPauseSkips lets time jump, as it does for a machine that was asleep: the
// broadcast goes on in the present, with a discontinuity and a log line.
func TestPauseSkips(t *testing.T) {
	t.Parallel()
	m := open(t, "synthetic:match?size=320x180")
	log, hook := logtest.NewNullLogger()
	m.log = log
	got := watch(t, m, &patience{from: time.Unix(origin+32_000_000, 0), jump: 21 * time.Second}, 2)
	if gap := got[1].at.Sub(got[0].at); !got[1].broke || gap < 20*time.Second || gap > 26*time.Second {
		t.Errorf("the next segment begins %s later, discontinuity %v", gap, got[1].broke)
	}
	if e := hook.LastEntry(); e == nil || e.Level != logrus.WarnLevel || e.Data["skipped"] == nil {
		t.Errorf("log: %v", e)
	}
}

// TestEncoderFails reports why a run ended, and ends when it is told to.
func TestEncoderFails(t *testing.T) {
	m := open(t, "synthetic:match?size=320x180")
	broken := errors.New("no such codec")
	m.encode = func(context.Context, clip.Format, io.Reader, io.Reader, io.Writer) error { return broken }
	err := m.Run(context.Background(), func([]byte, bool, time.Time) error { return nil })
	if !errors.Is(err, broken) || clip.KindOf(err) != clip.Unavailable {
		t.Errorf("the encoder's failure comes out as %v", err)
	}
	m.encode = encodeLive
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	if err := m.Run(ctx, func([]byte, bool, time.Time) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
}
