package pds_test

import (
	"testing"

	"github.com/ovation-live/ovation/internal/pds"
)

// TestStart proves the helper before a driver is.
func TestStart(t *testing.T) {
	s := pds.Start(t)
	if again := pds.Start(t); again != s {
		t.Error("a second Start made a second server")
	}
	if len(s.DID) < len("did:plc:x") || len(s.Posts(t)) > 0 || len(s.Blobs(t)) > 0 {
		t.Errorf("a new account is not as it should be: %+v", s)
	}
}
