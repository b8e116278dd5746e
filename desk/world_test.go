package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/detect"
	"github.com/ovation-live/ovation/feed/match"
	"github.com/ovation-live/ovation/store"
)

// world is the desk over a real catalogue and real files; what workflows
// would do, tests do by hand.
type world struct {
	t    *testing.T
	desk *Desk
	cat  *store.Catalogue
	blob *store.Blobs
	url  string
	dvr  string
	poke *pokes
	log  *bytes.Buffer

	mu  sync.Mutex
	now time.Time // zero: the machine's clock
}

// pokes remembers which workflows were told to look.
type pokes struct {
	mu   sync.Mutex
	seen []string
}

func (p *pokes) note(kind, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, kind+" "+id)
	return nil
}
func (p *pokes) StartFeed(_ context.Context, id clip.FeedID) error {
	return p.note("start", string(id))
}
func (p *pokes) StopFeed(_ context.Context, id clip.FeedID) error { return p.note("stop", string(id)) }
func (p *pokes) StartHighlight(_ context.Context, id clip.MomentID) error {
	return p.note("highlight", string(id))
}
func (p *pokes) StartPost(_ context.Context, id clip.PostID) error { return p.note("post", string(id)) }

// everybody is one user of each role; the token is the name.
var everybody = []User{
	{"vera", clip.Viewer, "vera"}, {"max", clip.Machine, "max"}, {"paul", clip.Producer, "paul"},
	{"petra", clip.Publisher, "petra"}, {"anna", clip.Admin, "anna"},
}

var seed = clip.Actor{Name: "seed", Role: clip.Admin}

// hookSecret signs webhooks of the source "scores" (Standard Webhooks).
const hookSecret = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, dvr: filepath.Join(dir, "dvr"), poke: &pokes{}, log: &bytes.Buffer{}}
	log := logrus.New()
	log.SetOutput(w.log)
	var err error
	w.cat, err = store.Open(t.Context(), filepath.Join(dir, "ovation.db"))
	must(t, err)
	t.Cleanup(func() { _ = w.cat.Close() })
	w.blob, err = store.OpenBlobs(t.Context(), "file://"+filepath.Join(dir, "blobs")+"?create_dir=true", filepath.Join(dir, "scratch"))
	must(t, err)
	count := func(s string) int { return len([]rune(s)) }
	fans := clip.Profile{Platform: "mastodon", Shapes: []clip.Shape{clip.Tall}, MaxText: 60, MaxAlt: 100, Count: count}
	partner := clip.Profile{Platform: "folder", Shapes: []clip.Shape{clip.Wide}, Count: count}
	profiles := activities.NewProfiles(map[string]clip.Profile{"fans": fans, "partner": partner})
	list := []clip.Rule{{Name: "all", When: "true", PreRoll: time.Second, PostRoll: time.Second, Shapes: []clip.Shape{clip.Wide, clip.Tall},
		Destinations: []string{"fans", "partner"}, Text: "{{.Title}} #FINAL", Alt: "A pitch", Approval: clip.ByPerson, Patience: time.Hour}}
	rules, err := activities.NewRules(list)
	must(t, err)
	hook, err := detect.NewHook("scores", []clip.Secret{hookSecret}, detect.Mapping{Feed: "pitch", At: "now", Kind: "goal", Title: "{{.what}}"})
	must(t, err)
	w.desk, err = New(Config{
		Catalogue: w.cat, Blobs: w.blob, DVR: w.dvr, Workflows: w.poke,
		Flagger:      &activities.Flagger{Catalogue: w.cat, Rules: rules, Profiles: profiles, Start: w.poke, Now: time.Now},
		Decider:      &activities.Decider{Catalogue: w.cat, Profiles: profiles, Start: w.poke},
		Hooks:        map[string]*detect.Hook{"scores": hook},
		Destinations: []Destination{{Name: "fans", Platform: "mastodon", Profile: fans}, {Name: "partner", Platform: "folder", Profile: partner}},
		Rules:        list, Users: everybody, Version: "test", Key: []byte(strings.Repeat("k", 32)), Log: log, Now: w.clock,
		Ready: func(context.Context) error { return nil },
	})
	must(t, err)
	t.Cleanup(func() { _ = w.desk.Close() })
	server := httptest.NewServer(w.desk.Handler())
	t.Cleanup(server.Close)
	t.Cleanup(w.desk.Leave) // before Close, which waits for followers
	w.url = server.URL
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.now.IsZero() {
		return time.Now()
	}
	return w.now
}

func (w *world) at(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = t
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask calls the API with a user's token; "" is nobody. Extra are header pairs.
func (w *world) ask(user, method, path, body string, extra ...string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	must(w.t, err)
	if user != "" {
		r.Header.Set("Authorization", "Bearer "+user)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := stay.Do(r)
	must(w.t, err)
	w.t.Cleanup(func() { _ = a.Body.Close() })
	return a
}

// get calls the API, wants a status, and reads the answer into v.
func (w *world) get(want int, v any, user, method, path, body string, extra ...string) *http.Response {
	w.t.Helper()
	a := w.ask(user, method, path, body, extra...)
	text, err := io.ReadAll(a.Body)
	must(w.t, err)
	if a.StatusCode != want {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.StatusCode, want, text)
	}
	if v != nil {
		if err := json.Unmarshal(text, v); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return a
}

// The tape: forty seconds of pictures that carry their numbers, in two epochs
// with other clocks, three seconds of programme time apart. It has B-frames
// and sound that leads, as broadcasts have.
const (
	tapeRate   = 25
	tapeW      = 320
	tapeH      = 180
	epochGap   = 3 * time.Second
	epochOne   = 500 // frames in the first epoch
	epochTwo   = 500
	offsetOne  = 7   // seconds that the first epoch's clock begins at
	offsetTwo  = 900 // and the second's
	tapeFrames = epochOne + epochTwo
)

// record puts the tape into the DVR of the feed "pitch"; it ends now. It
// returns the position of every frame by its number.
func (w *world) record() []clip.Position {
	w.t.Helper()
	f := clip.Feed{ID: "pitch", Title: "Pitch", URL: "synthetic:match", Window: time.Hour, Lang: "en"}
	must(w.t, w.cat.PutFeed(w.t.Context(), f, seed))
	must(w.t, os.MkdirAll(filepath.Join(w.dvr, "pitch"), 0o755))
	length := time.Duration(tapeFrames)*time.Second/tapeRate + epochGap
	start := time.Now().UTC().Add(-length).Truncate(time.Millisecond)
	var places []clip.Position
	seq := int64(1)
	for epoch, part := range []struct{ from, n, offset int }{{0, epochOne, offsetOne}, {epochOne, epochTwo, offsetTwo}} {
		dir := w.t.TempDir()
		encodeTape(w.t, dir, part.from, part.n, part.offset)
		e := clip.Epoch{ID: clip.EpochID(epoch + 1), Start: start, Format: clip.Format{Container: clip.MPEGTS, Video: "h264", Width: tapeW, Height: tapeH,
			Rate: clip.Rate{Num: tapeRate, Den: 1}, Audio: "aac", SampleRate: 48000, Channels: 1}, Reason: "the tape"}
		for i := 0; ; i++ {
			from := filepath.Join(dir, fmt.Sprintf("%d.ts", i))
			b, err := os.ReadFile(from)
			if err != nil {
				break
			}
			pts := framesOf(w.t, from)
			for _, p := range pts {
				places = append(places, clip.Position{Epoch: e.ID, PTS: p})
			}
			if i == 0 {
				e.First = pts[0]
			}
			e.End = pts[len(pts)-1] + clip.TickRate/tapeRate
			name := fmt.Sprintf("pitch/%d.ts", seq)
			must(w.t, os.WriteFile(filepath.Join(w.dvr, name), b, 0o644))
			s := clip.Segment{Feed: "pitch", Seq: seq, Epoch: e.ID, First: pts[0], End: e.End, Start: e.Time(pts[0]), Size: int64(len(b)), Digest: clip.DigestOf(b), Path: name}
			must(w.t, w.cat.Append(w.t.Context(), "pitch", clip.Batch{Epoch: e, Segment: s}))
			seq++
		}
		start = e.Time(e.End).Add(epochGap)
		must(w.t, w.cat.SetHealth(w.t.Context(), clip.Health{Feed: "pitch", State: clip.FeedRecording, LastSegment: time.Now(), Live: e.Time(e.End), Bitrate: 400_000, Segments: int(seq) - 1, Gaps: 1, Bytes: 4_000_000, Format: e.Format}))
	}
	if len(places) != tapeFrames {
		w.t.Fatalf("the tape has %d frames, want %d", len(places), tapeFrames)
	}
	return places
}

// tapes keeps encoded parts between the tests of one run.
var tapes sync.Map

// encodeTape makes HLS segments of n numbered pictures.
func encodeTape(t *testing.T, dir string, from, n, offset int) {
	t.Helper()
	key := fmt.Sprint(from, n, offset)
	if have, ok := tapes.Load(key); ok {
		must(t, os.CopyFS(dir, os.DirFS(have.(string))))
		return
	}
	kept, err := os.MkdirTemp("", "ovation-tape")
	must(t, err)
	cmd := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", fmt.Sprintf("%dx%d", tapeW, tapeH),
		"-r", strconv.Itoa(tapeRate), "-i", "pipe:0", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-shortest",
		"-c:v", "libx264", "-preset", "superfast", "-bf", "2", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-c:a", "aac", "-b:a", "48k",
		"-output_ts_offset", strconv.Itoa(offset), "-f", "hls", "-hls_time", "2", "-hls_list_size", "0", "-hls_segment_filename", filepath.Join(kept, "%d.ts"), filepath.Join(kept, "x.m3u8"))
	in, err := cmd.StdinPipe()
	must(t, err)
	var said bytes.Buffer
	cmd.Stderr = &said
	must(t, cmd.Start())
	picture := make([]byte, tapeW*tapeH*3/2)
	for i := range n {
		for j := range picture {
			picture[j] = byte(90 + (j/7+i*3)%40)
		}
		for j := tapeW * tapeH; j < len(picture); j++ {
			picture[j] = 128
		}
		match.DrawFrame(picture[:tapeW*tapeH], tapeW, tapeW, tapeH, uint32(from+i))
		if _, err := in.Write(picture); err != nil {
			break
		}
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, said.String())
	}
	tapes.Store(key, kept)
	must(t, os.CopyFS(dir, os.DirFS(kept)))
}

// TestMain removes the tapes.
func TestMain(m *testing.M) {
	code := m.Run()
	tapes.Range(func(_, dir any) bool { _ = os.RemoveAll(dir.(string)); return true })
	os.Exit(code)
}

// framesOf lists the PTS of a segment's pictures in the order of display.
func framesOf(t *testing.T, file string) []clip.Ticks {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", file).Output()
	must(t, err)
	var pts []clip.Ticks
	for _, line := range strings.Fields(string(out)) {
		n, err := strconv.ParseInt(strings.Trim(line, ","), 10, 64)
		if err == nil {
			pts = append(pts, clip.Ticks(n))
		}
	}
	for i := range pts { // a handful, nearly in order
		for j := i; j > 0 && pts[j] < pts[j-1]; j-- {
			pts[j], pts[j-1] = pts[j-1], pts[j]
		}
	}
	return pts
}

// flagged makes a moment over the feed's recording.
func (w *world) flagged(title string) clip.MomentID {
	w.t.Helper()
	var made momentBody
	w.get(201, &made, "paul", "POST", "/api/v1/moments", fmt.Sprintf(`{"feed":"pitch","in":"-12s","out":"-8s","kind":"goal","title":%q,"key":%q}`, title, title))
	return made.Moment.ID
}

// reviewed brings a moment's highlight to review, with real files.
func (w *world) reviewed(title string) clip.Highlight {
	w.t.Helper()
	ctx := w.t.Context()
	id := w.flagged(title)
	var rs []clip.Rendition
	for _, s := range []struct {
		shape clip.Shape
		w, h  int
	}{{clip.Wide, 320, 180}, {clip.Tall, 102, 180}} {
		file, cover := sample(w.t, s.w, s.h)
		digest, size, err := w.blob.PutFile(ctx, file)
		must(w.t, err)
		still, _, err := w.blob.PutFile(ctx, cover)
		must(w.t, err)
		cues, _, err := w.blob.Put(ctx, strings.NewReader("WEBVTT\n\n00:01.000 --> 00:03.000\nWhat a goal!\n"))
		must(w.t, err)
		rs = append(rs, clip.Rendition{Shape: s.shape, Digest: digest, Size: size, Width: s.w, Height: s.h, Rate: clip.Rate{Num: 25, Den: 1}, Frames: 150,
			Duration: 6 * time.Second, Loudness: -14, Cover: still, Captions: cues})
	}
	h, err := w.cat.EditHighlight(ctx, id, seed, "seed", func(h *clip.Highlight) error {
		h.State, h.Renditions, h.Deadline = clip.HighlightReview, rs, time.Now().Add(time.Hour)
		return nil
	})
	must(w.t, err)
	return h
}

// sample makes six seconds of video and its cover, once in a run.
func sample(t *testing.T, width, height int) (video, cover string) {
	t.Helper()
	key := fmt.Sprint("sample", width, height)
	dir, ok := tapes.Load(key)
	if !ok {
		kept, err := os.MkdirTemp("", "ovation-sample")
		must(t, err)
		out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=25:duration=6", width, height),
			"-f", "lavfi", "-i", "sine=frequency=440:duration=6", "-pix_fmt", "yuv420p", "-preset", "superfast", "-movflags", "+faststart", filepath.Join(kept, "clip.mp4"),
			"-frames:v", "1", "-update", "1", filepath.Join(kept, "cover.jpg")).CombinedOutput()
		if err != nil {
			t.Fatalf("ffmpeg: %v: %s", err, out)
		}
		tapes.Store(key, kept)
		dir = kept
	}
	return filepath.Join(dir.(string), "clip.mp4"), filepath.Join(dir.(string), "cover.jpg")
}

// approved brings a moment's highlight past approval.
func (w *world) approved(title string) clip.Highlight {
	w.t.Helper()
	h := w.reviewed(title)
	w.get(200, &h, "petra", "POST", "/api/v1/highlights/"+string(h.ID)+"/decisions", fmt.Sprintf(`{"revision":%d,"verdict":"approve"}`, h.Revision))
	return h
}
