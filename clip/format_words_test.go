package clip

import (
	"strings"
	"testing"
)

func TestUnplayable(t *testing.T) {
	for want, f := range map[string]Format{
		"":                                {Video: "h264", Audio: "aac"},
		"browsers do not play HEVC":       {Video: "hevc"},
		"browsers do not play AC-3 sound": {Video: "h264", Audio: "ac3"},
		"its pictures are interlaced; browsers do not play MP2 sound":    {Video: "h264", Interlaced: true, Audio: "mp2"},
		"browsers do not play MPEG-2":                                    {Video: "mpeg2video", Interlaced: true},
		"browsers play the first sound track, and another one is chosen": {Video: "h264", Audio: "aac", Track: 1},
		"browsers do not play vp9; browsers do not play Opus sound":      {Video: "vp9", Audio: "opus"},
		"browsers do not play AAC-LATM sound":                            {Video: "h264", Audio: "aac_latm", Track: 2},
	} {
		if got := strings.Join(f.Unplayable(), "; "); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}
