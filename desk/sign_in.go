package desk

import (
	"net/http"
	"strings"
)

// signInBody is what the sign-in page shows.
type signInBody struct {
	Next  string
	Wrong string
}

// signInPage is GET /sign-in. With ?token= (the link that `ovation up` prints)
// it signs in and goes on at once, so that the token does not stay in the
// address bar.
func (d *Desk) signInPage(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("token"); token != "" {
		d.signInWith(w, r, token)
		return
	}
	d.show(w, r, http.StatusOK, "sign-in", page{Title: "Sign in", Body: signInBody{Next: local(r.FormValue("next"))}})
}

// signIn is POST /sign-in.
func (d *Desk) signIn(w http.ResponseWriter, r *http.Request) {
	d.signInWith(w, r, r.PostFormValue("token"))
}

func (d *Desk) signInWith(w http.ResponseWriter, r *http.Request, token string) {
	next := local(r.FormValue("next"))
	u, err := d.byToken(r, token)
	if err != nil {
		p := d.problem(r.Context(), err)
		d.Log.WithField("remote", remote(r)).Warn("sign-in refused")
		d.show(w, r, p.Status, "sign-in", page{Title: "Sign in", Body: signInBody{Next: next, Wrong: wrongToken(p.Status)}})
		return
	}
	d.begin(w, r, u)
	d.Log.WithField("user", u.Name).WithField("role", u.Role).Info("signed in")
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func wrongToken(status int) string {
	if status == http.StatusTooManyRequests {
		return "Too many wrong tokens came from your address. Wait a minute, then try again."
	}
	return "No user has this token. Copy it whole, or ask an administrator for a new one."
}

// signOut is POST /sign-out.
func (d *Desk) signOut(w http.ResponseWriter, r *http.Request) {
	d.end(w, r)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// local is a path on this desk to go on to, never another site.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") || strings.HasPrefix(next, "/sign-") {
		return "/"
	}
	return next
}
