package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// querier is what a snapshot and a write transaction have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scanner is one row.
type scanner interface{ Scan(into ...any) error }

// walk gives fn every row of a query. The rows are closed when it returns.
func walk[T any](ctx context.Context, q querier, scan func(scanner) (T, error), fn func(T) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // Err says what went wrong
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := walk(ctx, q, scan, func(v T) error { all = append(all, v); return nil }, query, args...)
	return all, err
}

// first reads the first row of a query; false when there is none.
func first[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (T, bool, error) {
	all, err := collect(ctx, q, scan, query, args...)
	if err != nil || len(all) == 0 {
		var zero T
		return zero, false, err
	}
	return all[0], true, nil
}

// document scans the JSON of a doc column.
func document[T any](row scanner) (T, error) {
	var doc string
	var v T
	if err := row.Scan(&doc); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(doc), &v)
}

// number scans an integer.
func number(row scanner) (n int64, err error) { return n, row.Scan(&n) }

// keep is v as it will be read back, and its document. What a caller sees is
// always what is stored: an empty list that JSON leaves out is nil at once.
func keep[T any](v T) (T, string, error) {
	var kept T
	doc, err := json.Marshal(v)
	if err != nil {
		return kept, "", err
	}
	return kept, string(doc), json.Unmarshal(doc, &kept)
}

// original is a thing as it was before an edit: the document, which no edit can
// reach, and its plain fields. (Lists in was may be shared with the edited.)
type original[T any] struct {
	was T
	doc string
}

// hold remembers a thing before it is edited.
func hold[T any](v T) (original[T], error) {
	_, doc, err := keep(v)
	return original[T]{v, doc}, err
}

// The instants that nanoseconds can name, about 1678 to 2262.
var earliest, latest = time.Unix(0, math.MinInt64/2), time.Unix(0, math.MaxInt64)

// nanos is a time as it stands in a column. Times that no broadcast has are
// as early, or as late, as can be.
func nanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Before(earliest):
		return math.MinInt64 / 2
	case t.After(latest):
		return math.MaxInt64
	}
	return t.UnixNano()
}

// instant is the inverse of nanos.
func instant(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// newID makes a name that nobody else makes and that sorts by time.
func newID(now time.Time) string {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails (https://pkg.go.dev/crypto/rand#Read, 2026-11-24)
	return string(clip.NewMomentID(now, random))
}

// Query chooses rows of a list. The newest come first.
type Query struct {
	Feed      clip.FeedID   // of one feed; empty: of all
	State     string        // in one state, for moments with one status; empty: in any
	Highlight clip.MomentID // of one highlight; empty: of all
	Limit     int           // at most so many; zero: 100
}

// columns is what a table calls the fields of a query.
type columns struct{ feed, state, highlight string }

// list reads the documents of a table that q chooses.
func list[T any](ctx context.Context, from querier, table string, c columns, q Query) ([]T, error) {
	var w where
	w.and(c.feed, string(q.Feed))
	w.and(c.state, q.State)
	w.and(c.highlight, string(q.Highlight))
	return collect(ctx, from, document[T],
		`SELECT doc FROM `+table+w.String()+` ORDER BY created_ns DESC, id DESC LIMIT ?`, append(w.args, atMost(q.Limit))...)
}

// atMost is the limit of a list.
func atMost(limit int) int {
	if limit <= 0 {
		return 100
	}
	return limit
}

// where collects the conditions of a query.
type where struct {
	conditions []string
	args       []any
}

// and adds a condition unless its value is empty.
func (w *where) and(column, value string) {
	if value != "" {
		w.conditions = append(w.conditions, column+" = ?")
		w.args = append(w.args, value)
	}
}

func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// text scans a string.
func text(row scanner) (s string, err error) { return s, row.Scan(&s) }
