package desk

import (
	"container/list"
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// proxyCache keeps files in a directory of its own, up to a size; what was not
// read for longest goes first.
type proxyCache struct {
	dir    string
	budget int64

	mu    sync.Mutex
	used  int64
	files map[string]*list.Element
	order *list.List // of cached, the last read in front
}

// cached is a file in the cache.
type cached struct {
	key  string
	size int64
}

func newProxyCache(dir string, budget int64) proxyCache {
	return proxyCache{dir: dir, budget: budget, files: map[string]*list.Element{}, order: list.New()}
}

// get reads a file; nil: it is not there.
func (c *proxyCache) get(key string) []byte {
	c.mu.Lock()
	e := c.files[key]
	if e != nil {
		c.order.MoveToFront(e)
	}
	c.mu.Unlock()
	if e == nil {
		return nil
	}
	b, err := os.ReadFile(c.path(key))
	if err != nil || int64(len(b)) != e.Value.(cached).size {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.drop(key)
		return nil
	}
	return b
}

// put keeps a file.
func (c *proxyCache) put(key string, b []byte) error {
	if c.dir == "" {
		return nil
	}
	file := c.path(key)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part := file + ".part"
	err := os.WriteFile(part, b, 0o600)
	if err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files[key] == nil {
		c.files[key] = c.order.PushFront(cached{key, int64(len(b))})
		c.used += int64(len(b))
	}
	for c.used > c.budget && c.order.Len() > 1 {
		last := c.order.Back().Value.(cached).key
		c.drop(last)
		if err := os.Remove(c.path(last)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func (c *proxyCache) path(key string) string { return filepath.Join(c.dir, filepath.FromSlash(key)) }

// drop forgets a file. The caller holds mu.
func (c *proxyCache) drop(key string) {
	if e := c.files[key]; e != nil {
		c.used -= e.Value.(cached).size
		c.order.Remove(e)
		delete(c.files, key)
	}
}
