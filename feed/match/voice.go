package match

import (
	"math"
	"strings"
	"unicode"
)

// vowels are the first three formants of a man's vowels, in hertz (Peterson
// and Barney, JASA 24, 1952, rounded).
var vowels = map[rune][3]float64{
	'a': {730, 1090, 2440}, 'e': {530, 1840, 2480}, 'i': {320, 2200, 2950},
	'o': {570, 840, 2410}, 'u': {340, 920, 2240}, 'y': {390, 1990, 2550},
}

// phone is one piece of speech.
type phone struct {
	seconds float64
	formant [3]float64
	voiced  float64
	hiss    float64
}

// speak is a voice that babbles a text in the time given: its vowels and
// consonants are the text's, but nobody will understand a word. heat is how
// excited it is, 0 to 1.
func speak(text string, seconds, heat float64, seed uint64) []float32 {
	phones := phonesOf(text)
	total := 0.0
	for _, p := range phones {
		total += p.seconds
	}
	out := make([]float32, int(seconds*sampleRate))
	r := randomOf(seed, uint64(len(text)), 95)
	v := &larynx{r: r, formant: [3]float64{500, 1500, 2450}, base: mix(104, 168, heat), heat: heat}
	stretch := min(seconds/max(total, 0.1), 1.6)
	at := 0
	for _, p := range phones {
		n := int(p.seconds * stretch * sampleRate)
		for i := 0; i < n && at < len(out); i++ {
			out[at] = float32(v.next(p, float64(at)/float64(len(out))))
			at++
		}
	}
	return out
}

// phonesOf spells a text as sounds.
func phonesOf(text string) []phone {
	var out []phone
	last := [3]float64{500, 1500, 2450}
	for _, c := range strings.ToLower(text) {
		f, vowel := vowels[c]
		switch {
		case vowel:
			last = f
			out = append(out, phone{0.095, f, 1, 0.02})
		case strings.ContainsRune("sfchxz", c):
			out = append(out, phone{0.06, last, 0.05, 0.55})
		case strings.ContainsRune("mnlrwjv", c):
			out = append(out, phone{0.05, [3]float64{290, last[1] * 0.8, 2300}, 0.55, 0})
		case strings.ContainsRune("ptkq", c):
			out = append(out, phone{0.035, last, 0, 0}, phone{0.015, last, 0, 0.7})
		case unicode.IsLetter(c):
			out = append(out, phone{0.03, [3]float64{260, last[1] * 0.85, 2300}, 0.2, 0}, phone{0.015, last, 0.3, 0.3})
		case strings.ContainsRune(".,!?", c):
			out = append(out, phone{0.16, last, 0, 0})
		case c == ' ':
			out = append(out, phone{0.012, last, 0.25, 0})
		}
	}
	return out
}

// larynx is the voice while it speaks: a buzzing source into three formants
// that glide.
type larynx struct {
	r            *random
	formant      [3]float64
	filter       [3]resonator
	voiced, hiss float64
	phase, base  float64
	heat, tilt   float64
	count        int
}

// glide is how fast formants and loudness follow, a sample.
const glide = 1.0 / (0.016 * sampleRate)

func (v *larynx) next(p phone, part float64) float64 {
	for i := range v.formant {
		v.formant[i] += (p.formant[i] - v.formant[i]) * glide
	}
	v.voiced += (p.voiced - v.voiced) * glide * 2
	v.hiss += (p.hiss - v.hiss) * glide * 3
	if v.count%32 == 0 {
		for i, width := range [3]float64{80, 110, 170} {
			f := resonate(v.formant[i], width)
			f.y1, f.y2 = v.filter[i].y1, v.filter[i].y2
			v.filter[i] = f
		}
	}
	v.count++
	t := float64(v.count) / sampleRate
	hz := v.base * (1.1 - 0.22*part + 0.09*sway(t*7, v.base) + 0.10*v.heat*math.Sin(math.Pi*part))
	v.phase += hz / sampleRate
	v.phase -= math.Floor(v.phase)
	pulse := (1 - v.phase) * (1 - v.phase) * math.Sin(math.Pi*min(v.phase*2.4, 1)) * 2.4
	v.tilt += (pulse - v.tilt) * mix(0.30, 0.45, v.heat)
	noise := v.r.between(-1, 1)
	x := v.tilt*v.voiced*(0.9+0.1*noise) + noise*0.04*v.voiced
	y := 3.2*v.filter[0].next(x) + 2.4*v.filter[1].next(x) + 1.6*v.filter[2].next(x)
	return y + 0.22*v.hiss*noise
}
