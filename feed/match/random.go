package match

import "math"

// random is a stream of numbers that depends only on what it was seeded with.
type random uint64

// randomOf mixes its arguments into a fresh source.
func randomOf(parts ...uint64) *random {
	r := random(0x9E3779B97F4A7C15)
	for _, p := range parts {
		r ^= random(p)
		r = random(r.next())
	}
	return &r
}

// next is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
// Generators, 2014).
func (r *random) next() uint64 {
	*r += 0x9E3779B97F4A7C15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() >> 33 % uint64(n)) }

// unit is a number in [0, 1).
func (r *random) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// between is a number in [lo, hi).
func (r *random) between(lo, hi float64) float64 { return lo + (hi-lo)*r.unit() }

// shuffle gives the numbers below n in random order.
func (r *random) shuffle(n int) []int {
	out := make([]int, n)
	for i := range out {
		j := r.below(i + 1)
		out[i], out[j] = out[j], i
	}
	return out
}

// ease goes from 0 to 1 with no speed at either end while t goes from 0 to 1.
func ease(t float64) float64 {
	t = min(max(t, 0), 1)
	return t * t * (3 - 2*t)
}

// mix goes from a to b while t goes from 0 to 1.
func mix(a, b, t float64) float64 { return a + (b-a)*t }

// sway is a slow wave of about unit height that does not repeat soon.
func sway(t, phase float64) float64 {
	return 0.6*math.Sin(t*0.9+phase) + 0.4*math.Sin(t*0.53+phase*2.7)
}
