package feed

import (
	"maps"
	"slices"

	"github.com/ovation-live/ovation/clip"
)

// marks reads the messages in a segment. Broadcasters repeat them; each is
// noted once.
func (r *recording) marks(c Content, e clip.Epoch, shift clip.Ticks) []clip.Mark {
	var out []clip.Mark
	for _, m := range c.messages {
		m.at += shift
		marks, err := m.marks(e.ID)
		if err != nil {
			r.note("a message in the feed cannot be read", err)
			continue
		}
		for _, mark := range marks {
			if !r.lately.again(mark) {
				out = append(out, mark)
			}
		}
	}
	return out
}

// lately are the latest marks, to tell repeated ones.
type lately []clip.Mark

// sayingSo is how long after an ID3 tag, or after it was repeated, the same
// words are the same event: they are said again for those who tune in.
const sayingSo = 15 * clip.TickRate

// again reports whether a mark repeats one that came lately, and remembers it
// otherwise. SCTE-35 repeats the instant and the event, an event message
// (ISO/IEC 23009-1 5.10.3.3) its number, and ID3 tags only say the same again.
func (l *lately) again(m clip.Mark) bool {
	const remembered = 128
	same := func(o clip.Mark) bool {
		if o.Epoch != m.Epoch || o.Scheme != m.Scheme || o.Event != m.Event {
			return false
		}
		switch m.Scheme {
		case schemeEmsg:
			return maps.Equal(o.Fields, m.Fields)
		case schemeID3:
			return maps.Equal(o.Fields, m.Fields) && abs(m.PTS-o.PTS) <= sayingSo
		}
		return o.PTS == m.PTS && o.Fields["type"] == m.Fields["type"]
	}
	if i := slices.IndexFunc(*l, same); i >= 0 {
		if (*l)[i].Scheme == schemeID3 {
			(*l)[i].PTS = m.PTS
		}
		return true
	}
	*l = append(*l, m)
	*l = (*l)[max(0, len(*l)-remembered):]
	return false
}
