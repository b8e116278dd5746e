package desk

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/feed/match"
	"github.com/ovation-live/ovation/store"
)

// browser is a real Chromium that is signed in; whatever it complains about
// (an exception, a broken content policy, a missing file) fails the test.
type browser struct {
	w   *world
	ctx context.Context
	mu  sync.Mutex
	bad []string
}

func (w *world) browse(user string, width, height int64) *browser {
	w.t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.WindowSize(int(width), int(height)))
	alloc, stop := chromedp.NewExecAllocator(w.t.Context(), opts...)
	w.t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {})) // "unhandled node event" says nothing
	w.t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 3*time.Minute)
	w.t.Cleanup(stop)
	b := &browser{w: w, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	b.run(emulation.SetDeviceMetricsOverride(width, height, 1, width < 600), chromedp.Navigate(w.url+"/sign-in?token="+user))
	w.t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, s := range b.bad {
			w.t.Error(s)
		}
	})
	return b
}

// listen notes what the browser complains about.
func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.bad = append(b.bad, "exception: "+e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
			for _, a := range e.Args {
				b.bad = append(b.bad, fmt.Sprintf("console: %s %s", a.Value, a.Description))
			}
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.LevelError || e.Entry.Level == cdplog.LevelWarning {
			b.bad = append(b.bad, fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

func (b *browser) run(actions ...chromedp.Action) {
	b.w.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		var picture []byte
		if chromedp.Run(b.ctx, chromedp.CaptureScreenshot(&picture)) == nil {
			file := b.w.t.ArtifactDir() + "/failed.png"
			_ = os.WriteFile(file, picture, 0o644)
			b.w.t.Logf("the page as it was: %s", file)
		}
		var text string
		if chromedp.Run(b.ctx, chromedp.Evaluate(`document.body.innerText`, &text)) == nil {
			b.w.t.Logf("it said:\n%s", text)
		}
		b.w.t.Fatal(err)
	}
}

// until waits until a JavaScript expression is true, also over a change of
// page.
func (b *browser) until(expression string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var last error
		for begun := time.Now(); time.Since(begun) < 60*time.Second; time.Sleep(100 * time.Millisecond) {
			var ok bool
			if last = chromedp.Evaluate("Boolean("+expression+")", &ok).Do(ctx); last == nil && ok {
				return nil
			}
		}
		return fmt.Errorf("waited for %s: %v", expression, last)
	})
}

// TestPages loads every page in both sizes, and looks for what runs over the
// side of a phone.
func TestPages(t *testing.T) {
	w := newWorld(t)
	w.record()
	w.reviewed("A goal")
	h := w.approved("Another goal")
	_, err := w.cat.EditPost(t.Context(), clip.NewPostID(h.ID, "fans"), seed, "seed", func(p *clip.Post) error { p.State = clip.PostNeedsPerson; return nil })
	must(t, err)
	for _, size := range [][2]int64{{1440, 900}, {390, 844}} {
		b := w.browse("anna", size[0], size[1])
		for _, path := range []string{"/watch/pitch", "/review", "/review/" + string(h.ID), "/posts", "/feeds"} {
			var over []string
			b.run(chromedp.Navigate(w.url+path), b.until(`document.querySelector('#pulse').dataset.state === 'on'`),
				chromedp.Evaluate(`document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className).slice(0, 5)`, &over))
			if len(over) > 0 {
				t.Errorf("%s at %d px runs over: %v", path, size[0], over)
			}
			var small []string
			if size[0] < 600 {
				b.run(chromedp.Evaluate(`[...document.querySelectorAll('button, a.button, nav a, select')].filter(e => e.checkVisibility()).map(e => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect().height]).filter(x => x[1] > 0 && x[1] < 32).map(x => x.join(' '))`, &small))
			}
			if len(small) > 0 {
				t.Errorf("%s: too small to touch: %v", path, small)
			}
		}
	}
}

// TestApprove is a publisher's way, by mouse: read, change a text, approve.
func TestApprove(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.reviewed("A goal")
	b := w.browse("petra", 1440, 900)
	var counter string
	b.run(chromedp.Navigate(w.url+"/review"), chromedp.WaitVisible("#approve"),
		b.until(`[...document.querySelectorAll('.stage video')].length === 2 && [...document.querySelectorAll('.stage video')].every(v => v.readyState >= 2 && v.currentTime > 0.2)`),
		chromedp.SendKeys(`.draft[data-destination=fans] textarea[name=text]`, "Live: "),
		b.until(`document.querySelector('#approve').textContent.startsWith('Save texts and approve')`),
		b.until(`document.querySelector('.draft[data-destination=fans] [data-counter]').textContent === '19 / 60'`),
		chromedp.Text(`.draft[data-destination=fans] [data-counter]`, &counter),
		chromedp.Click("#approve"), b.until(`document.querySelector('.toast')?.textContent.includes('Approved')`))
	now, err := w.cat.Highlight(t.Context(), h.ID)
	must(t, err)
	p, err := w.cat.Post(t.Context(), clip.NewPostID(h.ID, "fans"))
	must(t, err)
	if now.State != clip.HighlightApproved || p.Text != "Live: A goal #FINAL" {
		t.Errorf("%s, %q", now.State, p.Text)
	}
}

// TestSomebodyWasFaster: a decision made elsewhere is seen before one's own
// press of a button, and never overwritten.
func TestSomebodyWasFaster(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.reviewed("A goal")
	b := w.browse("petra", 1440, 900)
	b.run(chromedp.Navigate(w.url+"/review/"+string(h.ID)), chromedp.WaitVisible("#approve"), b.until(`document.querySelector('#pulse').dataset.state === 'on'`))
	w.get(200, nil, "anna", "POST", "/api/v1/highlights/"+string(h.ID)+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"refuse","reason":"No rights"}`, h.Revision))
	b.run(b.until(`document.querySelector('#changed')?.textContent.includes('anna refused this')`),
		chromedp.Click(`#changed button`), b.until(`!document.querySelector('#decide') && document.querySelector('#item').textContent.includes('No rights')`))
}

// TestTrimByHand moves both edges, and sees the clip again when it is rendered.
func TestTrimByHand(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.reviewed("A goal")
	was := h.Recipe.Span
	b := w.browse("paul", 1440, 900)
	b.run(chromedp.Navigate(w.url+"/review/"+string(h.ID)), b.until(`document.querySelector('.stage video')?.currentTime > 0.1 && document.querySelector('#pulse').dataset.state === 'on'`),
		chromedp.Click(`[data-edge=in] [data-by="1s"]`), chromedp.Click(`[data-edge=in] [data-by="-1f"]`), chromedp.Click(`[data-edge=out] [data-by="-1f"]`),
		b.until(`document.querySelector('#trim-say').textContent.includes('In 24 frames later, Out 1 frame earlier')`),
		chromedp.Focus("#trim-do"), chromedp.KeyEvent(kb.Enter), b.until(`document.querySelector('#item').dataset.state === 'rendering' && !document.querySelector('.stage')`))
	now, err := w.cat.EditHighlight(t.Context(), h.ID, seed, "seed", func(n *clip.Highlight) error {
		n.State, n.Renditions = clip.HighlightReview, h.Renditions
		return nil
	})
	must(t, err)
	if got, want := now.Recipe.Span, was.Grow(-960*time.Millisecond, -40*time.Millisecond); !got.In.Equal(want.In) || !got.Out.Equal(want.Out) {
		t.Errorf("trimmed to %s, want %s", got, want)
	}
	b.run(b.until(`document.querySelector('.stage video')?.currentTime > 0.1 && document.querySelector('#item').dataset.state === 'review'`))
}

// TestCaptionsByHand corrects a line, takes one out and adds one.
func TestCaptionsByHand(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.captioned(w.reviewed("A goal"), "What a pas", "He shoots", "Goal")
	b := w.browse("paul", 1440, 900)
	b.run(chromedp.Navigate(w.url+"/review/"+string(h.ID)), b.until(`document.querySelectorAll('#captions ol li').length === 3 && document.querySelector('.stage video')?.readyState > 1`),
		chromedp.SetValue(`#captions li:nth-child(1) textarea`, "What a pass"), chromedp.SendKeys(`#captions li:nth-child(1) textarea`, "!"),
		chromedp.Click(`#captions li:nth-child(2) [data-remove]`),
		chromedp.Evaluate(`document.querySelectorAll('video').forEach(v => { v.pause(); v.currentTime = 2.6; })`, nil),
		b.until(`document.querySelector('.stage video').currentTime === 2.6`),
		chromedp.Click(`#captions [data-add]`), chromedp.SendKeys(`#captions li:nth-child(4) textarea`, "Okafor!"),
		chromedp.SetValue(`#captions li:nth-child(4) input`, "0.4"),
		chromedp.Click(`#captions [type=submit]`), b.until(`document.querySelector('#item').dataset.state === 'rendering'`))
	now, err := w.cat.Highlight(t.Context(), h.ID)
	must(t, err)
	var got []string
	for _, q := range now.Recipe.Captions.Reworded.Cues {
		got = append(got, fmt.Sprintf("%d-%d %s", q.From, q.To, q.Text))
	}
	want := []string{"900000-990000 What a pass!", "1080000-1170000 Goal", "1134000-1170000 Okafor!"}
	if !slices.Equal(got, want) {
		t.Errorf("the captions are %q, want %q", got, want)
	}
}

// TestMarksAreExact flags by keys and wants the very pictures that were
// shown: their numbers are read off the screen, their positions are known.
func TestMarksAreExact(t *testing.T) {
	w := newWorld(t)
	places := w.record()
	b := w.browse("paul", 1440, 900)
	b.run(chromedp.Navigate(w.url+"/watch/pitch"), b.until(`globalThis.desk?.player.shown !== null && globalThis.desk?.player.live !== null`), chromedp.Evaluate(`desk.player.video.pause()`, nil))
	for _, target := range []int{700, 120, 473, 501, 500, 502, 503, 504, 960, 14} {
		n, text := b.seek(t, w, places, target)
		if want := places[n].String(); text != want {
			t.Errorf("picture %d is said to be at %s, it is at %s", n, text, want)
		}
		if d := n - target; d < -3 || d > 3 {
			t.Errorf("wanted picture %d, got %d", target, n)
		}
	}
	n, _ := b.seek(t, w, places, 200)
	for _, step := range []struct {
		key  string
		move int
	}{{".", 1}, {".", 1}, {",", -1}, {".", 1}} {
		n += step.move
		b.run(chromedp.KeyEvent(step.key), b.until(fmt.Sprintf(`desk.player.shown.text === '%s'`, places[n])))
		if got := b.number(t); got != n {
			t.Errorf("after the key %q picture %d is shown, want %d", step.key, got, n)
		}
	}
	in, _ := b.seek(t, w, places, 600)
	b.run(chromedp.KeyEvent("i"), b.until(`desk.marks.in !== null`))
	out, _ := b.seek(t, w, places, 675)
	b.run(chromedp.KeyEvent("o"), b.until(`desk.marks.out !== null`), chromedp.Click(`[name=kind][value=goal]`), chromedp.SendKeys("#title", "Silva"), chromedp.KeyEvent(kb.Enter),
		b.until(`document.querySelector('.moment')?.dataset.title === 'Silva'`))
	ms, err := w.cat.Moments(t.Context(), store.Query{Feed: "pitch"})
	must(t, err)
	tl, err := w.cat.Timeline(t.Context(), "pitch")
	must(t, err)
	from, _ := tl.Time(places[in])
	to, _ := tl.Time(places[out])
	if m := ms[0]; !m.Span.In.Equal(from) || !m.Span.Out.Equal(to) || m.Kind != "goal" || m.Source != "desk" {
		t.Errorf("flagged %s (%s), want pictures %d to %d: %s to %s", m.Span, m.Kind, in, out, from, to)
	}
	// Still going on: I, Enter; then O closes it.
	in, _ = b.seek(t, w, places, 800)
	b.run(chromedp.KeyEvent("i"), chromedp.KeyEvent(kb.Enter), b.until(`document.querySelector('.moment.open') !== null`))
	out, _ = b.seek(t, w, places, 830)
	b.run(chromedp.KeyEvent("o"), b.until(`document.querySelectorAll('.moment').length === 2 && document.querySelector('.moment.open') === null`))
	ms, err = w.cat.Moments(t.Context(), store.Query{Feed: "pitch"})
	must(t, err)
	if got := ms[0].Span.Duration(); got != (places[out].PTS - places[in].PTS).Duration() {
		t.Errorf("the open moment is %s long, want pictures %d to %d", got, in, out)
	}
}

// TestTimelineShowsWhatWasHeard looks at the timeline's pixels: the roar is
// taller than what is around it, silence is flat, and the pointer reads the
// level and the mark.
func TestTimelineShowsWhatWasHeard(t *testing.T) {
	w := newWorld(t)
	w.record()
	tl := w.hear()
	b := w.browse("paul", 1440, 900)
	b.run(chromedp.Navigate(w.url+"/watch/pitch"), b.until(`globalThis.desk?.player.shown !== null && globalThis.desk?.player.live !== null`), chromedp.Evaluate(`desk.player.video.pause()`, nil),
		b.until(`(() => { const v = { from: desk.player.live - 60000, to: desk.player.live }; return desk.timeline.heard.levels(v, 900, desk.player.live).levels.length > 180 && desk.timeline.heard.marks(v, desk.player.live).length === 4; })()`),
		chromedp.Evaluate(`globalThis.tall = (...times) => { // how high the curve stands: pixels that are not the track's own
			const c = desk.timeline.canvas, box = c.getBoundingClientRect(), all = c.getContext('2d').getImageData(0, 0, c.width, c.height), scale = c.width / box.width;
			const length = desk.timeline.seconds * 1000, to = Math.min(desk.player.clock + length * 0.3, desk.player.live + length * 0.04), top = 26, bottom = box.height - 32;
			const at = (ms, y) => all.data[(Math.round(y * scale) * all.width + Math.round((ms - to + length) / length * box.width * scale)) * 4];
			return times.map((ms) => { let n = 0; for (let y = top; y < bottom; y++) if (Math.abs(at(ms, y) - at(times[0], top)) > 12) n++; return n; }); }`, nil),
		chromedp.Evaluate(`desk.timeline.draw()`, nil), chromedp.Sleep(500*time.Millisecond))
	var high []int
	ms := func(e int, seconds float64) int64 {
		return tl[e].Time(tl[e].First + clip.Ticks(seconds*clip.TickRate)).UnixMilli()
	}
	b.run(chromedp.Evaluate(fmt.Sprintf(`tall(%d, %d, %d, %d, %d)`, ms(1, 6.3), ms(0, 7.3), ms(0, 11.3), ms(0, 14.3), ms(1, 16.3)), &high))
	if silent, before, roar, after, later := high[0], high[1], high[2], high[3], high[4]; roar < 50 || before > roar/2 || after > roar/2 || before < 4 || silent > 4 || later <= before || later >= roar {
		t.Errorf("silence, before, roar, after, later: %v pixels tall", high)
	}
	var words string
	b.run(chromedp.Evaluate(`desk.timeline.heard.say(0, -1425, { scheme: 'scte35', event: '7', fields: { type: 'splice_insert' } })`, &words))
	if words != "00:00:00.0 · −14.3 LUFS · SCTE-35 splice_insert 7" && words != "00:00:00.0 · −14.2 LUFS · SCTE-35 splice_insert 7" {
		t.Errorf("the pointer says %q", words)
	}
	near := func(at int64) chromedp.Action {
		return b.until(fmt.Sprintf(`desk.player.shown && Math.abs(desk.player.shown.clock - %d) < 250 && !desk.player.video.seeking && desk.player.video.readyState >= 2`, at))
	}
	b.run(chromedp.Evaluate(fmt.Sprintf(`desk.player.seek(%d)`, ms(0, 2)), nil), near(ms(0, 2)), chromedp.KeyEvent("i"),
		chromedp.Evaluate(fmt.Sprintf(`desk.player.seek(%d)`, ms(0, 6)), nil), near(ms(0, 6)), chromedp.KeyEvent("o"),
		b.until(`document.querySelector('#mark-length').textContent.endsWith(' · −30.0 LUFS')`))
}

// seek moves the player near a picture and returns the number that is on the
// screen and the position that the desk says.
func (b *browser) seek(t *testing.T, w *world, places []clip.Position, n int) (int, string) {
	t.Helper()
	tl, err := w.cat.Timeline(t.Context(), "pitch")
	must(t, err)
	at, err := tl.Time(places[n])
	must(t, err)
	near := fmt.Sprintf(`desk.player.shown && Math.abs(desk.player.shown.clock - %d) < 250 && !desk.player.video.seeking && desk.player.video.readyState >= 2`, at.UnixMilli())
	b.run(chromedp.Evaluate(fmt.Sprintf(`desk.player.seek(%d + 60)`, at.UnixMilli()), nil), b.until(near), chromedp.Sleep(400*time.Millisecond))
	var text string
	number := b.number(t)
	b.run(chromedp.Evaluate(`desk.player.shown.text`, &text))
	return number, text
}

// number reads the picture's number off the screen.
func (b *browser) number(t *testing.T) int {
	t.Helper()
	var pixels string
	b.run(chromedp.Evaluate(`(() => { const v = desk.player.video, c = document.createElement('canvas'); c.width = v.videoWidth; c.height = v.videoHeight;
		const p = c.getContext('2d'); p.drawImage(v, 0, 0); const d = p.getImageData(0, 0, c.width, c.height).data; let s = '';
		for (let i = 0; i < d.length; i += 4) s += String.fromCharCode(d[i + 1]); return btoa(s); })()`, &pixels))
	luma, err := base64.StdEncoding.DecodeString(pixels)
	must(t, err)
	n, ok := match.ReadFrame(luma, tapeW, tapeW, tapeH)
	if !ok {
		t.Fatal("no number can be read off the screen")
	}
	return int(n)
}

// TestResolveByHand: the two buttons of a post that nobody can read back.
func TestResolveByHand(t *testing.T) {
	w := newWorld(t)
	w.record()
	h := w.approved("A goal")
	for _, d := range []string{"fans", "partner"} {
		_, err := w.cat.EditPost(t.Context(), clip.NewPostID(h.ID, d), seed, "seed", func(p *clip.Post) error { p.State = clip.PostNeedsPerson; return nil })
		must(t, err)
	}
	b := w.browse("petra", 390, 844)
	id := func(d string) string { return strings.ReplaceAll("#p-"+string(clip.NewPostID(h.ID, d)), ".", `\.`) }
	b.run(chromedp.Navigate(w.url+"/posts?tab=person"), chromedp.SendKeys(id("fans")+` input[name=url]`, "https://social.example/@us/1"),
		chromedp.Click(id("fans")+` .primary`), b.until(`document.querySelectorAll('.ask').length === 1`),
		chromedp.Click(id("partner")+` .ask > form:last-child button`), chromedp.WaitVisible(`dialog.confirm .danger`), chromedp.Click(`dialog.confirm .danger`),
		b.until(`document.querySelectorAll('.ask').length === 0`))
	fans, err := w.cat.Post(t.Context(), clip.NewPostID(h.ID, "fans"))
	must(t, err)
	partner, err := w.cat.Post(t.Context(), clip.NewPostID(h.ID, "partner"))
	must(t, err)
	if fans.State != clip.PostConfirmed || fans.Receipt.URL != "https://social.example/@us/1" || partner.State != clip.PostIntent {
		t.Errorf("%s %s, %s", fans.State, fans.Receipt.URL, partner.State)
	}
}
