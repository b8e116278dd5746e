package feed

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Comcast/scte35-go/pkg/scte35"
	"github.com/google/go-cmp/cmp"
	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(read(t, path)), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// Control codes of CC1, each sent twice as broadcasters do.
func control(codes ...byte) (out [][2]byte) {
	for _, c := range codes {
		out = append(out, [2]byte{0x14, c}, [2]byte{0x14, c})
	}
	return out
}

func row15() [][2]byte { return [][2]byte{{0x14, 0x70}, {0x14, 0x70}} }

func ccPairs(pairs ...[2]byte) (out []ccx.CCPair) {
	for _, p := range pairs {
		out = append(out, ccx.CCPair{Data: p})
	}
	return out
}

// dtvPairs are a caption channel packet as a picture carries it.
func dtvPairs(b []byte) (out []ccx.DTVCCPair) {
	for i := 0; i+1 < len(b); i += 2 {
		out = append(out, ccx.DTVCCPair{Data: [2]byte{b[i], b[i+1]}, Start: i == 0})
	}
	return out
}

// typed is a text as pairs.
func typed(text string) (out [][2]byte) {
	for i := 0; i < len(text); i += 2 {
		p := [2]byte{text[i], 0}
		if i+1 < len(text) {
			p[1] = text[i+1]
		}
		out = append(out, p)
	}
	return out
}

// say is pairs that go out from one picture on, one a picture.
type say struct {
	at    int
	pairs [][2]byte
}

func join(parts ...[][2]byte) (out [][2]byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// TestCaptions records captions that run over segment ends, with B-frames, and
// compares the cues.
func TestCaptions(t *testing.T) {
	cc2 := func(pairs [][2]byte) [][2]byte {
		for i, p := range pairs {
			if p[0] == 0x14 {
				pairs[i][0] = 0x1c
			}
		}
		return pairs
	}
	for _, c := range []struct {
		name string
		says []say
	}{
		{"popon", []say{
			{0, join(control(resumeLoading, 0x2e), [][2]byte{{0x14, 0x50}, {0x14, 0x50}}, typed("KICK-OFF"), row15(), typed("AT LAST!"))},
			{25, control(endOfCaption)},
			{30, join(control(resumeLoading, 0x2e), row15(), typed("ROSSI RUNS"))},
			{60, control(endOfCaption)},    // replaces
			{110, control(eraseDisplayed)}, // two segments later
			{120, join(control(resumeLoading, 0x2e), row15(), typed("STANDS"), control(endOfCaption))},
		}},
		{"rollup", []say{
			{5, join(control(rollUp2, carriageReturn), row15(), typed("FIRST LINE"))},
			{45, join(control(rollUp2, carriageReturn), row15(), typed("SECOND LINE"))},
			{80, join(control(rollUp2, carriageReturn), row15(), typed("THIRD"))},
			{120, control(eraseDisplayed)},
		}},
		{"painton", []say{
			{5, join(control(resumeDirect), row15(), typed("PAINTED SLOWLY"))},
			{70, control(eraseDisplayed)},
		}},
		{"channels", []say{
			{0, join(control(rollUp2, carriageReturn), row15(), typed("IN CC1"))},
			{30, cc2(join(control(rollUp2, carriageReturn), row15(), typed("OTHER LANGUAGE")))},
			{60, join(control(textRestart), typed("TEXT SERVICE"))},
			{90, join(control(rollUp2, carriageReturn), row15(), typed("AGAIN"))},
			{140, control(eraseDisplayed)},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			riders := map[int]rider{}
			for _, s := range c.says {
				for i, p := range s.pairs {
					if len(riders[s.at+i].pairs) > 0 {
						t.Fatalf("picture %d carries two pairs", s.at+i)
					}
					riders[s.at+i] = rider{pairs: [][2]byte{p}}
				}
			}
			m := record(t, riders)
			golden(t, "cues-"+c.name+".txt", cueText(m.cues))
		})
	}
}

// record injects riders into three segments of two seconds and records them.
func record(t *testing.T, riders map[int]rider) *memory {
	t.Helper()
	return recordIn(t, "en", riders)
}

// recordIn records a feed in a language.
func recordIn(t *testing.T, lang string, riders map[int]rider) *memory {
	t.Helper()
	pieces := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))
	for i := range pieces {
		pieces[i].Bytes = inject(t, pieces[i].Bytes, i*50, riders)
	}
	m := newMemory()
	stop := startRecorder(t, clip.Feed{ID: "match", Lang: lang}, &script{pieces: pieces}, t.TempDir(), m)
	eventually(t, "all is recorded", func() bool { return m.held() == 3 })
	stop()
	if n := m.frames(); n != 150 {
		t.Fatalf("%d frames, want 150: the injector damages the video", n)
	}
	return m
}

// cueText prints cues with their pictures' numbers.
func cueText(cues []clip.Cue) string {
	var b strings.Builder
	number := func(at clip.Ticks) string {
		if at == 0 {
			return "stands"
		}
		return fmt.Sprint((at - 133200) / 3600) // ffmpeg's first picture lies at 1.48 s
	}
	for _, c := range cues {
		fmt.Fprintf(&b, "epoch %d, pictures %s to %s, %s %s: %q\n", c.Epoch, number(c.From), number(c.To), c.Service, c.Lang, c.Text)
	}
	return b.String()
}

// TestCaptionsAcrossRestart ends the recorder while a caption stands: the next
// one knows it and ends it.
func TestCaptionsAcrossRestart(t *testing.T) {
	pieces := segments(t, made(t, "ts-closed", source("25", 6), h264(25, false), hls("mpegts")))
	riders := map[int]rider{}
	for i, p := range join(control(resumeLoading), row15(), typed("HOLD"), control(endOfCaption)) {
		riders[10+i] = rider{pairs: [][2]byte{p}}
	}
	for i, p := range control(eraseDisplayed) {
		riders[120+i] = rider{pairs: [][2]byte{p}}
	}
	for i := range pieces {
		pieces[i].Bytes = inject(t, pieces[i].Bytes, i*50, riders)
	}
	m, dir := newMemory(), t.TempDir()
	f := clip.Feed{ID: "match", Lang: "en"}
	stop := startRecorder(t, f, &script{pieces: pieces[:2]}, dir, m)
	eventually(t, "two are recorded", func() bool { return m.held() == 2 })
	stop()
	stop = startRecorder(t, f, &script{pieces: pieces[2:]}, dir, m)
	eventually(t, "three are recorded", func() bool { return m.held() == 3 })
	stop()
	if got, want := cueText(m.cues), "epoch 1, pictures 16 to 120, cea608:1 en: \"HOLD\"\n"; got != want {
		t.Errorf("cues %s, want %s", got, want)
	}
}

// TestCaptionsForgotten takes down a caption that nobody erased.
func TestCaptionsForgotten(t *testing.T) {
	r := newCaptionReader("en", 1)
	for i, p := range join(control(rollUp2, carriageReturn), row15(), typed("HELLO")) {
		r.read(clip.Ticks(i*3600), ccPairs(p))
	}
	if cues := r.take(3600 * 20); len(cues) != 1 || cues[0].To != 0 {
		t.Fatalf("cues %+v, want one that stands", cues)
	}
	cues := r.take(clip.TickRate * 60)
	if len(cues) != 1 || cues[0].To != 8*3600+silence {
		t.Errorf("cues %+v, want one that ends 16 s after its last bytes", cues)
	}
}

// TestMarks records SCTE-35 messages and compares the marks.
func TestMarks(t *testing.T) {
	encode := func(pts uint64, adjust uint64, event uint32, kind uint32, upid string) []byte {
		s := scte35.SpliceInfoSection{SAPType: 3, Tier: 0xfff, PTSAdjustment: adjust, SpliceCommand: scte35.NewTimeSignal(pts),
			SpliceDescriptors: scte35.SpliceDescriptors{&scte35.SegmentationDescriptor{SegmentationEventID: event, SegmentationTypeID: kind,
				SegmentNum: 1, SegmentsExpected: 2, SegmentationUPIDs: []scte35.SegmentationUPID{{Type: 0x0f, Value: upid}}}}}
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	splice := func(immediate bool) []byte {
		s := scte35.SpliceInfoSection{SAPType: 3, Tier: 0xfff, SpliceCommand: &scte35.SpliceInsert{SpliceEventID: 77, OutOfNetworkIndicator: true,
			SpliceImmediateFlag: immediate, Program: &scte35.SpliceInsertProgram{}, BreakDuration: &scte35.BreakDuration{AutoReturn: true, Duration: 30 * clip.TickRate}}}
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	null := scte35.SpliceInfoSection{SAPType: 3, Tier: 0xfff, SpliceCommand: &scte35.SpliceNull{}}
	heartbeat, err := null.Encode()
	if err != nil {
		t.Fatal(err)
	}
	at := func(picture int) uint64 { return uint64(133200 + picture*3600) }
	goal := encode(at(30), 0, 5, 0x40, "urn:ovation:match:goal:1?player=Rossi")
	damaged := append([]byte{}, goal...)
	damaged[20] ^= 1
	m := record(t, map[int]rider{
		10: {section: goal},
		35: {section: goal}, // repeated for those who missed it
		40: {section: heartbeat},
		60: {section: encode(at(80)-1000, 1000, 6, 0x41, "")},
		70: {section: encode(100, at(90)-100, 7, 0x10, "")},
		95: {section: splice(true)},
		99: {section: damaged},
	})
	var b strings.Builder
	for _, k := range m.marks {
		fmt.Fprintf(&b, "epoch %d, picture %d, %s event %s: %s\n", k.Epoch, (k.PTS-133200)/3600, k.Scheme, k.Event, strings.TrimPrefix(fmt.Sprint(k.Fields), "map"))
	}
	golden(t, "marks.txt", b.String())
}

// TestCaptionFields reads the channels of both fields, between which extended
// data services are sent in field 2.
func TestCaptionFields(t *testing.T) {
	c := newCaptions("en")
	in := func(field byte, first byte, pairs ...[2]byte) (out []ccx.CCPair) {
		for _, p := range pairs {
			if p[0] == 0x14 {
				p[0] = first
			}
			out = append(out, ccx.CCPair{Field: field, Data: p})
		}
		return out
	}
	roll := func(text string) [][2]byte { return join(control(rollUp2, carriageReturn), row15(), typed(text)) }
	c.read(captionBytes{pts: 0, pairs: in(1, 0x15, typed("not addressed")...)})
	c.read(captionBytes{pts: 3600, pairs: append(in(0, 0x14, roll("ONE")...), in(1, 0x15, roll("THREE")...)...)})
	c.read(captionBytes{pts: 7200, pairs: append(in(0, 0x1c, roll("TWO")...), in(1, 0x1d, roll("FOUR")...)...)})
	c.read(captionBytes{pts: 9000, pairs: in(1, 0x15, append([][2]byte{{0x05, 0x01}}, typed("PBS")...)...)})
	c.read(captionBytes{pts: 9000, pairs: in(1, 0x15, join(control(rollUp2), typed("!"))...)})
	var got []string
	for _, q := range c.take(clip.TickRate) {
		got = append(got, fmt.Sprint(q.Service, " ", q.From, " ", q.Text))
	}
	want := []string{"cea608:1 3600 ONE", "cea608:2 7200 TWO", "cea608:3 3600 THREE!", "cea608:4 7200 FOUR"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
