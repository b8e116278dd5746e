package store

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ovation-live/ovation/clip"
)

// audit adds a link to the record of who did what.
func (t *tx) audit(ctx context.Context, by clip.Actor, action, object, detail string) error {
	head, _, err := first(ctx, t, scanHead, `SELECT seq, hash FROM audit_head`)
	if err != nil {
		return err
	}
	e := clip.AuditEntry{
		Seq: head.Seq + 1, At: t.now, Actor: clean(by.Name), Role: clean(string(by.Role)),
		Action: clean(action), Object: clean(object), Detail: clean(detail), Prev: head.Hash,
	}
	e.Hash = e.Sum()
	_, err = t.ExecContext(ctx,
		`INSERT INTO audit (seq, at_ns, actor, role, action, object, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, nanos(e.At), e.Actor, e.Role, e.Action, e.Object, e.Detail, string(e.Prev), string(e.Hash))
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE audit_head SET seq = ?, hash = ?`, e.Seq, string(e.Hash))
	return err
}

// clean makes a text valid UTF-8. JSON, which is what is hashed, shows every
// invalid byte as the same character, so that a change of one would not show.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func scanHead(row scanner) (head clip.AuditEntry, err error) {
	return head, row.Scan(&head.Seq, &head.Hash)
}

const auditColumns = `seq, at_ns, actor, role, action, object, detail, prev, hash`

func scanAudit(row scanner) (clip.AuditEntry, error) {
	var e clip.AuditEntry
	var at int64
	err := row.Scan(&e.Seq, &at, &e.Actor, &e.Role, &e.Action, &e.Object, &e.Detail, &e.Prev, &e.Hash)
	e.At = instant(at)
	return e, err
}

// Audit lists the record after the entry numbered after, oldest first.
func (c *Catalogue) Audit(ctx context.Context, after int64, limit int) ([]clip.AuditEntry, error) {
	entries, err := collect(ctx, c.reader, scanAudit,
		`SELECT `+auditColumns+` FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`, after, atMost(limit))
	return entries, fault("list the audit log", err)
}

// VerifyAudit checks the whole chain and names the first link that is broken.
func (c *Catalogue) VerifyAudit(ctx context.Context) error {
	const op = "verify the audit log"
	broken := func(seq int64, why string) error {
		return clip.Errorf(clip.Internal, op, "entry %d is broken: %s", seq, why)
	}
	return c.read(ctx, op, func(q querier) error {
		var last clip.AuditEntry
		scan := func(row scanner) (clip.AuditEntry, error) {
			e, err := scanAudit(row)
			if err != nil {
				return e, broken(last.Seq+1, err.Error())
			}
			return e, nil
		}
		err := walk(ctx, q, scan, func(e clip.AuditEntry) error {
			if why := follows(last, e); why != "" {
				return broken(last.Seq+1, why)
			}
			last = e
			return nil
		}, `SELECT `+auditColumns+` FROM audit ORDER BY seq`)
		if err != nil {
			return err
		}
		head, ok, err := first(ctx, q, scanHead, `SELECT seq, hash FROM audit_head`)
		if err != nil {
			return err
		}
		if !ok || last.Seq != head.Seq || last.Hash != head.Hash {
			return broken(min(last.Seq, head.Seq)+1, fmt.Sprintf("the log ends with entry %d, its head says %d", last.Seq, head.Seq))
		}
		return nil
	})
}

// follows says why e cannot be the link after last; empty when it can.
func follows(last, e clip.AuditEntry) string {
	switch {
	case e.Seq != last.Seq+1:
		return fmt.Sprintf("%d comes after %d", e.Seq, last.Seq)
	case e.Prev != last.Hash:
		return "it does not name the hash of the entry before it"
	case e.Hash != e.Sum():
		return "its hash is not that of its content"
	}
	for _, s := range []string{e.Actor, string(e.Role), e.Action, e.Object, e.Detail} {
		if !utf8.ValidString(s) {
			return "it contains bytes that are not text"
		}
	}
	return ""
}
