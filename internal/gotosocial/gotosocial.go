// Package gotosocial runs a real GoToSocial for tests: a server that speaks
// the Mastodon API. It is a separate process, built from its own module in
// tools/gotosocial.
package gotosocial

import "testing"

// Server is a running GoToSocial with one account.
type Server struct {
	URL   string
	Token string
}

// Status is a post as the server shows it to its author.
type Status struct {
	ID      string
	URL     string
	Text    string
	Created string
	Media   []Media
}

// Media is one attachment of a status.
type Media struct {
	ID, URL, Preview, Type, Description string
}

// Start gives the server of this test process, and starts it where it does not
// run yet. It stops when the process ends, however it ends.
func Start(t testing.TB) *Server { t.Helper(); t.Fatal("not built yet"); return nil }

// Statuses lists the account's posts, newest first.
func (s *Server) Statuses(t testing.TB) []Status { t.Helper(); return nil }

// FetchMedia downloads an attachment as anybody can.
func (s *Server) FetchMedia(t testing.TB, m Media) []byte { t.Helper(); return nil }
