package feed

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/ovation-live/ovation/clip"
)

// keyRef is how a segment is encrypted: AES-128 in CBC mode over the whole of
// it (RFC 8216 5.2). Segments are stored decrypted: what is cut and shown
// later must not need a key that is gone.
type keyRef struct {
	url *url.URL
	iv  []byte // nil: the media sequence number
}

// readKey reads an EXT-X-KEY; nil means that nothing is encrypted.
func (r *windowReader) readKey(keys []m3u8.Key) (*keyRef, error) {
	for _, k := range keys {
		if k.Method == "NONE" {
			return nil, nil
		}
		if k.Method != "AES-128" || k.Keyformat != "" && k.Keyformat != "identity" {
			continue // another of the keys may be one that we can use
		}
		u, err := r.resolve(k.URI)
		if err != nil {
			return nil, ErrLocation
		}
		ref := &keyRef{url: u}
		if k.IV != "" {
			text, ok := strings.CutPrefix(strings.ToLower(k.IV), "0x")
			if ref.iv, err = hex.DecodeString(text); err != nil || !ok || len(ref.iv) != aes.BlockSize {
				return nil, ErrIV
			}
		}
		return ref, nil
	}
	return nil, ErrKeys
}

// decrypt opens a segment, or an init segment, of media sequence number seq.
func (k *keyRef) decrypt(key, b []byte, seq uint64) ([]byte, error) {
	if len(b) == 0 || len(b)%aes.BlockSize != 0 {
		return nil, ErrPadding
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrKeyLength
	}
	iv := k.iv
	if iv == nil {
		iv = binary.BigEndian.AppendUint64(make([]byte, 8), seq)
	}
	out := make([]byte, len(b))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, b)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, ErrPadding
	}
	return out[:len(out)-pad], nil
}

// keys are those that were fetched lately, by their address.
type keys map[string][]byte

const keysKept = 64

// key fetches a key through the guarded dialer, once.
func (h *HLS) key(ctx context.Context, k *keyRef) ([]byte, error) {
	address := k.url.String()
	if b, ok := h.keys[address]; ok {
		return b, nil
	}
	b, _, err := fetch(ctx, h.client, request{url: k.url, limit: 1 << 10, timeout: segmentTimeout})
	if err != nil {
		return nil, err
	}
	if len(b) != aes.BlockSize {
		return nil, clip.Errorf(clip.Invalid, "fetch the key "+redact(k.url), "%w", ErrKeyLength)
	}
	if h.keys == nil {
		h.keys = keys{}
		h.log.Info("the feed is encrypted with AES-128; its recording is not")
	}
	if len(h.keys) >= keysKept {
		clear(h.keys)
	}
	h.keys[address] = b
	return b, nil
}

// decrypt opens what was fetched, where it is encrypted. A wrong key is fetched
// again the next time.
func (h *HLS) decrypt(ctx context.Context, k *keyRef, b []byte, seq uint64) ([]byte, error) {
	if k == nil {
		return b, nil
	}
	key, err := h.key(ctx, k)
	if err != nil {
		return nil, err
	}
	out, err := k.decrypt(key, b, seq)
	if err != nil {
		delete(h.keys, k.url.String())
		return nil, clip.Errorf(clip.Unavailable, "decrypt a segment with "+redact(k.url), "%w", err)
	}
	return out, nil
}
