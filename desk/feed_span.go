package desk

import (
	"context"

	"github.com/ovation-live/ovation/clip"
)

// SpanIn names a stretch of a feed's recording. It is exported because huma
// reads no other embedded struct.
type SpanIn struct {
	ID  clip.FeedID `path:"id" doc:"The feed's id"`
	In  string      `query:"in" doc:"The first instant wanted; where the recording begins without it"`
	Out string      `query:"out" doc:"The first instant not wanted; the live end without it"`
}

// read is the stretch that was asked for, and the timeline that it lies on.
// It may reach beyond what is recorded.
func (in SpanIn) read(ctx context.Context, d *Desk) (clip.Span, clip.Timeline, error) {
	if _, err := d.Catalogue.Feed(ctx, in.ID); err != nil {
		return clip.Span{}, nil, err
	}
	tl, err := d.Catalogue.Timeline(ctx, in.ID)
	if err != nil {
		return clip.Span{}, nil, err
	}
	span := tl.Window()
	if in.In != "" {
		if span.In, err = clip.ResolveWhen(in.In, tl); err != nil {
			return clip.Span{}, nil, err
		}
	}
	if in.Out != "" {
		if span.Out, err = clip.ResolveWhen(in.Out, tl); err != nil {
			return clip.Span{}, nil, err
		}
	}
	if in.In != "" && in.Out != "" && !span.In.Before(span.Out) {
		return clip.Span{}, nil, clip.Errorf(clip.Invalid, "read what is in feed "+string(in.ID), "out (%s) does not lie after in (%s)", in.Out, in.In)
	}
	return span, tl, nil
}

// empty reports a stretch that holds nothing, such as all of a feed that has
// recorded nothing.
func empty(s clip.Span) bool { return !s.In.Before(s.Out) }
