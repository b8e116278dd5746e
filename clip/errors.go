package clip

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Kind is the class of a failure. It is closed: one kind decides whether a
// step is tried again, how loud the log is, which HTTP status and metric label
// it has, and what the desk says. The order is that of the table in kinds.
type Kind int

const (
	// Internal is our own fault; it is the zero value so that an error which
	// nobody classified is never taken for a user's.
	Internal Kind = iota
	// Invalid is input that can never work as it is.
	Invalid
	// NotFound names something that does not exist.
	NotFound
	// Conflict is input that contradicts what is already there, such as a
	// decision on an older revision.
	Conflict
	// Expired asks for programme time that the DVR no longer holds.
	Expired
	// Denied lacks a permission or carries a dead token.
	Denied
	// Throttled must wait, see [Error.Until].
	Throttled
	// Rejected was refused by the far side for good.
	Rejected
	// Unavailable may work later: the far side or a resource is down.
	Unavailable
	// Ambiguous was sent but its answer was lost: it may be public. Never
	// repeat it; reconcile.
	Ambiguous
	// Full has no room left: it may work once somebody made some.
	Full
)

// kinds says, for each kind, its name and whether repeating the same call can
// help.
var kinds = [...]struct {
	name  string
	retry bool
}{
	Internal:    {"internal", true},
	Invalid:     {"invalid", false},
	NotFound:    {"not-found", false},
	Conflict:    {"conflict", false},
	Expired:     {"expired", false},
	Denied:      {"denied", false},
	Throttled:   {"throttled", true},
	Rejected:    {"rejected", false},
	Unavailable: {"unavailable", true},
	Ambiguous:   {"ambiguous", false},
	Full:        {"full", true},
}

// String is the kind's name as it stands in logs, metrics and problem types.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kinds[k].name
}

// Retry reports whether repeating the same call can help.
func (k Kind) Retry() bool { return k >= 0 && int(k) < len(kinds) && kinds[k].retry }

// ParseKind is the inverse of [Kind.String]; an unknown name is Internal.
func ParseKind(name string) Kind {
	for k, v := range kinds {
		if v.name == name {
			return Kind(k)
		}
	}
	return Internal
}

// Error is a classified failure. Op says what was attempted, in words that a
// person reads ("flag a moment on match"); Err says why it did not work and,
// where the reader can do something, what.
type Error struct {
	Op    string
	Kind  Kind
	Err   error
	Until time.Time // for Throttled: not before this instant
}

// Error joins what was attempted with why it did not work.
func (e *Error) Error() string {
	why := e.Kind.String()
	if e.Err != nil {
		why = e.Err.Error()
	}
	if e.Op == "" {
		return why
	}
	return e.Op + ": " + why
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes a classified error; format may wrap a cause with %w.
func Errorf(kind Kind, op, format string, args ...any) error {
	return &Error{Op: op, Kind: kind, Err: fmt.Errorf(format, args...)}
}

// KindOf is the kind of the outermost classified error in err's chain. A
// cancelled or expired context is Unavailable; anything unclassified is
// Internal.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	}
	return Internal
}

// UntilOf is the instant before which a Throttled call must not be repeated,
// or the zero time.
func UntilOf(err error) time.Time {
	var e *Error
	if errors.As(err, &e) {
		return e.Until
	}
	return time.Time{}
}
