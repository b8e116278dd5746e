package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

func TestVault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v, err := OpenVaults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Of("fans").Load(t.Context()); got != nil || err != nil {
		t.Errorf("an empty vault holds %q, %v", got, err)
	}
	for _, secret := range []string{"first", "second"} {
		if err := v.Of("fans").Save(t.Context(), []byte(secret)); err != nil {
			t.Fatal(err)
		}
	}
	again, err := OpenVaults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Of("fans").Load(t.Context()); string(got) != "second" || err != nil {
		t.Errorf("after it was opened again it holds %q, %v", got, err)
	}
	if got, err := again.Of("club").Load(t.Context()); got != nil || err != nil {
		t.Errorf("another's vault holds %q, %v", got, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		st, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || st.Mode().Perm() != 0o600 || bytes.Contains(content, []byte("second")) {
			t.Errorf("%s: %v, mode %s, %q", f.Name(), err, st.Mode(), content)
		}
	}
}

// TestVaultMoved: what belongs to one destination, or was sealed with another
// key, does not open.
func TestVaultMoved(t *testing.T) {
	dir := t.TempDir()
	v, err := OpenVaults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Of("fans").Save(t.Context(), []byte("secret")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(v.Of("fans").path(), v.Of("club").path()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Of("club").Load(t.Context()); clip.KindOf(err) != clip.Denied || !strings.Contains(err.Error(), "connect the account again") {
		t.Errorf("another's secret gave %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, vaultKey), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenVaults(dir); clip.KindOf(err) != clip.Invalid {
		t.Errorf("half a key gave %v", err)
	}
}
