package desk

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/ovation-live/ovation/clip"
)

// route is one line of the table of everything that can be asked.
type route struct {
	method  string
	path    string
	right   clip.Right // who may ask
	summary string
	page    bool // a person's browser asks: sign-in instead of 401
}

// The two ways of a route to be served without one of clip's rights.
const (
	open   clip.Right = "open"      // to everybody
	signed clip.Right = "signature" // the body proves who sent it
)

// route registers every route. Nothing else does.
func (d *Desk) route() {
	d.openAPI()
	d.calls()

	d.handle(route{"GET", "/api/v1/events", clip.MayView, "Follow what changes, as Server-Sent Events", false}, d.events)
	d.handle(route{"POST", "/api/v1/hooks/{source}", signed, "Take a signed webhook (Standard Webhooks)", false}, d.hook)
	d.handle(route{"GET", "/api/openapi.json", open, "This description", false}, d.describe)

	d.handle(route{"GET", "/live/{feed}/index.m3u8", clip.MayView, "Play a feed's recording", false}, d.livePlaylist)
	d.handle(route{"GET", "/live/{feed}/proxy/index.m3u8", clip.MayView, "Play a feed's recording in a browser, whatever its codecs", false}, d.proxyPlaylist)
	d.handle(route{"GET", "/live/{feed}/proxy/{file}", clip.MayView, "A segment of a feed's recording, as browsers play it", false}, d.proxyFile)
	d.handle(route{"GET", "/live/{feed}/proxy/all/index.m3u8", clip.MayView, "Play a feed's recording in a browser that cannot play what it should", false}, d.proxyAllPlaylist)
	d.handle(route{"GET", "/live/{feed}/proxy/all/{file}", clip.MayView, "A segment of a feed's recording, encoded anew", false}, d.proxyAllFile)
	d.handle(route{"GET", "/live/{feed}/{file}", clip.MayView, "A segment of a feed's recording", false}, d.liveFile)
	d.handle(route{"GET", "/media/{digest}", clip.MayView, "A rendition, cover or captions file", false}, d.media)

	d.handle(route{"GET", "/healthz", open, "Is the process alive", false}, d.healthz)
	d.handle(route{"GET", "/readyz", open, "Is everything that it needs there", false}, d.readyz)
	d.handle(route{"GET", "/metrics", open, "Prometheus metrics", false}, d.meters.serve)
	d.handle(route{"GET", "/problems/{kind}", open, "What a problem type means", false}, d.explain)

	d.handle(route{"GET", "/sign-in", open, "Sign in", true}, d.signInPage)
	d.handle(route{"POST", "/sign-in", open, "Sign in", true}, d.signIn)
	d.handle(route{"POST", "/sign-out", open, "Sign out", true}, d.signOut)
	d.handle(route{"GET", "/static/{version}/{file...}", open, "Styles, scripts, icons", false}, d.static)
	d.handle(route{"GET", "/{$}", clip.MayView, "Live", true}, d.home)
	d.handle(route{"GET", "/watch/{feed}", clip.MayView, "Live", true}, d.livePage)
	d.handle(route{"GET", "/review", clip.MayView, "Review", true}, d.reviewPage)
	d.handle(route{"GET", "/review/{id}", clip.MayView, "Review", true}, d.reviewPage)
	d.handle(route{"GET", "/posts", clip.MayView, "Posts", true}, d.postsPage)
	d.handle(route{"GET", "/feeds", clip.MayView, "Feeds", true}, d.feedsPage)
	d.handle(route{"GET", "/badges", clip.MayView, "The counts in the navigation", true}, d.badges)
	d.handle(route{"", "/", open, "Anything else", true}, d.nothing)
	relativeTypes(d.api.OpenAPI())
}

// calls registers the API's calls.
func (d *Desk) calls() {
	const v1 = "/api/v1"
	add(d, route{"GET", v1 + "/feeds", clip.MayView, "List feeds and their health", false}, 200, d.listFeeds)
	add(d, route{"GET", v1 + "/feeds/{id}", clip.MayView, "Show a feed", false}, 200, d.showFeed)
	add(d, route{"GET", v1 + "/feeds/{id}/cues", clip.MayView, "List the captions of a feed", false}, 200, d.listCues)
	add(d, route{"GET", v1 + "/feeds/{id}/loudness", clip.MayView, "Show how loud a feed is", false}, 200, d.listLoudness)
	add(d, route{"GET", v1 + "/feeds/{id}/marks", clip.MayView, "List the marks in a feed: messages, and changes of scene", false}, 200, d.listMarks)
	add(d, route{"POST", v1 + "/feeds", clip.MayOperate, "Add or change a feed and record it", false}, 201, d.addFeed)
	add(d, route{"POST", v1 + "/feeds/probe", clip.MayOperate, "Say what a source gives, without recording it", false}, 200, d.probeFeed)
	add(d, route{"DELETE", v1 + "/feeds/{id}", clip.MayOperate, "Stop recording a feed", false}, 204, d.removeFeed)

	add(d, route{"GET", v1 + "/moments", clip.MayView, "List moments, newest first", false}, 200, d.listMoments)
	add(d, route{"GET", v1 + "/moments/{id}", clip.MayView, "Show a moment and its highlight", false}, 200, d.showMoment)
	add(d, route{"POST", v1 + "/moments", clip.MayFlag, "Flag a moment; the same source and key is the same moment", false}, 201, d.flagMoment)
	add(d, route{"POST", v1 + "/moments/{id}/close", clip.MayFlag, "Set the mark-out of an open moment", false}, 200, d.closeMoment)
	add(d, route{"PATCH", v1 + "/moments/{id}", clip.MayFlag, "Correct a moment", false}, 200, d.amendMoment)
	add(d, route{"POST", v1 + "/moments/{id}/withdraw", clip.MayFlag, "Say that a moment did not happen", false}, 200, d.withdrawMoment)

	add(d, route{"GET", v1 + "/highlights", clip.MayView, "List highlights, newest first", false}, 200, d.listHighlights)
	add(d, route{"GET", v1 + "/highlights/{id}", clip.MayView, "Show a highlight, its posts and decisions", false}, 200, d.showHighlight)
	add(d, route{"GET", v1 + "/highlights/{id}/build", clip.MayView, "Show which chunks a highlight's files were made from, and why those were rendered that were not reused", false}, 200, d.showBuild)
	add(d, route{"POST", v1 + "/highlights/{id}/reframe", clip.MayEdit, "Choose which part of the picture a shape shows", false}, 200, d.reframeHighlight)
	add(d, route{"POST", v1 + "/highlights/{id}/trim", clip.MayEdit, "Move a highlight's in and out", false}, 200, d.trimHighlight)
	add(d, route{"GET", v1 + "/highlights/{id}/captions", clip.MayView, "List the captions of a highlight", false}, 200, d.showCaptions)
	add(d, route{"PUT", v1 + "/highlights/{id}/captions", clip.MayEdit, "Write a highlight's captions, for every shape at once", false}, 200, d.writeCaptions)
	add(d, route{"DELETE", v1 + "/highlights/{id}/captions", clip.MayEdit, "Use the feed's own captions again", false}, 200, d.dropCaptions)
	add(d, route{"PATCH", v1 + "/highlights/{id}/drafts/{destination}", clip.MayEdit, "Change what will be posted to a destination", false}, 200, d.editDraft)
	add(d, route{"POST", v1 + "/highlights/{id}/decisions", clip.MayDecide, "Approve or refuse one revision", false}, 200, d.decideHighlight)
	add(d, route{"POST", v1 + "/highlights/{id}/retract", clip.MayDecide, "Take all posts of a highlight down", false}, 200, d.retractHighlight)

	add(d, route{"GET", v1 + "/posts", clip.MayView, "List posts, newest first", false}, 200, d.listPosts)
	add(d, route{"GET", v1 + "/posts/{id}", clip.MayView, "Show a post", false}, 200, d.showPost)
	add(d, route{"GET", v1 + "/posts/{id}/numbers", clip.MayView, "Show how often a post was seen, liked, commented on and shared, and as of when", false}, 200, d.showNumbers)
	add(d, route{"POST", v1 + "/posts/{id}/retract", clip.MayDecide, "Take a post down, or never send it", false}, 200, d.retractPost)
	add(d, route{"POST", v1 + "/posts/{id}/resolve", clip.MayDecide, "Say whether a post is there that cannot be read back", false}, 200, d.resolvePost)

	add(d, route{"GET", v1 + "/sending", clip.MayView, "Show what keeps posts from being sent", false}, 200, d.showSending)
	add(d, route{"POST", v1 + "/sending/stop", clip.MayDecide, "Send nothing more, to one destination or to all", false}, 200, d.stopSending)
	add(d, route{"POST", v1 + "/sending/resume", clip.MayDecide, "Send again, to one destination or to all", false}, 200, d.resumeSending)

	add(d, route{"GET", v1 + "/destinations", clip.MayView, "List destinations and what they accept", false}, 200, d.listDestinations)
	add(d, route{"POST", v1 + "/destinations/{name}/check", clip.MayOperate, "Ask whether a destination can be posted to now", false}, 200, d.checkDestination)
	add(d, route{"POST", v1 + "/destinations/{name}/count", clip.MayView, "Count a text as the destination counts it", false}, 200, d.countText)
	add(d, route{"GET", v1 + "/rules", clip.MayView, "List the rules, in the order in which they are asked", false}, 200, d.listRules)
}

// handle serves a route outside huma.
func (d *Desk) handle(rt route, h http.HandlerFunc) {
	d.routes = append(d.routes, rt)
	pattern := strings.TrimSpace(rt.method + " " + rt.path)
	d.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		d.meters.time(rt, w, func(w http.ResponseWriter) {
			if d.allow(w, r, rt) {
				h(w, r)
			}
		})
	})
}

// add serves an API call through huma, which validates it and describes it.
// In and out are huma's input and output structs.
func add[In, Out any](d *Desk, rt route, status int, h func(context.Context, *In) (*Out, error)) {
	d.routes = append(d.routes, rt)
	guard := func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		d.meters.timeStatus(rt, func() int {
			if !d.allow(w, r, rt) {
				return http.StatusForbidden
			}
			next(ctx)
			return ctx.Status()
		})
	}
	op := huma.Operation{
		OperationID: operationID(rt), Method: rt.method, Path: rt.path, Summary: rt.summary,
		Tags: []string{strings.Split(rt.path, "/")[3]}, DefaultStatus: status, MaxBodyBytes: maxBody,
		Middlewares: huma.Middlewares{guard}, Errors: []int{401, 403, 404, 409, 422, 429, 503},
		Description: "Needs the right to " + string(rt.right) + ".",
	}
	huma.Register(d.api, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, d.problem(ctx, err)
		}
		return out, nil
	})
}

// operationID names an operation by its method and path: post-moments-id-close.
func operationID(rt route) string {
	clean := strings.NewReplacer("/api/v1/", "", "{", "", "}", "", "/", "-").Replace(rt.path)
	return strings.ToLower(rt.method) + "-" + clean
}

// openAPI prepares huma: no pages of its own, no links in bodies, our problems.
func (d *Desk) openAPI() {
	c := huma.DefaultConfig("Ovation", "1")
	c.Info.Description = "Live broadcast moments to social posts. Times in requests are RFC 3339, a time of day on the feed, " +
		"-15s (before live), now, or EPOCH:PTS (90 kHz ticks). Durations are nanoseconds. Errors are problem details (RFC 9457)."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.Transformers = []huma.Transformer{ours}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	c.Security = []map[string][]string{{"token": {}}}
	d.api = humago.New(d.mux, c)
	d.describeByHand()
}
