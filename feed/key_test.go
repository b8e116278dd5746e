package feed

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// encrypted is b as AES-128 packagers write it.
func encrypted(t *testing.T, b, key, iv []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	pad := aes.BlockSize - len(b)%aes.BlockSize
	b = append(bytes.Clone(b), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(b, b)
	return b
}

func sequenceIV(seq uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 8), seq)
}

// TestEncrypted stores in the clear what comes encrypted, with the key and the
// IV changing on the way, and loses what cannot be decrypted.
func TestEncrypted(t *testing.T) {
	for _, kind := range []string{"mpegts", "fmp4"} {
		t.Run(kind, func(t *testing.T) {
			clear := segments(t, made(t, "key-"+kind, source("25", 12), h264(50, false), hls(kind)))
			one, two, iv := []byte("0123456789abcdef"), []byte("fedcba9876543210"), bytes.Repeat([]byte{7}, 16)
			pieces := append([]Piece(nil), clear...)
			for i := range pieces {
				switch {
				case i < 2:
					pieces[i].Bytes = encrypted(t, clear[i].Bytes, one, sequenceIV(uint64(i)))
				case i < 5:
					pieces[i].Bytes = encrypted(t, clear[i].Bytes, two, iv)
				}
			}
			l := newLive(t, pieces)
			l.files = map[string][]byte{"k1": one, "k2": two}
			l.lines = map[int]string{0: "#EXT-X-KEY:METHOD=AES-128,URI=\"k1\"\n", 2: "#EXT-X-KEY:METHOD=AES-128,URI=\"k2\",IV=0x07070707070707070707070707070707\n", 5: "#EXT-X-KEY:METHOD=NONE\n"}
			l.show(0, 6)
			h := NewHLS(clip.Feed{ID: "x", URL: l.URL + "/index.m3u8", AllowPrivate: true}, quietLog())
			for i, p := range collect(t, h, 6) {
				if !bytes.Equal(p.Bytes, clear[i].Bytes) {
					t.Errorf("segment %d is not what was encrypted: %v", i, p.Lost)
				}
			}
			if l.count("k1") != 1 || l.count("k2") != 1 {
				t.Errorf("keys were fetched %d and %d times", l.count("k1"), l.count("k2"))
			}
		})
	}
}

// TestWrongKey says why nothing is recorded.
func TestWrongKey(t *testing.T) {
	clear := segments(t, made(t, "key-mpegts", source("25", 12), h264(50, false), hls("mpegts")))
	for name, c := range map[string]struct{ key, want string }{
		"short":   {"too short", ErrKeyLength.Error()},
		"another": {"another key here", ErrPadding.Error()},
	} {
		l := newLive(t, []Piece{{Bytes: encrypted(t, clear[0].Bytes, []byte("0123456789abcdef"), sequenceIV(0)), Container: clip.MPEGTS}})
		l.files = map[string][]byte{"k": []byte(c.key)}
		l.lines = map[int]string{0: "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n"}
		l.show(0, 1)
		h := NewHLS(clip.Feed{ID: "x", URL: l.URL + "/index.m3u8", AllowPrivate: true}, quietLog())
		p := collect(t, h, 1)[0]
		if p.Lost == nil || !strings.Contains(p.Lost.Error(), c.want) {
			t.Errorf("%s: %v", name, p.Lost)
		}
	}
}

// TestDateRanges makes marks of what a playlist says about its programme, once
// each.
func TestDateRanges(t *testing.T) {
	pieces := segments(t, made(t, "ranges", source("25", 12), h264(50, false), hls("mpegts")))
	l := newLive(t, pieces)
	at := time.Now().UTC().Truncate(time.Millisecond).Add(-12 * time.Second)
	for i := range pieces {
		l.times[i] = at.Add(time.Duration(i) * 2 * time.Second)
	}
	stamp := func(d time.Duration) string { return at.Add(d).Format(time.RFC3339Nano) }
	l.lines = map[int]string{
		2: "#EXT-X-DATERANGE:ID=\"goal-1\",CLASS=\"org.example.goal\",START-DATE=\"" + stamp(5*time.Second) + "\",X-PLAYER=\"Ada, 10\"\n",
		3: "#EXT-X-DATERANGE:ID=\"break\",START-DATE=\"" + stamp(7200*time.Millisecond) + "\",SCTE35-OUT=0x" + spliceOut + "\n",
		5: "#EXT-X-DATERANGE:ID=\"broken\",START-DATE=\"now\"\n",
	}
	l.show(0, 6)
	m := newMemory()
	startRecorder(t, l.feed(), hurried(l.feed()), t.TempDir(), m)
	eventually(t, "the window is recorded", func() bool { return m.held() == 6 })
	tl, segs := m.recorded()
	if len(tl) != 1 || len(segs) != 6 {
		t.Fatalf("%d epochs, %d segments", len(tl), len(segs))
	}
	got := map[string]time.Duration{}
	for _, mark := range m.marks {
		got[mark.Scheme+" "+mark.Event] = tl[0].Time(mark.PTS).Sub(tl[0].Start).Round(time.Millisecond)
		if mark.Event == "goal-1" && mark.Fields["x-player"] != "Ada, 10" {
			t.Errorf("fields %v", mark.Fields)
		}
	}
	want := map[string]time.Duration{"daterange goal-1": 5 * time.Second, "scte35 1207959695": 7200 * time.Millisecond}
	for name, at := range want {
		if got[name] != at {
			t.Errorf("%s at %s, want %s", name, got[name], at)
		}
	}
	if len(m.marks) != len(want) {
		t.Errorf("marks %+v", m.marks)
	}
}

// spliceOut is the splice_insert of ANSI/SCTE 35 2019a 14.2 (event 0x4800008f).
const spliceOut = "FC302F000000000000FFFFF014054800008F7FEFFE7369C02EFE0052CCF500000000000A0008435545490000013562DBA30A"
