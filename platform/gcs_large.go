package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ovation-live/ovation/clip"
)

// putLarge sends a file so that it can go on after an interruption, also after
// one of this process: the library keeps the address of an upload to itself, so
// that this speaks to Google directly.
// https://docs.cloud.google.com/storage/docs/performing-resumable-uploads, 2026-11-24.
func (d *gcsDrop) putLarge(ctx context.Context, op string, f upload) error {
	c, err := d.signed(op)
	if err != nil {
		return err
	}
	have, session, err := d.resume(ctx, op, c, f)
	if err != nil {
		return err
	}
	file, err := f.from(ctx, have)
	if err != nil {
		return reclassify(op, err)
	}
	defer file.Close()
	for have < f.Size {
		n := min(gcsWhole, f.Size-have)
		got, err := c.do(ctx, ask{
			op: op, method: http.MethodPut, path: session, also: http.StatusPermanentRedirect,
			body:   &body{kind: f.Kind, size: n, Reader: io.LimitReader(file, n)},
			header: http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", have, have+n-1, f.Size)}},
		}, new(json.RawMessage))
		if err != nil {
			return err
		}
		if arrived := gcsArrived(got, f); arrived != have+n {
			return clip.Errorf(clip.Unavailable, op, "of %d bytes of %s, %d arrived; it goes on from there", have+n, f.Name, arrived)
		}
		have += n
	}
	there, err := d.has(ctx, op, f)
	if err == nil && !there {
		err = clip.Errorf(clip.Unavailable, op, "%s did not arrive whole; it is sent again", f.Name)
	}
	return err
}

// resume asks how much has arrived in the session that was kept. There is a new
// one where there was none, or Google forgot it.
func (d *gcsDrop) resume(ctx context.Context, op string, c *caller, f upload) (have int64, session string, err error) {
	if f.session != "" {
		got, err := c.do(ctx, ask{
			op: op, method: http.MethodPut, path: f.session, also: http.StatusPermanentRedirect,
			header: http.Header{"Content-Range": {"bytes */" + strconv.FormatInt(f.Size, 10)}},
		}, new(json.RawMessage))
		if clip.KindOf(err) != clip.NotFound || err == nil {
			return gcsArrived(got, f), f.session, err
		}
	}
	session, err = d.begin(ctx, op, c, f)
	return 0, session, err
}

// gcsArrived is how much of a file an answer says has arrived.
func gcsArrived(got answer, f upload) int64 {
	if got.status != http.StatusPermanentRedirect {
		return f.Size
	}
	last, _ := strings.CutPrefix(got.header.Get("Range"), "bytes=0-")
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil || n >= f.Size {
		return 0 // without the header, nothing has arrived
	}
	return n + 1
}

// begin begins a session, and keeps its address.
func (d *gcsDrop) begin(ctx context.Context, op string, c *caller, f upload) (session string, err error) {
	object, err := jsonBody(map[string]any{"contentType": f.Kind, "metadata": gcsMetadata(f)})
	if err != nil {
		return "", clip.Errorf(clip.Internal, op, "%w", err)
	}
	query := url.Values{"uploadType": {"resumable"}, "name": {d.prefix + f.Name}}
	got, err := c.do(ctx, ask{
		op: op, method: http.MethodPost, path: "/upload/storage/v1/b/" + url.PathEscape(d.name) + "/o?" + query.Encode(), body: object,
		header: http.Header{"X-Upload-Content-Type": {f.Kind}, "X-Upload-Content-Length": {strconv.FormatInt(f.Size, 10)}},
	}, nil)
	if err != nil {
		return "", err
	}
	at, err := c.base.Parse(got.header.Get("Location"))
	if err != nil || at.Host != c.base.Host || at.Scheme != c.base.Scheme {
		return "", clip.Errorf(clip.Unavailable, op, "%s gives the upload an address elsewhere", c.base.Host)
	}
	return at.String(), f.keep(at.String())
}
