package feed

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/hevc"

	"github.com/ovation-live/ovation/clip"
)

// A picture's sides are at least a macroblock's and at most those of 8K (ITU-R
// BT.2020).
const (
	minSide = 16
	maxSide = 8192
)

// parameters is what a sequence parameter set says, as far as it is needed.
type parameters struct {
	raw          []byte
	width        int
	height       int
	rate         clip.Rate // from its timing; zero: not said
	aspect       clip.Rate // of a sample; zero: square or not said
	interlaced   bool      // H.264: pictures may be fields; HEVC: their source was
	frameNumBits int       // H.264
	planes       bool      // H.264: separate colour planes
	sublayers    int       // HEVC: the highest temporal sub-layer
	pictures     int       // that it was in force for
}

// set is the parameter set in force; a blank one before the first.
func (r *pictureReader) set() *parameters {
	if len(r.sets) == 0 {
		return &parameters{}
	}
	return &r.sets[len(r.sets)-1]
}

// shown counts a picture for the set in force.
func (r *pictureReader) shown() {
	if len(r.sets) > 0 {
		r.set().pictures++
	}
}

// describe tells what most of the pictures are, so that a damaged parameter
// set does not change a feed's format.
func (r *pictureReader) describe(c *Content) error {
	if len(r.sets) == 0 {
		return r.refused
	}
	best := slices.MaxFunc(r.merged(), func(a, b parameters) int { return a.pictures - b.pictures })
	f := &c.Format
	f.Width, f.Height, f.Rate, f.Aspect, f.Interlaced = best.width, best.height, best.rate, best.aspect, best.interlaced
	total, other := 0, 0
	for _, s := range r.sets {
		total += s.pictures
		if s.width != best.width || s.height != best.height {
			other += s.pictures
		}
	}
	if other*strayShare > total {
		c.Mixed = errSizes
	}
	return nil
}

// merged adds up the pictures of sets that came more than once.
func (r *pictureReader) merged() (sets []parameters) {
	for _, s := range r.sets {
		i := slices.IndexFunc(sets, func(o parameters) bool { return bytes.Equal(o.raw, s.raw) })
		if i < 0 {
			sets = append(sets, s)
			continue
		}
		sets[i].pictures += s.pictures
	}
	return sets
}

// setH264 reads an H.264 sequence parameter set; one that cannot be read, or
// is none that broadcast uses, leaves the one before in force.
func (r *pictureReader) setH264(nal []byte) {
	if bytes.Equal(nal, r.set().raw) {
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
		interlaced:   !sps.FrameMbsOnlyFlag,
		planes:       sps.SeparateColourPlaneFlag,
	}
	if v := sps.VUI; v != nil {
		set.aspect = aspect(v.SampleAspectRatioWidth, v.SampleAspectRatioHeight)
		if v.TimingInfoPresentFlag {
			set.rate = timing(v.NumUnitsInTick*2, v.TimeScale)
		}
	}
	r.use(set)
}

// setHEVC reads an HEVC sequence parameter set like setH264. Pictures that are
// single fields (field_seq_flag) are pictures of their own to every decoder.
func (r *pictureReader) setHEVC(nal []byte) {
	if bytes.Equal(nal, r.set().raw) {
		return
	}
	defer func() { _ = recover() }() // as in setH264
	sps, err := hevc.ParseSPSNALUnit(bytes.Clone(nal))
	if err != nil {
		return
	}
	w, h := sps.ImageSize()
	set := parameters{raw: bytes.Clone(nal), width: int(w), height: int(h), sublayers: int(sps.MaxSubLayersMinus1)}
	source := sps.ProfileTierLevel
	set.interlaced = source.GeneralInterlacedSourceFlag && !source.GeneralProgressiveSourceFlag
	if v := sps.VUI; v != nil {
		set.interlaced = set.interlaced && !v.FieldSeqFlag
		set.aspect = aspect(v.SampleAspectRatioWidth, v.SampleAspectRatioHeight)
		if v.TimingInfoPresentFlag {
			set.rate = timing(v.NumUnitsInTick, v.TimeScale)
		}
	}
	r.use(set)
}

func (r *pictureReader) use(set parameters) {
	const remembered = 64 // more are damage
	if set.width < minSide || set.height < minSide || set.width > maxSide || set.height > maxSide {
		r.refused = fmt.Errorf("%w: %dx%d", ErrSize, set.width, set.height)
		return
	}
	if len(r.sets) == remembered {
		r.sets = r.merged()
		r.sets = r.sets[:min(len(r.sets), remembered-1)]
	}
	r.sets = append(r.sets, set)
}

// timing is the broadcast rate that a parameter set's clock means, or zero.
func timing(units, scale uint) clip.Rate {
	if units == 0 || scale == 0 || units > 1<<32 || scale > 1<<32 {
		return clip.Rate{}
	}
	return clip.RateOf(clip.Ticks(clip.Rescale(clip.TickRate, int64(units), int64(scale))))
}

// aspect is the shape of a sample as clip.Format has it: zero where it is
// square or not said. What no camera or format has is damage.
func aspect(width, height uint) clip.Rate {
	const widest = 8
	w, h := int(min(width, 1<<16)), int(min(height, 1<<16))
	if w == h || w == 0 || h == 0 || w > widest*h || h > widest*w {
		return clip.Rate{}
	}
	return reduced(w, h)
}

// reduced is a fraction in its lowest terms.
func reduced(num, den int) clip.Rate {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return clip.Rate{Num: num / a, Den: den / a}
}
