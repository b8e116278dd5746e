package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ovation-live/ovation/clip"
)

// TestProxy: a feed that browsers cannot play is listed as one that they can,
// under the same numbers; each segment is made when it is asked for, once.
func TestProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.recordAs(codecs{video: "hevc", audio: "ac3"})
	var mu sync.Mutex
	var made []int64
	build := w.desk.Proxy
	w.desk.Proxy = func(ctx context.Context, p ProxyWork) ([]byte, error) {
		mu.Lock()
		made = append(made, p.Segment.Seq)
		mu.Unlock()
		return build(ctx, p)
	}
	plain, proxy := w.playlist(t, "/live/pitch/index.m3u8"), w.playlist(t, "/live/pitch/proxy/index.m3u8")
	if !slices.Equal(plain, proxy) || len(plain) < 20 {
		t.Fatalf("the proxy lists\n%v, the recording\n%v", proxy, plain)
	}
	get := func(seq int64) []byte {
		a := w.ask("vera", "GET", fmt.Sprintf("/live/pitch/proxy/%d.ts", seq), "")
		b, err := io.ReadAll(a.Body)
		if err != nil || a.StatusCode != 200 || a.Header.Get("Content-Type") != "video/mp2t" {
			t.Errorf("segment %d: %d %s %v", seq, a.StatusCode, b[:min(len(b), 300)], err)
		}
		return b
	}
	var parts [4][]byte
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() { parts[i] = get(3) })
	}
	all.Wait()
	parts[1] = get(3)
	if !bytes.Equal(parts[0], parts[1]) || !slices.Equal(made, []int64{3}) {
		t.Errorf("five viewers: made %v", made)
	}
	file := filepath.Join(t.TempDir(), "3.ts")
	must(t, os.WriteFile(file, parts[0], 0o600))
	got, sound := framesOf(t, t.TempDir(), file)
	want, _ := framesOf(t, t.TempDir(), filepath.Join(w.dvr, "pitch", "3.ts"))
	if !slices.Equal(got, want) || sound.To-sound.From < clip.CellTicks-4000 {
		t.Errorf("pictures at %v, want %v; sound %v", got, want, sound)
	}
	w.get(404, nil, "vera", "GET", "/live/pitch/proxy/999.ts", "")
	w.get(404, nil, "vera", "GET", "/live/pitch/proxy/..%2f..%2fsecret.ts", "")
	w.get(404, nil, "vera", "GET", "/live/none/proxy/1.ts", "")
}

// TestProxyPassesOn what browsers play as it is.
func TestProxyPassesOn(t *testing.T) {
	t.Parallel()
	for _, c := range []codecs{{}, {fmp4: true, undelayed: true}} {
		w := newWorld(t)
		w.recordAs(c)
		w.desk.Proxy = nil // nothing is made
		for _, e := range w.playlist(t, "/live/pitch/proxy/index.m3u8") {
			for _, name := range []string{e.uri, e.init} {
				if name == "" {
					continue
				}
				b, _ := io.ReadAll(w.ask("vera", "GET", "/live/pitch/proxy/"+name, "").Body)
				want, _ := io.ReadAll(w.ask("vera", "GET", "/live/pitch/"+name, "").Body)
				if !bytes.Equal(b, want) || len(b) < 500 {
					t.Errorf("%s is not what the recording gives", name)
				}
			}
		}
	}
}

// TestFlights: who leaves does not stop what another waits for; when all left,
// it is given up, and the next one begins anew.
func TestFlights(t *testing.T) {
	f := newFlights(1)
	started, given := make(chan bool, 9), make(chan bool, 9)
	release := make(chan bool)
	work := func(ctx context.Context) ([]byte, error) {
		started <- true
		select {
		case <-release:
			return []byte("made"), nil
		case <-ctx.Done():
			given <- true
			return nil, ctx.Err()
		}
	}
	one, leave := context.WithCancel(t.Context())
	two, leaveTwo := context.WithCancel(t.Context())
	ends := make(chan error, 9)
	go func() { _, err := f.do(one, "a", work); ends <- err }()
	<-started
	go func() { _, err := f.do(two, "a", work); ends <- err }()
	for joined := false; !joined; time.Sleep(time.Millisecond) {
		f.mu.Lock()
		joined = f.going["a"].waiting == 2
		f.mu.Unlock()
	}
	leave()
	if err := <-ends; !errors.Is(err, context.Canceled) {
		t.Errorf("the first left with %v", err)
	}
	select {
	case <-given:
		t.Fatal("it was given up while somebody waits")
	case <-time.After(50 * time.Millisecond):
	}
	leaveTwo()
	<-ends
	<-given
	go func() {
		b, err := f.do(t.Context(), "a", work)
		if string(b) != "made" {
			err = fmt.Errorf("got %q: %w", b, err)
		}
		ends <- err
	}()
	<-started
	close(release)
	if err := <-ends; err != nil {
		t.Error(err)
	}
}

// TestProxyCache keeps to its budget, and forgets what was not read for longest.
func TestProxyCache(t *testing.T) {
	dir := t.TempDir()
	c := newProxyCache(dir, 1000)
	block := func(n byte) []byte { return bytes.Repeat([]byte{n}, 400) }
	must(t, c.put("a/1.ts", block(1)))
	must(t, c.put("a/2.ts", block(2)))
	if !bytes.Equal(c.get("a/1.ts"), block(1)) {
		t.Error("1 is not there")
	}
	must(t, c.put("b/1.ts", block(3)))
	if c.get("a/2.ts") != nil || c.get("a/1.ts") == nil || !bytes.Equal(c.get("b/1.ts"), block(3)) || c.used != 800 {
		t.Errorf("%d bytes are used", c.used)
	}
	if _, err := os.Stat(filepath.Join(dir, "a", "2.ts")); !os.IsNotExist(err) {
		t.Error("the oldest is still on the disk")
	}
	must(t, os.Remove(filepath.Join(dir, "b", "1.ts"))) // somebody tidied up
	if c.get("b/1.ts") != nil || c.used != 400 {
		t.Errorf("a file that is gone: %d bytes are used", c.used)
	}
}

// TestProxyInTheBrowser plays HEVC and AC-3 in a browser that knows neither;
// the picture that is shown is where the desk says that it is.
func TestProxyInTheBrowser(t *testing.T) {
	w := newWorld(t)
	places := w.recordAs(codecs{video: "hevc", audio: "ac3"})
	b := w.browse("paul", 1440, 900)
	b.watch(t, w, places)
	var badge string
	b.run(b.until(`document.querySelector('#proxy-badge').checkVisibility()`), chromedp.AttributeValue("#proxy-badge", "title", &badge, nil))
	if !strings.HasPrefix(badge, "Browsers do not play HEVC, and browsers do not play AC-3 sound. ") {
		t.Errorf("the badge says %q", badge)
	}
}

// TestFragmentsInTheBrowser plays fMP4, also such whose edit list delays it.
func TestFragmentsInTheBrowser(t *testing.T) {
	for _, c := range []codecs{{fmp4: true, undelayed: true}, {fmp4: true}} {
		w := newWorld(t)
		places := w.recordAs(c)
		w.browse("paul", 1440, 900).watch(t, w, places)
	}
}

// watch plays the tape and wants the shown pictures where the desk says.
func (b *browser) watch(t *testing.T, w *world, places []clip.Position) {
	t.Helper()
	b.run(chromedp.Navigate(w.url+"/watch/pitch"), b.until(`globalThis.desk?.player.shown !== null && globalThis.desk?.player.live !== null`), chromedp.Evaluate(`desk.player.video.pause()`, nil))
	for _, target := range []int{700, 120, 473, 530, 960, 14} {
		n, text := b.seek(t, w, places, target)
		if want := places[n].String(); text != want {
			t.Errorf("picture %d is said to be at %s, it is at %s", n, text, want)
		}
		if d := n - target; d < -3 || d > 3 {
			t.Errorf("wanted picture %d, got %d", target, n)
		}
	}
}

// TestPlayerFindsOut: where the index says nothing of what a browser lacks,
// the player turns to the proxy by itself.
func TestPlayerFindsOut(t *testing.T) {
	w := newWorld(t)
	places := w.recordAs(codecs{video: "hevc", claims: "h264"})
	b := w.browse("paul", 1440, 900)
	b.watch(t, w, places)
	b.run(b.until(`desk.player.proxy && document.querySelector('#proxy-badge').checkVisibility()`))
}
