package platform

import (
	"encoding/json"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/ovation-live/ovation/clip"
)

// delivery is what a partner gets beside a post's files: the document
// <post id>.json. It is written last, so that a post is published when, and
// only when, it is there; and it holds our marker, by which it is found again.
type delivery struct {
	Post        clip.PostID     `json:"post"`
	Marker      string          `json:"marker"`
	Published   time.Time       `json:"published"`
	Highlight   clip.MomentID   `json:"highlight"`
	Destination string          `json:"destination"`
	Decision    string          `json:"decision"`
	Revision    int             `json:"revision"`
	Shape       clip.Shape      `json:"shape"`
	Duration    time.Duration   `json:"duration"` // nanoseconds
	Lang        string          `json:"lang,omitempty"`
	Title       string          `json:"title"`
	Text        string          `json:"text"`
	Alt         string          `json:"alt,omitempty"`
	Files       []deliveredFile `json:"files"`
}

// deliveredFile is one file beside the document.
type deliveredFile struct {
	Name   string      `json:"name"`
	Kind   string      `json:"kind"`
	Digest clip.Digest `json:"digest"`
	URL    string      `json:"url,omitempty"` // where it can be fetched, if it was not brought
}

// newDelivery is the document of a post that is published now.
func newDelivery(p clip.Post, now time.Time) delivery {
	return delivery{
		Post: p.ID, Marker: p.Marker, Published: now.UTC().Truncate(time.Millisecond),
		Highlight: p.Highlight, Destination: p.Destination, Decision: p.Decision, Revision: p.Revision,
		Shape: p.Shape, Duration: p.Duration, Lang: p.Lang, Title: p.Title, Text: p.Text, Alt: p.Alt,
		Files: filesOf(p),
	}
}

// filesOf are the files that a post consists of, beside its document.
func filesOf(p clip.Post) []deliveredFile {
	all := []deliveredFile{
		{Name: string(p.ID) + ".mp4", Kind: "video/mp4", Digest: p.Media},
		{Name: string(p.ID) + ".vtt", Kind: "text/vtt", Digest: p.Captions},
		{Name: string(p.ID) + ".jpg", Kind: "image/jpeg", Digest: p.Cover},
	}
	var files []deliveredFile
	for _, f := range all {
		if f.Digest != "" {
			files = append(files, f)
		}
	}
	return files
}

// blob is the file's content.
func (f deliveredFile) blob(m Media) Blob {
	return map[string]Blob{".mp4": m.Video, ".vtt": m.Captions, ".jpg": m.Cover}[path.Ext(f.Name)]
}

// documentName is the name of a post's document.
func documentName(id clip.PostID) string { return string(id) + ".json" }

// namesOf are all names that a post's files may have, its document first.
func namesOf(id clip.PostID) []string {
	return []string{documentName(id), string(id) + ".mp4", string(id) + ".vtt", string(id) + ".jpg"}
}

// nameable requires that a post's id can begin the name of a file; a line break
// would end a command of FTP.
func nameable(op string, id clip.PostID) error {
	if s := string(id); s == "" || strings.HasPrefix(s, ".") || strings.ContainsAny(s, `/\`) || strings.ContainsFunc(s, unicode.IsControl) {
		return clip.Errorf(clip.Invalid, op, "%q cannot be the name of a file", s)
	}
	return nil
}

// text is the document as it is written.
func (d delivery) text() ([]byte, error) {
	text, err := json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

// parseDelivery reads a document that stands under p's name. One that no
// attempt of p wrote is never believed, overwritten or removed.
func parseDelivery(text []byte, p clip.Post) (delivery, error) {
	var d delivery
	if err := json.Unmarshal(text, &d); err != nil || !d.of(p) {
		return delivery{}, clip.Errorf(clip.Rejected, "", "%s is there, and not ours; move it away", documentName(p.ID))
	}
	return d, nil
}

// of reports whether any attempt of p wrote the document.
func (d delivery) of(p clip.Post) bool {
	for attempt := range p.Attempt + 1 {
		if d.Marker == marker(p.ID, attempt) {
			return true
		}
	}
	return d.Marker == p.Marker && p.Marker != ""
}
