package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"github.com/Eyevinn/mp4ff/avc"

	"github.com/ovation-live/ovation/clip"
)

// copying takes groups of pictures out of the recording as they are: into a file
// of bare samples, which is described as a chunk is.
type copying struct {
	clip.Copying
	zero  zero
	out   *bufio.Writer
	at    int64
	taken int // of Frames
	made  *pictures
}

// copyPictures takes the pictures of c out of the recording into a file. The
// error is Invalid where they cannot be taken as they are.
func copyPictures(open Open, c clip.Copying, rate clip.Rate, path string) (*pictures, error) {
	const op = "copy the pictures"
	f, err := os.Create(path)
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer f.Close()
	k := &copying{Copying: c, zero: zeroBefore(c.Sources[0].First, clip.TickRate), out: bufio.NewWriterSize(f, 1<<20),
		made: &pictures{track: &track{path: path}, width: c.Format.Width, height: c.Format.Height}}
	err = eachUnit(open, c.Format, c.Sources, k.zero, func(u unit) error { return k.take(u, rate) })
	if err == nil && k.taken < len(c.Frames) {
		err = errOrder
	}
	if err == nil {
		err = k.made.sets.copyable(c.Format)
	}
	if err == nil {
		err = k.out.Flush()
	}
	if kind := clip.KindOf(err); err != nil && kind == clip.Internal {
		err = clip.Errorf(clip.Invalid, op, "%w", err)
	}
	return k.made, err
}

// errOrder is pictures that are not what the index has.
var errOrder = errors.New("the recording's pictures are not those of its index")

// take takes a picture, if it is one of those that are wanted.
func (k *copying) take(u unit, rate clip.Rate) error {
	if u.sound || k.taken == len(k.Frames) {
		return nil
	}
	want := k.Frames[k.taken]
	if d := u.pts - k.zero.at(want.PTS); d < -slack || d > slack {
		if k.taken == 0 {
			return nil
		}
		return fmt.Errorf("%w: picture %d", errOrder, k.taken)
	}
	picture, found := sampleOf(u)
	if err := k.made.sets.add(found); err != nil {
		return err
	}
	if _, err := k.out.Write(picture); err != nil {
		return clip.Errorf(clip.Unavailable, "copy the pictures", "%w", err)
	}
	k.made.samples = append(k.made.samples, sample{offset: k.at, size: len(picture), key: want.Kind == clip.IDR})
	k.made.frames = append(k.made.frames, rate.Frames(want.PTS-k.From))
	k.taken, k.at = k.taken+1, k.at+int64(len(picture))
	return nil
}

// sampleOf writes a picture as MP4 has it, and takes its parameter sets out.
func sampleOf(u unit) (picture []byte, found sets) {
	var nals [][]byte
	if u.trak == nil {
		nals = avc.ExtractNalusFromByteStream(u.data)
	} else {
		nals, _ = avc.GetNalusFromSample(u.data) // what is torn is seen when it is joined
		if entry := u.trak.Mdia.Minf.Stbl.Stsd.AvcX; entry != nil && entry.AvcC != nil {
			found = sets{entry.AvcC.SPSnalus, entry.AvcC.PPSnalus}
		}
	}
	for _, n := range nals {
		if len(n) == 0 {
			continue
		}
		const endOfSequence, endOfStream, filler = 10, 11, 12
		switch avc.GetNaluType(n[0]) {
		case avc.NALU_SPS:
			found.sps = append(found.sps, bytes.TrimRight(n, "\x00"))
		case avc.NALU_PPS:
			found.pps = append(found.pps, bytes.TrimRight(n, "\x00"))
		case avc.NALU_AUD, endOfSequence, endOfStream, filler:
		default:
			picture = append(binary.BigEndian.AppendUint32(picture, uint32(len(n))), n...)
		}
	}
	return picture, found
}
