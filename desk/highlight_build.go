package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

type buildIn struct {
	ID       clip.MomentID `path:"id" doc:"The highlight's id"`
	Revision int           `query:"revision" minimum:"1" doc:"The build of which revision; the latest is the default"`
}

// partView is a chunk of a build, with what it was made for.
type partView struct {
	clip.Part
	State     string        `json:"state" enum:"rendered,reused,gone" doc:"Rendered for this build; reused; or gone, because chunks are kept within a budget of disk"`
	Highlight clip.MomentID `json:"highlight,omitempty" doc:"The highlight that it was rendered for"`
	Revision  int           `json:"revision,omitempty" doc:"The revision of that"`
}

// The states of a part.
const (
	partRendered = "rendered"
	partReused   = "reused"
	partGone     = "gone"
)

type buildView struct {
	Highlight clip.MomentID `json:"highlight"`
	Revision  int           `json:"revision" doc:"The revision whose files these are"`
	Build     clip.Digest   `json:"build" doc:"The document of all that they were made from"`
	Before    int           `json:"before,omitempty" doc:"The revision that it is compared with"`
	Engine    string        `json:"engine"`
	Parts     []partView    `json:"parts"`
}

type buildOut struct {
	Body buildView
}

// showBuild is GET /api/v1/highlights/{id}/build.
func (d *Desk) showBuild(ctx context.Context, in *buildIn) (*buildOut, error) {
	h, err := d.Catalogue.Highlight(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Revision == 0 {
		in.Revision = h.Revision
	}
	ref, before := h.Build(in.Revision)
	if ref.Revision == 0 {
		return nil, clip.Errorf(clip.NotFound, "show the build of "+string(h.ID), "none of its revisions up to %d was rendered", in.Revision)
	}
	var is, was clip.Build
	if err := d.Blobs.GetJSON(ctx, ref.Build, &is); err != nil {
		return nil, err
	}
	if before.Revision != 0 {
		if err := d.Blobs.GetJSON(ctx, before.Build, &was); err != nil {
			return nil, err
		}
	}
	parts, err := d.partViews(ctx, is, was)
	return &buildOut{buildView{Highlight: h.ID, Revision: ref.Revision, Build: ref.Build, Before: before.Revision, Engine: is.Engine, Parts: parts}}, err
}

// partViews are the chunks of a build with what the catalogue knows of them.
func (d *Desk) partViews(ctx context.Context, is, was clip.Build) ([]partView, error) {
	parts := is.Parts(was)
	keys := make([]clip.Digest, len(parts))
	for i, p := range parts {
		keys[i] = p.Key
	}
	known, err := d.Catalogue.Chunks(ctx, keys)
	views := make([]partView, len(parts))
	for i, p := range parts {
		k, ok := known[p.Key]
		views[i] = partView{Part: p, State: partReused, Highlight: k.Highlight, Revision: k.Revision}
		switch {
		case !ok:
			views[i].State = partGone
		case k.Highlight == is.Highlight && k.Revision == is.Revision:
			views[i].State = partRendered
		}
	}
	return views, err
}
