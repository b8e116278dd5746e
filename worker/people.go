package worker

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/desk"
)

// people are the configured users and the first administrator, whose token is
// $OVATION_TOKEN where that is set, else one that is made once and kept.
func people(configured []configs.User, data string) ([]desk.User, clip.Secret, error) {
	token := clip.Secret(os.Getenv("OVATION_TOKEN"))
	if token == "" {
		kept, err := keep(filepath.Join(data, configs.TokenFile))
		if err != nil {
			return nil, "", err
		}
		token = clip.Secret(kept)
	}
	users := []desk.User{{Name: configs.FirstAdmin, Role: clip.Admin, Token: token}}
	for _, u := range configured {
		users = append(users, desk.User(u))
	}
	return users, token, nil
}

// cookieKey signs the desk's cookies; it survives a restart.
func cookieKey(data string) ([]byte, error) {
	kept, err := keep(filepath.Join(data, "cookie.key"))
	return []byte(kept), err
}

// keep reads a secret, or makes one of 256 random bits that only the owner can
// read.
func keep(path string) (string, error) {
	const op = "keep a secret in the data directory"
	text, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(text))) > 0 {
		return strings.TrimSpace(string(text)), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	secret := base64.RawURLEncoding.EncodeToString(b[:])
	if err := os.WriteFile(path+".part", []byte(secret+"\n"), 0o600); err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return "", clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	return secret, nil
}
