package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/ovation-live/ovation/clip"
)

// migrations make the schema, one step each, and are append-only: the schema's
// version is the number of steps taken. A step that landed is never edited.
//
// The SQL is plain, so that PostgreSQL can run it with BYTEA for BLOB. Times
// are UTC in nanoseconds since 1970 (columns _ns), zero where there is none.
// A doc column holds the whole thing as JSON, in clip's names; the columns
// beside it repeat what is asked for.
var migrations = []string{
	`-- 1: feeds and what is recorded of them
CREATE TABLE feeds (
	id  TEXT NOT NULL PRIMARY KEY,
	doc TEXT NOT NULL
);
CREATE TABLE health (
	feed TEXT NOT NULL PRIMARY KEY,
	doc  TEXT NOT NULL
);
-- what must outlive the segments: numbers that are never used again, and how
-- long the longest segment is, so that a span finds its segments by their start
CREATE TABLE recordings (
	feed       TEXT   NOT NULL PRIMARY KEY,
	next_seq   BIGINT NOT NULL,
	last_epoch BIGINT NOT NULL,
	longest_ns BIGINT NOT NULL
);
CREATE TABLE epochs (
	feed        TEXT   NOT NULL,
	id          BIGINT NOT NULL,
	first_pts   BIGINT NOT NULL,
	end_pts     BIGINT NOT NULL,
	start_ns    BIGINT NOT NULL,
	format      TEXT   NOT NULL,
	reason      TEXT   NOT NULL,
	longest_cue BIGINT NOT NULL,
	PRIMARY KEY (feed, id)
);
CREATE TABLE segments (
	feed       TEXT   NOT NULL,
	seq        BIGINT NOT NULL,
	epoch      BIGINT NOT NULL,
	first_pts  BIGINT NOT NULL,
	end_pts    BIGINT NOT NULL,
	start_ns   BIGINT NOT NULL,
	end_ns     BIGINT NOT NULL,
	size       BIGINT NOT NULL,
	digest     TEXT   NOT NULL,
	path       TEXT   NOT NULL,
	init       TEXT   NOT NULL,
	sound_from BIGINT NOT NULL,
	sound_to   BIGINT NOT NULL,
	frames     BLOB   NOT NULL,
	PRIMARY KEY (feed, seq),
	FOREIGN KEY (feed, epoch) REFERENCES epochs (feed, id)
);
CREATE INDEX segments_by_time ON segments (feed, start_ns, seq);
CREATE INDEX segments_by_epoch ON segments (feed, epoch, first_pts);
CREATE TABLE cues (
	feed     TEXT   NOT NULL,
	epoch    BIGINT NOT NULL,
	from_pts BIGINT NOT NULL,
	to_pts   BIGINT NOT NULL,
	lang     TEXT   NOT NULL,
	text     TEXT   NOT NULL,
	PRIMARY KEY (feed, epoch, from_pts)
);
CREATE INDEX cues_on_screen ON cues (feed, epoch, from_pts) WHERE to_pts = 0;
CREATE TABLE marks (
	feed    TEXT   NOT NULL,
	epoch   BIGINT NOT NULL,
	pts     BIGINT NOT NULL,
	scheme  TEXT   NOT NULL,
	event   TEXT   NOT NULL,
	fields  TEXT   NOT NULL,
	flagged BIGINT NOT NULL,
	PRIMARY KEY (feed, epoch, pts, scheme, event)
);
CREATE INDEX marks_unflagged ON marks (feed, epoch, pts) WHERE flagged = 0;`,

	`-- 2: moments, highlights, decisions, and the ledger of posts
CREATE TABLE moments (
	id         TEXT   NOT NULL PRIMARY KEY,
	feed       TEXT   NOT NULL,
	source     TEXT   NOT NULL,
	event_key  TEXT,                       -- null where the source gave none
	status     TEXT   NOT NULL,
	created_ns BIGINT NOT NULL,
	doc        TEXT   NOT NULL,
	UNIQUE (source, event_key)
);
CREATE INDEX moments_by_time ON moments (created_ns, id);
CREATE INDEX moments_by_feed ON moments (feed, created_ns, id);
CREATE TABLE highlights (
	id         TEXT   NOT NULL PRIMARY KEY REFERENCES moments (id),
	feed       TEXT   NOT NULL,
	state      TEXT   NOT NULL,
	in_ns      BIGINT NOT NULL,            -- of the recipe's span
	out_ns     BIGINT NOT NULL,            -- zero while it is open
	created_ns BIGINT NOT NULL,
	doc        TEXT   NOT NULL
);
CREATE INDEX highlights_by_time ON highlights (created_ns, id);
CREATE INDEX highlights_by_state ON highlights (state, created_ns, id);
CREATE INDEX highlights_by_span ON highlights (feed, in_ns, out_ns, state);
CREATE TABLE decisions (
	id        TEXT   NOT NULL PRIMARY KEY,
	highlight TEXT   NOT NULL REFERENCES highlights (id),
	revision  BIGINT NOT NULL,
	at_ns     BIGINT NOT NULL,
	doc       TEXT   NOT NULL
);
CREATE INDEX decisions_by_highlight ON decisions (highlight, at_ns, id);
CREATE TABLE posts (
	id         TEXT   NOT NULL PRIMARY KEY,
	highlight  TEXT   NOT NULL REFERENCES highlights (id),
	decision   TEXT   NOT NULL REFERENCES decisions (id),
	feed       TEXT   NOT NULL,
	state      TEXT   NOT NULL,
	created_ns BIGINT NOT NULL,
	doc        TEXT   NOT NULL
);
CREATE INDEX posts_by_time ON posts (created_ns, id);
CREATE INDEX posts_by_state ON posts (state, created_ns, id);
CREATE INDEX posts_by_highlight ON posts (highlight, created_ns, id);`,

	`-- 3: what happened, for the desk and for the record
CREATE TABLE events (
	seq   BIGINT NOT NULL PRIMARY KEY,
	at_ns BIGINT NOT NULL,
	kind  TEXT   NOT NULL,
	id    TEXT   NOT NULL
);
CREATE TABLE audit (
	seq    BIGINT NOT NULL PRIMARY KEY,
	at_ns  BIGINT NOT NULL,
	actor  TEXT   NOT NULL,
	role   TEXT   NOT NULL,
	action TEXT   NOT NULL,
	object TEXT   NOT NULL,
	detail TEXT   NOT NULL,
	prev   TEXT   NOT NULL,
	hash   TEXT   NOT NULL
);
-- one row: the last link of the chain, so that a cut-off end is noticed
CREATE TABLE audit_head (
	seq  BIGINT NOT NULL,
	hash TEXT   NOT NULL
);
INSERT INTO audit_head (seq, hash) VALUES (0, '');`,

	`-- 4: how many attempts a post has had, for posts that were taken back and are
-- planned again: an attempt's number is never used twice
CREATE TABLE attempts (
	post    TEXT   NOT NULL PRIMARY KEY,
	attempt BIGINT NOT NULL
);`,

	`-- how many segments of a recording were let go, so that whoever lists it sees
-- that some are gone without reading them all
ALTER TABLE recordings ADD COLUMN gone BIGINT NOT NULL DEFAULT 0;`,

	`-- how the clocks of epochs were found to drift: clip.Epoch.Bends as JSON
ALTER TABLE epochs ADD COLUMN bends TEXT NOT NULL DEFAULT 'null';`,

	`-- how long the longest run of frames from one key frame to the next is, in
-- ticks (four seconds where nothing longer is known), and of the run that is not
-- over: where its key frame and its last frame are decoded
ALTER TABLE recordings ADD COLUMN longest_gop BIGINT NOT NULL DEFAULT 360000;
ALTER TABLE recordings ADD COLUMN key_dts BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE recordings ADD COLUMN last_dts BIGINT NOT NULL DEFAULT 0;`,

	`-- what was heard: stretches of the loudness curve, at most a minute each, their
-- levels in two bytes, and the places of the first level and the last
CREATE TABLE loudness (
	feed     TEXT   NOT NULL,
	epoch    BIGINT NOT NULL,
	from_pts BIGINT NOT NULL,
	last_pts BIGINT NOT NULL,
	levels   BLOB   NOT NULL,
	PRIMARY KEY (feed, epoch, from_pts)
);`,

	`-- what keeps posts from being sent: one hold of people and one of the platform
-- for each destination; the empty one is all of them
CREATE TABLE holds (
	destination TEXT   NOT NULL,
	person      BIGINT NOT NULL,
	doc         TEXT   NOT NULL,
	PRIMARY KEY (destination, person)
);`,

	`-- how accounts were used, for their budgets; a post's id is highlight.destination
CREATE TABLE spends (
	destination TEXT   NOT NULL,
	at_ns       BIGINT NOT NULL,
	post        TEXT   NOT NULL
);
CREATE INDEX spends_by_time ON spends (destination, at_ns);
ALTER TABLE posts ADD COLUMN destination TEXT NOT NULL DEFAULT '';
UPDATE posts SET destination = SUBSTR(id, LENGTH(highlight) + 2);
CREATE INDEX posts_by_destination ON posts (destination, state, created_ns, id);`,

	`-- how posts do, as their platforms told last
CREATE TABLE numbers (
	post TEXT NOT NULL PRIMARY KEY,
	doc  TEXT NOT NULL
);`,

	`-- files that can be made again: how big they are, when they were needed last,
-- and what they were made for
CREATE TABLE chunks (
	key       TEXT   NOT NULL PRIMARY KEY,
	size      BIGINT NOT NULL,
	used_ns   BIGINT NOT NULL,
	highlight TEXT   NOT NULL,
	revision  BIGINT NOT NULL
);
CREATE INDEX chunks_by_use ON chunks (used_ns);`,

	`-- captions are known by when they begin and by the service that says them, so
-- that services and languages may say something at the same time
CREATE TABLE spoken (
	feed     TEXT   NOT NULL,
	epoch    BIGINT NOT NULL,
	from_pts BIGINT NOT NULL,
	to_pts   BIGINT NOT NULL,
	service  TEXT   NOT NULL,
	lang     TEXT   NOT NULL,
	text     TEXT   NOT NULL,
	PRIMARY KEY (feed, epoch, from_pts, service, lang)
);
INSERT INTO spoken (feed, epoch, from_pts, to_pts, service, lang, text) SELECT feed, epoch, from_pts, to_pts, '', lang, text FROM cues;
DROP TABLE cues;
ALTER TABLE spoken RENAME TO cues;
CREATE INDEX cues_on_screen ON cues (feed, epoch, from_pts) WHERE to_pts = 0;`,
}

// migrate brings the schema to the present version, one transaction a step, and
// refuses a schema that is newer than this program.
func migrate(ctx context.Context, db *sql.DB, steps []string) error {
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`); err != nil {
		return err
	}
	for {
		done, err := step(ctx, db, steps)
		if err != nil || done {
			return err
		}
	}
}

// step takes the next step, if there is one.
func step(ctx context.Context, db *sql.DB, steps []string) (done bool, err error) {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = t.Rollback() }() // after Commit it does nothing
	var version int
	if err := t.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&version); err != nil {
		return false, err
	}
	if version > len(steps) {
		return false, clip.Errorf(clip.Conflict, "open the catalogue",
			"its schema is version %d, this program knows up to %d: start the newer ovation that wrote it", version, len(steps))
	}
	if version == len(steps) {
		return true, nil
	}
	if _, err := t.ExecContext(ctx, steps[version]); err != nil {
		return false, fmt.Errorf("migration %d: %w", version+1, err)
	}
	if _, err := t.ExecContext(ctx, `DELETE FROM schema_version`); err != nil {
		return false, err
	}
	if _, err := t.ExecContext(ctx, `INSERT INTO schema_version (version) VALUES (?)`, version+1); err != nil {
		return false, err
	}
	return false, t.Commit()
}
