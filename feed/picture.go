package feed

import (
	"bytes"

	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// The video codecs that are indexed, as clip.Format names them.
const (
	codecH264 = "h264"
	codecHEVC = "hevc"
)

// picture is what the beginning of an access unit says about it.
type picture struct {
	kind   clip.FrameKind
	slice  bool            // a coded slice was seen
	second bool            // second field of the frame before
	hidden bool            // HEVC: no decoder shows it, for what it needs was spliced away
	pairs  []ccx.CCPair    // CEA-608
	dtvcc  []ccx.DTVCCPair // CEA-708
}

// pictureReader classifies access units by their first NAL units, up to the
// first slice. It carries parameter sets from one picture to the next.
type pictureReader struct {
	codec     string
	sets      []parameters // each that was in force; the last is
	access    bool         // the container marks the picture as a random access point
	recovery  bool         // a recovery point at this very picture was announced
	refused   error        // why a parameter set was not taken
	broken    bool         // HEVC: the link before the random access point is broken (BLA)
	ended     bool         // HEVC: the sequence ended with the picture before
	now       picture
	lastField struct {
		open    bool // the picture before was one field alone
		bottom  bool
		frameNo uint64
	}
}

// begin starts an access unit. access is the container's word that decoding
// can begin here.
func (r *pictureReader) begin(access bool) {
	r.now, r.access, r.recovery = picture{}, access, false
}

// add reads one NAL unit without its start code, whole or at least its first
// bytes, and reports whether the picture is classified.
func (r *pictureReader) add(nal []byte) (done bool) {
	if len(nal) < 2 {
		return false
	}
	if r.codec == codecHEVC {
		return r.addHEVC(nal)
	}
	switch kind := nal[0] & 0x1f; kind {
	case 7:
		r.setH264(nal)
	case 6:
		r.message(nal, nal[1:])
	case 1, 2, 5:
		r.sliceH264(nal, kind == 5)
		return true
	}
	return false
}

// sliceH264 classifies by the first slice's header (ITU-T H.264 7.3.3).
func (r *pictureReader) sliceH264(nal []byte, idr bool) {
	r.now.slice = true
	set := r.set()
	b := bitReader{b: unescape(nal[1:], 32)}
	b.golomb() // first_mb_in_slice
	slice := b.golomb() % 5
	b.golomb() // pic_parameter_set_id
	if set.planes {
		b.bits(2)
	}
	frameNo := b.bits(set.frameNumBits)
	field, bottom := false, false
	if set.interlaced {
		if field = b.flag(); field {
			bottom = b.flag()
		}
	}
	last := &r.lastField
	if field && last.open && last.bottom != bottom && last.frameNo == frameNo {
		r.now.second = true
	}
	last.open, last.bottom, last.frameNo = field && !r.now.second, bottom, frameNo

	const intra = 2
	switch {
	case idr:
		r.now.kind = clip.IDR
	case slice == intra && (r.recovery || r.access):
		r.now.kind = clip.Recovery
	case nal[0]>>5&3 == 0:
		r.now.kind = clip.NonRef
	}
}

// The NAL unit types of HEVC that matter here (ITU-T H.265 table 7-1).
const (
	hevcRASLN    = 8
	hevcRASLR    = 9
	hevcLastSub  = 14 // up to here, even types are not needed in their sub-layer
	hevcBLA      = 16
	hevcLastBLA  = 18
	hevcIDRWRADL = 19
	hevcIDRNLP   = 20
	hevcCRA      = 21
	hevcLastVCL  = 31
	hevcSPS      = 33
	hevcEOS      = 36
	hevcSEI      = 39 // prefix
)

// addHEVC classifies by the NAL unit type alone.
func (r *pictureReader) addHEVC(nal []byte) (done bool) {
	if layer := nal[0]&1<<5 | nal[1]>>3; layer > 0 {
		return false // an enhancement of the picture, which decodes without
	}
	kind := nal[0] >> 1 & 0x3f
	r.now.slice = kind <= hevcLastVCL
	switch {
	case kind == hevcSPS:
		r.setHEVC(nal)
	case kind == hevcSEI:
		r.message(nal, nal[2:])
	case kind == hevcIDRWRADL || kind == hevcIDRNLP:
		r.now.kind, r.broken = clip.IDR, false
	case kind >= hevcBLA && kind <= hevcCRA:
		r.now.kind, r.broken = clip.Recovery, kind <= hevcLastBLA || r.ended
	case kind == hevcRASLN || kind == hevcRASLR:
		r.now.hidden = r.broken
		r.now.kind = r.unneeded(kind, nal)
	case kind <= hevcLastSub:
		r.now.kind = r.unneeded(kind, nal)
	}
	return r.now.slice
}

// end closes an access unit, given its last bytes. After the end of a sequence
// (ITU-T H.265 7.3.2.6) nothing looks back, as after a broken link.
func (r *pictureReader) end(tail []byte) {
	if r.codec == codecHEVC && r.now.slice {
		tail = bytes.TrimRight(tail, "\x00")
		r.ended = bytes.HasSuffix(tail, []byte{0, 0, 1, hevcEOS << 1, 1}) || bytes.HasSuffix(tail, []byte{0, 0, 0, 2, hevcEOS << 1, 1})
	}
}

// unneeded is the kind of an ordinary picture. One that its own temporal
// sub-layer does not need may still be needed by a higher one.
func (r *pictureReader) unneeded(kind byte, nal []byte) clip.FrameKind {
	highest := byte(r.set().sublayers)
	if temporal := nal[1]&7 - 1; kind%2 == 0 && temporal >= highest {
		return clip.NonRef
	}
	return clip.Inter
}

// message reads supplemental enhancement information: recovery points and
// captions (ATSC A/53 part 4).
func (r *pictureReader) message(nal, payload []byte) {
	const recoveryPoint = 6
	if bytes.Contains(nal, []byte("GA94")) {
		var found *ccx.CaptionData
		if r.codec == codecHEVC {
			found = ccx.ExtractCaptionsHEVC(nal)
		} else {
			found = ccx.ExtractCaptions(nal)
		}
		if found != nil {
			r.now.pairs = append(r.now.pairs, found.CC608Pairs...)
			r.now.dtvcc = append(r.now.dtvcc, found.DTVCC...)
		}
		return
	}
	if r.codec == codecH264 && payload[0] == recoveryPoint {
		b := bitReader{b: unescape(payload, 16), pos: 16}
		r.recovery = b.golomb() == 0 && !b.bad
	}
}
