package desk

import (
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"os/exec"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// hlsEntry is a segment as a playlist lists it.
type hlsEntry struct {
	seq  int64
	cc   int // the discontinuity sequence
	uri  string
	init string
	at   time.Time
	d    float64
}

var tagLine = regexp.MustCompile(`^#(EXT[A-Z0-9-]*)(?::(.*))?$`)

// validate reads a media playlist as a strict player must (RFC 8216) and says
// everything that is wrong with it.
func validate(t *testing.T, text string) []hlsEntry {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != "#EXTM3U" {
		t.Fatalf("it begins with %q", lines[0])
	}
	var (
		list       []hlsEntry
		next       hlsEntry
		seen       = map[string]int{}
		target     = -1.0
		version    int
		before     = map[string]bool{"EXT-X-VERSION": true, "EXT-X-TARGETDURATION": true, "EXT-X-MEDIA-SEQUENCE": true, "EXT-X-DISCONTINUITY-SEQUENCE": true}
		onceOnly   = []string{"EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST"}
		number, cc int64
		current    string
	)
	for i, line := range lines[1:] {
		if !strings.HasPrefix(line, "#") {
			if next.d == 0 {
				t.Errorf("line %d: %s has no EXTINF", i+2, line)
			}
			if math.Round(next.d) > target {
				t.Errorf("line %d: %s is %.3f s long, the target duration is %.0f", i+2, line, next.d, target)
			}
			next.uri, next.seq, next.cc, next.init = line, number, int(cc), current
			list = append(list, next)
			next = hlsEntry{}
			number++
			continue
		}
		m := tagLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("line %d: %q is no tag", i+2, line)
			continue
		}
		seen[m[1]]++
		if before[m[1]] && len(list) > 0 {
			t.Errorf("line %d: %s stands behind the first segment", i+2, line)
		}
		switch m[1] {
		case "EXT-X-VERSION":
			version, _ = strconv.Atoi(m[2])
		case "EXT-X-TARGETDURATION":
			n, err := strconv.Atoi(m[2])
			must(t, err)
			target = float64(n)
		case "EXT-X-MEDIA-SEQUENCE":
			number, _ = strconv.ParseInt(m[2], 10, 64)
		case "EXT-X-DISCONTINUITY-SEQUENCE":
			cc, _ = strconv.ParseInt(m[2], 10, 64)
		case "EXT-X-DISCONTINUITY":
			cc++
			if len(list) == 0 {
				t.Errorf("line %d: a discontinuity before the first segment is counted in the sequence", i+2)
			}
		case "EXT-X-MAP":
			current = strings.TrimSuffix(strings.TrimPrefix(m[2], `URI="`), `"`)
			if version < 6 {
				t.Errorf("EXT-X-MAP needs version 6, it says %d", version)
			}
		case "EXT-X-PROGRAM-DATE-TIME":
			at, err := time.Parse(time.RFC3339Nano, m[2])
			must(t, err)
			next.at = at
		case "EXTINF":
			d, err := strconv.ParseFloat(strings.TrimSuffix(m[2], ","), 64)
			must(t, err)
			next.d = d
			if version < 3 {
				t.Errorf("fractions need version 3, it says %d", version)
			}
		case "EXT-X-ENDLIST":
			if i != len(lines)-2 {
				t.Errorf("line %d: ENDLIST is not the last", i+2)
			}
		default:
			t.Errorf("line %d: unknown %s", i+2, line)
		}
	}
	for _, tag := range onceOnly {
		if seen[tag] > 1 {
			t.Errorf("%s stands there %d times", tag, seen[tag])
		}
	}
	for i, e := range list {
		if base := strings.TrimSuffix(e.uri, path.Ext(e.uri)); base != strconv.FormatInt(e.seq, 10) {
			t.Errorf("segment %d is %s: numbers have a hole", e.seq, e.uri)
		}
		if (path.Ext(e.uri) == ".m4s") != (e.init != "") {
			t.Errorf("segment %d, %s, has the init segment %q", e.seq, e.uri, e.init)
		}
		if i > 0 && e.at.Before(list[i-1].at.Add(time.Duration(list[i-1].d*float64(time.Second))-2*time.Millisecond)) {
			t.Errorf("segment %d begins at %s, before the end of the one before", e.seq, e.at)
		}
	}
	return list
}

// playlist asks for a playlist and reads it strictly.
func (w *world) playlist(t *testing.T, path string, extra ...string) []hlsEntry {
	t.Helper()
	a := w.ask("vera", "GET", path, "", extra...)
	text, err := io.ReadAll(a.Body)
	must(t, err)
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/vnd.apple.mpegurl" {
		t.Fatalf("%s: %d %s: %s", path, a.StatusCode, a.Header.Get("Content-Type"), text)
	}
	return validate(t, string(text))
}

// reel appends made-up segments of two seconds to a feed; the files are not
// there.
type reel struct {
	w     *world
	seq   int64
	epoch clip.Epoch
}

func (w *world) reel(t *testing.T, format clip.Format) *reel {
	t.Helper()
	must(t, w.cat.PutFeed(t.Context(), clip.Feed{ID: "reel", Title: "Reel", URL: "synthetic:match", Window: time.Hour}, seed))
	return &reel{w: w, epoch: clip.Epoch{ID: 1, Start: time.Now().UTC().Add(-time.Hour).Truncate(time.Second), Format: format}}
}

func (r *reel) add(t *testing.T, n int) {
	t.Helper()
	for range n {
		r.seq++
		s := clip.Segment{Feed: "reel", Seq: r.seq, Epoch: r.epoch.ID, First: r.epoch.End, End: r.epoch.End + clip.CellTicks,
			Start: r.epoch.Time(r.epoch.End), Size: 1000, Digest: clip.DigestOf([]byte(fmt.Sprint(r.seq))), Path: fmt.Sprintf("reel/%d.ts", r.seq)}
		if r.epoch.Format.Container == clip.FMP4 {
			s.Path, s.Init = fmt.Sprintf("reel/%d.m4s", r.seq), fmt.Sprintf("reel/init-%d.mp4", r.epoch.ID)
		}
		r.epoch.End = s.End
		must(t, r.w.cat.Append(t.Context(), "reel", clip.Batch{Epoch: r.epoch, Segment: s}))
	}
}

// cut begins another epoch, three seconds later.
func (r *reel) cut() {
	start := r.epoch.Time(r.epoch.End).Add(3 * time.Second)
	r.epoch = clip.Epoch{ID: r.epoch.ID + 1, First: 900000, End: 900000, Start: start, Format: r.epoch.Format, Reason: "cut"}
}

// expire is retention.
func (r *reel) expire(t *testing.T, keep time.Duration) {
	t.Helper()
	_, err := r.w.cat.Expire(t.Context(), "reel", r.epoch.Time(r.epoch.End).Add(-keep), 1000)
	must(t, err)
}

func spanOf(list []hlsEntry) string {
	if len(list) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%d to %d, breaks %d to %d", list[0].seq, list[len(list)-1].seq, list[0].cc, list[len(list)-1].cc)
}

// TestPlaylistFollows: the playlist grows and slides with the recording, over
// breaks, and with what a highlight keeps among the old.
func TestPlaylistFollows(t *testing.T) {
	w := newWorld(t)
	r := w.reel(t, clip.Format{Container: clip.MPEGTS, Video: "h264"})
	const full, ten = "/live/reel/index.m3u8", "/live/reel/index.m3u8?window=30s"
	want := func(when, all, short string) {
		t.Helper()
		if got := spanOf(w.playlist(t, full)); got != all {
			t.Errorf("%s: %s, want %s", when, got, all)
		}
		if got := spanOf(w.playlist(t, ten)); got != short {
			t.Errorf("%s, the last 30 s: %s, want %s", when, got, short)
		}
	}
	r.add(t, 5)
	want("at first", "1 to 5, breaks 0 to 0", "1 to 5, breaks 0 to 0")
	r.add(t, 35)
	want("later", "1 to 40, breaks 0 to 0", "26 to 40, breaks 0 to 0")
	r.cut()
	r.add(t, 10)
	want("after a break", "1 to 50, breaks 0 to 1", "38 to 50, breaks 0 to 1")
	w.get(201, nil, "paul", "POST", "/api/v1/moments", `{"feed":"reel","in":"1:0000000","out":"1:0900000","kind":"goal","key":"k"}`)
	r.expire(t, 70*time.Second)
	first := w.playlist(t, full)[0].seq
	if first < 10 || first > 18 {
		t.Errorf("after retention it begins with %d", first)
	}
	held, err := w.cat.Held(t.Context(), "reel", 1, 1000)
	must(t, err)
	if held[0] != 1 || int64(len(held)) == 50-held[0]+1 {
		t.Errorf("the highlight keeps nothing, so that nothing is shown here: %v", held)
	}
	r.expire(t, 10*time.Second)
	want("a short window", "46 to 50, breaks 1 to 1", "46 to 50, breaks 1 to 1")
	r.cut()
	r.add(t, 2)
	want("and on", "46 to 52, breaks 1 to 2", "46 to 52, breaks 1 to 2")
	a := w.ask("vera", "GET", full, "")
	if a := w.ask("vera", "GET", full, "", "If-None-Match", a.Header.Get("ETag")); a.StatusCode != 304 {
		t.Errorf("nothing is new: %d", a.StatusCode)
	}
	must(t, w.cat.SetHealth(t.Context(), clip.Health{Feed: "reel", State: clip.FeedEnded}))
	if text, _ := io.ReadAll(w.ask("vera", "GET", full, "").Body); !strings.HasSuffix(string(text), "#EXT-X-ENDLIST\n") {
		t.Error("the end is not said")
	}
}

// TestTargetDurationStays: it is told once and for all, and covers every
// segment that there ever was.
func TestTargetDurationStays(t *testing.T) {
	w := newWorld(t)
	r := w.reel(t, clip.Format{Container: clip.FMP4, Video: "hevc"})
	r.add(t, 1)
	r.epoch.End += 7*clip.TickRate - clip.CellTicks // the next one is longer
	long := clip.Segment{Feed: "reel", Seq: 2, Epoch: 1, First: clip.CellTicks, End: 2*clip.CellTicks + 5*clip.TickRate, Start: r.epoch.Time(clip.CellTicks),
		Digest: "long", Path: "reel/2.m4s", Init: "reel/init-1.mp4"}
	must(t, w.cat.Append(t.Context(), "reel", clip.Batch{Epoch: r.epoch, Segment: long}))
	r.seq, r.epoch.End = 2, long.End
	r.add(t, 60)
	r.expire(t, 30*time.Second)
	text, _ := io.ReadAll(w.ask("vera", "GET", "/live/reel/index.m3u8", "").Body)
	if list := validate(t, string(text)); list[0].seq < 40 || !strings.Contains(string(text), "#EXT-X-TARGETDURATION:7\n") {
		t.Errorf("the long segment expired, and the target duration with it:\n%s", text)
	}
}

// TestWindowIsChecked: nothing is silently made to fit.
func TestWindowIsChecked(t *testing.T) {
	w := newWorld(t)
	w.reel(t, clip.Format{Container: clip.MPEGTS}).add(t, 3)
	for window, status := range map[string]int{"10m": 200, "full": 200, "9999h": 200, "30s": 200, "29s": 422, "-10m": 422, "10": 422, "ten": 422, "1e9h": 422} {
		if a := w.ask("vera", "GET", "/live/reel/index.m3u8?window="+window, ""); a.StatusCode != status {
			t.Errorf("window=%s: %d, want %d", window, a.StatusCode, status)
		}
	}
}

// TestPlayersSendPasswords: VLC knows nothing but user:password@host. It may
// play, and nothing else.
func TestPlayersSendPasswords(t *testing.T) {
	w := newWorld(t)
	w.reel(t, clip.Format{Container: clip.MPEGTS}).add(t, 3)
	for _, c := range []struct {
		method, path, who string
		status            int
	}{
		{"GET", "/live/reel/index.m3u8", "any:vera", 200},
		{"GET", "/live/reel/index.m3u8", "any:wrong", 401},
		{"GET", "/api/v1/feeds", "any:anna", 401},
		{"DELETE", "/api/v1/feeds/reel", "any:anna", 401},
		{"POST", "/live/reel/index.m3u8", "any:anna", 401},
	} {
		user, password, _ := strings.Cut(c.who, ":")
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
		a := w.ask("", c.method, c.path, "", "Authorization", basic)
		if a.StatusCode != c.status {
			t.Errorf("%s %s as %s: %d, want %d", c.method, c.path, c.who, a.StatusCode, c.status)
		}
	}
	a := w.ask("", "GET", "/live/reel/index.m3u8", "")
	if all := strings.Join(a.Header.Values("WWW-Authenticate"), ", "); !strings.Contains(all, "Basic") || !strings.Contains(all, "Bearer") {
		t.Errorf("a player is told %q", all)
	}
	a = w.ask("", "GET", "/live/reel/index.m3u8", "", "Sec-Fetch-Mode", "cors")
	if all := strings.Join(a.Header.Values("WWW-Authenticate"), ", "); strings.Contains(all, "Basic") {
		t.Error("a browser is made to ask for a password")
	}
}

// TestStrangersRead: ffmpeg, which knows nothing of us, reads every picture of
// every kind of recording, from the first segment on.
func TestStrangersRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path string
		codecs     codecs
	}{
		{"TS", "/live/pitch/index.m3u8", codecs{}},
		{"fMP4", "/live/pitch/index.m3u8", codecs{fmp4: true}},
		{"proxy", "/live/pitch/proxy/index.m3u8", codecs{video: "hevc", audio: "ac3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.recordAs(c.codecs)
			must(t, w.cat.SetHealth(t.Context(), clip.Health{Feed: "pitch", State: clip.FeedEnded})) // so that it comes to an end
			w.playlist(t, c.path)
			address := strings.Replace(w.url, "http://", "http://any:vera@", 1) + c.path
			out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-live_start_index", "0", "-count_packets",
				"-show_entries", "stream=codec_type,nb_read_packets", "-of", "csv=p=0", address).CombinedOutput()
			if err != nil || !strings.Contains(string(out), fmt.Sprintf("video,%d", tapeFrames)) || !strings.Contains(string(out), "audio,") {
				t.Errorf("%v, it read %s, want %d pictures", err, out, tapeFrames)
			}
		})
	}
}
