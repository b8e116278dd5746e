package configs

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/ovation-live/ovation/clip"
)

// Destination is an account on a platform. What its options mean only the
// platform's driver knows, so they are kept as they stand until Decode.
type Destination struct {
	Name     string       `yaml:"name"`
	Platform string       `yaml:"platform"`
	Shapes   []clip.Shape `yaml:"shapes"` // wanted, best first; none: as the platform prefers
	Options  Options      `yaml:"options"`
}

// Options are the driver's part of a configuration, not yet read.
type Options struct {
	file string // for errors, and where relative secret files begin
	path string // of the key, such as destinations[0].options
	node ast.Node
}

// Decode reads the options into the driver's own struct, as strictly as the
// rest of the file: keys are the yaml tags, what is not set keeps its value,
// and every [clip.Secret] may also be given as a file under its key plus
// _file.
func (d Destination) Decode(into any) error {
	o := d.Options
	r := decoder{file: o.file}
	if o.node != nil {
		r.decode(o.node, o.path, into)
	}
	return r.err()
}
