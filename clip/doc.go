// Package clip is Ovation's vocabulary: what a feed, a moment, a recipe, a
// chunk, a decision and a post are, and the arithmetic between them. It
// imports the standard library only and touches nothing outside itself.
//
// The data goes one way:
//
//	Feed → Segment → Moment → Recipe → Plan → Chunk → Rendition → Decision → Post → Receipt
//
// A [Feed] is recorded as [Segment]s on a [Timeline]. Somebody, or something,
// flags a [Moment]. Its life is a [Highlight]: a [Recipe] says what the edit
// is, [Recipe.Plan] cuts it into [Chunk]s on the feed's two-second grid, chunks
// are joined into [Rendition]s, a [Decision] is made over exactly those bytes,
// and each destination's [Post] is sent once and known ever after.
package clip
