package feed

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// variant is one way that a multivariant playlist offers the feed.
type variant struct {
	url       *url.URL
	bandwidth uint32
	codec     string      // codecH264 or codecHEVC
	sound     []rendition // none: in its own segments
	subtitles []rendition
}

// readVariants lists the variants that can be recorded.
func readVariants(list *m3u8.MasterPlaylist, base *url.URL) ([]variant, error) {
	var out []variant
	for _, v := range list.Variants {
		if v == nil || v.Iframe {
			continue
		}
		codec := videoCodec(v.Codecs)
		u, err := resolve(base, v.URI)
		if codec == "" || err != nil {
			continue
		}
		out = append(out, variant{u, v.Bandwidth, codec, renditions(v, base, "AUDIO"), renditions(v, base, "SUBTITLES")})
	}
	if len(out) == 0 {
		return nil, ErrNoVariant
	}
	return out, nil
}

// renditions are what a variant offers beside its pictures, in playlists of
// its own or, where a rendition has no URL, in the variant's segments.
func renditions(v *m3u8.Variant, base *url.URL, kind string) (out []rendition) {
	group := map[string]string{"AUDIO": v.Audio, "SUBTITLES": v.Subtitles}[kind]
	for _, a := range v.Alternatives {
		if a == nil || a.Type != kind || a.GroupId != group {
			continue
		}
		r := rendition{name: a.Name, lang: a.Language, isDefault: a.Default, forced: a.Forced}
		if a.URI != "" {
			var err error
			if r.url, err = resolve(base, a.URI); err != nil {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// hasSound reports whether there is sound in the variant's own segments.
func (v variant) hasSound() bool {
	return len(v.sound) == 0 || slices.ContainsFunc(v.sound, func(r rendition) bool { return r.url == nil })
}

// videoCodec is the codec that a CODECS attribute (RFC 6381) names, or empty.
// Most old playlists name none and mean H.264.
func videoCodec(codecs string) string {
	switch {
	case codecs == "", strings.Contains(codecs, "avc1"), strings.Contains(codecs, "avc3"):
		return codecH264
	case strings.Contains(codecs, "hvc1"), strings.Contains(codecs, "hev1"):
		return codecHEVC
	}
	return ""
}

// rank puts the variant to record first: H.264 before HEVC, then the highest
// bandwidth, then sound of its own before sound in another playlist. Equal ones
// stay in their order: they are there for when the first one fails.
func rank(variants []variant) []variant {
	return slices.SortedStableFunc(slices.Values(variants), func(a, b variant) int {
		return cmp.Or(b.better(a), order(b.hasSound(), a.hasSound()))
	})
}

// better compares the quality of two variants.
func (v variant) better(o variant) int {
	return cmp.Or(order(v.codec == codecH264, o.codec == codecH264), cmp.Compare(v.bandwidth, o.bandwidth))
}

// order puts true behind false.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
