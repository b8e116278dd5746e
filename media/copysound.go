package media

import (
	"bufio"
	"bytes"
	"errors"
	"os"

	"github.com/Eyevinn/mp4ff/aac"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/ovation-live/ovation/clip"
)

const (
	lapped = 2 // frames before the first that is heard: a decoder lays each over the one before

	// soundJitter is how far, in ticks, a frame may lie from where the frames
	// before put it: half a millisecond.
	soundJitter = clip.TickRate / 2000
)

// Why sound cannot be taken as it is.
var (
	errAAC     = errors.New("it is not one track of AAC-LC with whole frames in each packet")
	errSilent  = errors.New("some of it is missing")
	errUnheard = errors.New("it begins after the pictures, or ends before them")
)

// copyingSound takes frames of AAC out of the recording as they are, into a file
// of bare frames. Times are as units count.
type copyingSound struct {
	from, to clip.Ticks // of what is heard
	rate     int64
	out      *bufio.Writer
	made     *track
	at       int64
	first    clip.Ticks // of the first frame that was taken
	next     clip.Ticks // behind the last one
}

// copySound takes the sound of a piece out of the recording, and says how many
// of the track's first samples are not heard. The error is Invalid where it
// cannot be taken as it is.
func copySound(open Open, p clip.Piece, path string) (*track, int64, error) {
	const op = "copy the sound"
	if p.Format.Audio == "" {
		return nil, 0, clip.Errorf(clip.Invalid, op, "there is none")
	}
	if f := p.Format; f.Audio != "aac" || len(f.Tracks) > 1 || f.SampleRate < 32000 || f.Channels != 2 || len(p.Sources) == 0 {
		return nil, 0, clip.Errorf(clip.Invalid, op, "%w", errAAC)
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, 0, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	defer f.Close()
	z := zeroBefore(min(p.From, p.Sources[0].First), clip.TickRate)
	k := &copyingSound{from: z.at(p.From), to: z.at(p.To), rate: int64(p.Format.SampleRate),
		out: bufio.NewWriterSize(f, 1<<18), made: &track{path: path}}
	err = errors.Join(eachUnit(open, p.Format, p.Sources, z, k.take), k.out.Flush())
	if err == nil && (len(k.made.samples) == 0 || k.first > k.from || k.next < k.to-soundJitter) {
		err = errUnheard
	}
	if err == nil {
		err = k.describe()
	}
	if err != nil {
		return nil, 0, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	return k.made, clip.Rescale(int64(k.from-k.first), k.rate, clip.TickRate), nil
}

// length is how many ticks so many frames last.
func (k *copyingSound) length(frames int64) clip.Ticks {
	return clip.Ticks(clip.Rescale(frames*aacFrame, clip.TickRate, k.rate))
}

// take takes what one packet, or one sample of a fragment, carries.
func (k *copyingSound) take(u unit) error {
	if !u.sound {
		return nil
	}
	if u.trak != nil {
		k.made.trak = u.trak
		return k.frame(u.pts, u.data)
	}
	for n := int64(0); len(u.data) > 0; n++ {
		h, skipped, err := aac.DecodeADTSHeader(bytes.NewReader(u.data))
		if err != nil || skipped != 0 || h.ObjectType != aac.AAClc || int64(h.Frequency()) != k.rate || h.ChannelConfig != 2 {
			return errAAC
		}
		head, whole := int(h.HeaderLength), int(h.HeaderLength)+int(h.PayloadLength)
		if whole > len(u.data) {
			return errAAC
		}
		if err := k.frame(u.pts+k.length(n), u.data[head:whole]); err != nil {
			return err
		}
		u.data = u.data[whole:]
	}
	return nil
}

// frame takes one frame, if it is needed.
func (k *copyingSound) frame(at clip.Ticks, data []byte) error {
	if at+k.length(1+lapped) <= k.from || at >= k.to+k.length(1) {
		return nil
	}
	n := int64(len(k.made.samples))
	if n == 0 {
		k.first = at
	} else if d := at - k.first - k.length(n); d < -soundJitter || d > soundJitter {
		return errSilent
	}
	if _, err := k.out.Write(data); err != nil {
		return err
	}
	k.made.samples = append(k.made.samples, sample{offset: k.at, size: len(data), dts: n * aacFrame})
	k.at, k.next = k.at+int64(len(data)), at+k.length(1)
	return nil
}

// describe makes the tables of the track that a file's header takes over.
func (k *copyingSound) describe() error {
	trak := mp4.CreateEmptyTrak(1, uint32(k.rate), "audio", "und")
	stbl := trak.Mdia.Minf.Stbl
	if from := k.made.trak; from != nil {
		if from.Mdia.Minf.Stbl.Stsd.Mp4a == nil {
			return errAAC
		}
		for _, entry := range from.Mdia.Minf.Stbl.Stsd.Children {
			stbl.Stsd.AddChild(entry)
		}
	} else if err := trak.SetAACDescriptor(aac.AAClc, int(k.rate)); err != nil {
		return err
	}
	stbl.Stts.SampleCount, stbl.Stts.SampleTimeDelta = []uint32{uint32(len(k.made.samples))}, []uint32{aacFrame}
	k.made.trak = trak
	return nil
}
