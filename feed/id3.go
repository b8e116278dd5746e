package feed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
)

// Why an ID3 tag cannot be read.
var (
	errID3        = errors.New("it is not an ID3 tag of version 2.3 or 2.4")
	errID3Length  = errors.New("its lengths contradict each other")
	errID3Feature = errors.New("it is compressed or encrypted")
)

// readID3 reads the frames of an ID3 tag (id3.org, ID3v2.3.0 and 2.4.0) into
// fields: texts and links under the frame's name, what has an owner or a
// description under both, such as "PRIV:com.example" or "TXXX:event".
func readID3(b []byte, fields map[string]string) error {
	const head = 10
	if len(b) < head || !bytes.HasPrefix(b, []byte("ID3")) || b[3] != 3 && b[3] != 4 {
		return errID3
	}
	version, flags := b[3], b[5]
	const unsynchronised, extended = 0x80, 0x40
	size, ok := syncsafe(b[6:10])
	if !ok || head+size > len(b) {
		return errID3Length
	}
	b = b[head : head+size]
	if flags&unsynchronised != 0 && version == 3 {
		b = bytes.ReplaceAll(b, []byte{0xff, 0}, []byte{0xff})
	}
	if flags&extended != 0 {
		n, ok := frameSize(version, b)
		if version == 3 {
			n += 4 // its own length is not counted
		}
		if !ok || n > len(b) {
			return errID3Length
		}
		b = b[n:]
	}
	for len(b) >= head && b[0] != 0 { // zeros: padding
		n, ok := frameSize(version, b[4:])
		if !ok || head+n > len(b) {
			return errID3Length
		}
		body, err := frameBody(version, b[9], b[head:head+n])
		if err != nil {
			return err
		}
		readID3Frame(string(b[:4]), body, fields)
		b = b[head+n:]
	}
	return nil
}

// frameSize reads the length of a frame or of the extended header.
func frameSize(version byte, b []byte) (int, bool) {
	if len(b) < 4 {
		return 0, false
	}
	if version == 4 {
		return syncsafe(b[:4])
	}
	n := binary.BigEndian.Uint32(b)
	return int(n), n < 1<<28
}

// syncsafe reads a number of seven bits a byte.
func syncsafe(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c&0x80 != 0 {
			return 0, false
		}
		n = n<<7 | int(c)
	}
	return n, true
}

// frameBody undoes what the flags of a frame say.
func frameBody(version, flags byte, b []byte) ([]byte, error) {
	grouped, packed, unsynchronised, lengthFirst := byte(0x40), byte(0x0c), byte(0x02), byte(0x01)
	if version == 3 {
		grouped, packed, unsynchronised, lengthFirst = 0x20, 0xc0, 0, 0
	}
	if flags&packed != 0 {
		return nil, errID3Feature
	}
	skip := 0
	if flags&grouped != 0 {
		skip++
	}
	if flags&lengthFirst != 0 {
		skip += 4
	}
	if skip > len(b) {
		return nil, errID3Length
	}
	if b = b[skip:]; flags&unsynchronised != 0 {
		b = bytes.ReplaceAll(b, []byte{0xff, 0}, []byte{0xff})
	}
	return b, nil
}

// readID3Frame takes one frame.
func readID3Frame(id string, b []byte, fields map[string]string) {
	switch {
	case id == "PRIV" || id == "UFID":
		owner, rest, _ := bytes.Cut(b, []byte{0})
		fields[id+":"+printable(owner)] = printable(rest)
	case id == "TXXX" && len(b) > 0:
		name, value := twoTexts(b[0], b[1:])
		fields[id+":"+name] = value
	case id == "WXXX" && len(b) > 0:
		name, rest := cutText(b[0], b[1:])
		fields[id+":"+text(b[0], name)] = printable(rest)
	case id == "COMM" && len(b) >= 4:
		name, value := twoTexts(b[0], b[4:])
		fields[id+":"+name] = value
	case id[0] == 'T' && len(b) > 0:
		fields[id] = text(b[0], b[1:])
	default:
		fields[printable([]byte(id))] = printable(b)
	}
}

func twoTexts(encoding byte, b []byte) (first, second string) {
	x, y := cutText(encoding, b)
	return text(encoding, x), text(encoding, y)
}

// cutText cuts at the end of a text, which in UTF-16 is a pair of zeros.
func cutText(encoding byte, b []byte) (first, rest []byte) {
	if encoding != 1 && encoding != 2 {
		first, rest, _ = bytes.Cut(b, []byte{0})
		return first, rest
	}
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return b[:i], b[i+2:]
		}
	}
	return b, nil
}

// text decodes ISO 8859-1 (0), UTF-16 with a byte order mark (1) or without
// (2), and UTF-8 (3).
func text(encoding byte, b []byte) string {
	switch encoding {
	case 0:
		runes := make([]rune, len(b))
		for i, c := range b {
			runes[i] = rune(c)
		}
		return printable([]byte(string(runes)))
	case 1, 2:
		var order binary.ByteOrder = binary.BigEndian
		if bytes.HasPrefix(b, []byte{0xff, 0xfe}) {
			order, b = binary.LittleEndian, b[2:]
		} else if bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
			b = b[2:]
		}
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = order.Uint16(b[2*i:])
		}
		return printable([]byte(string(utf16.Decode(units))))
	}
	return printable(b)
}
