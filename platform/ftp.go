package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/textproto"
	"os"
	"path/filepath"

	"github.com/jlaffaye/ftp"

	"github.com/ovation-live/ovation/clip"
)

var ftpProfile = dropProfile("ftp", 0)

// ftpServer delivers into a directory of a server by FTP, over TLS (RFC 4217)
// unless the configuration says otherwise.
//
// Once: FTP cannot create a file only where there is none. The document is
// looked for, and renamed into place when it is not there; between the two,
// only the ledger keeps a second attempt away. That one would write the same
// name, so that even then there is one post.
var ftpServer = Platform{
	Name:    "ftp",
	About:   "Delivers each post into a directory of a server by FTP over TLS: the files, and a JSON document last.",
	Proof:   "Real: the conformance suite runs it on an FTP server in the tests' process (ftpserverlib, over TLS), with connections cut at every stage.",
	Profile: ftpProfile,
	Options: func() any { return new(ftpOptions) },
	Open:    openFTP,
}

// ftpOptions is the configuration of a server.
type ftpOptions struct {
	// Server is host or host:port.
	Server string `yaml:"server" json:"server"`
	// User is who signs in.
	User string `yaml:"user" json:"user"`
	// Password is the user's password.
	Password clip.Secret `yaml:"password" json:"password"`
	// PasswordFile is a file that holds it, instead of Password.
	PasswordFile string `yaml:"password_file" json:"password_file"`
	// CAFile holds the certificates (PEM) that the server's may be signed by;
	// left out: those that this computer trusts.
	CAFile string `yaml:"ca_file" json:"ca_file"`
	// Insecure permits FTP without TLS, which shows the password and the media
	// to everybody on the way.
	Insecure bool `yaml:"insecure" json:"insecure"`
	// Dir is the directory, which has to be there; left out: where one is after
	// signing in.
	Dir string `yaml:"dir" json:"dir"`
	// AllowPrivate permits a server on a private address.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

func openFTP(options any, d Deps) (Account, error) {
	const op = "open an FTP server"
	o := *options.(*ftpOptions)
	address, err := hostPort(op, o.Server, "21")
	if err != nil {
		return nil, err
	}
	if o.User == "" {
		return nil, clip.Errorf(clip.Invalid, op, "user is empty; write who signs in")
	}
	password, err := readSecret(o.Password, o.PasswordFile, d.Dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "password: %w", err)
	}
	config, err := o.tls(address, d.Dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "ca_file: %w", err)
	}
	account := ftpAccount{address, o.User, password, config}
	return dropAccount{&fileServer{
		protocol: "ftp", address: address, dir: o.Dir, secrets: []clip.Secret{password},
		dial: guardedDialer(o.AllowPrivate).DialContext, login: account.login,
	}, ftpProfile}, nil
}

// tls is how the server proves itself; nil: it does not.
func (o ftpOptions) tls(address, dir string) (*tls.Config, error) {
	if o.Insecure {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	// Servers may ask that data connections resume the session of the first.
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	if o.CAFile == "" {
		return config, nil
	}
	file := o.CAFile
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, errors.New(file + " holds no certificate in PEM")
	}
	return config, nil
}

// ftpAccount is who signs in where.
type ftpAccount struct {
	address, user string
	password      clip.Secret
	tls           *tls.Config // nil: no TLS
}

// login signs in. The library asks the dialer for the first connection, which
// it secures itself, and then for one for each file, which it does not.
func (a ftpAccount) login(ctx context.Context, dial dialFunc) (remoteFiles, error) {
	first := true
	options := []ftp.DialOption{ftp.DialWithDialFunc(func(network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil && a.tls != nil && !first {
			conn = tls.Client(conn, a.tls)
		}
		first = false
		return conn, err
	})}
	if a.tls != nil {
		options = append(options, ftp.DialWithExplicitTLS(a.tls))
	}
	conn, err := ftp.Dial(a.address, options...)
	if err != nil {
		return nil, err
	}
	if err := conn.Login(a.user, a.password.Reveal()); err != nil {
		_ = conn.Quit() // nothing was written
		return nil, ftpRefused(err)
	}
	return ftpFiles{conn}, nil
}

// ftpFiles is a server on which somebody is signed in.
type ftpFiles struct{ *ftp.ServerConn }

// ftpRefused tells a server that refuses from one that cannot now.
// https://www.rfc-editor.org/rfc/rfc959#section-4.2, 2026-11-24.
func ftpRefused(err error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) || answer.Code < 500 {
		return err
	}
	return errors.Join(fs.ErrPermission, err)
}

func (f ftpFiles) size(name string) (int64, error) {
	n, err := f.FileSize(name)
	return n, ftpMissing(err)
}

// ftpMissing is the error of a file that is asked for: 550 says that it is not
// there, as far as this user may see.
func ftpMissing(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code == ftp.StatusFileUnavailable {
		return errors.Join(fs.ErrNotExist, err)
	}
	return ftpRefused(err)
}

func (f ftpFiles) write(name string, r io.Reader, offset int64) error {
	if offset == 0 {
		return ftpRefused(f.Stor(name, r))
	}
	return ftpRefused(f.Append(name, r))
}

func (f ftpFiles) open(name string) (io.ReadCloser, error) {
	r, err := f.Retr(name)
	if err != nil {
		return nil, ftpMissing(err)
	}
	return r, nil
}

// replace tries without removing what is there first: most servers replace it.
func (f ftpFiles) replace(from, to string) error {
	var answer *textproto.Error
	err := f.Rename(from, to)
	if !errors.As(err, &answer) {
		return err
	}
	if err := f.remove(to); err != nil {
		return err
	}
	return ftpRefused(f.Rename(from, to))
}

func (f ftpFiles) claim(from, to string) error {
	var answer *textproto.Error
	err := f.Rename(from, to)
	if err != nil && !errors.As(err, &answer) {
		return clip.Errorf(clip.Ambiguous, "", "it did not say whether it renamed the document: %w", err)
	}
	return ftpRefused(err)
}

func (f ftpFiles) remove(name string) error { return ftpMissing(f.Delete(name)) }

// Close signs out.
func (f ftpFiles) Close() error { return f.Quit() }
