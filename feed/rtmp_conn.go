package feed

import (
	"errors"

	"github.com/bluenviron/gortmplib"
	rtmpsays "github.com/bluenviron/gortmplib/pkg/message"
)

// rtmpConn gives the library's reader the messages of a connection. The reader
// settles after two seconds which tracks there are, and a message of any other
// is an error to it: what has sound that begins later would never be recorded.
type rtmpConn struct {
	gortmplib.Conn
	again []rtmpsays.Message // come before those of the connection

	settled bool // it is known which tracks are there
	video   rtmpTrack
	sound   rtmpTrack
}

// rtmpTrack is what is known of the pictures, or of the sound.
type rtmpTrack struct {
	there  bool
	header rtmpsays.Message // that says what it is
}

// errNewTrack ends the reading with the tracks known so far: there is another.
// What tells of it, and of the others, comes again.
var errNewTrack = errors.New("a track begins that was not there before")

// Read implements [gortmplib.Conn].
func (c *rtmpConn) Read() (rtmpsays.Message, error) {
	for {
		if len(c.again) > 0 {
			m := c.again[0]
			c.again = c.again[1:]
			return m, nil
		}
		m, err := c.Conn.Read()
		if err != nil {
			return nil, err
		}
		t, begins := c.trackOf(m)
		if t == nil {
			return m, nil
		}
		if begins {
			t.header = m
		}
		switch {
		case t.header == nil: // nobody can tell what it is
		case !c.settled || t.there:
			return m, nil
		case begins:
			c.anew()
			return nil, errNewTrack
		}
	}
}

// anew says once more which tracks there are.
func (c *rtmpConn) anew() {
	c.settled = false
	for _, m := range []rtmpsays.Message{c.video.header, c.sound.header} {
		if m != nil {
			c.again = append(c.again, m)
		}
	}
}

// trackOf is the track that a message is of, and whether the message says what
// kind of track that is. It is nil for those of no track, or of several.
func (c *rtmpConn) trackOf(m rtmpsays.Message) (t *rtmpTrack, begins bool) {
	switch m := m.(type) {
	case *rtmpsays.Video:
		return &c.video, m.Type == rtmpsays.VideoTypeConfig
	case *rtmpsays.VideoExSequenceStart:
		return &c.video, true
	case *rtmpsays.VideoExCodedFrames, *rtmpsays.VideoExFramesX:
		return &c.video, false
	case *rtmpsays.Audio:
		return &c.sound, m.Codec != rtmpsays.CodecMPEG4Audio || m.AACConfig != nil // ffmpeg sends an empty one before it knows
	case *rtmpsays.AudioExSequenceStart:
		return &c.sound, true
	case *rtmpsays.AudioExCodedFrames:
		return &c.sound, false
	}
	return nil, false
}
