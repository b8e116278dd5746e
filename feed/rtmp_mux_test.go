package feed

import (
	"bytes"
	"testing"
)

// TestParameterSets puts the sets that were sent last before key frames that
// have none.
func TestParameterSets(t *testing.T) {
	p := parameterSets{isPicture: isSlice, isKey: isIDR, isSet: isSPS, sets: [][]byte{{7, 'a'}, {8, 'a'}, nil}}
	for i, c := range []struct {
		name     string
		au, want [][]byte
	}{
		{"a key frame", [][]byte{{5}}, [][]byte{{7, 'a'}, {8, 'a'}, {5}}},
		{"another picture", [][]byte{{9}, {1}}, [][]byte{{9}, {1}}},
		{"one with its own", [][]byte{{7, 'b'}, {8, 'b'}, {5}}, [][]byte{{7, 'b'}, {8, 'b'}, {5}}},
		{"no picture", [][]byte{{9}, {6}}, nil},
		{"new sets", [][]byte{{7, 'c'}, {8, 'c'}}, nil},
		{"the next key frame", [][]byte{{6}, {5}}, [][]byte{{7, 'c'}, {8, 'c'}, {6}, {5}}},
		{"nothing", nil, nil},
	} {
		got := p.before(c.au)
		if !bytes.Equal(bytes.Join(got, []byte("|")), bytes.Join(c.want, []byte("|"))) || (got == nil) != (c.want == nil) {
			t.Errorf("%d, %s: % x, want % x", i, c.name, got, c.want)
		}
	}
}
