package desk

import (
	"sync"
	"time"
)

// Limits on one caller.
const (
	maxGuesses   = 30 // wrong tokens a minute from one address
	maxFollowers = 40 // event connections of one user
)

// guards hold what is known about callers between requests.
type guards struct {
	guesses   window
	followers counts
	mu        sync.Mutex
	over      map[string]time.Time // nonces of sessions that were signed out
}

func (g *guards) init() {
	g.guesses.seen = map[string]*tally{}
	g.followers.n = map[string]int{}
	g.over = map[string]time.Time{}
}

// end remembers a session as signed out, for as long as its cookie could live.
func (g *guards) end(nonce string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for n, at := range g.over {
		if now.Sub(at) > sessionTotal {
			delete(g.over, n)
		}
	}
	g.over[nonce] = now
}

func (g *guards) ended(nonce string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.over[nonce]
	return ok
}

// window counts events by name within fixed minutes.
type window struct {
	mu   sync.Mutex
	seen map[string]*tally
}

type tally struct {
	begun time.Time
	n     int
}

func (w *window) add(name string, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, t := range w.seen {
		if now.Sub(t.begun) > time.Minute {
			delete(w.seen, k)
		}
	}
	t := w.seen[name]
	if t == nil {
		t = &tally{begun: now}
		w.seen[name] = t
	}
	t.n++
}

// until is when the name may try again; zero: now.
func (w *window) until(name string, now time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.seen[name]
	if t == nil || t.n < maxGuesses || now.Sub(t.begun) > time.Minute {
		return time.Time{}
	}
	return t.begun.Add(time.Minute)
}

// counts bounds how much of something one name holds.
type counts struct {
	mu sync.Mutex
	n  map[string]int
}

// take claims one; false: the limit is reached.
func (c *counts) take(name string, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[name] >= limit {
		return false
	}
	c.n[name]++
	return true
}

func (c *counts) give(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[name]--; c.n[name] <= 0 {
		delete(c.n, name)
	}
}
