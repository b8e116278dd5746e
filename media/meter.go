package media

import (
	"bytes"
	"strconv"
	"sync"
)

// meter reads the last values that ffmpeg's EBU R128 meter prints, one
// key=value a line, ten times for every second of sound.
type meter struct {
	mu   sync.Mutex
	line []byte
	got  loudness
	any  bool
}

// Write takes a part of the meter's report.
func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range p {
		if c != '\n' {
			m.line = append(m.line, c)
			continue
		}
		key, text, _ := bytes.Cut(m.line, []byte("="))
		v, err := strconv.ParseFloat(string(text), 64)
		switch {
		case err != nil: // a heading
		case string(key) == "lavfi.r128.I":
			m.got.integrated, m.any = v, true
		case string(key) == "lavfi.r128.true_peak":
			m.got.peak = decibels(v)
		}
		m.line = m.line[:0]
	}
	return len(p), nil
}

// result is what was measured; sound too short to be measured counts as
// silence.
func (m *meter) result() loudness {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.any {
		return loudness{integrated: quiet, peak: decibels(0)}
	}
	return m.got
}
