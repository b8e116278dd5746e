package feed

import (
	"net/url"
	"slices"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// variant is one way that a multivariant playlist offers the feed.
type variant struct {
	url       *url.URL
	bandwidth uint32
	codec     string // codecH264 or codecHEVC
	separate  bool   // its sound is in playlists of its own
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
		separate := slices.ContainsFunc(v.Alternatives, func(a *m3u8.Alternative) bool { return a.Type == "AUDIO" && a.URI != "" })
		out = append(out, variant{u, v.Bandwidth, codec, separate})
	}
	if len(out) == 0 {
		return nil, ErrNoVariant
	}
	return out, nil
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

// best is the variant to record: its own sound before separate, H.264 before
// HEVC, and then the highest bandwidth.
func best(variants []variant) (variant, error) {
	rank := func(v variant) int {
		n := 0
		if !v.separate {
			n += 2
		}
		if v.codec == codecH264 {
			n++
		}
		return n
	}
	v := slices.MaxFunc(variants, func(a, b variant) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return int(int64(a.bandwidth) - int64(b.bandwidth))
	})
	if v.separate {
		return v, ErrSeparateAudio
	}
	return v, nil
}
