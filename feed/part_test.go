package feed

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ovation-live/ovation/clip"
)

// TestOpenSegment gives parts as a source does that takes the end of what it
// gave back, begins anew, or went on while the disk could not be written: after
// each the file holds the parts that count, and nothing of the others.
func TestOpenSegment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "1.ts.open")
	var o openSegment
	defer o.leave()
	for _, c := range []struct {
		at    int
		bytes string
		want  string
	}{
		{0, "aaaa", "aaaa"},
		{4, "bbbb", "aaaabbbb"},
		{6, "c", "aaaabbc"}, // the end of b was not whole
		{0, "dd", "dd"},     // a new connection
		{2, "ee", "ddee"},
	} {
		if err := o.add(path, Piece{Part: true, Bytes: []byte(c.bytes), Container: clip.MPEGTS, asParts: c.at}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); string(got) != c.want {
			t.Errorf("after %q at %d the file is %q, want %q", c.bytes, c.at, got, c.want)
		}
	}
	o.drop()
	if err := o.add(path, Piece{Part: true, Bytes: []byte("late"), asParts: 4}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a segment without its beginning is kept")
	}
	if err := o.add(path, Piece{Part: true, Bytes: []byte("whole")}); err != nil {
		t.Fatal(err)
	}
	final := filepath.Join(filepath.Dir(path), "1.ts")
	if err := o.finish(final, Piece{Bytes: []byte("who"), asParts: 3}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, final); !bytes.Equal(got, []byte("who")) {
		t.Errorf("the closed segment is %q", got)
	}
}

// TestCloseOpenWithoutRoom closes what a crash left open where no other file
// can be written, as on a full disk.
func TestCloseOpenWithoutRoom(t *testing.T) {
	d := dvr{t.TempDir(), "a"}
	if err := os.MkdirAll(d.path("1.ts"+partSuffix), 0o755); err != nil { // in the way
		t.Fatal(err)
	}
	left := read(t, filepath.Join("testdata", "corpus", "tracks.ts"))
	want, ok := wholePictures(left)
	if !ok {
		t.Fatal("the corpus has no whole picture")
	}
	if err := os.WriteFile(d.path("1.ts"+openSuffix), left, 0o644); err != nil {
		t.Fatal(err)
	}
	name, err := d.closeOpen("1.ts" + openSuffix)
	if err != nil || name != "1.ts" {
		t.Fatalf("it is %q: %v", name, err)
	}
	if got := read(t, d.path(name)); !bytes.Equal(got, want) {
		t.Errorf("%d bytes are kept, want %d", len(got), len(want))
	}
	if _, err := os.Stat(d.path("1.ts" + openSuffix)); err == nil {
		t.Error("the open segment is there still")
	}
}
