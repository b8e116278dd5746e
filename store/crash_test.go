package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

const childDir = "OVATION_STORE_TEST_CHILD"

// TestMain is also the child that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := writeForEver(dir); err != nil {
			fmt.Println("error", err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver writes whatever can be written and tells what was acknowledged,
// one line each.
func writeForEver(dir string) error {
	c, b, err := openBoth(dir)
	if err != nil {
		return err
	}
	run := time.Now().UnixNano()
	failed := make(chan error)
	loop := func(do func(n int) (string, error)) {
		go func() {
			for n := 0; ; n++ {
				said, err := do(n)
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(said)
			}
		}()
	}
	loop(func(n int) (string, error) {
		seq, err := c.NextSeq(ctx, "match")
		if err != nil {
			return "", err
		}
		return fmt.Sprint("segment ", seq), c.Append(ctx, "match", batch(seq))
	})
	loop(func(n int) (string, error) {
		return publish(c, fmt.Sprint("g", run, "-", n))
	})
	loop(func(n int) (string, error) {
		d, _, err := b.Put(ctx, bytes.NewReader(content(uint64(run)+uint64(n))))
		return fmt.Sprint("blob ", d), err
	})
	return <-failed
}

// publish brings a goal from the flag to a sent post.
func publish(c *Catalogue, key string) (string, error) {
	m, h := goal(key, span(10, 14))
	m, _, _, err := c.Flag(ctx, m, h, maria)
	if err != nil {
		return "", err
	}
	fmt.Println("moment", key, m.ID)
	if h, err = c.EditHighlight(ctx, m.ID, maria, "highlight.ready", rendered); err != nil {
		return "", err
	}
	if _, err := c.Decide(ctx, clip.Decision{Highlight: m.ID, Revision: h.Revision, Verdict: clip.Approve}, maria); err != nil {
		return "", err
	}
	post := clip.NewPostID(m.ID, "folder")
	fmt.Println("approved", m.ID)
	if _, err := c.EditPost(ctx, post, maria, "post.intend", intend); err != nil {
		return "", err
	}
	_, err = c.Send(ctx, post, 1, time.Now())
	return fmt.Sprint("sent ", post), err
}

// content is up to a megabyte of bytes that nobody else has.
func content(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 8)
	binary.BigEndian.PutUint64(b, r.Uint64())
	return bytes.Repeat(b, r.IntN(1<<17))
}

func openBoth(dir string) (*Catalogue, *Blobs, error) {
	c, err := Open(ctx, filepath.Join(dir, "catalogue.db"))
	if err != nil {
		return nil, nil, err
	}
	b, err := OpenBlobs(ctx, "file://"+filepath.Join(dir, "bucket"), filepath.Join(dir, "scratch"))
	return c, b, err
}

// After kill -9 at any instant, everything that was acknowledged is there, and
// nothing is there by half.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	var said []string
	for round := range 12 {
		said = append(said, killed(t, dir, time.Duration(100+rand.IntN(200))*time.Millisecond)...)
		c, b, err := openBoth(dir)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, line := range said {
			if err := holds(c, b, line); err != nil {
				t.Fatalf("round %d: %q was acknowledged: %v", round, line, err)
			}
		}
		whole(t, c, b)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d writes were acknowledged", len(said))
}

// killed lets a child write for a while, kills it, and returns what it said.
func killed(t *testing.T, dir string, after time.Duration) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	var said []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		once.Do(func() { time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) }) // from the first write on
		if strings.HasPrefix(lines.Text(), "error") {
			t.Error(lines.Text())
		}
		said = append(said, lines.Text())
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child was not killed: %v", err)
	}
	if len(said) == 0 {
		t.Fatal("the child wrote nothing")
	}
	return said
}

// holds checks one acknowledged write.
func holds(c *Catalogue, b *Blobs, line string) error {
	words := strings.Fields(line)
	switch words[0] {
	case "segment":
		var seq int64
		if _, err := fmt.Sscan(words[1], &seq); err != nil {
			return err
		}
		next, err := c.NextSeq(ctx, "match")
		if err == nil && next <= seq {
			err = fmt.Errorf("the next segment is %d", next)
		}
		return err
	case "moment":
		m, ok, err := c.MomentByKey(ctx, "test", words[1])
		if err == nil && (!ok || string(m.ID) != words[2]) {
			err = fmt.Errorf("it is %q", m.ID)
		}
		return err
	case "approved":
		h, err := c.Highlight(ctx, clip.MomentID(words[1]))
		if err == nil && h.State != clip.HighlightApproved {
			err = fmt.Errorf("it is %s", h.State)
		}
		return err
	case "sent":
		p, err := c.Post(ctx, clip.PostID(words[1]))
		if err == nil && p.State != clip.PostSending {
			err = fmt.Errorf("it is %s", p.State)
		}
		return err
	case "blob":
		return b.Verify(ctx, clip.Digest(words[1]))
	}
	return fmt.Errorf("unknown line")
}

// whole fails where something is there by half.
func whole(t *testing.T, c *Catalogue, b *Blobs) {
	t.Helper()
	if err := c.VerifyAudit(ctx); err != nil {
		t.Error(err)
	}
	moments, highlights := must(c.Moments(ctx, Query{Limit: 1e6}))(t), must(c.Highlights(ctx, Query{Limit: 1e6}))(t)
	wantSame(t, len(moments), len(highlights))
	for _, h := range highlights {
		n := len(must(c.Posts(ctx, Query{Highlight: h.ID}))(t))
		if d := len(must(c.Decisions(ctx, h.ID))(t)); n != 2*d || (h.State == clip.HighlightApproved) != (d == 1) {
			t.Errorf("%s is %s with %d decisions and %d posts", h.ID, h.State, d, n)
		}
	}
	rec := must(c.Recording(ctx, "match", clip.Span{}))(t)
	for i, s := range rec.Segments {
		if s.Seq != int64(i+1) || len(s.Frames) != 50 {
			t.Errorf("segment %d is number %d, with %d frames", i+1, s.Seq, len(s.Frames))
		}
	}
	for _, e := range must(os.ReadDir(filepath.Join(b.dir, "blobs")))(t) {
		if err := b.Verify(ctx, clip.Digest(e.Name())); err != nil {
			t.Errorf("visible, but %v", err)
		}
	}
	check := must2(first(ctx, c.reader, text, "PRAGMA integrity_check"))(t)
	wantSame(t, check, "ok")
}
