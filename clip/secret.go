package clip

import (
	"fmt"
	"io"
)

// Secret is a text that never prints itself: not by fmt, not as JSON, not in a
// log. Reveal it only where it goes out on the wire. Keep it in exported fields
// or none: fmt does not ask what lies in an unexported one how it wants to
// print.
type Secret string

const hidden = "•••"

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the secret from every verb of fmt, %#v and %d included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }
