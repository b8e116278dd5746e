package feed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/google/go-cmp/cmp"

	"github.com/ovation-live/ovation/clip"
)

// id3 is a tag of version 2.4 with frames of name and content.
func id3(frames ...[2]string) []byte {
	var body []byte
	for _, f := range frames {
		n := len(f[1])
		body = append(body, f[0]...)
		body = append(body, byte(n>>21&0x7f), byte(n>>14&0x7f), byte(n>>7&0x7f), byte(n&0x7f), 0, 0)
		body = append(body, f[1]...)
	}
	n := len(body)
	return append([]byte{'I', 'D', '3', 4, 0, 0, byte(n >> 21 & 0x7f), byte(n >> 14 & 0x7f), byte(n >> 7 & 0x7f), byte(n & 0x7f)}, body...)
}

// TestID3Marks records ID3 tags in a transport stream: each once, however often
// it is repeated, at its own time.
func TestID3Marks(t *testing.T) {
	goal := id3([2]string{"TXXX", "\x03event\x00goal"}, [2]string{"TIT2", "\x03Rossi scores"}, [2]string{"PRIV", "com.example\x00\x00\x01\xff"})
	m := record(t, map[int]rider{
		10:  {tag: goal},
		30:  {tag: goal}, // for those who tuned in meanwhile
		60:  {tag: id3([2]string{"TXXX", "\x01\xff\xfee\x00v\x00\x00\x00\xff\xfeo\x00f\x00f\x00"})},
		70:  {tag: goal[:len(goal)-3]}, // its end is lost
		90:  {tag: id3()},
		100: {tag: []byte("TAG of version 1")},
	})
	want := "epoch 1, picture 10, id3 event : [PRIV:com.example:base64:AAH/ TIT2:Rossi scores TXXX:event:goal]\n" +
		"epoch 1, picture 60, id3 event : [TXXX:ev:off]\n"
	if got := markText(m.marks); got != want {
		t.Errorf("marks:\n%swant:\n%s", got, want)
	}
}

func markText(marks []clip.Mark) string {
	var b strings.Builder
	for _, k := range marks {
		fmt.Fprintf(&b, "epoch %d, picture %d, %s event %s: %s\n", k.Epoch, (k.PTS-133200)/3600, k.Scheme, k.Event, strings.TrimPrefix(fmt.Sprint(k.Fields), "map"))
	}
	return b.String()
}

// TestID3Tags reads tags as they are found, and says what is wrong with others.
func TestID3Tags(t *testing.T) {
	v23 := []byte("ID3\x03\x00\x80\x00\x00\x00\x11TXXX\x00\x00\x00\x06\x00\x00\x00a\x00b\xff\x00c") // ff 00 stands for ff
	for _, c := range []struct {
		name string
		tag  []byte
		err  error
		want map[string]string
	}{
		{"texts", id3([2]string{"TPE1", "\x00Caf\xe9"}, [2]string{"TALB", "\x02\x00A\x00B"}), nil, map[string]string{"TPE1": "Café", "TALB": "AB"}},
		{"a link, a comment, another", id3([2]string{"WXXX", "\x00site\x00https://example.org"}, [2]string{"COMM", "\x03engabout\x00words"}, [2]string{"GEOB", "\x00\x01\x02"}), nil,
			map[string]string{"WXXX:site": "https://example.org", "COMM:about": "words", "GEOB": "base64:AAEC"}},
		{"padding", func() []byte { b := append(id3([2]string{"TIT2", "\x03x"}), make([]byte, 20)...); b[9] += 20; return b }(), nil, map[string]string{"TIT2": "x"}},
		{"version 2.3, unsynchronised", v23, nil, map[string]string{"TXXX:a": "bÿc"}},
		{"version 2.2", []byte("ID3\x02\x00\x00\x00\x00\x00\x00"), errID3, nil},
		{"nothing", nil, errID3, nil},
		{"cut", id3([2]string{"TIT2", "\x03longer"})[:15], errID3Length, nil},
		{"lengths", func() []byte { b := id3([2]string{"TIT2", "\x03x"}); b[17] = 0x7f; return b }(), errID3Length, nil},
		{"no syncsafe length", func() []byte { b := id3([2]string{"TIT2", "\x03x"}); b[8] = 0xff; return b }(), errID3Length, nil},
		{"compressed", func() []byte { b := id3([2]string{"TIT2", "\x03x"}); b[19] = 8; return b }(), errID3Feature, nil},
	} {
		fields := map[string]string{}
		if err := readID3(c.tag, fields); err != c.err {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if d := cmp.Diff(c.want, fields); c.err == nil && d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestEventMessages records event messages of fMP4: SCTE-35, ID3 and others,
// timed from the beginning of their segment or from that of the feed.
func TestEventMessages(t *testing.T) {
	pieces := segments(t, made(t, "fmp4-closed", source("25", 6), h264(25, false), hls("fmp4")))
	first, err := Scan(pieces[1])
	if err != nil {
		t.Fatal(err)
	}
	boxes := []mp4.EmsgBox{
		{Version: 1, TimeScale: 90000, PresentationTime: uint64(first.First + 30*3600), ID: 7, SchemeIDURI: "https://aomedia.org/emsg/ID3", MessageData: id3([2]string{"TXXX", "\x03event\x00goal"})},
		{Version: 0, TimeScale: 1000, PresentationTimeDelta: 800, EventDuration: 1500, ID: 8, SchemeIDURI: "urn:example:score", Value: "1", MessageData: []byte("2:1")},
		{Version: 0, TimeScale: 1000, PresentationTimeDelta: 800, EventDuration: 1500, ID: 8, SchemeIDURI: "urn:example:score", Value: "1", MessageData: []byte("2:1")},
		{Version: 1, TimeScale: 0, SchemeIDURI: "urn:example:no-clock"},
		{Version: 1, TimeScale: 1, PresentationTime: 1 << 60, SchemeIDURI: "urn:example:never"},
		{Version: 1, TimeScale: 90000, PresentationTime: uint64(first.First), ID: 9, SchemeIDURI: "urn:scte:scte35:2013:bin", MessageData: []byte{0xfc, 1, 2}},
	}
	var b bytes.Buffer
	for i := range boxes {
		if err := boxes[i].Encode(&b); err != nil {
			t.Fatal(err)
		}
	}
	pieces[1].Bytes = slices.Concat(b.Bytes(), pieces[1].Bytes)
	m := newMemory()
	stop := startRecorder(t, clip.Feed{ID: "match", Lang: "en"}, &script{pieces: pieces}, t.TempDir(), m)
	eventually(t, "all is recorded", func() bool { return m.held() == 3 })
	stop()
	var got []string
	for _, k := range m.marks {
		got = append(got, fmt.Sprintf("picture %d, %s %s %v", (k.PTS-first.First)/3600, k.Scheme, k.Event, k.Fields))
	}
	want := []string{
		"picture 30, id3  map[TXXX:event:goal scheme_id_uri:https://aomedia.org/emsg/ID3]",
		"picture 20, emsg urn:example:score#8 map[duration:1.5s message:2:1 scheme_id_uri:urn:example:score value:1]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("marks (-want +got):\n%s", d)
	}
}

func FuzzID3(f *testing.F) {
	f.Add(id3([2]string{"TXXX", "\x03event\x00goal"}, [2]string{"PRIV", "com.example\x00\x01"}))
	f.Add([]byte("ID3\x03\x00\xc0\x00\x00\x00\x16\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00TXXX\x00\x00\x00\x02\x00\x00\x01a"))
	f.Fuzz(func(t *testing.T, b []byte) {
		marks, err := message{scheme: schemeID3, bytes: b}.marks(1)
		if err == nil && len(marks) == 1 && len(marks[0].Fields) == 0 || len(marks) > 1 {
			t.Fatalf("marks %+v", marks)
		}
	})
}

// FuzzAudio reads frames of every codec: a header is refused or leads on.
func FuzzAudio(f *testing.F) {
	loas := binary.BigEndian.AppendUint32(nil, 0x56e00320)
	for _, codec := range []string{"aac", "ac3", "mp2"} {
		for _, b := range [][]byte{{0xff, 0xf1, 0x4c, 0x80, 0x01, 0x1f, 0xfc, 0}, {0x0b, 0x77, 0, 0, 0x14, 0x40, 0x43, 0}, {0x0b, 0x77, 0x01, 0x7f, 0x34, 0x86, 0, 0}, {0xff, 0xfd, 0x84, 0xc4}, append(loas, 0, 0x11, 0x90)} {
			f.Add(codec, b)
		}
	}
	f.Fuzz(func(t *testing.T, codec string, b []byte) {
		read := frameReaders[codec]
		if read == nil {
			return
		}
		if a, ok := read(b); ok && (a.size < 2 || a.samples < 0 || a.rate < 0 || a.rate > 192000 || a.channels < 0 || a.channels > 24) {
			t.Fatalf("%s frame %+v", codec, a)
		}
		s := soundScanner{track: soundTrack{codec: codec}, open: true, parts: []soundPart{{}}, buf: b}
		s.flush()
	})
}

// FuzzService reads caption channel packets of CEA-708.
func FuzzService(f *testing.F) {
	f.Add(dtv(1, define, []byte("HELLO"), newLine, []byte("WORLD")), uint8(3))
	f.Add(dtv(9, hidden0, []byte("A"), display(1)), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, every uint8) {
		r := newDTVReader("en")
		at := clip.Ticks(0)
		for ; len(b) > 0; at += 3600 {
			n := min(len(b), 2+2*int(every%20))
			r.read(at, dtvPairs(b[:n]))
			b = b[n:]
		}
		for _, c := range append(r.take(at), r.reset(at)...) {
			if c.Text == "" || c.To != 0 && c.To <= c.From {
				t.Fatalf("cue %+v", c)
			}
		}
	})
}
