package desk

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// describe is GET /api/openapi.json.
func (d *Desk) describe(w http.ResponseWriter, r *http.Request) {
	text, err := d.api.OpenAPI().MarshalJSON()
	if err != nil {
		d.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	_, _ = w.Write(text)
}

// describeByHand adds the calls that do not go through huma.
func (d *Desk) describeByHand() {
	problem := func(text string) *huma.Response {
		return &huma.Response{Description: text, Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}}
	}
	path := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "path", Required: true, Description: doc, Schema: &huma.Schema{Type: "string"}}
	}
	file := func(kind, text string) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: text, Content: map[string]*huma.MediaType{kind: {}}}, "404": problem("There is none")}
	}
	api := d.api.OpenAPI()
	api.AddOperation(&huma.Operation{OperationID: "get-events", Method: "GET", Path: "/api/v1/events", Tags: []string{"events"},
		Summary:     "Follow what changes, as Server-Sent Events",
		Description: "Each event is named by its kind (feed, moment, highlight, post); its id is its place, its data {seq, at, kind, id}. Needs the right to view.",
		Parameters: []*huma.Param{{Name: "Last-Event-ID", In: "header", Description: "Where you left off; only later events come", Schema: &huma.Schema{Type: "integer"}},
			{Name: "after", In: "query", Description: "The same, as a parameter", Schema: &huma.Schema{Type: "integer"}}},
		Responses: map[string]*huma.Response{"200": {Description: "Events until you leave", Content: map[string]*huma.MediaType{"text/event-stream": {}}}, "401": problem("Nobody is signed in")}})
	api.AddOperation(&huma.Operation{OperationID: "post-hooks-source", Method: "POST", Path: "/api/v1/hooks/{source}", Tags: []string{"hooks"},
		Summary: "Take a webhook signed as Standard Webhooks asks", Security: []map[string][]string{{}},
		Description: "The source's mapping in the configuration makes a moment of the body. The same webhook-id is the same moment.",
		Parameters:  []*huma.Param{path("source", "The hook's name in the configuration")},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: "object"}}}},
		Responses:   map[string]*huma.Response{"202": {Description: "Flagged"}, "403": problem("The signature is wrong or too old"), "422": problem("Genuine, but says nothing that can be flagged")}})
	for _, o := range []struct{ id, path, summary string }{
		{"get-live", "/live/{feed}/index.m3u8", "Play a feed's recording (HLS)"},
		{"get-live-proxy", "/live/{feed}/proxy/index.m3u8", "Play a feed's recording (HLS) in a browser: what it cannot play is made into H.264 of at most 640x360 with AAC while somebody watches"},
	} {
		api.AddOperation(&huma.Operation{OperationID: o.id, Method: "GET", Path: o.path, Tags: []string{"media"}, Summary: o.summary,
			Parameters: []*huma.Param{path("feed", "The feed's id"), {Name: "window", In: "query", Description: "Only the last part of what is held, such as 10m; at least 30s. Without it, or with full: all", Schema: &huma.Schema{Type: "string"}}},
			Responses:  file("application/vnd.apple.mpegurl", "The playlist as of now")})
	}
	api.AddOperation(&huma.Operation{OperationID: "get-media", Method: "GET", Path: "/media/{digest}", Tags: []string{"media"}, Summary: "A rendition, cover or captions file, by ranges",
		Parameters: []*huma.Param{path("digest", "SHA-256 in hexadecimal")}, Responses: file("*/*", "The bytes that the digest names")})
}

// relativeTypes corrects huma's schema of problems: our types are references.
func relativeTypes(api *huma.OpenAPI) {
	if m := api.Components.Schemas.Map()["ErrorModel"]; m != nil {
		for _, name := range []string{"type", "instance"} {
			m.Properties[name].Format = "uri-reference"
		}
		m.Properties["type"].Examples = []any{"/problems/conflict"}
	}
}
