package desk

import (
	"encoding/json"
	"net/http"
)

// writeJSON answers with v. Its error is the client's connection, which nobody
// can be told about.
func writeJSON(w http.ResponseWriter, status int, v any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// each applies f to every item; the answer is never nil, so that JSON says []
// and not null.
func each[T, U any](items []T, f func(T) U) []U {
	out := make([]U, 0, len(items))
	for _, i := range items {
		out = append(out, f(i))
	}
	return out
}

// listed is items, or an empty list where there are none.
func listed[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
