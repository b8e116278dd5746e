package main

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/media"
)

// What a disk must hold: a feed of good broadcast quality over the web is about
// 6 Mbit/s, and renditions and the catalogue want room beside the recordings.
const (
	feedBytesPerSecond = 6_000_000 / 8
	spareBytes         = 2 << 30
)

// machine checks what the configuration does not change.
func (c *checker) machine(ctx context.Context) {
	engine, err := media.New(c.config.FFmpeg, c.config.FFprobe, c.log)
	if err != nil {
		c.add(result{Name: "ffmpeg", Detail: err.Error(), Fix: "run scripts/setup.sh, or name the programs under ffmpeg and ffprobe in the configuration"})
	} else {
		c.engine = engine
		for _, ab := range engine.Abilities() {
			c.add(result{Name: ab.Name, OK: ab.OK, Detail: ab.Said, Fix: ab.Fix})
		}
	}
	c.checkData(ctx)
	c.checkDisk()
	c.checkPort(ctx)
}

// checkData sees whether the data directory can be written to, and is not
// another process's.
func (c *checker) checkData(ctx context.Context) {
	name := "data directory " + c.config.Data
	dir, err := existing(c.config.Data)
	if err == nil {
		err = writable(dir)
	}
	switch {
	case err != nil:
		c.try(name, "", "choose another with --data, or make it writable: chown $USER "+c.config.Data, err)
	case !inUse(c.config.Data):
		c.try(name, "can be written", "", nil)
	case c.running(ctx) != "":
		c.try(name, "an Ovation runs on it, at "+c.running(ctx), "", nil)
	default:
		err := clip.Errorf(clip.Conflict, "use it", "process %s holds it and does not answer", readLine(filepath.Join(c.config.Data, "lock")))
		c.try(name, "", "wait until it has started or stopped, or end it", err)
	}
}

// running is the URL of the Ovation that runs on the data directory; empty
// when none answers.
func (c *checker) running(ctx context.Context) string {
	url := readLine(filepath.Join(c.config.Data, configs.URLFile))
	if url == "" || !alive(ctx, url) {
		return ""
	}
	return url
}

// existing is dir, or the nearest directory above it that is there already.
func existing(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		st, err := os.Stat(dir)
		switch {
		case err == nil && st.IsDir():
			return dir, nil
		case err == nil:
			return "", fmt.Errorf("%s is a file", dir)
		case !os.IsNotExist(err) || dir == filepath.Dir(dir):
			return "", err
		}
		dir = filepath.Dir(dir)
	}
}

// writable writes a file into dir, and removes it.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".ovation-check-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.WriteString("x"); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// checkDisk sees whether the windows of all feeds fit.
func (c *checker) checkDisk() {
	const name = "disk space"
	dir, err := existing(c.config.Data)
	if err != nil {
		return // said already
	}
	free, err := freeBytes(dir)
	if err != nil {
		c.try(name, "", "", err)
		return
	}
	need := int64(spareBytes)
	for _, f := range c.config.Feeds {
		need += int64(f.Window/time.Second) * feedBytesPerSecond
	}
	have := free + size(c.config.Data)
	r := result{Name: name, OK: have >= need, Detail: fmt.Sprintf("%s free or ours already; the configured feeds want about %s", gigabytes(have), gigabytes(need))}
	if !r.OK {
		r.Fix = "make room, put the data directory on a larger disk, or shorten the feeds' window; the recorder never stops, it would shorten its window"
	}
	c.add(r)
}

// size is what a directory's files take; what cannot be read counts nothing.
func size(dir string) int64 {
	var n int64
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if st, err := e.Info(); err == nil {
			n += st.Size()
		}
		return nil
	})
	return n
}

// gigabytes is a size for people.
func gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/1e9) }

// checkPort sees whether the address can be listened on, or is our own
// already.
func (c *checker) checkPort(ctx context.Context) {
	name := "listen on " + c.config.Listen
	l, err := net.Listen("tcp", c.config.Listen)
	if err == nil {
		l.Close()
		c.add(result{Name: name, OK: true, Detail: "is free"})
		return
	}
	if c.running(ctx) == "http://"+c.config.Listen {
		c.add(result{Name: name, OK: true, Detail: "an Ovation runs here on this data directory"})
		return
	}
	c.add(result{Name: name, Detail: err.Error(), Fix: "stop what listens there, or choose another address with --listen or listen: in the configuration"})
}

// alive asks an Ovation whether it is there.
func alive(ctx context.Context, url string) bool {
	err := within(ctx, "ask "+url, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return clip.Errorf(clip.Unavailable, "ask "+url, "%s", resp.Status)
		}
		return nil
	})
	return err == nil
}
