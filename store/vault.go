package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ovation-live/ovation/clip"
)

// Vaults keeps secrets that are learned while the program runs, one for each
// destination, in files sealed with a key that lies beside them (AES-256-GCM).
// The key keeps a copied file, a listing or a stray backup of one file from
// being of use; who has the whole data directory has the secrets.
type Vaults struct {
	dir  string
	seal cipher.AEAD
}

const vaultKey = "key" // no destination's file: those end in .sealed

// OpenVaults opens the vaults in a directory; the first time it makes their
// key, which only the owner can read.
func OpenVaults(dir string) (*Vaults, error) {
	const op = "open the vaults"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, vaultKey))
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(dir)
	}
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "%s is not the key that was made here: bring it back, or remove the directory and connect the accounts again", filepath.Join(dir, vaultKey))
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, clip.Errorf(clip.Internal, op, "%w", err)
	}
	return &Vaults{dir, seal}, nil
}

// makeKey makes a key, unless another process did at this very moment.
func makeKey(dir string) ([]byte, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (https://pkg.go.dev/crypto/rand#Read, 2026-11-24)
	part := filepath.Join(dir, vaultKey+"-"+rand.Text()+".part")
	if err := writeSynced(part, key); err != nil {
		return nil, err
	}
	defer os.Remove(part)
	to := filepath.Join(dir, vaultKey)
	if err := os.Link(part, to); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(part, to); err != nil { // the file system has no links
			return nil, err
		}
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	return os.ReadFile(to)
}

// Of is the vault of one destination.
func (v *Vaults) Of(destination string) *Vault { return &Vault{v, destination} }

// Vault holds one secret.
type Vault struct {
	all  *Vaults
	name string
}

func (v *Vault) path() string { return filepath.Join(v.all.dir, v.name+".sealed") }

// Load gives what was saved last; nil: nothing yet.
func (v *Vault) Load(context.Context) ([]byte, error) {
	op := "read the kept secret of " + v.name
	sealed, err := os.ReadFile(v.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, clip.Errorf(clip.Unavailable, op, "%w", err)
	}
	secret, err := v.all.seal.Open(nil, nil, sealed, []byte(v.name))
	if err != nil {
		return nil, clip.Errorf(clip.Denied, op, "it was not sealed here with this key: remove %s and connect the account again", v.path())
	}
	return secret, nil
}

// Save replaces the secret. When it returns, a power cut does not bring the old
// one back.
func (v *Vault) Save(_ context.Context, secret []byte) error {
	part := v.path() + "-" + rand.Text() + ".part"
	defer os.Remove(part) // where it was renamed it is not there
	err := writeSynced(part, v.all.seal.Seal(nil, nil, secret, []byte(v.name)))
	if err == nil {
		err = os.Rename(part, v.path())
	}
	if err == nil {
		err = syncDir(v.all.dir)
	}
	if err != nil {
		return clip.Errorf(clip.Unavailable, "keep the secret of "+v.name, "%w", err)
	}
	return nil
}

// writeSynced writes a new file that only the owner can read.
func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
