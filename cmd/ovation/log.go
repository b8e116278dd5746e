package main

import (
	"io"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/configs"
)

// newLog makes the process's log as configured.
func newLog(w io.Writer, c configs.Log) (*logrus.Logger, error) {
	level, err := logrus.ParseLevel(c.Level)
	if err != nil {
		return nil, err
	}
	log := logrus.New()
	log.SetOutput(w)
	log.SetLevel(level)
	log.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05.000", DisableColors: !colored(w)})
	if c.Format == "json" || c.Format == "auto" && !terminal(w) {
		log.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
	}
	return log, nil
}

// terminal reports whether a person is looking.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

// colored reports whether colour is wanted (https://no-color.org, 2026-11-24).
func colored(w io.Writer) bool {
	return terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
