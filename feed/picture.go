package feed

import (
	"bytes"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/hevc"
	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// The video codecs that are indexed, as clip.Format names them.
const (
	codecH264 = "h264"
	codecHEVC = "hevc"
)

// maxSide bounds a picture's sides: 8K (ITU-R BT.2020) and nothing larger.
const maxSide = 8192

// parameters is what a sequence parameter set says, as far as it is needed.
type parameters struct {
	raw          []byte
	width        int
	height       int
	rate         clip.Rate // from its timing; zero: not said
	frameNumBits int       // H.264
	fields       bool      // H.264: pictures may be single fields
	planes       bool      // H.264: separate colour planes
}

// picture is what the beginning of an access unit says about it.
type picture struct {
	kind     clip.FrameKind
	slice    bool // a coded slice was seen
	second   bool // second field of the frame before
	captions []ccx.CCPair
}

// pictureReader classifies access units by their first NAL units, up to the
// first slice. It carries the parameter set from one picture to the next.
type pictureReader struct {
	codec     string
	set       parameters
	access    bool // the container marks the picture as a random access point
	recovery  bool // a recovery point at this very picture was announced
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
	b := bitReader{b: unescape(nal[1:], 32)}
	b.golomb() // first_mb_in_slice
	slice := b.golomb() % 5
	b.golomb() // pic_parameter_set_id
	if r.set.planes {
		b.bits(2)
	}
	frameNo := b.bits(r.set.frameNumBits)
	field, bottom := false, false
	if r.set.fields {
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

// addHEVC classifies by the NAL unit type alone (ITU-T H.265 table 7-1).
func (r *pictureReader) addHEVC(nal []byte) (done bool) {
	const (
		rsvVCLN14 = 14
		blaWLP    = 16
		idrWRADL  = 19
		idrNLP    = 20
		cra       = 21
		lastVCL   = 31
		sps       = 33
		seiPrefix = 39
	)
	switch kind := nal[0] >> 1 & 0x3f; {
	case kind == sps:
		r.setHEVC(nal)
	case kind == seiPrefix:
		r.message(nal, nal[2:])
	case kind == idrWRADL || kind == idrNLP:
		r.now.slice, r.now.kind = true, clip.IDR
	case kind >= blaWLP && kind <= cra:
		r.now.slice, r.now.kind = true, clip.Recovery
	case kind <= rsvVCLN14 && kind%2 == 0:
		r.now.slice, r.now.kind = true, clip.NonRef
	case kind <= lastVCL:
		r.now.slice = true
	}
	return r.now.slice
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
			r.now.captions = append(r.now.captions, found.CC608Pairs...)
		}
		return
	}
	if r.codec == codecH264 && payload[0] == recoveryPoint {
		b := bitReader{b: unescape(payload, 16), pos: 16}
		r.recovery = b.golomb() == 0 && !b.bad
	}
}

// setH264 reads an H.264 sequence parameter set; one that cannot be read, or
// is none that broadcast uses, leaves the one before in force.
func (r *pictureReader) setH264(nal []byte) {
	if bytes.Equal(nal, r.set.raw) {
		return
	}
	defer func() { _ = recover() }() // mp4ff trusts lengths inside the set (v0.56.0)
	sps, err := avc.ParseSPSNALUnit(bytes.Clone(nal), true)
	if err != nil || sps.Log2MaxFrameNumMinus4 > 12 {
		return
	}
	set := parameters{
		raw:          bytes.Clone(nal),
		width:        int(sps.Width),
		height:       int(sps.Height),
		frameNumBits: int(sps.Log2MaxFrameNumMinus4) + 4,
		fields:       !sps.FrameMbsOnlyFlag,
		planes:       sps.SeparateColourPlaneFlag,
	}
	if v := sps.VUI; v != nil && v.TimingInfoPresentFlag {
		set.rate = timing(v.NumUnitsInTick*2, v.TimeScale)
	}
	r.use(set)
}

// setHEVC reads an HEVC sequence parameter set like setH264.
func (r *pictureReader) setHEVC(nal []byte) {
	if bytes.Equal(nal, r.set.raw) {
		return
	}
	defer func() { _ = recover() }() // as in setH264
	sps, err := hevc.ParseSPSNALUnit(bytes.Clone(nal))
	if err != nil {
		return
	}
	w, h := sps.ImageSize()
	set := parameters{raw: bytes.Clone(nal), width: int(w), height: int(h)}
	if v := sps.VUI; v != nil && v.TimingInfoPresentFlag {
		set.rate = timing(v.NumUnitsInTick, v.TimeScale)
	}
	r.use(set)
}

func (r *pictureReader) use(set parameters) {
	if set.width < 2 || set.height < 2 || set.width > maxSide || set.height > maxSide {
		return
	}
	r.set = set
}

// timing is the broadcast rate that a parameter set's clock means, or zero.
func timing(units, scale uint) clip.Rate {
	if units == 0 || scale == 0 || units > 1<<32 || scale > 1<<32 {
		return clip.Rate{}
	}
	return clip.RateOf(clip.Ticks(clip.Rescale(clip.TickRate, int64(units), int64(scale))))
}
