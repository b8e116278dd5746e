package feed

import (
	"github.com/zsiec/ccx"

	"github.com/ovation-live/ovation/clip"
)

// dtvReader reads the services of CEA-708: it puts caption channel packets
// together and gives each service its blocks. A service is there once
// something was sent for it.
type dtvReader struct {
	lang     string         // of the first service where the programme map does not say
	langs    map[int]string // of services, as the programme map says
	packet   []byte         // being put together; its length is in its first byte
	services [maxService + 1]*serviceReader
}

// maxService is the highest number of a service (ANSI/CTA-708-E 6.2).
const maxService = 63

func newDTVReader(lang string) *dtvReader {
	return &dtvReader{lang: lang, langs: map[int]string{}}
}

// read takes the caption data of one picture.
func (r *dtvReader) read(at clip.Ticks, pairs []ccx.DTVCCPair) {
	r.each(func(s *serviceReader) { s.beginPicture(at) })
	for _, p := range pairs {
		if p.Start {
			r.packet = r.packet[:0]
		} else if len(r.packet) == 0 {
			continue // its beginning was lost
		}
		r.packet = append(r.packet, p.Data[:]...)
		if len(r.packet) >= ccx.DTVCCPacketSize(r.packet[0]) {
			r.blocks(r.packet[1:ccx.DTVCCPacketSize(r.packet[0])])
			r.packet = r.packet[:0]
		}
	}
	r.each(func(s *serviceReader) { s.endPicture(at) })
}

// each visits the services that there are.
func (r *dtvReader) each(visit func(*serviceReader)) {
	for _, s := range r.services {
		if s != nil {
			visit(s)
		}
	}
}

// blocks reads the service blocks of a caption channel packet (5 and 6.2).
func (r *dtvReader) blocks(b []byte) {
	for len(b) > 0 {
		number, n := int(b[0]>>5), int(b[0]&0x1f)
		if b = b[1:]; number == 7 && n > 0 && len(b) > 0 {
			number, b = int(b[0]&0x3f), b[1:]
		}
		if number == 0 || n > len(b) {
			return
		}
		if n > 0 {
			r.service(number).decode(b[:n])
		}
		b = b[n:]
	}
}

// service is the reader of a service, from its next caption on in the language
// that the programme map says now.
func (r *dtvReader) service(number int) *serviceReader {
	if r.services[number] == nil {
		r.services[number] = newServiceReader(number)
	}
	s := r.services[number]
	if s.lang = r.langs[number]; s.lang == "" && number == 1 {
		s.lang = r.lang
	}
	return s
}

// take gives the cues that are new at now.
func (r *dtvReader) take(now clip.Ticks) (cues []clip.Cue) {
	r.each(func(s *serviceReader) { cues = append(cues, s.take(now)...) })
	return cues
}

// reset blanks the screen where the feed's clock breaks, and gives what had
// not been taken.
func (r *dtvReader) reset(at clip.Ticks) (cues []clip.Cue) {
	r.each(func(s *serviceReader) { cues = append(cues, s.finish(at)...) })
	r.packet, r.services = nil, [maxService + 1]*serviceReader{}
	return cues
}
