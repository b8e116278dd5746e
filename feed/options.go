package feed

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// options says what a URL asks for that its source does not know. An option
// that is passed over in silence may have been a passphrase.
func options(u *url.URL, known ...string) error {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("what follows the ? of its URL cannot be read")
	}
	for name, values := range q {
		switch {
		case len(known) == 0:
			return fmt.Errorf("%s: has no option such as %s=", u.Scheme, name)
		case !slices.Contains(known, name):
			return fmt.Errorf("%s: has no option %s=; there are %s=", u.Scheme, name, strings.Join(known, "=, "))
		case len(values) > 1:
			return fmt.Errorf("it says %s= twice", name)
		}
	}
	return nil
}
