// Package ledger holds the test of publishing as a whole: the real workflow,
// activities and catalogue over accounts that fail in every way, workers that
// die and attempts that come back, on a clock that never waits.
package ledger
