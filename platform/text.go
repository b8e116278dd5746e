package platform

import (
	"unicode/utf16"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// graphemeCount is the length of a text as people count it.
func graphemeCount(text string) int {
	n := 0
	for each := graphemes.FromString(text); each.Next(); {
		n++
	}
	return n
}

// utf16Count is the length of a text in UTF-16, as many APIs count.
func utf16Count(text string) int { return len(utf16.Encode([]rune(text))) }
