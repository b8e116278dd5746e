package configs

import "github.com/ovation-live/ovation/clip"

// Hook is a source of moments that calls us: POST /api/v1/hooks/NAME, signed
// as Standard Webhooks says. Any of its secrets may sign, so that they can be
// changed without a gap; secret_file holds one a line.
type Hook struct {
	Name    string        `yaml:"name"`
	Secrets []clip.Secret `yaml:"secrets"` // whsec_…
	Map     Mapping       `yaml:"map"`
}

// Mark says which marks in a feed flag a moment.
type Mark struct {
	Name   string            `yaml:"name"`
	Feed   clip.FeedID       `yaml:"feed"` // empty: any
	Scheme string            `yaml:"scheme"`
	Match  map[string]string `yaml:"match"` // field of the mark → its exact value
	Map    Mapping           `yaml:"map"`
}

// Mapping makes a flag of something else: each value is a text/template over
// the webhook's JSON body or the mark's fields. An empty one leaves that part
// of the flag as it is. Its fields are those of detect.Mapping, in that order.
type Mapping struct {
	Feed   string            `yaml:"feed"`
	At     string            `yaml:"at"`
	In     string            `yaml:"in"`
	Out    string            `yaml:"out"`
	Kind   string            `yaml:"kind"`
	Title  string            `yaml:"title"`
	People string            `yaml:"people"` // one name a line
	Key    string            `yaml:"key"`
	Status string            `yaml:"status"` // confirmed, amended or withdrawn
	Fields map[string]string `yaml:"fields"`
}
