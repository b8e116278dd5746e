package store

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ovation-live/ovation/clip"
)

// audited is a catalogue with some life in it.
func audited(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Open(ctx, ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	odd := clip.Actor{Name: "Ünal \xff\"'\x00\u2028", Role: clip.Admin}
	if err := c.PutFeed(ctx, clip.Feed{ID: "match"}, odd); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"g1", "g2"} {
		id := flag(t, c, key, span(10, 14))
		approve(t, c, review(t, c, id))
		bring(t, c, clip.NewPostID(id, "folder"), clip.PostConfirmed)
	}
	return c
}

func TestAuditChain(t *testing.T) {
	c := audited(t)
	if err := c.VerifyAudit(ctx); err != nil {
		t.Fatal(err)
	}
	entries := must(c.Audit(ctx, 0, 1000))(t)
	var actions []string
	var prev clip.Digest
	for i, e := range entries {
		actions = append(actions, e.Action)
		if e.Seq != int64(i+1) || e.Prev != prev || e.Hash != e.Sum() {
			t.Errorf("entry %d: %+v", i, e)
		}
		prev = e.Hash
	}
	wantSame(t, actions[:7], []string{"feed.add", "moment.flag", "highlight.ready", "highlight.approve", "post.intend", "post.send", "post.x"})
	wantSame(t, entries[0].Actor, "Ünal \uFFFD\"'\x00\u2028")
	wantSame(t, must(c.Audit(ctx, 3, 2))(t), entries[3:5])
}

// Every change of every bit of every column is noticed, and the right entry
// named.
func TestAuditNoticesEveryFlip(t *testing.T) {
	c := audited(t)
	n := int64(len(must(c.Audit(ctx, 0, 1000))(t)))
	texts := []string{"actor", "role", "action", "object", "detail", "prev", "hash"}
	rapid.Check(t, func(r *rapid.T) {
		seq := rapid.Int64Range(1, n).Draw(r, "seq")
		saved := must2(first(ctx, c.reader, scanAudit, `SELECT `+auditColumns+` FROM audit WHERE seq = ?`, seq))(t)
		defer func() {
			tamper(t, c, `UPDATE audit SET at_ns = ?, actor = ?, role = ?, action = ?, object = ?, detail = ?, prev = ?, hash = ? WHERE seq = ?`,
				nanos(saved.At), saved.Actor, saved.Role, saved.Action, saved.Object, saved.Detail, string(saved.Prev), string(saved.Hash), seq)
			if err := c.VerifyAudit(ctx); err != nil {
				r.Fatalf("not repaired: %v", err)
			}
		}()
		if rapid.IntRange(0, 7).Draw(r, "time") == 0 {
			tamper(t, c, `UPDATE audit SET at_ns = ? WHERE seq = ?`, nanos(saved.At)^(1<<rapid.IntRange(0, 61).Draw(r, "bit")), seq)
		} else {
			column := rapid.SampledFrom(texts).Draw(r, "column")
			old := must2(first(ctx, c.reader, text, `SELECT `+column+` FROM audit WHERE seq = ?`, seq))(t)
			if old == "" {
				r.Skip()
			}
			b := []byte(old)
			bit := rapid.IntRange(0, 8*len(b)-1).Draw(r, "bit")
			b[bit/8] ^= 1 << (bit % 8)
			tamper(t, c, `UPDATE audit SET `+column+` = CAST(? AS TEXT) WHERE seq = ?`, b, seq)
		}
		err := c.VerifyAudit(ctx)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("entry %d is broken", seq)) {
			r.Fatalf("after a flip in entry %d: %v", seq, err)
		}
	})
}

func TestAuditNoticesDeletionInsertionAndOrder(t *testing.T) {
	for _, tc := range []struct {
		name, query string
		broken      int64
	}{
		{"deleted", `DELETE FROM audit WHERE seq = 3`, 3},
		{"the first deleted", `DELETE FROM audit WHERE seq = 1`, 1},
		{"the end cut off", `DELETE FROM audit WHERE seq > 10`, 11},
		{"all deleted", `DELETE FROM audit`, 1},
		{"the head moved back", `UPDATE audit_head SET seq = 5`, 6},
		{"the head deleted", `DELETE FROM audit_head`, 1},
		{"swapped", `UPDATE audit SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4); UPDATE audit SET seq = -seq WHERE seq < 0`, 3},
		{"renumbered", `UPDATE audit SET seq = 1000 WHERE seq = 7`, 7},
		{"inserted", `INSERT INTO audit SELECT MAX(seq) + 1, 1, 'x', 'x', 'x', 'x', 'x', '', '' FROM audit`, 14},
		{"no number", `UPDATE audit SET at_ns = 'yesterday' WHERE seq = 4`, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := audited(t)
			tamper(t, c, tc.query)
			err := c.VerifyAudit(ctx)
			wantKind(t, err, clip.Internal, fmt.Sprintf("entry %d is broken", tc.broken))
		})
	}
}
