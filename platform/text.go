package platform

import "github.com/clipperhouse/uax29/v2/graphemes"

// graphemeCount is the length of a text as people count it.
func graphemeCount(text string) int {
	n := 0
	for each := graphemes.FromString(text); each.Next(); {
		n++
	}
	return n
}
