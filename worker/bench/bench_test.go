package bench

import (
	"context"
	"flag"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
)

// TestMain lets all tests run at once: they mostly wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// small is the broadcast in small.
var small = sync.OnceValues(func() (broadcast, error) {
	return makeBroadcast(context.Background(), "ffmpeg", media.PatternWork{Size: "160x90", Rate: "200k", Length: loopLength})
})

func smallBroadcast(t *testing.T) broadcast {
	t.Helper()
	b, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBroadcast proves that the endless broadcast is one: each segment has its
// pictures, sound and tables, and begins where the one before ends, over the
// loop's end and the wrap of the clock.
func TestBroadcast(t *testing.T) {
	b := smallBroadcast(t)
	wrap := segmentCount * int(clip.Wrap.Duration()/loopLength)
	end := clip.Ticks(-1)
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, wrap - 1, wrap, wrap + 1, wrap + 2, wrap + 3, wrap + 4, wrap + 5} {
		if n == wrap-1 {
			end = -1
		}
		c, err := feed.Scan(feed.Piece{Bytes: b.segment(n), Container: clip.MPEGTS})
		if err != nil {
			t.Fatalf("segment %d: %v", n, err)
		}
		if len(c.Frames) != 100 || c.Sound.To <= c.Sound.From {
			t.Errorf("segment %d: %d pictures, sound %v", n, len(c.Frames), c.Sound)
		}
		if end >= 0 && c.First.Raw() != end.Raw() {
			t.Errorf("segment %d begins at %d, the one before ends at %d", n, c.First.Raw(), end.Raw())
		}
		end = c.End
	}
}

// play records a sender's feeds for a while and counts.
func play(t *testing.T, s sender, length time.Duration, ffmpeg string) Kept {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	dir := t.TempDir()
	if err := Record(ctx, Recording{URLs: s.urls(), Dir: dir, For: length, Window: time.Hour, FFmpeg: ffmpeg}); err != nil {
		t.Error(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	k, _, err := readKept(dir, s.sizes())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeepsAll records both kinds of feeds: nothing is missing.
func TestKeepsAll(t *testing.T) {
	t.Parallel()
	b := smallBroadcast(t)
	hls, err := newHLSSender(b, 2)
	if err != nil {
		t.Fatal(err)
	}
	udp, err := newUDPSender(b, 2)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]sender{"hls": hls, "udp": udp} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := play(t, s, 11*time.Second, "ffmpeg")
			if k.Feeds != 2 || k.Pictures < 400 || k.Missing+k.Twice+k.Damaged > 0 || k.Levels < 20 {
				t.Errorf("%+v", k)
			}
			if s.behind() > time.Second {
				t.Errorf("the sender was %s behind", s.behind())
			}
		})
	}
}

// broken is a sender whose second feed goes wrong.
type broken struct {
	*hlsSender
	spoil func(w http.ResponseWriter, name string) bool
}

func (b broken) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/1/") || !b.spoil(w, r.URL.Path[3:]) {
		b.hlsSender.ServeHTTP(w, r)
	}
}

// TestCountsLostPackets drops one datagram in a while.
func TestCountsLostPackets(t *testing.T) {
	t.Parallel()
	s, err := newUDPSender(smallBroadcast(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	s.conns[0] = &lossy{Conn: s.conns[0]}
	if k := play(t, s, 11*time.Second, ""); k.Damaged == 0 {
		t.Errorf("%+v", k)
	}
}

// lossy loses the 300th datagram: one of the fourth segment.
type lossy struct {
	net.Conn
	sent int
}

func (l *lossy) Write(b []byte) (int, error) {
	if l.sent++; l.sent == 300 {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

// TestCountsLoss proves that the count can find what it is there to find.
func TestCountsLoss(t *testing.T) {
	t.Parallel()
	b := smallBroadcast(t)
	for name, c := range map[string]struct {
		spoil func(w http.ResponseWriter, name string) bool
		found func(k Kept) bool
	}{
		"a segment that cannot be had": {
			func(w http.ResponseWriter, name string) bool {
				if name == "2.ts" {
					http.NotFound(w, nil)
				}
				return name == "2.ts"
			},
			func(k Kept) bool { return k.Missing == 100 && k.Damaged == 0 },
		},
		"a feed that never comes": {
			func(w http.ResponseWriter, _ string) bool { http.NotFound(w, nil); return true },
			func(k Kept) bool { return k.Missing >= 400 && k.Pictures > 0 },
		},
		"a segment that is cut off": {
			func(w http.ResponseWriter, name string) bool {
				if name == "2.ts" {
					whole := b.segment(2)
					_, _ = w.Write(whole[:len(whole)/2/packetSize*packetSize])
				}
				return name == "2.ts"
			},
			func(k Kept) bool { return k.Missing > 10 && k.Damaged == 1 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newHLSSender(b, 2)
			if err != nil {
				t.Fatal(err)
			}
			x := broken{s, c.spoil}
			s.handler = x
			if k := play(t, x, 12*time.Second, ""); !c.found(k) || k.Feeds != 2 {
				t.Errorf("%+v", k)
			}
		})
	}
}
