package platformtest

import (
	"bytes"
	"context"
	"sync"
)

// Vault is a [platform.Vault] in memory. It is safe for concurrent use.
type Vault struct {
	mu     sync.Mutex
	secret []byte
}

// NewVault makes an empty vault.
func NewVault() *Vault { return new(Vault) }

// Load implements platform.Vault.
func (v *Vault) Load(context.Context) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return bytes.Clone(v.secret), nil
}

// Save implements platform.Vault.
func (v *Vault) Save(_ context.Context, secret []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.secret = bytes.Clone(secret)
	return nil
}
