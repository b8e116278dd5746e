package match

import (
	"fmt"
	"time"
)

// line is one line of commentary.
type line struct {
	from, to time.Duration // into the cycle
	text     string
	heat     float64 // how excited, 0 to 1
}

// slots are when the commentator speaks, in milliseconds into the cycle. There
// is room before each for its captions to be sent.
var slots = [...][2]int{
	{1900, 4700}, {5900, 8200}, {9700, 11900}, {13400, 15600}, {17100, 19300}, {21300, 23400},
	{24300, 27500}, {28900, 31300}, {33000, 35200}, {36700, 39300},
}

// scriptOf writes the commentary of a cycle from what happens in it.
func scriptOf(p *play) []line {
	c := &p.cycle
	r := randomOf(c.seed, uint64(c.index), 13)
	one := func(format ...string) string { return format[r.below(len(format))] }
	us, them := c.side(c.scoring).name, c.side(1-c.scoring).name
	who := func(ms int) string { return p.nameAt(time.Duration(ms) * time.Millisecond) }
	scorer, last := c.scorerName(), c.scorerName()
	if p.assist != p.scorerIndex() {
		last = c.side(p.assist / 11).players[p.assist%11]
	}
	texts := [len(slots)]string{
		fmt.Sprintf(one("%s against %s, %s.", "%s, at home to %s. It's %s.", "%s and %s, and it's %s."), c.home.name, c.away.name, words(c.score)),
		fmt.Sprintf(one("%s keeping the ball, patient.", "%s in no hurry here.", "%s looking for a way through."), them) + " " + who(7200) + ".",
		fmt.Sprintf(one("Won back by %s! Here come %s.", "%s steps in. %s have it.", "Lovely tackle, %s. %s break."), who(9900), us),
		who(13600) + one(" turns, looks up...", " picks his head up...", " drives forward..."),
		who(17300) + one(", options either side.", ", they are queueing up.", ", still going!"),
		fmt.Sprintf(one("%s slips it in... %s!", "%s sees the run... %s!", "%s, threaded through... %s!"), last, scorer),
		fmt.Sprintf("GOAL! %s! %s!", scorer, scoreline(c)),
		one("What a finish! ", "No stopping that! ", "Ice cold! ") + c.keeperName() + one(" had no chance.", " beaten all ends up."),
		one("And just listen to that noise!", "The whole end is bouncing!", "Scenes, absolute scenes!"),
		fmt.Sprintf(one("Look at that again. %s, and %s does the rest.", "Here it is again: %s the pass, %s the touch."), last, scorer),
	}
	if last == scorer {
		texts[5] = fmt.Sprintf("%s... goes it alone!", scorer)
		texts[9] = fmt.Sprintf("Look at that again. %s, all by himself.", scorer)
	}
	heat := [len(slots)]float64{0.1, 0.12, 0.4, 0.3, 0.55, 0.85, 1, 0.8, 0.6, 0.25}
	var out []line
	for i, s := range slots {
		out = append(out, line{time.Duration(s[0]) * time.Millisecond, time.Duration(s[1]) * time.Millisecond, texts[i], heat[i]})
	}
	return out
}

// nameAt is who has the ball, or is nearest to it.
func (p *play) nameAt(into time.Duration) string {
	now := p.at(into)
	best := 1
	for i := range now.men {
		if i%11 != 0 && now.men[i].at.far(now.ball.at) < now.men[best].at.far(now.ball.at) {
			best = i
		}
	}
	return p.cycle.side(best / 11).players[best%11]
}

var numerals = []string{"nil", "one", "two", "three", "four", "five", "six", "seven"}

// words is a score as it is said.
func words(s [2]int) string {
	switch {
	case s[0] == s[1] && s[0] == 0:
		return "goalless"
	case s[0] == s[1]:
		return numerals[s[0]] + " all"
	}
	return numerals[s[0]] + "-" + numerals[s[1]]
}

// scoreline is the score after the goal, as the commentator gives it.
func scoreline(c *cycle) string {
	s := c.after()
	mine, other := s[c.scoring], s[1-c.scoring]
	title := func(n int) string { w := numerals[n]; return string(w[0]-32) + w[1:] }
	switch {
	case mine == other:
		return title(mine) + " all"
	case mine > other:
		return title(mine) + "-" + numerals[other] + " to " + c.side(c.scoring).name
	}
	return title(other) + "-" + numerals[mine] + ", they are back in it"
}
