// Package store keeps what must survive: the catalogue (feeds, segments,
// moments, highlights, decisions, the ledger of posts, the audit log) and the
// blobs (renditions, chunks, small documents).
//
// Temporal owns what is running; the catalogue owns what is true. Every change
// of state checks its precondition in the transaction that makes it, so that
// of two who want to do the same thing one is refused.
package store
