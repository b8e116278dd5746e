package embedded

import (
	"sync/atomic"

	"github.com/sirupsen/logrus"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger passes the server's errors on while it runs. What it says of a normal
// start and stop, when its services miss each other for a moment, is of no use
// to an operator and stays at debug level.
type logger struct {
	to      logrus.FieldLogger
	running *atomic.Bool
}

func newLogger(to logrus.FieldLogger, running *atomic.Bool) log.Logger {
	return logger{to.WithField("part", "temporal"), running}
}

func (l logger) with(tags []tag.Tag) logrus.FieldLogger {
	fields := logrus.Fields{}
	for _, t := range tags {
		fields[t.Key()] = t.Value()
	}
	return l.to.WithFields(fields)
}

// Debug implements log.Logger.
func (l logger) Debug(string, ...tag.Tag) {}

// Info implements log.Logger.
func (l logger) Info(msg string, tags ...tag.Tag) { l.with(tags).Debug(msg) }

// Warn implements log.Logger.
func (l logger) Warn(msg string, tags ...tag.Tag) { l.with(tags).Debug(msg) }

// Error implements log.Logger.
func (l logger) Error(msg string, tags ...tag.Tag) {
	if l.running.Load() {
		l.with(tags).Warn(msg)
		return
	}
	l.with(tags).Debug(msg)
}

// DPanic implements log.Logger.
func (l logger) DPanic(msg string, tags ...tag.Tag) { l.with(tags).Error(msg) }

// Panic implements log.Logger.
func (l logger) Panic(msg string, tags ...tag.Tag) { l.with(tags).Panic(msg) }

// Fatal implements log.Logger.
func (l logger) Fatal(msg string, tags ...tag.Tag) { l.with(tags).Fatal(msg) }
