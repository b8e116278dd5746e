package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"
)

// saveHistories writes what Temporal recorded of a run to the directory that
// $OVATION_HISTORIES names, as workflows/testdata keeps it. `make histories`
// sets it.
func saveHistories(t *testing.T, o *ovation, name string) {
	t.Helper()
	dir := os.Getenv("OVATION_HISTORIES")
	if dir == "" {
		return
	}
	address, err := os.ReadFile(filepath.Join(o.data, "temporal.address"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: strings.TrimSpace(string(address)), Namespace: "ovation"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, id := range o.workflows {
		var h historypb.History
		events := c.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for events.HasNext() {
			e, err := events.Next()
			if err != nil {
				t.Fatalf("history of %s: %v", id, err)
			}
			h.Events = append(h.Events, e)
		}
		text, err := protojson.MarshalOptions{Indent: " "}.Marshal(&h)
		if err != nil {
			t.Fatal(err)
		}
		kind, rest, _ := strings.Cut(id, "/")
		file := kind + "-" + name
		if _, destination, ok := strings.Cut(rest, "/"); ok {
			file += "-" + destination
		}
		if err := os.WriteFile(filepath.Join(dir, file+".json"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
