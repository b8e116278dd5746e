package feed

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestReadCaptions reads the same captions from both kinds of file.
func TestReadCaptions(t *testing.T) {
	t.Parallel()
	const want = "90000-270000 \"Goal!\\nRossi\"\n333000-450000 \"2 < 3 & so\"\n"
	for name, text := range map[string]string{
		"vtt":         "WEBVTT - match\n\nNOTE no\n\n1\n00:01.000 --> 00:03.000 line:90%\n<v Ann>Goal!</v>\nRossi\n\n00:00:03.700 --> 00:00:05.000\n2 &lt; 3 &amp; so\n",
		"srt":         "1\n00:00:01,000 --> 00:00:03,000\nGoal!\nRossi\n\n2\n00:00:03,700 --> 00:00:05,000\n2 &lt; 3 &amp; so\n",
		"srt, crlf":   "\ufeff1\r\n00:00:01,000 --> 00:00:03,000 X1:0\r\n{\\an8}<i>Goal!</i>\r\nRossi\r\n\r\n2\r\n00:00:03,700 --> 00:00:05,000\r\n2 &lt; 3 &amp; so",
		"vtt, mapped": "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n00:01.000 --> 00:03.000\nGoal!\nRossi\n\n00:03.700 --> 00:05.000\n2 &lt; 3 &amp; so\n",
	} {
		cues, err := ReadCaptions([]byte(text))
		var got strings.Builder
		for _, c := range cues {
			fmt.Fprintf(&got, "%d-%d %q\n", c.From, c.To, c.Text)
		}
		if err != nil || got.String() != want {
			t.Errorf("%s: %v\n%s", name, err, got.String())
		}
	}
	for _, text := range []string{"", "WEBVTT", "hello", "1\n00:00:03,000 --> 00:00:01,000\nbackwards\n"} {
		if _, err := ReadCaptions([]byte(text)); clip.KindOf(err) != clip.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}
