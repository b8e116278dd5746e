package feed

import (
	"bytes"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// How an endless transport stream is cut into segments.
const (
	cutFrom   = 19 * clip.TickRate / 10 // a segment ends at the first random access point after this
	cutAt     = 10 * clip.TickRate      // and at any picture after this: the encoder sends no more key frames
	fillBytes = 32 << 20                // likewise: of a feed with a very high bit rate
	cutBytes  = 48 << 20                // and at any packet after this: nothing in it is a picture
	partFrom  = 200 * time.Millisecond  // what came since is handed on to where a crash cannot lose it
	pauseFrom = 300 * time.Millisecond  // a break after such a silence is a sender that went
	sameLine  = time.Second             // a clock that went on as the time of day did is the same clock
)

// cutter cuts transport packets into pieces that begin at random access
// points, each with its programme tables at the head. Packets are kept as they
// came, damaged ones too; only what comes before the first random access point
// of a connection is left out, because nothing can decode it.
//
// A segment that is open is handed on in parts, so that a crash loses no more
// than what came in the last fifth of a second.
type cutter struct {
	emit func(Piece) error
	now  func() time.Time

	tables           tables
	continuity       continuity
	buf              []byte    // the open segment; empty: none
	given            int       // bytes of buf that were handed on as parts
	earliest, latest int       // where in buf the first picture, and the latest one, begin
	parted           time.Time // when
	came             time.Time // when the latest packets did
	began            bool      // this connection has shown a random access point
	broken           bool      // the clock breaks before the open segment, or before the next one

	first, last clip.Ticks // DTS of the open segment's first, and of the latest picture
	lastAt      time.Time  // when the latest picture came; zero: there was none
	doubt       clip.Ticks // DTS of the latest picture that was not believed
	anew        bool       // no picture came over this connection yet
	sealed      bool       // packets of the video track are encrypted

	passed clip.Ticks // how much media came, over all connections and breaks, up to the latest picture
	before clip.Ticks // likewise, before the open segment
	step   clip.Ticks // from the picture before the latest one to it
}

func newCutter(now func() time.Time, emit func(Piece) error) *cutter {
	return &cutter{emit: emit, now: now, anew: true}
}

// broke says that packets were lost at the end: of the last picture nobody
// knows whether it is whole. Decoding can begin again only at the next random
// access point, and the clock may be another one.
func (c *cutter) broke() error {
	c.trim()
	return c.ended()
}

// ended says that the connection came to its regular end.
func (c *cutter) ended() error {
	err := c.close()
	c.tables, c.continuity = tables{}, continuity{missed: c.continuity.missed}
	c.began, c.anew, c.sealed = false, true, false
	return err
}

// trim takes the last picture out of the open segment. Sound after it stays.
func (c *cutter) trim() {
	if len(c.buf) == 0 {
		return
	}
	c.given = min(c.given, c.latest)
	if c.buf = withoutPictures(c.buf, c.latest, c.tables.program.video); c.latest == c.earliest {
		c.buf, c.given = c.buf[:0], 0 // the next parts begin the open segment anew
	}
}

// withoutPictures takes the packets of the video track from a place on out of a
// transport stream, in its own memory.
func withoutPictures(ts []byte, from int, video uint16) []byte {
	kept := ts[:from]
	for rest := ts[from:]; len(rest) >= packetSize; rest = rest[packetSize:] {
		if p, _ := takeApart(rest[:packetSize]); p.pid != video {
			kept = append(kept, rest[:packetSize]...)
		}
	}
	return kept
}

// add takes whole packets.
func (c *cutter) add(packets []byte) error {
	now := c.now()
	if len(packets) > 0 {
		c.came = now
	}
	for ; len(packets) >= packetSize; packets = packets[packetSize:] {
		if err := c.packet(packets[:packetSize], now); err != nil {
			return err
		}
	}
	return c.part(now)
}

func (c *cutter) packet(raw []byte, now time.Time) error {
	p, ok := takeApart(raw)
	c.continuity.packet(raw)
	if ok && raw[0] == syncByte {
		if changed := c.tables.packet(p, raw); changed {
			if err := c.close(); err != nil {
				return err
			}
		}
		c.sealed = c.sealed || p.scrambled && p.pid == c.tables.program.video
		if p.start && !p.scrambled && p.pid == c.tables.program.video {
			if err := c.picture(p, now); err != nil {
				return err
			}
		}
	}
	if !c.began {
		return nil
	}
	if len(c.buf) == 0 {
		c.open(now)
	}
	c.buf = append(c.buf, raw...)
	if len(c.buf) > cutBytes {
		return c.close()
	}
	return nil
}

// picture decides whether a segment ends before this packet, which begins a
// picture.
func (c *cutter) picture(p packet, now time.Time) error {
	h, ok := readPES(p.payload)
	if !ok || !h.timed {
		return nil
	}
	dts, jumped := h.dts, false
	if !c.lastAt.IsZero() {
		dts = unwrap(h.dts, c.last)
		jumped = c.jumped(dts, now)
	}
	access := p.access || beginsSequence(c.tables.program.videoCodec, h.payload)
	if jumped && !access && c.damaged(dts) {
		c.latest = len(c.buf)
		return nil
	}
	long := dts - c.first
	if jumped && now.Sub(c.lastAt) > pauseFrom {
		c.trim() // the sender went in the middle of it
	}
	if jumped || long >= cutAt || len(c.buf) >= fillBytes || access && long >= cutFrom {
		if err := c.close(); err != nil {
			return err
		}
	}
	c.broken = c.broken || jumped
	c.pass(dts, jumped)
	c.last, c.lastAt, c.anew, c.doubt = dts, now, false, 0
	if access {
		c.began = true
	}
	if c.began && len(c.buf) == 0 {
		c.open(now)
	}
	c.latest = len(c.buf)
	return nil
}

// pass counts the media up to a picture. What the clock jumped over is no media.
func (c *cutter) pass(dts clip.Ticks, jumped bool) {
	if c.lastAt.IsZero() {
		return
	}
	if !jumped && !c.anew {
		c.step = max(0, dts-c.last)
	}
	c.passed += c.step
}

// damaged reports whether a time far from the latest one is a damaged packet's:
// encoders begin anew with a random access point, and the pictures after it
// follow it. A second picture that follows a doubtful one is believed.
func (c *cutter) damaged(dts clip.Ticks) bool {
	follows := c.doubt != 0 && dts-c.doubt > 0 && dts-c.doubt < jumpAhead
	c.doubt = dts
	return !c.anew && !follows
}

// jumped reports whether a picture's time cannot follow the latest one's. Over
// a new connection it must have gone on as the time of day did; over the same
// one it may also have been held up.
func (c *cutter) jumped(dts clip.Ticks, now time.Time) bool {
	step := dts - c.last
	asTime := abs(step-clip.TicksOf(now.Sub(c.lastAt))) <= clip.TicksOf(sameLine)
	return !asTime && (c.anew || step < -jumpBack || step > jumpAhead)
}

// open begins a segment with the programme tables.
func (c *cutter) open(now time.Time) {
	c.buf = append(c.buf, c.tables.packets...)
	c.given, c.parted = 0, now
	c.first, c.before, c.earliest, c.latest = c.last, c.passed, len(c.buf), len(c.buf)
}

// flush hands on what came since the last part.
func (c *cutter) flush() error { return c.part(c.parted.Add(partFrom)) }

// part does the same where that is due.
func (c *cutter) part(now time.Time) error {
	if len(c.buf) <= c.given || now.Sub(c.parted) < partFrom {
		return nil
	}
	p := Piece{Part: true, Bytes: bytes.Clone(c.buf[c.given:]), Container: clip.MPEGTS, Arrived: c.came, asParts: c.given}
	c.given, c.parted = len(c.buf), now
	return c.emit(p)
}

// close ends the open segment, if there is one.
func (c *cutter) close() error {
	if len(c.buf) == 0 {
		return nil
	}
	p := Piece{Bytes: bytes.Clone(c.buf), Container: clip.MPEGTS, Discontinuity: c.broken, Arrived: c.came, asParts: c.given,
		lies: stretch{c.before, c.passed}, fresh: true}
	c.buf, c.given, c.broken = c.buf[:0], 0, false
	return c.emit(p)
}

// beginsSequence reports whether decoding can begin at an access unit with
// this head, for encoders that mark no random access points.
func beginsSequence(codec string, head []byte) bool {
	for {
		i := bytes.Index(head, []byte{0, 0, 1})
		if i < 0 || i+3 >= len(head) {
			return false
		}
		head = head[i+3:]
		if codec == codecHEVC {
			if kind := head[0] >> 1 & 0x3f; kind >= 16 && kind <= 23 || kind == 33 {
				return true
			}
			continue
		}
		if kind := head[0] & 0x1f; kind == 5 || kind == 7 {
			return true
		}
	}
}

// tables keeps the packets of the programme tables (PAT and PMT) that are in
// force, to put them at the head of every segment.
type tables struct {
	packets []byte // of the PAT and of the programme's PMT
	program program
	known   bool // there is a programme
	waited  int  // maps of it that came before those of the programmes listed first

	directory directory
	coming    map[uint16][]byte // by PID: packets since the last one that begins a section
	whole     map[uint16][]byte // by PID: packets of the last complete table
}

// packet looks for tables and reports whether the programme's tracks changed.
func (t *tables) packet(p packet, raw []byte) (changed bool) {
	if !t.known {
		t.program = noProgram()
	}
	if !t.directory.reads(p.pid) {
		return false
	}
	t.keep(p, raw)
	if !t.directory.packet(p) {
		return false
	}
	t.whole[p.pid] = bytes.Clone(t.coming[p.pid])
	const patience = 3 // a map that is listed and never comes is waited for no longer
	prog, ok, sure := t.directory.choose()
	if ok && !sure && !t.known {
		t.waited++
		sure = t.waited > patience
	}
	if !ok || !sure && !t.known {
		return false
	}
	changed = t.known && !prog.Equal(t.program)
	t.program, t.known = prog, true
	t.packets = append(append(t.packets[:0], t.whole[patPID]...), t.whole[t.directory.pid(prog.number)]...)
	return changed
}

// keep keeps a packet of a table.
func (t *tables) keep(p packet, raw []byte) {
	const longest = 32 * packetSize // of a section, with some damage
	if t.coming == nil {
		t.coming, t.whole = map[uint16][]byte{}, map[uint16][]byte{}
	}
	b := t.coming[p.pid]
	if p.start || len(b) >= longest {
		b = b[:0]
	}
	t.coming[p.pid] = append(b, raw...)
}

// continuity counts the packets that never came, by the four-bit counters of
// the packets themselves (ISO/IEC 13818-1 2.4.3.3). It cannot tell sixteen lost
// in a row from none.
type continuity struct {
	last   map[uint16]byte
	missed int // the owner resets it
}

func (c *continuity) packet(raw []byte) {
	pid := uint16(raw[1]&0x1f)<<8 | uint16(raw[2])
	if raw[0] != syncByte || raw[1]&0x80 != 0 || pid == nullPID || raw[3]&0x10 == 0 {
		return
	}
	now := raw[3] & 0x0f
	if c.last == nil {
		c.last = map[uint16]byte{}
	}
	last, known := c.last[pid]
	c.last[pid] = now
	said := raw[3]&0x20 != 0 && raw[4] > 0 && raw[5]&0x80 != 0 // discontinuity_indicator
	if step := (now - last) & 0x0f; known && !said && step > 1 {
		c.missed += int(step) - 1
	}
}
