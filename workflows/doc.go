// Package workflows orders the steps, deterministically: what happens to a
// feed, to a highlight, to a post. It touches nothing; every step is an
// activity, and what is true is read from the catalogue each time. A signal
// only says "look again".
//
// Read [Highlight] first: it is what happens to a goal.
package workflows
