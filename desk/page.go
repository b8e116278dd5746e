package desk

import (
	"bytes"
	"context"
	"html/template"
	"net/http"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/store"
)

// pages are the parsed templates, one set a page.
type pages map[string]*template.Template

// page is what every template is given.
type page struct {
	Title   string
	Section string // which part of the navigation is current
	Actor   clip.Actor
	Counts  counted
	Version string
	Body    any
}

// May asks for a right of whoever looks.
func (p page) May(right string) bool { return p.Actor.Role.May(clip.Right(right)) }

// counted are the numbers beside the navigation.
type counted struct {
	Waiting  int // highlights in review
	Person   int // posts that need a person
	Problems int // feeds that do not record
}

func loadPages(s statics) (pages, error) {
	set := pages{}
	for _, name := range []string{"live", "review", "posts", "feeds", "sign-in", "message"} {
		t, err := template.New(name).Funcs(words(s)).ParseFS(embedded, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		set[name] = t
	}
	return set, nil
}

// show renders a page, or the part of it that htmx asked for.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	block := "layout"
	if part := r.URL.Query().Get("part"); part != "" {
		block = "part-" + part
	}
	t := d.pages[name].Lookup(block)
	if t == nil {
		d.fail(w, r, clip.Errorf(clip.NotFound, "show a page", "it has no such part"))
		return
	}
	p.Version = d.Version
	p.Actor = actorOf(r.Context())
	var err error
	if shows := block == "layout" || block == "part-navigation"; shows && p.Actor.Name != "" && p.Actor.Role.May(clip.MayView) {
		if p.Counts, err = d.counted(r.Context()); err != nil {
			d.fail(w, r, err)
			return
		}
	}
	var b bytes.Buffer // a template that fails half-way must not leave half a page
	if err := t.Execute(&b, p); err != nil {
		d.fail(w, r, clip.Errorf(clip.Internal, "show page "+name, "%w", err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

func (d *Desk) counted(ctx context.Context) (c counted, err error) {
	hs, err := d.Catalogue.Highlights(ctx, store.Query{State: string(clip.HighlightReview)})
	if err != nil {
		return c, err
	}
	ps, err := d.Catalogue.Posts(ctx, store.Query{State: string(clip.PostNeedsPerson)})
	if err != nil {
		return c, err
	}
	views, err := d.feedViews(ctx)
	for _, v := range views {
		if troubled(v.Feed, v.Health, d.Now()) {
			c.Problems++
		}
	}
	c.Waiting, c.Person = len(hs), len(ps)
	return c, err
}

// badges is GET /badges: the navigation, after something changed.
func (d *Desk) badges(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	section := q.Get("section")
	q.Set("part", "navigation")
	r.URL.RawQuery = q.Encode()
	d.show(w, r, http.StatusOK, "message", page{Section: section})
}

// message is a page that only says something.
type message struct {
	Head, Text, Link, LinkText string
}

// refusePage tells a signed-in person what their role lacks.
func (d *Desk) refusePage(w http.ResponseWriter, r *http.Request, a clip.Actor, rt route) {
	d.show(w, r, http.StatusForbidden, "message", page{Title: "Not for this role", Body: message{
		Head: "This page is not for your role",
		Text: "You are signed in as " + a.Name + " (" + string(a.Role) + "). Looking at " + rt.summary + " needs the right to " + string(rt.right) + ". Ask an administrator for another role, or sign in with another token.",
		Link: "/sign-in", LinkText: "Sign in with another token"}})
}

// nothing answers what no route takes.
func (d *Desk) nothing(w http.ResponseWriter, r *http.Request) {
	if actorOf(r.Context()).Name == "" || r.Header.Get("Sec-Fetch-Dest") != "document" {
		d.fail(w, r, clip.Errorf(clip.NotFound, "find "+r.Method+" "+r.URL.Path, "there is nothing here; the API is described at /api/openapi.json"))
		return
	}
	d.show(w, r, http.StatusNotFound, "message", page{Title: "Nothing here", Body: message{
		Head: "There is nothing at this address", Text: "It may have been removed, or the link is incomplete.", Link: "/", LinkText: "Go to Live"}})
}

// failPage answers a page that could not be made with words.
func (d *Desk) failPage(w http.ResponseWriter, r *http.Request, err error) {
	p := d.problem(r.Context(), err)
	d.show(w, r, p.Status, "message", page{Title: p.Title, Body: message{Head: p.Title, Text: p.Detail, Link: "/", LinkText: "Go to Live"}})
}
