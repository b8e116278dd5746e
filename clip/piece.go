package clip

// Piece is a run of cells without a gap: what sound is cut by, so that it stays
// in step with the pictures. Its sources are the segments that hold the run's
// sound.
type Piece struct {
	Epoch   EpochID  `json:"epoch"`
	From    Ticks    `json:"from"`
	To      Ticks    `json:"to"`
	Format  Format   `json:"format"`
	Sources []Source `json:"sources"`
}

// lead is how much sound before a piece a decoder is given, so that its first
// samples are right: three AAC frames at 48 kHz.
const lead = Ticks(3 * 1024 * TickRate / 48000)

// sound joins cells that follow each other without a gap, and finds the
// segments that hold their sound.
func (p *planner) sound() {
	for _, c := range p.plan.Cells {
		if n := len(p.plan.Sound); n > 0 {
			last := &p.plan.Sound[n-1]
			if gap := c.From - last.To; last.Epoch == c.Epoch && max(gap, -gap) <= c.Format.Rate.Ticks(1)/2 {
				last.To = c.To
				continue
			}
		}
		p.plan.Sound = append(p.plan.Sound, Piece{Epoch: c.Epoch, From: c.From, To: c.To, Format: c.Format})
	}
	for i := range p.plan.Sound {
		piece := &p.plan.Sound[i]
		var reach Ticks
		for _, s := range p.segments(piece.Epoch) {
			if s.Sound.From < piece.To && s.Sound.To > piece.From-lead {
				piece.Sources = append(piece.Sources, s.source())
			}
			reach = max(reach, s.Sound.To)
		}
		if piece.Format.Audio != "" && reach < piece.To && p.late(*piece) {
			p.plan.Pending = true
		}
	}
}

// late reports whether sound that a piece lacks may still come. In a transport
// stream sound and picture of one instant may lie in neighbouring segments; but
// sound that two seconds of further pictures have not brought is not there.
func (p *planner) late(piece Piece) bool {
	e, _ := p.rec.Timeline.Epoch(piece.Epoch)
	return p.growing(e) && e.End < piece.To+CellTicks
}
