// Package match is a synthetic feed: a football broadcast in real time that
// needs nothing but a seed and a clock. It is what `ovation demo` shows, and
// the oracle of the tests.
//
// Everything in frame n is a pure function of the seed and n: the picture, the
// sound, the captions and the marks. The frame number is the time since
// [Origin] times the rate, so that two processes agree and a restart continues
// the same match. Every frame carries its number as a barcode that [ReadFrame]
// finds again after encoding, scaling and cropping.
//
//	clock → schedule (fixture, cycle, shots, goal) → play (22 players and a ball)
//	      → camera → picture          ┐
//	      → script → voice → sound    ┼ encoder → captions, marks → segments
//	      → captions, marks           ┘
package match
