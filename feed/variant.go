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
	sound     []rendition // its sound, where that is in playlists of its own
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
		out = append(out, variant{u, v.Bandwidth, codec, renditions(v, base)})
	}
	if len(out) == 0 {
		return nil, ErrNoVariant
	}
	return out, nil
}

// renditions are the sound playlists of a variant; none where its sound is in
// its own segments.
func renditions(v *m3u8.Variant, base *url.URL) (out []rendition) {
	for _, a := range v.Alternatives {
		if a == nil || a.Type != "AUDIO" || a.GroupId != v.Audio || a.URI == "" {
			continue
		}
		if u, err := resolve(base, a.URI); err == nil {
			out = append(out, rendition{u, a.Name, a.Language, a.Default})
		}
	}
	return out
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

// best is the variant to record: H.264 before HEVC, then the highest
// bandwidth, then sound of its own before sound in another playlist.
func best(variants []variant) variant {
	return slices.MaxFunc(variants, func(a, b variant) int {
		return cmp.Or(
			order(a.codec == codecH264, b.codec == codecH264),
			cmp.Compare(a.bandwidth, b.bandwidth),
			order(len(a.sound) == 0, len(b.sound) == 0))
	})
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
