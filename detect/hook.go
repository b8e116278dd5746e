package detect

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ovation-live/ovation/clip"
)

// MaxBody is how large a webhook may be. The specification recommends less
// than 20 kB; who reads it off the wire stops here.
const MaxBody = 1 << 20

// Hook is a source that tells us of events by signed webhooks.
type Hook struct {
	Name string // also the moment's Source

	keys   keys
	mapper *mapper
}

// NewHook checks a hook's secrets and templates; the mapping is over the
// decoded JSON body.
func NewHook(name string, secrets []clip.Secret, m Mapping) (*Hook, error) {
	op := fmt.Sprintf("set up webhook %q", name)
	if err := clip.CheckID("webhook", name); err != nil {
		return nil, err
	}
	if m.Feed == "" {
		return nil, clip.Errorf(clip.Invalid, op, "its map has no feed: name the feed, or write a template such as {{.feed}}")
	}
	if m.At == "" && m.In == "" {
		return nil, clip.Errorf(clip.Invalid, op, "its map has neither at nor in: say where the event's time stands, such as at: '{{.time}}', or at: now for when it arrives")
	}
	ks, err := newKeys(secrets)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	mp, err := newMapper(m)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "map: %w", err)
	}
	return &Hook{Name: name, keys: ks, mapper: mp}, nil
}

// Read verifies a webhook and maps it to a flag. Denied: it is not signed as
// it must be, or too old, or from the future. Invalid: it is genuine, but says
// nothing that can be flagged. Key is the webhook's id unless the map writes
// one: a webhook that is sent twice flags the same moment.
func (h *Hook) Read(header http.Header, body []byte, now time.Time) (clip.Flag, error) {
	op := "read webhook " + h.Name
	if len(body) > MaxBody {
		return clip.Flag{}, clip.Errorf(clip.Invalid, op, "the body has %d bytes, the limit is %d", len(body), MaxBody)
	}
	id, err := h.keys.verify(header, body, now)
	if err != nil {
		return clip.Flag{}, clip.Errorf(clip.Denied, op, "%w", err)
	}
	if e := header.Get("Content-Encoding"); e != "" && e != "identity" {
		return clip.Flag{}, clip.Errorf(clip.Invalid, op, "the body is compressed (%.40q); send it plain", e)
	}
	doc, err := readDocument(body)
	if err != nil {
		return clip.Flag{}, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	f, err := h.mapper.flag(doc)
	if err == nil {
		err = complete(f)
	}
	if err != nil {
		return clip.Flag{}, clip.Errorf(clip.Invalid, op, "%w", err)
	}
	f.Source = h.Name
	if f.Key == "" {
		f.Key = id
	}
	return f, nil
}

// complete asks for what no moment can do without. An event that is withdrawn
// is known by its key.
func complete(f clip.Flag) error {
	switch {
	case f.Feed == "":
		return fmt.Errorf("the template for feed came out empty, so it is not known where to look")
	case f.At == "" && f.In == "" && f.Status != clip.Withdrawn:
		return fmt.Errorf("the templates for at and in came out empty, so it is not known when it happened")
	}
	return nil
}
