package match

// The barcode is two rows of twenty cells at the top centre of the picture:
// 32 bits of frame number, most significant first, and their CRC-8. Sizes are
// in units of 1/720 of the picture's height and places count from the
// picture's centre, so that it is found again after scaling and after every
// central crop down to 9:16.
const (
	barRows, barCols = 2, 20
	cellW, cellH     = 12, 10
	barDark, barPale = 44, 196
	barContrast      = 40 // less between the darkest and palest cell is no barcode
)

// DrawFrame writes the barcode of a frame into a plane of luma.
func DrawFrame(luma []byte, stride, w, h int, frame uint32) {
	bits := uint64(frame)<<8 | uint64(crc8(frame))
	for cell := range barRows * barCols {
		level := byte(barDark)
		if bits>>(barRows*barCols-1-cell)&1 == 1 {
			level = barPale
		}
		x0, y0, x1, y1 := cellBox(cell, w, h)
		for y := y0; y < y1; y++ {
			row := luma[y*stride : y*stride+w]
			for x := x0; x < x1; x++ {
				row[x] = level
			}
		}
	}
}

// ReadFrame finds the number in a frame's luma. ok is false where there is no
// barcode, or it is damaged.
func ReadFrame(luma []byte, stride, w, h int) (frame uint32, ok bool) {
	if w <= 0 || h < 72 || stride < w || len(luma) < stride*(h-1)+w || w*720 < barCols*cellW*h {
		return 0, false
	}
	var level [barRows * barCols]int
	low, high := 255, 0
	for cell := range level {
		level[cell] = meanCore(luma, stride, cell, w, h)
		low, high = min(low, level[cell]), max(high, level[cell])
	}
	if high-low < barContrast {
		return 0, false
	}
	var bits uint64
	for _, l := range level {
		bits <<= 1
		if 2*l > low+high {
			bits |= 1
		}
	}
	frame = uint32(bits >> 8)
	return frame, byte(bits) == crc8(frame)
}

// cellBox is where a cell lies in a picture of w by h.
func cellBox(cell, w, h int) (x0, y0, x1, y1 int) {
	col, row := cell%barCols, cell/barCols
	at := func(units int) int { return (w*720 + 2*units*h + 720) / 1440 }
	return at((col - barCols/2) * cellW), (row*cellH*h + 360) / 720,
		at((col + 1 - barCols/2) * cellW), ((row+1)*cellH*h + 360) / 720
}

// meanCore is the mean of the middle of a cell, away from what bleeds in from
// its neighbours.
func meanCore(luma []byte, stride, cell, w, h int) int {
	x0, y0, x1, y1 := cellBox(cell, w, h)
	dx, dy := (x1-x0)/4, (y1-y0)/4
	sum, count := 0, 0
	for y := y0 + dy; y < max(y1-dy, y0+dy+1); y++ {
		for x := x0 + dx; x < max(x1-dx, x0+dx+1); x++ {
			sum += int(luma[y*stride+x])
			count++
		}
	}
	return sum / count
}

// crc8 is the CRC of polynomial 0x07 that starts from 0xA5, so that no run of
// equal cells is a valid barcode.
func crc8(v uint32) byte {
	c := byte(0xA5)
	for shift := 24; shift >= 0; shift -= 8 {
		c ^= byte(v >> shift)
		for range 8 {
			if c&0x80 != 0 {
				c = c<<1 ^ 0x07
			} else {
				c <<= 1
			}
		}
	}
	return c
}
