package match

import "math"

// The grass is a tile of noise, in four sizes, under a table of mown stripes
// and one of light, both over the place along the pitch.
const (
	tileSize   = 512 // texels, for 16 m
	tileShift  = 9
	texelsAll  = 32 // texels a metre
	fieldReach = 64 // metres that the tables reach from the centre
	tableEach  = 8  // entries a metre
	mowWidth   = 5.25
)

// grass is what the ground is drawn from.
type grass struct {
	tiles [4][]int8 // at 32, 16, 8 and 4 texels a metre
	luma  [2 * fieldReach * tableEach]int16
	u, v  [2 * fieldReach * tableEach]uint8
}

func newGrass() *grass {
	g := &grass{}
	fine := make([]float64, tileSize*tileSize)
	r := randomOf(11)
	for size, weight := 1, 3.4; size <= 128; size, weight = size*2, weight*0.93 {
		addNoise(fine, r, size, weight)
	}
	for k := range g.tiles {
		n := tileSize >> k
		g.tiles[k] = make([]int8, n*n)
		for i := range g.tiles[k] {
			sum := 0.0
			for j := range 1 << (2 * k) {
				x, y := i%n<<k+j&(1<<k-1), i/n<<k+j>>k
				sum += fine[y*tileSize+x]
			}
			g.tiles[k][i] = int8(min(max(sum/float64(int(1)<<(2*k)), -40), 40))
		}
	}
	g.stripes()
	return g
}

// addNoise adds one octave of smooth noise that repeats with the tile.
func addNoise(tile []float64, r *random, size int, weight float64) {
	n := tileSize / size
	grid := make([]float64, n*n)
	for i := range grid {
		grid[i] = r.between(-weight, weight)
	}
	at := func(x, y int) float64 { return grid[y%n*n+x%n] }
	for y := range tileSize {
		for x := range tileSize {
			gx, gy := x/size, y/size
			fx, fy := ease(float64(x%size)/float64(size)), ease(float64(y%size)/float64(size))
			top, low := mix(at(gx, gy), at(gx+1, gy), fx), mix(at(gx, gy+1), at(gx+1, gy+1), fx)
			tile[y*tileSize+x] += mix(top, low, fy)
		}
	}
}

// stripes mows, and lights the middle a little more than the ends.
func (g *grass) stripes() {
	pale, deep, rough := rgb(98, 152, 62), rgb(76, 130, 50), rgb(72, 112, 52)
	for i := range g.luma {
		x := float64(i)/tableEach - fieldReach
		phase := (x + halfLength) / mowWidth
		edge := min(max(0.5+5*math.Sin(math.Pi*phase), 0), 1)
		c := deep.blend(pale, int(edge*256))
		if math.Abs(x) > halfLength+3 {
			c = rough
		}
		g.luma[i] = int16(int(c.y) + int(5-9*math.Abs(x)/halfLength))
		g.u[i], g.v[i] = c.u, c.v
	}
}

// ground draws every row of the picture that shows ground, from row top on.
func (g *grass) ground(p *Picture, c *camera, top int) {
	for y := max(top, 0); y < p.H; y++ {
		dx, x, dy, v, mip := c.row(float64(y)+0.5, 1)
		if dx == 0 && dy == 0 {
			continue
		}
		g.row(p.y[y*p.W:(y+1)*p.W], x, dx, v, dy, mip)
	}
	for y := max(top/2, 0); y < p.H/2; y++ {
		dx, x, dy, v, mip := c.row(float64(2*y)+1, 2)
		if dx == 0 && dy == 0 {
			continue
		}
		_, _, _ = dy, v, mip
		g.rowColour(p.u[y*p.W/2:(y+1)*p.W/2], p.v[y*p.W/2:(y+1)*p.W/2], x, dx)
	}
}

// row gives where a row of the picture meets the ground: the place of its
// first pixel and the step between pixels, in texels with 16 fractional bits
// from the pitch's far corner, and which tile suits its distance. Each step
// covers every pixels.
func (c *camera) row(y float64, every int) (dx, x, dy, v int, mip int) {
	if y <= c.hor+1 {
		return 0, 0, 0, 0, 0
	}
	d := c.focal * c.high / (y - c.hor)
	scale := d / c.focal // metres a pixel
	fixed := func(m float64) int { return int(m * texelsAll * 65536) }
	left := (float64(every)/2 - c.cx) * scale
	at := c.at.add(vec{c.fx*d + c.fy*left, c.fy*d - c.fx*left})
	for mip < 3 && scale*float64(texelsAll)/float64(int(1)<<mip) > 1.2 {
		mip++
	}
	k := scale * float64(every)
	return fixed(c.fy * k), fixed(at.x + fieldReach), fixed(-c.fx * k), fixed(at.y + fieldReach), mip
}

func (g *grass) row(out []byte, x, dx, v, dv, mip int) {
	tile := g.tiles[mip]
	shift, mask := 16+mip, tileSize>>mip-1
	line := tileShift - mip
	for i := range out {
		k := x >> 18 // 32 texels a metre are four for each entry of the table
		if uint(k) >= uint(len(g.luma)) {
			k = 0
		}
		n := tile[(v>>shift&mask)<<line|x>>shift&mask]
		out[i] = uint8(int(g.luma[k]) + int(n))
		x += dx
		v += dv
	}
}

func (g *grass) rowColour(u, v []byte, x, dx int) {
	for i := range u {
		k := x >> 18
		if uint(k) >= uint(len(g.u)) {
			k = 0
		}
		u[i], v[i] = g.u[k], g.v[k]
		x += dx
	}
}
