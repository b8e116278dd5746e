package platform_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/ovation-live/ovation/internal/objectstores"
	"github.com/ovation-live/ovation/platform/platformtest"
)

// objectCalls are the calls of a driver whose files are objects.
var objectCalls = []platformtest.Call{
	{Name: "there", Is: at(http.MethodHead, "/*/*/*.mp4")},
	{Name: "upload", Is: at(http.MethodPut, "/*/*/*.mp4")},
	{Name: "publish", Is: at(http.MethodPut, "/*/*/*.json")},
	{Name: "find", Is: at(http.MethodGet, "/*/*/*.json")},
	{Name: "retract", Is: at(http.MethodDelete, "/*/*/*.json")},
	{Name: "retract: video", Is: at(http.MethodDelete, "/*/*/*.mp4")},
}

func s3Bench(t testing.TB) *platformtest.Bench {
	server := objectstores.StartS3(t)
	proxy := platformtest.NewProxy(t, server.URL, objectCalls)
	b := deliveredTo(filepath.Join(server.Dir, "clips"))
	b.Proxy, b.Secrets = proxy, []string{objectstores.SecretKey}
	b.Account = open(t, "s3", s3Options(server), &http.Client{Transport: through{server.URL, proxy.URL, proxy.Client.Transport}})
	return b
}

func s3Options(server objectstores.Server) map[string]any {
	return map[string]any{
		"endpoint": server.URL, "bucket": objectstores.Bucket, "prefix": "clips/",
		"access_key": objectstores.AccessKey, "secret_key": objectstores.SecretKey, "allow_private": true,
	}
}

func s3Resume(t testing.TB) resumeBench {
	server := objectstores.StartS3(t)
	client, sent := countingClient()
	b := deliveredTo(filepath.Join(server.Dir, "clips"))
	b.Account = open(t, "s3", s3Options(server), client)
	return resumeBench{b, filepath.Join(server.Dir, "clips"), sent}
}
