package feed

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// mapEntry is one track of a programme map.
type mapEntry struct {
	kind        byte
	pid         uint16
	descriptors []byte
}

// pat is a PAT section, without its checksum, of programmes and the PIDs of
// their maps.
func pat(listed ...listing) []byte {
	b := []byte{0, 0, 0, 0, 1, 0xc1, 0, 0}
	for _, l := range listed {
		b = append(b, byte(l.number>>8), byte(l.number), 0xe0|byte(l.pid>>8), byte(l.pid))
	}
	return sized(b)
}

// pmt is a PMT section, without its checksum.
func pmt(number uint16, entries ...mapEntry) []byte {
	b := []byte{2, 0, 0, byte(number >> 8), byte(number), 0xc1, 0, 0, 0xff, 0xff, 0xf0, 0}
	for _, e := range entries {
		n := len(e.descriptors)
		b = append(b, e.kind, 0xe0|byte(e.pid>>8), byte(e.pid), 0xf0|byte(n>>8), byte(n))
		b = append(b, e.descriptors...)
	}
	return sized(b)
}

// sized fills in a section's length, its checksum counted.
func sized(b []byte) []byte {
	n := len(b) - 3 + 4
	b[1], b[2] = 0xb0|byte(n>>8), byte(n)
	return b
}

const (
	mapPID   = 0x1000
	videoPID = 0x100
	audioPID = 0x101
)

// remade writes a transport stream anew: the tables are up to the caller, each
// picture passes through change, which may write tables too and gives the PID
// and the PES packet to write (nil: none). Sound stays as it is.
func remade(t testing.TB, ts []byte, tables func(w *tsWriter), change func(w *tsWriter, n int, u unit) (uint16, []byte)) []byte {
	t.Helper()
	prog, err := findProgram(ts)
	if err != nil {
		t.Fatal(err)
	}
	w := tsWriter{}
	tables(&w)
	units := unitsOf(ts, prog.video)
	n := 0
	packets(ts, func(p packet) bool {
		switch {
		case len(prog.sounds) > 0 && p.pid == prog.sounds[0].pid:
			w.payload(audioPID, p.start, p.payload)
		case p.pid == prog.video && p.start:
			if pid, b := change(&w, n, units[n]); b != nil {
				w.unit(pid, b)
			}
			n++
		}
		return true
	})
	return w.Bytes()
}

// usual writes the tables of one programme with H.264 and AAC.
func usual(w *tsWriter) {
	w.section(patPID, pat(listing{1, mapPID}))
	w.section(mapPID, pmt(1, mapEntry{kind: 0x1b, pid: videoPID}, mapEntry{kind: 0x0f, pid: audioPID}))
}

// asIs leaves pictures as they are.
func asIs(_ *tsWriter, _ int, u unit) (uint16, []byte) { return videoPID, u.bytes }

// timed gives the PES packet of a picture other times.
func timed(u unit, pts, dts clip.Ticks) []byte {
	head := []byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0xc0, 10}
	head = append(append(head, timeBytes(3, pts)...), timeBytes(1, dts)...)
	return append(head, u.bytes[u.head:]...)
}

func timeBytes(mark byte, t clip.Ticks) []byte {
	t = t.Raw()
	return []byte{mark<<4 | byte(t>>29)&0x0e | 1, byte(t >> 22), byte(t>>14) | 1, byte(t >> 7), byte(t<<1) | 1}
}

// spoilt sets a share of the bytes to random ones, always the same.
func spoilt(b []byte, percent int) []byte {
	r := rand.New(rand.NewPCG(7, uint64(percent)))
	out := slices.Clone(b)
	for i := range out {
		if r.IntN(100) < percent {
			out[i] = byte(r.IntN(256))
		}
	}
	return out
}

// eachPacket changes packets by their number: nil drops one.
func eachPacket(b []byte, change func(n int, packet []byte) []byte) []byte {
	var out []byte
	for n := 0; len(b) >= packetSize; n++ {
		out = append(out, change(n, slices.Clone(b[:packetSize]))...)
		b = b[packetSize:]
	}
	return out
}

// setH264 is a minimal sequence parameter set of H.264: baseline, 4:2:0.
func setH264(width, height int, units, scale uint64) []byte {
	w := bitWriter{b: []byte{0x67, 66, 0, 40}, n: 32}
	for _, v := range []uint64{0, 0, 2, 1} { // id, log2_max_frame_num-4, poc type 2, reference frames
		w.golomb(v)
	}
	w.bits(0, 1)
	w.golomb(uint64((width+15)/16 - 1))
	w.golomb(uint64((height+15)/16 - 1))
	w.bits(0b11, 2) // frames only, direct 8x8
	cropX, cropY := uint64((16-width%16)%16/2), uint64((16-height%16)%16/2)
	w.bits(1, 1)
	for _, v := range []uint64{0, cropX, 0, cropY} {
		w.golomb(v)
	}
	w.bits(1, 1)      // VUI
	w.bits(1, 1)      // aspect
	w.bits(255, 8)    // as numbers
	w.bits(0, 32)     // 0:0
	w.bits(0b0001, 4) // no overscan, signal type, chroma location; timing
	w.bits(units, 32)
	w.bits(scale, 32)
	w.bits(0b1_0_0_0_0_1, 6) // fixed, no HRD (2), no pic_struct, no restriction; stop bit
	return escape(w.b)
}

// escape puts emulation prevention bytes in.
func escape(b []byte) (out []byte) {
	zeros := 0
	for _, c := range b {
		if zeros == 2 && c <= 3 {
			out, zeros = append(out, 3), 0
		}
		if zeros++; c != 0 {
			zeros = 0
		}
		out = append(out, c)
	}
	return out
}

// handMade is a transport stream of 50 IDR pictures at 25 fps, each with a
// parameter set before it, and nothing in them.
func handMade(set []byte) []byte {
	w := tsWriter{}
	usual(&w)
	for i := range 50 {
		u := unit{bytes: slices.Concat([]byte{0, 0, 1}, set, []byte{0, 0, 1}, slice(0x65, 2, 0, false, false), make([]byte, 300))}
		at := clip.Ticks(90000 + 3600*i)
		w.unit(videoPID, timed(u, at, at))
	}
	return w.Bytes()
}
