package media

import (
	"bytes"
	"fmt"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

// sets are the parameter sets of a file: all of them stand in its avcC, so that
// no two may share a number.
type sets struct {
	sps, pps [][]byte
}

// add adds sets to those that are known.
func (s *sets) add(o sets) error {
	for _, kind := range []struct {
		known *[][]byte
		more  [][]byte
		id    func([]byte) uint
	}{{&s.sps, o.sps, spsID}, {&s.pps, o.pps, ppsID}} {
		for _, m := range kind.more {
			known := false
			for _, k := range *kind.known {
				if known = bytes.Equal(k, m); known {
					break
				}
				if kind.id(k) == kind.id(m) {
					return fmt.Errorf("it has other parameter sets than what comes before it")
				}
			}
			if !known {
				*kind.known = append(*kind.known, bytes.Clone(m))
			}
		}
	}
	return nil
}

// avcC describes the pictures. Its profile and level are enough for each of the
// sets (ISO/IEC 14496-15, 5.3.3.1.2).
func (s *sets) avcC() (*mp4.AvcCBox, error) {
	box, err := mp4.CreateAvcC(s.sps, s.pps, true)
	if err != nil {
		return nil, err
	}
	for _, n := range s.sps {
		if n[1] > box.AVCProfileIndication {
			box.AVCProfileIndication, box.ProfileCompatibility = n[1], n[2]
		}
		box.AVCLevelIndication = max(box.AVCLevelIndication, n[3])
	}
	return box, nil
}

// free is a number that none of the sets has, of either kind.
func (s *sets) free() (uint, bool) {
	const most = 31 // of sequence parameter sets (ITU-T H.264, 7.4.2.1.1)
	taken := map[uint]bool{}
	for _, n := range s.sps {
		taken[spsID(n)] = true
	}
	for _, n := range s.pps {
		taken[ppsID(n)] = true
	}
	for id := uint(1); id <= most; id++ {
		if !taken[id] {
			return id, true
		}
	}
	return 0, false
}

// spsID and ppsID are the numbers of parameter sets: the first thing in a
// picture's, the first after profile and level in a sequence's.
func spsID(nal []byte) uint { return expGolomb(nal[min(4, len(nal)):]) }
func ppsID(nal []byte) uint { return expGolomb(nal[min(1, len(nal)):]) }

// expGolomb is the ue(v) that b begins with.
func expGolomb(b []byte) uint {
	bit := func(i int) uint {
		if i/8 >= len(b) {
			return 1
		}
		return uint(b[i/8]>>(7-i%8)) & 1
	}
	zeros := 0
	for bit(zeros) == 0 && zeros < 16 {
		zeros++
	}
	v := uint(0)
	for i := range zeros + 1 {
		v = v<<1 | bit(zeros+i)
	}
	return v - 1
}

// copyable reports why pictures with these sets cannot stand beside ours in a
// file that says once what its pictures are.
func (s *sets) copyable(f clip.Format) error {
	if len(s.sps) == 0 || len(s.pps) == 0 {
		return fmt.Errorf("they come without parameter sets")
	}
	for _, nal := range s.sps {
		p, err := avc.ParseSPSNALUnit(nal, true)
		if err != nil {
			return fmt.Errorf("a sequence parameter set is broken: %w", err)
		}
		const unspecified = 2
		v := p.VUI
		switch plain := func(n uint) bool { return n == 1 || n == unspecified }; {
		case int(p.Width) != f.Width || int(p.Height) != f.Height:
			return fmt.Errorf("they are %dx%d, not %dx%d", p.Width, p.Height, f.Width, f.Height)
		case p.ChromaFormatIDC != 1 || p.BitDepthLumaMinus8 != 0 || p.BitDepthChromaMinus8 != 0:
			return fmt.Errorf("their pixels are not yuv420p")
		case !p.FrameMbsOnlyFlag:
			return fmt.Errorf("they may be interlaced")
		case v != nil && v.SampleAspectRatioWidth != v.SampleAspectRatioHeight:
			return fmt.Errorf("their pixels are not square")
		case v != nil && (v.VideoFullRangeFlag || v.ColourDescriptionFlag && !(plain(v.ColourPrimaries) && plain(v.TransferCharacteristics) && plain(v.MatrixCoefficients))):
			return fmt.Errorf("their colours are not BT.709")
		}
	}
	return nil
}
