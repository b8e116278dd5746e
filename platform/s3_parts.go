package platform

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/ovation-live/ovation/clip"
)

// putParts sends a large file in parts. The name of the upload is kept, so that
// one that was interrupted goes on with the parts that are missing.
func (d *s3Drop) putParts(ctx context.Context, op string, f upload) error {
	id, have, err := d.begin(ctx, op, f)
	if err != nil {
		return err
	}
	file, err := f.from(ctx, 0)
	if err != nil {
		return reclassify(op, err)
	}
	defer file.Close()
	var parts []minio.CompletePart
	for left, n := f.Size, 1; left > 0; n++ {
		part := make([]byte, min(left, s3Part))
		if _, err := io.ReadFull(file, part); err != nil {
			return reclassify(op, err)
		}
		etag := have[n]
		if etag != s3ETag(part) {
			if etag, err = d.putPart(ctx, op, s3PartOf{f.Name, id, n, part}); err != nil {
				return err
			}
		}
		parts = append(parts, minio.CompletePart{PartNumber: n, ETag: etag})
		left -= int64(len(part))
	}
	return d.call(ctx, ask{op: op, body: &body{}}, func(ctx context.Context) error {
		_, err := d.s3.CompleteMultipartUpload(ctx, d.bucket, d.prefix+f.Name, id, parts, s3Headers(f))
		return err
	})
}

// begin goes on with the upload that was kept, and tells the parts that it has,
// or begins another.
func (d *s3Drop) begin(ctx context.Context, op string, f upload) (id string, have map[int]string, err error) {
	if f.session != "" {
		have, err = d.parts(ctx, op, f)
		if clip.KindOf(err) != clip.NotFound || err == nil {
			return f.session, have, err
		}
	}
	err = d.call(ctx, ask{op: op}, func(ctx context.Context) (err error) {
		id, err = d.s3.NewMultipartUpload(ctx, d.bucket, d.prefix+f.Name, s3Headers(f))
		return err
	})
	if err != nil {
		return "", nil, err
	}
	return id, nil, f.keep(id)
}

// parts lists what arrived of the upload that was kept.
func (d *s3Drop) parts(ctx context.Context, op string, f upload) (map[int]string, error) {
	have := map[int]string{}
	for after, more := 0, true; more; {
		err := d.call(ctx, ask{op: op}, func(ctx context.Context) error {
			got, err := d.s3.ListObjectParts(ctx, d.bucket, d.prefix+f.Name, f.session, after, 1000)
			for _, p := range got.ObjectParts {
				have[p.PartNumber] = strings.Trim(p.ETag, `"`)
			}
			after, more = got.NextPartNumberMarker, got.IsTruncated
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return have, nil
}

// s3PartOf is one part of an upload.
type s3PartOf struct {
	name, id string
	number   int
	bytes    []byte
}

func (d *s3Drop) putPart(ctx context.Context, op string, p s3PartOf) (etag string, err error) {
	r := bytes.NewReader(p.bytes)
	digest, err := s3Sum(r)
	if err != nil {
		return "", clip.Errorf(clip.Internal, op, "%w", err)
	}
	err = d.call(ctx, ask{op: op, body: &body{size: r.Size()}}, func(ctx context.Context) error {
		got, err := d.s3.PutObjectPart(ctx, d.bucket, d.prefix+p.name, p.id, p.number, io.NopCloser(r), r.Size(), minio.PutObjectPartOptions{Sha256Hex: digest})
		etag = strings.Trim(got.ETag, `"`)
		return err
	})
	return etag, err
}

// s3ETag is the MD5 that S3 gives a part as its ETag. Where a bucket's
// encryption makes it something else, all parts are sent again.
func s3ETag(part []byte) string {
	sum := md5.Sum(part)
	return hex.EncodeToString(sum[:])
}
