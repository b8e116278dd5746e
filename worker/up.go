// Package worker is assembly: which process runs which steps, and what they
// are made from.
package worker

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/activities"
	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
	"github.com/ovation-live/ovation/desk"
	"github.com/ovation-live/ovation/feed"
	"github.com/ovation-live/ovation/media"
)

// Options is what one process is started with.
type Options struct {
	Config configs.Config
	Data   string // the directory that holds all that survives
	Listen string // HOST:PORT of the desk and the API
	Demo   bool
	Log    logrus.FieldLogger
	Ready  func(url, signIn string) // called once, when everything runs
}

// host names this process's recordings among the feeds' hosts. One process on
// a data directory is all there is, so the name need not follow the machine's.
const host = "local"

// Up runs everything in one process until ctx ends: embedded Temporal,
// recorder, workers, API and desk. It returns after a graceful stop.
func Up(ctx context.Context, o Options) (err error) {
	var open closers
	defer func() { err = errors.Join(err, open.close()) }()
	unlock, err := lock(o.Data)
	if err != nil {
		return err
	}
	open.add(unlock)
	users, signIn, err := people(o.Config.Users, o.Data)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return clip.Errorf(clip.Unavailable, "listen on "+o.Listen, "%w; choose another address with --listen", err)
	}
	open.add(func() error { return ignoreClosed(listener.Close()) })
	p, err := build(ctx, o)
	if err != nil {
		return err
	}
	open.add(p.close)
	server, err := p.serve(o, users)
	if err != nil {
		return err
	}
	if err := p.recover(ctx, o.Config.Feeds); err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	open.add(func() error { return stopServer(server) })
	go p.reconcileForever(ctx)
	go p.evictForever(ctx, int64(o.Config.Render.Chunks))
	go p.askLimits(ctx)
	go p.countForever(ctx)
	url := "http://" + listener.Addr().String()
	o.Log.WithField("url", url).Info("ovation is ready")
	if o.Ready != nil {
		o.Ready(url, url+"/sign-in?token="+signIn.Reveal())
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return clip.Errorf(clip.Unavailable, "serve the desk", "%w", err)
	}
}

// serve makes the desk's HTTP server.
func (p *parts) serve(o Options, users []desk.User) (*http.Server, error) {
	key, err := cookieKey(o.Data)
	if err != nil {
		return nil, err
	}
	proxies, err := emptied(o.Data, "proxies")
	if err != nil {
		return nil, err
	}
	d, err := desk.New(desk.Config{
		Catalogue: p.catalogue, Blobs: p.blobs, DVR: p.dvr, Proxy: p.proxy, Proxies: proxies,
		Probe: func(ctx context.Context, f clip.Feed) (feed.Found, error) {
			return feed.Probe(ctx, f, activities.Tools(p.media), o.Log)
		},
		Flagger: p.flagger, Decider: p.decider, Workflows: p.starter, Hooks: p.hooks,
		Destinations: p.destinations(o.Config), Rules: o.Config.Rules, Users: users,
		Ready: p.ready, Version: Version(), Key: key, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	p.open.add(d.Close)
	s := &http.Server{Handler: d.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	s.RegisterOnShutdown(d.Leave)
	return s, nil
}

// proxy makes what browsers play.
func (p *parts) proxy(ctx context.Context, w desk.ProxyWork) ([]byte, error) {
	return p.media.Proxy(ctx, media.ProxyWork(w))
}

// ready reports whether the process can do its work.
func (p *parts) ready(ctx context.Context) error {
	if err := p.catalogue.Ping(ctx); err != nil {
		return err
	}
	_, err := p.temporal.CheckHealth(ctx, nil)
	return err
}

// stopServer lets requests in flight finish, for a while.
func stopServer(s *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.Close()
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// closers closes what was opened, last first.
type closers struct{ list []func() error }

func (c *closers) add(f func() error) { c.list = append(c.list, f) }

func (c *closers) close() error {
	var errs []error
	for i := len(c.list) - 1; i >= 0; i-- {
		errs = append(errs, c.list[i]())
	}
	c.list = nil
	return errors.Join(errs...)
}

// directory makes a directory below the data directory.
func directory(data, name string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(data, name))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return "", clip.Errorf(clip.Unavailable, "prepare the data directory", "%w", err)
	}
	return dir, nil
}
