package feed

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
)

// attributes reads an HLS attribute list (RFC 8216 4.2). Quotes are taken off.
// What is no attribute ends it.
func attributes(text string) map[string]string {
	out := map[string]string{}
	for text = strings.TrimSpace(text); text != ""; {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			break
		}
		var value string
		if quoted, isQuoted := strings.CutPrefix(rest, `"`); isQuoted {
			if value, rest, ok = strings.Cut(quoted, `"`); !ok {
				break
			}
			_, text, _ = strings.Cut(rest, ",")
		} else {
			value, text, _ = strings.Cut(rest, ",")
		}
		out[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return out
}

// variables are the names that a playlist defines (EXT-X-DEFINE of RFC
// 8216bis 4.4.2.3, 2026-11-24). A value is put in as it stands and is not
// looked through again, so that definitions cannot grow without end.
type variables map[string]string

var reference = regexp.MustCompile(`\{\$([A-Za-z0-9_-]*)\}`)

// define takes a definition. Imported ones come from the multivariant playlist
// that led here, queried ones from the playlist's own address.
func (v variables) define(line []byte, imported variables, base *url.URL) error {
	a := attributes(string(bytes.TrimPrefix(line, []byte("#EXT-X-DEFINE:"))))
	name, value, ok := a["NAME"], a["VALUE"], a["NAME"] != ""
	if from, isImport := a["IMPORT"]; isImport {
		name = from
		value, ok = imported[from]
	}
	if from, isQuery := a["QUERYPARAM"]; isQuery {
		name = from
		value, ok = base.Query().Get(from), base.Query().Has(from)
	}
	if _, twice := v[name]; !ok || twice {
		return ErrVariables
	}
	v[name] = value
	return nil
}

// replace puts the values in.
func (v variables) replace(line []byte) ([]byte, error) {
	if !bytes.Contains(line, []byte("{$")) {
		return line, nil
	}
	var err error
	out := reference.ReplaceAllFunc(line, func(m []byte) []byte {
		value, ok := v[string(m[2:len(m)-1])]
		if !ok {
			err = ErrVariables
		}
		return []byte(value)
	})
	return out, err
}
