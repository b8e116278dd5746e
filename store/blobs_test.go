package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	_ "gocloud.dev/blob/memblob" // a bucket elsewhere, for these tests

	"github.com/ovation-live/ovation/clip"
)

// buckets runs a test on a directory and on a bucket that is elsewhere.
func buckets(t *testing.T, run func(t *testing.T, b *Blobs)) {
	for name, url := range map[string]string{"directory": "file://" + t.TempDir() + "/made/for it", "elsewhere": "mem://"} {
		t.Run(name, func(t *testing.T) {
			b := must(OpenBlobs(ctx, url, filepath.Join(t.TempDir(), "scratch")))(t)
			t.Cleanup(func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
				wantSame(t, leftovers(t, b), []string(nil))
			})
			run(t, b)
		})
	}
}

// leftovers lists files that are neither blobs nor chunks.
func leftovers(t testing.TB, b *Blobs) (names []string) {
	t.Helper()
	dirs := []string{b.scratch}
	if b.dir != "" {
		dirs = append(dirs, filepath.Join(b.dir, parts))
	}
	for _, dir := range dirs {
		for _, e := range must(os.ReadDir(dir))(t) {
			names = append(names, e.Name())
		}
	}
	return names
}

// file writes a file of the test's own.
func file(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBlobs(t *testing.T) {
	buckets(t, func(t *testing.T, b *Blobs) {
		for _, content := range []string{"", "a goal", strings.Repeat("x", 3<<20)} {
			want := clip.DigestOf([]byte(content))
			wantSame(t, must(b.Has(ctx, want))(t), false)
			for range 2 { // the same content twice is one blob
				d, n, err := b.Put(ctx, iotest.OneByteReader(strings.NewReader(content[:min(len(content), 1000)])))
				if len(content) > 1000 {
					d, n, err = b.PutFile(ctx, file(t, content))
				}
				if err != nil || d != want || n != int64(len(content)) {
					t.Fatalf("%s, %d bytes, %v", d, n, err)
				}
			}
			wantSame(t, must(b.Has(ctx, want))(t), true)
			if err := b.Verify(ctx, want); err != nil {
				t.Error(err)
			}
			r, n, err := b.Open(ctx, want)
			must(0, err)(t)
			if len(content) < 1000 { // it reads byte by byte
				must(0, iotest.TestReader(r, []byte(content)))(t)
			}
			wantSame(t, []any{n, r.Close()}, []any{int64(len(content)), nil})
			path, release, err := b.Local(ctx, want)
			must(0, err)(t)
			if got := must(os.ReadFile(path))(t); string(got) != content {
				t.Errorf("the local file has %d bytes", len(got))
			}
			release()
		}
	})
}

func TestChunks(t *testing.T) {
	buckets(t, func(t *testing.T, b *Blobs) {
		key := clip.DigestOf([]byte("what it is made from"))
		wantSame(t, must(b.HasChunk(ctx, key))(t), false)
		_, _, err := b.LocalChunk(ctx, key)
		wantKind(t, err, clip.NotFound, "fetch chunk "+key.Short())
		for _, content := range []string{"the first", "another of the same key"} {
			if err := b.PutChunk(ctx, key, file(t, content)); err != nil {
				t.Fatal(err)
			}
		}
		wantSame(t, must(b.HasChunk(ctx, key))(t), true)
		wantSame(t, must(b.Has(ctx, key))(t), false) // a chunk is no blob
		path, release, err := b.LocalChunk(ctx, key)
		must(0, err)(t)
		wantSame(t, string(must(os.ReadFile(path))(t)), "the first")
		release()
		wantKind(t, b.PutChunk(ctx, clip.DigestOf(nil), "/nowhere"), clip.NotFound, "/nowhere")
	})
}

func TestDocuments(t *testing.T) {
	buckets(t, func(t *testing.T, b *Blobs) {
		plan := clip.Plan{Recipe: "r", Rate: clip.Rate{Num: 25, Den: 1}, Cells: []clip.Cell{{Grid: 7}}}
		d := must(b.PutDocument(ctx, must(json.Marshal(plan))(t)))(t)
		var got clip.Plan
		must(0, b.GetDocument(ctx, d, &got))(t)
		wantSame(t, got, plan)
		wantKind(t, b.GetDocument(ctx, clip.DigestOf(nil), &got), clip.NotFound, "read document")
		wantKind(t, b.GetDocument(ctx, must(b.PutDocument(ctx, []byte("no JSON")))(t), &got), clip.Internal, "read document")
		wantKind(t, b.GetDocument(ctx, "../blobs", &got), clip.NotFound)
		must(0, b.DeleteChunk(ctx, d))(t)
		must(0, b.DeleteChunk(ctx, d))(t) // twice is a success
		wantKind(t, b.GetDocument(ctx, d, &got), clip.NotFound)

		got = clip.Plan{}
		wantSame(t, must(b.PutJSON(ctx, plan))(t), d)
		must(0, b.GetJSON(ctx, d, &got))(t)
		wantSame(t, got, plan)
		_, err := b.PutJSON(ctx, func() {})
		wantKind(t, err, clip.Internal, "store a document")
	})
}

func TestEachChunk(t *testing.T) {
	buckets(t, func(t *testing.T, b *Blobs) {
		want := map[clip.Digest]int64{}
		for _, text := range []string{"a", "bb", "ccc"} {
			key := clip.DigestOf([]byte("made from " + text))
			must(0, b.PutChunk(ctx, key, file(t, text)))(t)
			want[key] = int64(len(text))
		}
		_, _, err := b.PutFile(ctx, file(t, "a blob is no chunk"))
		must(0, err)(t)
		got := map[clip.Digest]int64{}
		must(0, b.EachChunk(ctx, func(k Chunk) error {
			if age := time.Since(k.Used); age < -time.Minute || age > time.Minute {
				t.Errorf("%s was written %s ago", k.Key.Short(), age)
			}
			got[k.Key] = k.Size
			return nil
		}))(t)
		wantSame(t, got, want)
	})
}

func TestBlobsRefuse(t *testing.T) {
	good := clip.DigestOf([]byte("nobody stored this"))
	buckets(t, func(t *testing.T, b *Blobs) {
		for _, d := range []clip.Digest{good, "", "x", "../../etc/passwd", clip.Digest(strings.ToUpper(string(good))), good + "00", "/" + good[1:]} {
			_, _, err := b.Open(ctx, d)
			wantKind(t, err, clip.NotFound)
			_, _, err = b.Local(ctx, d)
			wantKind(t, err, clip.NotFound)
			wantKind(t, b.Verify(ctx, d), clip.NotFound)
			has, err := b.Has(ctx, d)
			if has || (err == nil) != (d == good) {
				t.Errorf("Has(%q) is %v, %v", d, has, err)
			}
		}
		boom := errors.New("the source broke")
		_, _, err := b.Put(ctx, io.MultiReader(strings.NewReader("half"), iotest.ErrReader(boom)))
		wantKind(t, err, clip.Unavailable, "the source broke")
		wantSame(t, must(b.Has(ctx, clip.DigestOf([]byte("half"))))(t), false)
		over, cancel := context.WithCancel(ctx)
		cancel()
		_, _, err = b.Put(over, strings.NewReader("late"))
		wantKind(t, err, clip.Unavailable, "canceled")
	})
}

func TestOpenBlobs(t *testing.T) {
	for url, kind := range map[string]clip.Kind{"": clip.Invalid, "/just/a/path": clip.Invalid, "file://": clip.Invalid, "file://.": clip.Invalid, "gopher://x": clip.Unavailable} {
		_, err := OpenBlobs(ctx, url, t.TempDir())
		wantKind(t, err, kind, "open the blob store "+url)
	}
	t.Chdir(t.TempDir())
	b := must(OpenBlobs(ctx, "file://./relative", "scratch"))(t)
	_, _, err := b.Put(ctx, strings.NewReader("x"))
	must(0, err)(t)
	if _, err := os.Stat("relative/blobs/" + string(clip.DigestOf([]byte("x")))); err != nil {
		t.Error(err)
	}
	must(0, b.Close())(t)

	// What a crash left goes when it is a day old.
	old, young := "relative/parts/part-old", "relative/parts/part-young"
	for _, name := range []string{old, young} {
		must(0, os.WriteFile(name, nil, 0o600))(t)
	}
	yesterday := time.Now().Add(-partsAge - time.Minute)
	must(0, os.Chtimes(old, yesterday, yesterday))(t)
	b = must(OpenBlobs(ctx, "file://./relative", "scratch"))(t)
	wantSame(t, leftovers(t, b), []string{"part-young"})
	must(0, b.Close())(t)
}

func TestDamage(t *testing.T) {
	b := must(OpenBlobs(ctx, "file://"+t.TempDir(), t.TempDir()))(t)
	d, _, err := b.Put(ctx, strings.NewReader("the pictures"))
	must(0, err)(t)
	path, _, err := b.Local(ctx, d)
	must(0, err)(t)
	wantSame(t, path, filepath.Join(b.dir, "blobs", string(d))) // no copy

	must(0, os.WriteFile(path, []byte("the pixtures"), 0o600))(t)
	wantKind(t, b.Verify(ctx, d), clip.Internal, "verify blob "+d.Short(), "damaged", "12 bytes")

	doc := must(b.PutDocument(ctx, []byte(`"true"`)))(t)
	must(0, os.WriteFile(filepath.Join(b.dir, "chunks", string(doc)), []byte(`"lie"`), 0o600))(t)
	wantKind(t, b.GetDocument(ctx, doc, new(any)), clip.Internal, "damaged")

	must(0, os.Truncate(path, 5))(t)
	wantKind(t, b.Verify(ctx, d), clip.Internal, "5 bytes")
	_, _, err = b.Put(ctx, strings.NewReader("the pictures")) // half a file is mended
	must(0, err)(t)
	must(0, b.Verify(ctx, d))(t)

	elsewhere := must(OpenBlobs(ctx, "mem://", t.TempDir()))(t)
	must(0, elsewhere.bucket.WriteAll(ctx, blobKey(d), []byte("something else"), nil))(t)
	_, _, err = elsewhere.Local(ctx, d)
	wantKind(t, err, clip.Internal, "damaged")
	wantSame(t, leftovers(t, elsewhere), []string(nil))
}

// Many store the same things at once, while others look: whoever sees a blob
// sees all of it.
func TestBlobsConcurrently(t *testing.T) {
	buckets(t, func(t *testing.T, b *Blobs) {
		var contents [][]byte
		for i := range 6 {
			contents = append(contents, content(uint64(i)))
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for _, content := range contents {
					if _, _, err := b.Put(ctx, bytes.NewReader(content)); err != nil {
						t.Error(err)
					}
				}
			})
			all.Go(func() {
				for _, content := range contents {
					d := clip.DigestOf(content)
					if has, err := b.Has(ctx, d); err != nil {
						t.Error(err)
					} else if !has {
						continue
					}
					if err := b.Verify(ctx, d); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	})
}
