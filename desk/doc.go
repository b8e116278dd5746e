// Package desk is how people and programs reach Ovation: the HTTP API, the web
// page over it, and what they need to see (live playlists, renditions, events,
// metrics).
//
// Every action is one file: read the request, load, act, respond. A page never
// changes anything by itself: its forms call the API that programs call.
// Every route names the right that it needs; a route without one does not
// exist (see routes.go).
package desk
