package worker

import (
	"strings"

	"github.com/sirupsen/logrus"
	"go.temporal.io/sdk/log"
)

// temporalLog passes the SDK's log on, as one short line an event. A step that
// failed is a warning: Temporal repeats it, and what is final stands on the
// desk.
type temporalLog struct{ to logrus.FieldLogger }

var _ log.Logger = temporalLog{}

// fields are the pairs that a reader can use, under our names.
var fields = map[string]string{
	"WorkflowID": "workflow", "ActivityType": "activity", "Attempt": "attempt", "Error": "error", "error": "error", "feed": "feed",
}

func (l temporalLog) with(pairs []any) logrus.FieldLogger {
	out := logrus.Fields{}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, _ := pairs[i].(string)
		if name, ok := fields[key]; ok {
			out[name] = pairs[i+1]
		}
	}
	return l.to.WithFields(out)
}

// Debug implements log.Logger.
func (l temporalLog) Debug(msg string, pairs ...any) { l.with(pairs).Debug(line(msg)) }

// Info implements log.Logger; what the SDK tells at this level is chatter.
func (l temporalLog) Info(msg string, pairs ...any) { l.with(pairs).Debug(line(msg)) }

// Warn implements log.Logger.
func (l temporalLog) Warn(msg string, pairs ...any) {
	if cancelled(pairs) {
		l.Debug(msg, pairs...)
		return
	}
	l.with(pairs).Warn(line(msg))
}

// Error implements log.Logger.
func (l temporalLog) Error(msg string, pairs ...any) { l.Warn(msg, pairs...) }

// cancelled reports whether the event is that a step was told to stop.
func cancelled(pairs []any) bool {
	for _, v := range pairs {
		if err, ok := v.(error); ok && strings.HasSuffix(err.Error(), "canceled") {
			return true
		}
	}
	return false
}

// line is the SDK's message in our form.
func line(msg string) string { return strings.ToLower(strings.TrimSuffix(msg, ".")) }
