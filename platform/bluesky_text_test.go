package platform

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestBlueskyFacets compares with the official client, whose answers are kept:
// node "$(tools/pds/build.sh)/facets.mjs" < texts makes them.
func TestBlueskyFacets(t *testing.T) {
	var vectors []struct {
		Text      string         `json:"text"`
		Graphemes int            `json:"graphemes"`
		Facets    []blueskyFacet `json:"facets"`
	}
	golden, err := os.ReadFile("testdata/bluesky-facets.json")
	if err == nil {
		err = json.Unmarshal(golden, &vectors)
	}
	if err != nil || len(vectors) < 15 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		found := blueskyFacets(v.Text)
		if diff := cmp.Diff(append([]blueskyFacet{}, v.Facets...), append([]blueskyFacet{}, found...)); diff != "" {
			t.Errorf("%q (-official +ours):\n%s", v.Text, diff)
		}
		if n := graphemeCount(v.Text); n != v.Graphemes {
			t.Errorf("%q has %d graphemes, officially %d", v.Text, n, v.Graphemes)
		}
		for _, f := range found {
			shown := v.Text[f.Index.Start:f.Index.End]
			for _, f := range f.Features {
				if f.Type == blueskyTag && !strings.HasSuffix(shown, f.Tag) || f.Type == blueskyLink && !strings.HasSuffix(f.URI, shown) {
					t.Errorf("%q is shown for %+v", shown, f)
				}
			}
		}
	}
}

func TestBlueskyCount(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "Gold!": 5, "🏅": 1, "🇳🇴": 1,
		"👨‍👩‍👧":                       2, // 18 bytes
		strings.Repeat("👨‍👩‍👧", 100):  180,
		strings.Repeat("é", 300):      300,
		strings.Repeat("\u1000", 300): 300,
	} {
		if n := blueskyCount(text); n != want {
			t.Errorf("%.20q counts %d, want %d", text, n, want)
		}
	}
}

func TestBlueskyKey(t *testing.T) {
	seen := map[string]bool{}
	for i := range 10000 {
		key := blueskyKey(marker("h1.test", i))
		if len(key) != 13 || strings.Trim(key, "234567abcdefghijklmnopqrstuvwxyz") != "" || key[0] > 'j' {
			t.Fatalf("%s is no TID", key)
		}
		if at := tidTime(key); at.Year() < 2024 || at.After(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)) {
			t.Fatalf("%s is of %s", key, at)
		}
		seen[key] = true
	}
	if len(seen) != 10000 {
		t.Errorf("10000 markers make %d keys", len(seen))
	}
	if key := blueskyKey("ovation-0123"); key != blueskyKey("ovation-0123") || key != "3kohz4cwxgb2h" {
		t.Errorf("the key of a marker changed to %s: posts that were sent would not be found", key)
	}
}

// tidTime is the time in a TID.
func tidTime(key string) time.Time {
	var n int64
	for _, r := range key {
		n = n<<5 | int64(strings.IndexRune("234567abcdefghijklmnopqrstuvwxyz", r))
	}
	return time.UnixMicro(n >> 10)
}
