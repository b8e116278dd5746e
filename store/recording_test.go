package store

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ovation-live/ovation/clip"
)

func TestAppend(t *testing.T) {
	c := newCatalogue(t)
	record(t, c, 2)
	good := batch(3)
	refused := func(name string, kind clip.Kind, edit func(*clip.Batch), words ...string) {
		t.Run(name, func(t *testing.T) {
			b := batch(3)
			edit(&b)
			wantKind(t, c.Append(ctx, "match", b), kind, words...)
			wantSame(t, must(c.NextSeq(ctx, "match"))(t), int64(3))
		})
	}
	refused("other bytes", clip.Conflict, func(b *clip.Batch) { *b = batch(2); b.Segment.Digest = "other" }, "segment 2", "next is 3")
	refused("other feed", clip.Invalid, func(b *clip.Batch) { b.Segment.Feed = "other" }, "belongs to feed other")
	refused("other epoch", clip.Invalid, func(b *clip.Batch) { b.Segment.Epoch = 2 }, "epoch 2, not 1")
	refused("no number", clip.Invalid, func(b *clip.Batch) { b.Segment.Seq = 0 }, "numbered from 1")
	refused("backwards", clip.Invalid, func(b *clip.Batch) { b.Segment.End = b.Segment.First }, "before it begins")
	refused("odd frame", clip.Invalid, func(b *clip.Batch) { b.Segment.Frames[3].Kind = 9 }, "unknown kind")
	refused("epoch moved", clip.Conflict, func(b *clip.Batch) { b.Epoch.Start = at(1) }, "would move by -1s", "begin another")
	refused("epoch changed", clip.Conflict, func(b *clip.Batch) { b.Epoch.Format.Width = 1920 }, "change its format")
	refused("epoch over", clip.Conflict, func(b *clip.Batch) { b.Epoch.ID, b.Segment.Epoch = 0, 0 }, "the next is 2")

	wake, stop := c.Subscribe()
	if err := c.Append(ctx, "match", good); err != nil {
		t.Fatal(err)
	}
	<-wake
	if err := c.Append(ctx, "match", batch(1)); err != nil { // again
		t.Fatal(err)
	}
	select {
	case <-wake:
		t.Error("a repeated append woke somebody")
	default:
	}
	stop()
	good.Segment.Feed = "match"
	rec := must(c.Recording(ctx, "match", clip.Span{}))(t)
	wantSame(t, rec.Segments[2], good.Segment)
	wantSame(t, rec.Timeline, clip.Timeline{good.Epoch})
	if events, _ := counts(t, c); events != 0 {
		t.Errorf("segments made %d events", events)
	}
}

func TestSegmentsOfSpan(t *testing.T) {
	c := newCatalogue(t)
	record(t, c, 30) // 0 s to 60 s
	open := func(in float64) clip.Span { return clip.Span{In: at(in)} }
	for _, tc := range []struct {
		span               clip.Span
		from, to           int64 // of Segments; to 0: none
		wideFrom, wideTill int64 // of Recording
	}{
		{clip.Span{}, 1, 30, 1, 30},
		{span(20, 24), 11, 12, 7, 14},
		{span(21, 23), 11, 12, 7, 14},
		{span(19.999, 24.001), 10, 13, 6, 15},
		{open(50), 26, 30, 22, 30},
		{open(60), 0, 0, 27, 30},
		{span(-10, 0), 0, 0, 1, 2},
		{span(1000, 1001), 0, 0, 0, 0},
		{clip.Span{In: start.AddDate(-1900, 0, 0), Out: at(3)}, 1, 2, 1, 4},
		{clip.Span{In: at(57), Out: start.AddDate(4000, 0, 0)}, 29, 30, 25, 30},
	} {
		t.Run(tc.span.String(), func(t *testing.T) {
			segs := must(c.Segments(ctx, "match", tc.span))(t)
			wantRun(t, segs, tc.from, tc.to)
			for _, s := range segs {
				if s.Frames != nil {
					t.Fatal("Segments gives frames")
				}
			}
			rec := must(c.Recording(ctx, "match", tc.span))(t)
			wantRun(t, rec.Segments, tc.wideFrom, tc.wideTill)
			for _, s := range rec.Segments {
				if len(s.Frames) != 50 {
					t.Fatalf("segment %d has %d frames", s.Seq, len(s.Frames))
				}
			}
		})
	}
}

// wantRun fails unless segs are from..to without a hole.
func wantRun(t testing.TB, segs []clip.Segment, from, to int64) {
	t.Helper()
	var got, want []int64
	for _, s := range segs {
		got = append(got, s.Seq)
	}
	for n := from; n <= to && n > 0; n++ {
		want = append(want, n)
	}
	if !slices.Equal(got, want) {
		t.Errorf("segments %v, want %v", got, want)
	}
}

func TestTimelineMovesOn(t *testing.T) {
	c := newCatalogue(t)
	// 29.97 fps and an odd start: nothing is a round number of nanoseconds.
	e := clip.Epoch{ID: 1, First: 8589934592 - 12345, Start: start.Add(123456789), Format: format}
	e.Format.Rate = clip.Rate{Num: 30000, Den: 1001}
	var batches []clip.Batch
	for n := int64(1); n <= 40; n++ {
		b := batchIn(e, n, n)
		b.Segment.First = e.First + e.Format.Rate.Ticks(int(n-1)*61)
		b.Segment.End = e.First + e.Format.Rate.Ticks(int(n)*61)
		b.Segment.Start, b.Epoch.End = e.Time(b.Segment.First), b.Segment.End
		batches = append(batches, b)
		if err := c.Append(ctx, "match", b); err != nil {
			t.Fatal(err)
		}
	}
	for len(must(c.Segments(ctx, "match", clip.Span{}))(t)) > 1 {
		must(c.Expire(ctx, "match", at(1000), 7))(t)
		held := must(c.Segments(ctx, "match", clip.Span{}))(t)[0]
		got := must(c.Timeline(ctx, "match"))(t)[0]
		if d := held.First - got.First; d < 0 || d >= 9 {
			t.Errorf("the epoch begins %d ticks before what is held", d)
		}
		for _, b := range batches { // every place keeps its time, to the nanosecond
			for d := clip.Ticks(0); d < 20; d++ {
				if p := b.Segment.First + d; !got.Time(p).Equal(e.Time(p)) {
					t.Fatalf("place %d moved from %s to %s", p, e.Time(p), got.Time(p))
				}
			}
		}
		// A recorder that starts again goes on from what it is told.
		must(got.Grow(e))(t)
	}
}

func TestTimelineOfEpochs(t *testing.T) {
	c := newCatalogue(t)
	first := clip.Epoch{ID: 1, First: 0, Start: at(0), Format: format, Reason: "first"}
	second := clip.Epoch{ID: 2, First: 900000, Start: at(100), Format: format, Reason: "the encoder restarted"}
	third := clip.Epoch{ID: 3, First: 0, Start: at(50), Format: format, Reason: "the clock was set"}
	for i, b := range []clip.Batch{batchIn(first, 1, 1), batchIn(first, 2, 2), batchIn(second, 1, 3), batchIn(third, 1, 7)} {
		if err := c.Append(ctx, "match", b); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	ids := func() (ids []clip.EpochID) {
		for _, e := range must(c.Timeline(ctx, "match"))(t) {
			ids = append(ids, e.ID)
		}
		return ids
	}
	wantSame(t, ids(), []clip.EpochID{1, 3, 2})
	wantSame(t, must(c.NextSeq(ctx, "match"))(t), int64(8))
	must(c.Expire(ctx, "match", at(4), 1))(t)
	wantSame(t, must(c.Timeline(ctx, "match"))(t)[0].Start, at(2))
	must(c.Expire(ctx, "match", at(4), 1))(t)
	wantSame(t, ids(), []clip.EpochID{3, 2})
	wantKind(t, c.Append(ctx, "match", batchIn(first, 3, 8)), clip.Conflict, "epoch 1 is over")
	if err := c.Append(ctx, "match", batchIn(second, 2, 8)); err != nil { // one that is held may go on
		t.Error(err)
	}
}

func TestCues(t *testing.T) {
	c := newCatalogue(t)
	tick := func(s float64) clip.Ticks { return 90000 + clip.Ticks(s*clip.TickRate) }
	cue := func(from, to float64, text string) clip.Cue {
		q := clip.Cue{Epoch: 1, From: tick(from), Lang: "en", Text: text}
		if to > 0 {
			q.To = tick(to)
		}
		return q
	}
	by := func(q clip.Cue, service, lang string) clip.Cue {
		q.Service, q.Lang = service, lang
		return q
	}
	for n := int64(1); n <= 20; n++ {
		b := batch(n)
		switch n {
		case 1:
			b.Cues = []clip.Cue{cue(0, 1, "one"), cue(1, 0, "long")}
		case 5:
			b.Cues = []clip.Cue{cue(8.5, 9, "short"), by(cue(8.5, 0, "court"), "teletext:889", "fr"), by(cue(8.5, 0, "kurz"), "teletext:150", "de")}
		case 10:
			b.Cues = []clip.Cue{cue(1, 19, "long"), cue(19, 0, "stands")}
		case 11:
			b.Cues = []clip.Cue{cue(1, 0, "long"), by(cue(8.5, 9, "kurz"), "teletext:150", "de"), by(cue(8.5, 9, "court"), "teletext:889", "fr")} // no end after an end changes nothing
		}
		if err := c.Append(ctx, "match", b); err != nil {
			t.Fatal(err)
		}
		if n == 5 {
			wantSame(t, must(c.Cues(ctx, "match", span(2, 3)))(t), []clip.Cue{cue(1, 0, "long")})
		}
	}
	one, long, short, stands := cue(0, 1, "one"), cue(1, 19, "long"), cue(8.5, 9, "short"), cue(19, 0, "stands")
	kurz, court := by(cue(8.5, 9, "kurz"), "teletext:150", "de"), by(cue(8.5, 9, "court"), "teletext:889", "fr")
	for _, tc := range []struct {
		span clip.Span
		want []clip.Cue
	}{
		{clip.Span{}, []clip.Cue{one, long, short, kurz, court, stands}},
		{span(0.5, 2), []clip.Cue{one, long}},
		{span(1, 2), []clip.Cue{long}},
		{span(8.6, 8.7), []clip.Cue{long, short, kurz, court}},
		{span(18.9, 19), []clip.Cue{long}},
		{span(30, 31), []clip.Cue{stands}},
		{clip.Span{In: at(10)}, []clip.Cue{long, stands}},
		{span(100, 101), nil},
	} {
		t.Run(tc.span.String(), func(t *testing.T) {
			wantSame(t, must(c.Cues(ctx, "match", tc.span))(t), tc.want)
		})
	}
	wantSame(t, must(c.Recording(ctx, "match", span(16, 17)))(t).Cues, []clip.Cue{long, short, kurz, court, stands})

	// Captions go with the last segment that shows them.
	must(c.Expire(ctx, "match", at(18), 100))(t)
	wantSame(t, must(c.Cues(ctx, "match", clip.Span{}))(t), []clip.Cue{long, stands})
	must(c.Expire(ctx, "match", at(20), 100))(t)
	wantSame(t, must(c.Cues(ctx, "match", clip.Span{}))(t), []clip.Cue{stands})
}

func TestFramesRoundTrip(t *testing.T) {
	ticks := rapid.OneOf(rapid.Int64Range(-1e6, 1e12), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		frames := rapid.SliceOf(rapid.Custom(func(t *rapid.T) clip.Frame {
			return clip.Frame{
				PTS: clip.Ticks(ticks.Draw(t, "pts")), DTS: clip.Ticks(ticks.Draw(t, "dts")),
				Kind: clip.FrameKind(rapid.IntRange(0, 3).Draw(t, "kind")),
			}
		})).Draw(t, "frames")
		packed := packFrames(frames)
		got, err := unpackFrames(packed)
		if err != nil || !slices.Equal(got, frames) {
			t.Fatalf("%v became %v (%v)", frames, got, err)
		}
		cut := rapid.IntRange(0, len(packed)-1).Draw(t, "cut")
		if got, err := unpackFrames(packed[:cut]); err == nil && len(frames) > 0 {
			t.Fatalf("a cut index gave %v", got)
		}
	})
}

func TestFramesAreSmall(t *testing.T) {
	size := len(packFrames(batch(1).Segment.Frames))
	if size > 250 {
		t.Errorf("50 frames take %d bytes", size)
	}
	t.Logf("50 frames take %d bytes", size)
}

func FuzzUnpackFrames(f *testing.F) {
	f.Add(packFrames(batch(1).Segment.Frames))
	f.Add([]byte{framesVersion, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		frames, err := unpackFrames(b) // must neither panic nor take much memory
		if err == nil && len(frames) > len(b) {
			t.Errorf("%d bytes gave %d frames", len(b), len(frames))
		}
	})
}

// A span of 30 s in a window of 4 h must not cost what the window costs.
func BenchmarkRecording(b *testing.B) {
	c := newCatalogue(b)
	const held = 7200
	record(b, c, held)
	for _, tc := range []struct {
		name string
		span clip.Span
	}{
		{"first", span(10, 40)}, {"middle", span(held, held+30)}, {"last", span(2*held-35, 2*held-5)}, {"all", clip.Span{}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Recording(ctx, "match", tc.span); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The planner must use the indexes: no step may scan a table.
func TestQueriesUseIndexes(t *testing.T) {
	c := newCatalogue(t)
	for _, q := range []string{
		`SELECT seq FROM segments WHERE feed = 'a' AND start_ns > 1 AND start_ns < 2 AND end_ns > 1 ORDER BY seq`,
		`SELECT MIN(first_pts) FROM segments WHERE feed = 'a' AND epoch = 1`,
		`SELECT end_pts FROM segments WHERE feed = 'a' AND epoch = 1 ORDER BY first_pts DESC LIMIT 1`,
		`SELECT from_pts FROM cues WHERE feed = 'a' AND epoch = 1 AND from_pts < 9 AND to_pts > 1 AND from_pts > 0`,
		`SELECT from_pts FROM cues WHERE feed = 'a' AND epoch = 1 AND from_pts < 9 AND to_pts = 0`,
		`SELECT pts FROM marks WHERE feed = 'a' AND flagged = 0 ORDER BY epoch, pts`,
		`SELECT in_ns, out_ns, state FROM highlights WHERE feed = 'a' AND in_ns < 9 ORDER BY in_ns`,
		`SELECT doc FROM highlights ORDER BY created_ns DESC, id DESC LIMIT 100`,
		`SELECT doc FROM highlights WHERE state = 'review' ORDER BY created_ns DESC, id DESC LIMIT 100`,
		`SELECT doc FROM posts WHERE highlight = 'a' ORDER BY created_ns DESC, id DESC LIMIT 100`,
		`SELECT doc FROM moments WHERE source = 'a' AND event_key = 'b'`,
		`SELECT COALESCE(MAX(seq), 0) + 1 FROM events`,
	} {
		plan := must(collect(ctx, c.reader, func(row scanner) (string, error) {
			var id, parent, unused int
			var detail string
			return detail, row.Scan(&id, &parent, &unused, &detail)
		}, "EXPLAIN QUERY PLAN "+q))(t)
		for _, step := range plan {
			if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "USING") {
				t.Errorf("%s\n\t%s", q, step)
			}
		}
	}
}
