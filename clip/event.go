package clip

import "time"

// Event says that something changed; it carries names, never content. The desk
// reads the thing itself.
type Event struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // "feed", "moment", "highlight", "post", "sending"
	ID   string    `json:"id"`
}

// AuditEntry is one link of the append-only record of who did what. Hash is
// over everything else, Prev included, so that a change anywhere breaks the
// chain from there on.
type AuditEntry struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Role   string    `json:"role"`
	Action string    `json:"action"` // "moment.flag", "highlight.approve", …
	Object string    `json:"object"`
	Detail string    `json:"detail"`
	Prev   Digest    `json:"prev"`
	Hash   Digest    `json:"hash"`
}

// Sum is the hash that the entry must carry.
func (e AuditEntry) Sum() Digest {
	e.Hash = ""
	return digestJSON(e)
}

// Actor is who does something, and by what right.
type Actor struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
}

// Role is a set of rights.
type Role string

// The roles. Who may do what is [Role.May].
const (
	Viewer    Role = "viewer"    // looks
	Producer  Role = "producer"  // flags and trims
	Publisher Role = "publisher" // edits texts, decides, retracts
	Machine   Role = "machine"   // flags, and nothing else
	Admin     Role = "admin"     // everything, feeds included
)

// Right is one thing that a role may do.
type Right string

// The rights.
const (
	MayView    Right = "view"
	MayFlag    Right = "flag"
	MayEdit    Right = "edit"
	MayDecide  Right = "decide"
	MayOperate Right = "operate" // feeds
)

var rights = map[Role][]Right{
	Viewer:    {MayView},
	Machine:   {MayFlag},
	Producer:  {MayView, MayFlag, MayEdit},
	Publisher: {MayView, MayFlag, MayEdit, MayDecide},
	Admin:     {MayView, MayFlag, MayEdit, MayDecide, MayOperate},
}

// May reports whether the role has the right. An unknown role has none.
func (r Role) May(want Right) bool {
	for _, have := range rights[r] {
		if have == want {
			return true
		}
	}
	return false
}
