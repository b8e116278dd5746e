package feed

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ovation-live/ovation/internal/decode"
)

// TestRTMPSound publishes sound that begins after the pictures, and sound that
// cannot be recorded: the pictures are, all of them.
func TestRTMPSound(t *testing.T) {
	for _, c := range []struct {
		name, audio string   // the codec that is heard in the end
		sound       []string // how it is made
	}{
		{"late", "aac", []string{"-itsoffset", "4"}},
		{"of a kind that MPEG-TS has not", "", []string{"-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file, port := "late.ts", freePort(t)
			video, sound := source("25", 10)[:4], source("25", 10)[4:]
			options, copied := h264(25, false), []string{"-c", "copy"}
			if c.audio == "" {
				file, copied = "alaw.nut", []string{"-c", "copy"}
				options = append(options, c.sound...)
			} else {
				video = append(video, c.sound...)
			}
			dir := made(t, file, video, sound, options, []string{file})
			m, recordings := recorded(t, fmt.Sprintf("rtmp://127.0.0.1:%d/live/key?mode=listener", port))
			sendFile(t, filepath.Join(dir, file), fmt.Sprintf("rtmp://127.0.0.1:%d/live/key", port), append(copied, "-f", "flv")...)
			within(t, time.Minute, "four segments", func() bool { return m.held() >= 4 })
			tl, segs := m.recorded()
			if first := tl[0].Format.Audio; first != "" {
				t.Errorf("at first there is sound: %s", first)
			}
			if c.audio != "" && (len(tl) < 2 || tl[1].Format.Audio != c.audio || tl[1].First-tl[0].End > 1) {
				t.Errorf("the sound's epoch: %+v", tl)
			}
			if c.audio == "" {
				within(t, time.Minute, "it is said", func() bool {
					m.mu.Lock()
					defer m.mu.Unlock()
					return strings.Contains(m.health.Detail, "cannot hold its G711")
				})
			}
			for i, s := range segs[:4] {
				if i > 0 && s.First-segs[i-1].End > 1 {
					t.Errorf("before segment %d %s is missing", s.Seq, (s.First - segs[i-1].End).Duration())
				}
				if i == 0 {
					decode.Pictures(t, filepath.Join(recordings, s.Path))
				}
			}
		})
	}
}
