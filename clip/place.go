package clip

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ParsePlace reads a place in a file, counted from its first picture, with rate
// pictures a second:
//
//	01:02:03.480   hours, minutes and seconds; also 2:03.5 without hours
//	123f           that picture; the first one is 0f. It is half a picture
//	               earlier, because containers round the times of pictures
//	75.5           seconds; also 75.5s and 1m15.5s
func ParsePlace(s string, rate Rate) (Ticks, error) {
	const op = "read a place in a file"
	if n, ok := strings.CutSuffix(s, "f"); ok {
		frame, err := strconv.ParseUint(n, 10, 31)
		if err == nil && rate.Zero() {
			return 0, Errorf(Invalid, op, "%q counts pictures, but how many there are a second is not known; write a time", s)
		}
		if err != nil {
			return 0, Errorf(Invalid, op, "%q is not the number of a picture, such as 123f", s)
		}
		return rate.Ticks(int(frame)) - rate.Ticks(1)/2, nil
	}
	d, err := time.ParseDuration(duration(s))
	if err != nil || d < 0 || len(s) > longest {
		return 0, Errorf(Invalid, op, "%.64q is none: write HH:MM:SS.mmm, seconds such as 75.5, or 123f for a picture, all from the beginning", s)
	}
	return TicksOf(d), nil
}

// clockPattern is hours, which may be left out, minutes, and seconds.
var clockPattern = regexp.MustCompile(`^(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d(?:\.\d{1,9})?)$`)

var secondsPattern = regexp.MustCompile(`^\d{1,9}(\.\d{1,9})?$`)

// duration writes a time of a file as Go writes durations.
func duration(s string) string {
	if m := clockPattern.FindStringSubmatch(s); m != nil {
		return "0" + m[1] + "h" + m[2] + "m" + m[3] + "s"
	}
	if secondsPattern.MatchString(s) {
		return s + "s"
	}
	return s
}

// FormatPlace writes a place in a file as [ParsePlace] reads it, to the
// millisecond.
func FormatPlace(t Ticks) string {
	ms := Rescale(int64(t), 1000, TickRate)
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}
