// Package detect turns what others say about a broadcast into flags: signed
// webhooks ([Hook]) and marks that ride in the feed ([Marks]). It reads and
// maps; whether a flag becomes a moment is decided elsewhere.
package detect
