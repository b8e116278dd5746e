// Package activities holds each step of the product as one call. An activity
// unpacks its input, calls a seam (feed, media, platform, store) and leaves
// the order of steps to the workflows. What may be repeated is idempotent:
// every state change checks, in the catalogue's own transaction, that it is
// still wanted.
//
// The commands that people, webhooks and marks give are here too ([Flagger],
// [Decider]), since they are the same calls without a workflow around them.
package activities
