package clip

// Flag is a wish to flag a moment, as it arrives from a person, a webhook or a
// mark in the feed. Times are texts that [ResolveWhen] reads.
type Flag struct {
	Feed   FeedID            `json:"feed"`
	At     string            `json:"at,omitempty"`  // an instant; excludes In and Out
	In     string            `json:"in,omitempty"`  // mark-in
	Out    string            `json:"out,omitempty"` // mark-out; empty: still going on
	Kind   string            `json:"kind,omitempty"`
	Title  string            `json:"title,omitempty"`
	People []string          `json:"people,omitempty"`
	Source string            `json:"source,omitempty"`
	Key    string            `json:"key,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	Status MomentStatus      `json:"status,omitempty"` // empty: confirmed
}

// Amendment corrects a moment; nil fields stay as they are.
type Amendment struct {
	In     *string   `json:"in,omitempty"`
	Out    *string   `json:"out,omitempty"`
	Kind   *string   `json:"kind,omitempty"`
	Title  *string   `json:"title,omitempty"`
	People *[]string `json:"people,omitempty"`
}
