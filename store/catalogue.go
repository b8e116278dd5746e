package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/ovation-live/ovation/clip"
)

// Catalogue is all that must be true after a crash: one SQLite file.
//
// One connection writes, so that writers queue up here and not in the
// database; a few others read, each from its own snapshot, and wait for
// nobody. Functions that are passed in (such as an edit) run inside a write
// transaction and must not call the catalogue.
type Catalogue struct {
	writer *sql.DB
	reader *sql.DB
	now    func() time.Time
	wakes  wakes

	flushed time.Time // when something that was to be durable soon was; whoever has the writer owns it
}

const (
	// readers is how many reads run at once; with more they only share cores.
	readers = 4
	// patience is how long a write waits for another process's.
	patience = "10000" // ms
)

// durability says what a transaction survives once it is acknowledged.
type durability string

const (
	// durable survives a power cut: the write-ahead log is flushed to the disk
	// at every commit. NORMAL, which is often advised with WAL, may lose the
	// last commits then (https://www.sqlite.org/pragma.html#pragma_synchronous,
	// 2026-11-24), and with them a flag that somebody was told is safe.
	durable durability = "PRAGMA synchronous = FULL"
	// relaxed survives a kill of the process; for figures that are written
	// again within a second and would make forty feeds flush forty times.
	relaxed durability = "PRAGMA synchronous = NORMAL"
	// soon survives a kill of the process; a power cut may take back what was
	// committed in the last second. For rows that can be made again from what is
	// on the disk. Whatever is durable makes all that came before it so, too:
	// there is one log, and it is flushed as a whole.
	soon durability = "" // one of the others, as it falls due
)

// soonIs how often what is to be durable soon is flushed.
const soonIs = time.Second

// Open opens the catalogue in the file at path, which is made if it does not
// exist, and brings its schema up to date. ":memory:" is a catalogue for tests
// that ends with Close.
func Open(ctx context.Context, path string) (*Catalogue, error) {
	const op = "open the catalogue"
	c := &Catalogue{now: time.Now}
	var err error
	if path == ":memory:" {
		if c.writer, err = connect("file::memory:?"+options(true).Encode(), 1); err != nil {
			return nil, fault(op, err)
		}
		c.reader = c.writer
	} else if err = c.connect(path); err != nil {
		return nil, fault(op, err)
	}
	if err := migrate(ctx, c.writer, migrations); err != nil {
		_ = c.Close() // the first error says more
		return nil, fault(op, err)
	}
	return c, nil
}

// connect opens the pools of a file.
func (c *Catalogue) connect(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}
	file.RawQuery = options(true).Encode()
	if c.writer, err = connect(file.String(), 1); err != nil {
		return err
	}
	file.RawQuery = options(false).Encode()
	c.reader, err = connect(file.String(), readers)
	return err
}

// options are those of a connection, for modernc.org/sqlite's names of data
// sources.
func options(write bool) url.Values {
	q := url.Values{"_pragma": {"busy_timeout(" + patience + ")", "foreign_keys(1)"}}
	if write {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Set("_txlock", "immediate") // a write that must wait waits at its begin, and never fails half way
	} else {
		q.Add("_pragma", "query_only(1)")
	}
	return q
}

// connect opens a pool whose connections stay.
func connect(name string, size int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// Close ends the catalogue. Writes that were acknowledged are kept in any
// case.
func (c *Catalogue) Close() error {
	var err error
	if c.reader != nil && c.reader != c.writer {
		err = c.reader.Close()
	}
	return errors.Join(err, c.writer.Close())
}

// Ping reports whether the catalogue can be read.
func (c *Catalogue) Ping(ctx context.Context) error {
	var n int
	return fault("read the catalogue", c.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM schema_version`).Scan(&n))
}

// tx is a write transaction.
type tx struct {
	*sql.Tx
	now  time.Time
	wake bool // somebody who waits for news has some
}

// write runs fn in a transaction that is kept when fn returns nil. ctx bounds
// the wait for other writers; once begun, a write is not interrupted, so that
// its outcome is never in doubt.
func (c *Catalogue) write(ctx context.Context, op string, fn func(context.Context, *tx) error) error {
	return c.transact(ctx, op, durable, fn)
}

func (c *Catalogue) transact(ctx context.Context, op string, how durability, fn func(context.Context, *tx) error) error {
	conn, err := c.writer.Conn(ctx)
	if err != nil {
		return fault(op, err)
	}
	defer func() { _ = conn.Close() }() // gives it back
	ctx = context.WithoutCancel(ctx)
	flush := how == soon && time.Since(c.flushed) >= soonIs
	switch {
	case flush:
		how = durable
	case how == soon:
		how = relaxed
	}
	if _, err := conn.ExecContext(ctx, string(how)); err != nil {
		return fault(op, err)
	}
	inner, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fault(op, err)
	}
	defer func() { _ = inner.Rollback() }() // after Commit it does nothing
	t := &tx{Tx: inner, now: c.now().UTC()}
	if err := fn(ctx, t); err != nil {
		return fault(op, err)
	}
	if err := inner.Commit(); err != nil {
		return fault(op, err)
	}
	if flush {
		c.flushed = time.Now()
	}
	if t.wake {
		c.wakes.all()
	}
	return nil
}

// read runs fn over one snapshot.
func (c *Catalogue) read(ctx context.Context, op string, fn func(querier) error) error {
	t, err := c.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: c.reader != c.writer})
	if err != nil {
		return fault(op, err)
	}
	defer func() { _ = t.Rollback() }() // it only read
	return fault(op, fn(t))
}

// fault classifies an error of the database; what is classified stays as it
// is.
func fault(op string, err error) error {
	var known *clip.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	kind := clip.KindOf(err)
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff { // the primary result code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_INTERRUPT:
			kind = clip.Unavailable
		}
	}
	return clip.Errorf(kind, op, "%w", err)
}
