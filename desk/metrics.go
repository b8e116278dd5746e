package desk

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// meters are the desk's metrics, in a registry of their own.
type meters struct {
	requests *prometheus.HistogramVec
	proxies  prometheus.Histogram
	serve    http.HandlerFunc
}

func newMeters(d *Desk) *meters {
	m := &meters{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "ovation_http_seconds", Help: "How long requests took, by route and status class.",
		Buckets: []float64{.001, .005, .02, .1, .5, 2, 10},
	}, []string{"method", "route", "status"}), proxies: prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "ovation_proxy_seconds", Help: "How long it took to make a segment playable in browsers.", Buckets: []float64{.1, .3, 1, 2, 5, 15},
	})}
	reg := prometheus.NewRegistry()
	reg.MustRegister(m.requests, m.proxies, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &gauges{desk: d})
	m.serve = promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP
	return m
}

// time measures a handler outside huma.
func (m *meters) time(rt route, w http.ResponseWriter, f func(http.ResponseWriter)) {
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	m.timeStatus(rt, func() int { f(rec); return rec.status })
}

// timeStatus measures anything that ends with a status.
func (m *meters) timeStatus(rt route, f func() int) {
	begun := time.Now()
	status := f()
	m.requests.WithLabelValues(rt.method, rt.path, strconv.Itoa(status/100)+"xx").Observe(time.Since(begun).Seconds())
}

// recorder remembers a handler's status.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status on its way.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach flush and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// gauges reads the catalogue when it is scraped, at most once in scrapeEvery.
type gauges struct {
	desk *Desk
	mu   sync.Mutex
	last []prometheus.Metric
	at   time.Time
}

const (
	scrapeEvery = 5 * time.Second
	countLimit  = 100_000 // rows of one state that are counted
)

// What is measured about highlights and posts.
var (
	highlights = prometheus.NewDesc("ovation_highlights", "Highlights by state.", []string{"state"}, nil)
	postsDesc  = prometheus.NewDesc("ovation_posts", "Posts by state.", []string{"state"}, nil)
	chunkBytes = prometheus.NewDesc("ovation_chunk_bytes", "The disk that finished chunks take; render.chunks is its budget.", nil, nil)
)

var (
	highlightStates = []clip.HighlightState{clip.HighlightRendering, clip.HighlightReview, clip.HighlightApproved, clip.HighlightSettled,
		clip.HighlightRefused, clip.HighlightWithdrawn, clip.HighlightFailed}
	postStates = []clip.PostState{clip.PostPlanned, clip.PostIntent, clip.PostSending, clip.PostConfirmed, clip.PostRejected,
		clip.PostUnknown, clip.PostNeedsPerson, clip.PostCancelled, clip.PostRetracted}
)

// Describe names the metrics.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range append(feedDescs(), highlights, postsDesc, chunkBytes) {
		ch <- d
	}
}

// Collect reads the catalogue. What cannot be read is logged and absent, never
// zero.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.desk.Now(); now.Sub(g.at) > scrapeEvery {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		g.last, g.at = nil, now
		for _, read := range []func(context.Context) error{g.feeds, g.highlights, g.posts, g.chunks} {
			if err := read(ctx); err != nil {
				g.desk.Log.WithError(err).Warn("metrics incomplete")
			}
		}
	}
	for _, m := range g.last {
		ch <- m
	}
}

func (g *gauges) set(d *prometheus.Desc, v float64, labels ...string) {
	g.last = append(g.last, prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...))
}

func (g *gauges) highlights(ctx context.Context) error {
	for _, s := range highlightStates {
		hs, err := g.desk.Catalogue.Highlights(ctx, store.Query{State: string(s), Limit: countLimit})
		if err != nil {
			return err
		}
		g.set(highlights, float64(len(hs)), string(s))
	}
	return nil
}

func (g *gauges) posts(ctx context.Context) error {
	for _, s := range postStates {
		ps, err := g.desk.Catalogue.Posts(ctx, store.Query{State: string(s), Limit: countLimit})
		if err != nil {
			return err
		}
		g.set(postsDesc, float64(len(ps)), string(s))
	}
	return nil
}

func (g *gauges) chunks(ctx context.Context) error {
	held, err := g.desk.Catalogue.ChunksHeld(ctx)
	if err == nil {
		g.set(chunkBytes, float64(held))
	}
	return err
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
