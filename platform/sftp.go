package platform

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/ovation-live/ovation/clip"
)

// sftpFlight is how much of a file is under way at once: 64 packets of the
// 32 KiB that every server takes.
// https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02#section-3, 2026-11-24.
const (
	sftpPackets = 64
	sftpFlight  = sftpPackets * 32 << 10
)

var sftpProfile = dropProfile("sftp", 0)

// sftpServer delivers into a directory of a server by SFTP.
//
// Once: the document is written under a hidden name and given its own by a hard
// link, which is refused where there is one; where the server cannot link, by a
// rename, which the protocol forbids to overwrite.
var sftpServer = Platform{
	Name:    "sftp",
	About:   "Delivers each post into a directory of a server by SFTP: the files, and a JSON document last.",
	Proof:   "Real: the conformance suite runs it on an SSH server in the tests' process (x/crypto/ssh, pkg/sftp), with connections cut at every stage.",
	Profile: sftpProfile,
	Options: func() any { return new(sftpOptions) },
	Open:    openSFTP,
}

// sftpOptions is the configuration of a server.
type sftpOptions struct {
	// Server is host or host:port.
	Server string `yaml:"server" json:"server"`
	// HostKey is how the server proves itself: its public key as it stands in
	// known_hosts (ssh-ed25519 AAAA…), or that key's fingerprint (SHA256:…).
	HostKey string `yaml:"host_key" json:"host_key"`
	// User is who signs in, with a password, a key, or both.
	User string `yaml:"user" json:"user"`
	// Password is the user's password.
	Password clip.Secret `yaml:"password" json:"password"`
	// PasswordFile is a file that holds it, instead of Password.
	PasswordFile string `yaml:"password_file" json:"password_file"`
	// Key is the user's private key, in the format of OpenSSH or PEM, without a
	// passphrase.
	Key clip.Secret `yaml:"key" json:"key"`
	// KeyFile is a file that holds it, instead of Key.
	KeyFile string `yaml:"key_file" json:"key_file"`
	// Dir is the directory, which has to be there; left out: where one is after
	// signing in.
	Dir string `yaml:"dir" json:"dir"`
	// AllowPrivate permits a server on a private address.
	AllowPrivate bool `yaml:"allow_private" json:"allow_private"`
}

func openSFTP(options any, d Deps) (Account, error) {
	const op = "open an SFTP server"
	o := *options.(*sftpOptions)
	address, err := hostPort(op, o.Server, "22")
	if err != nil {
		return nil, err
	}
	if o.User == "" {
		return nil, clip.Errorf(clip.Invalid, op, "user is empty; write who signs in")
	}
	config := &ssh.ClientConfig{User: o.User, Timeout: connectTime}
	if config.HostKeyCallback, config.HostKeyAlgorithms, err = sftpHostKey(o.HostKey); err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "host_key: %w", err)
	}
	secrets, err := o.sign(config, d.Dir)
	if err != nil {
		return nil, err
	}
	return dropAccount{&fileServer{
		protocol: "sftp", address: address, dir: o.Dir, secrets: secrets, overlap: sftpFlight,
		dial: guardedDialer(o.AllowPrivate).DialContext,
		login: func(ctx context.Context, dial dialFunc) (remoteFiles, error) {
			return sftpLogin(ctx, dial, address, config)
		},
	}, sftpProfile}, nil
}

// sign sets how the user proves who it is.
func (o sftpOptions) sign(config *ssh.ClientConfig, dir string) (secrets []clip.Secret, err error) {
	const op = "open an SFTP server"
	if o.Key != "" || o.KeyFile != "" {
		key, err := readSecret(o.Key, o.KeyFile, dir)
		if err != nil {
			return nil, clip.Errorf(clip.Invalid, op, "key: %w", err)
		}
		signer, err := ssh.ParsePrivateKey([]byte(key.Reveal()))
		if err != nil { // it may quote what it read
			return nil, clip.Errorf(clip.Invalid, op, "key: it is no private key without a passphrase")
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
		secrets = append(secrets, key)
		if o.Password == "" && o.PasswordFile == "" {
			return secrets, nil
		}
	}
	password, err := readSecret(o.Password, o.PasswordFile, dir)
	if err != nil {
		return nil, clip.Errorf(clip.Invalid, op, "password: %w", err)
	}
	config.Auth = append(config.Auth, ssh.Password(password.Reveal()))
	return append(secrets, password), nil
}

// sftpHostKey is the check of a server's key, and the kinds of key to ask for.
func sftpHostKey(line string) (ssh.HostKeyCallback, []string, error) {
	want := strings.TrimSpace(line)
	var algorithms []string
	if !strings.HasPrefix(want, "SHA256:") {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(want))
		if err != nil {
			return nil, nil, errors.New("write the server's public key, such as ssh-ed25519 AAAA…, or its fingerprint SHA256:…; ask the partner for it")
		}
		want, algorithms = ssh.FingerprintSHA256(key), []string{key.Type()}
		if key.Type() == ssh.KeyAlgoRSA {
			algorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
	}
	return func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if got := ssh.FingerprintSHA256(key); got != want {
			return clip.Errorf(clip.Denied, "", "the server shows the %s key %s, not %s as configured; do not go on before the partner says why", key.Type(), got, want)
		}
		return nil
	}, algorithms, nil
}

// sftpFiles is a server on which somebody is signed in.
type sftpFiles struct {
	ssh *ssh.Client
	*sftp.Client
}

func sftpLogin(ctx context.Context, dial dialFunc, address string, config *ssh.ClientConfig) (remoteFiles, error) {
	conn, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	c, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		_ = conn.Close() // nothing was written
		return nil, sftpRefused(err)
	}
	client := ssh.NewClient(c, channels, requests)
	files, err := sftp.NewClient(client, sftp.UseConcurrentWrites(true), sftp.MaxConcurrentRequestsPerFile(sftpPackets))
	if err != nil {
		_ = client.Close() // nothing was written
		return nil, err
	}
	return sftpFiles{client, files}, nil
}

// sftpRefused tells a refusal from a failure to reach the server.
func sftpRefused(err error) error {
	var known *clip.Error
	switch {
	case errors.As(err, &known):
		return known
	case strings.Contains(err.Error(), "unable to authenticate"):
		return clip.Errorf(clip.Denied, "", "it lets nobody in with this user, password and key")
	}
	return err
}

func (f sftpFiles) size(name string) (int64, error) {
	at, err := f.Stat(name)
	if err != nil {
		return 0, err
	}
	return at.Size(), nil
}

func (f sftpFiles) write(name string, r io.Reader, offset int64) error {
	flags := os.O_WRONLY | os.O_CREATE
	if offset == 0 {
		flags |= os.O_TRUNC
	}
	w, err := f.OpenFile(name, flags)
	if err != nil {
		return err
	}
	_, err = w.Seek(offset, io.SeekStart)
	if err == nil {
		_, err = w.ReadFromWithConcurrency(r, sftpPackets)
	}
	if _, ok := f.HasExtension("fsync@openssh.com"); ok && err == nil {
		err = w.Sync()
	}
	return errors.Join(err, w.Close())
}

func (f sftpFiles) open(name string) (io.ReadCloser, error) { return f.Open(name) }

func (f sftpFiles) replace(from, to string) error {
	if _, ok := f.HasExtension("posix-rename@openssh.com"); ok {
		return f.PosixRename(from, to)
	}
	if err := f.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.Rename(from, to)
}

func (f sftpFiles) claim(from, to string) error {
	_, links := f.HasExtension("hardlink@openssh.com")
	rename := f.Rename
	if links {
		rename = f.Link
	}
	err := rename(from, to)
	if err == nil && links {
		_ = f.Remove(from) // it stays hidden, and goes with the post
	}
	return f.claimed(err, to)
}

// claimed tells a server that refused from one that did not answer. Servers say
// no more than "failure" where there is a file already.
func (f sftpFiles) claimed(err error, to string) error {
	var status *sftp.StatusError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &status) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrNotExist):
		return clip.Errorf(clip.Ambiguous, "", "it did not say whether it renamed the document: %w", err)
	}
	if _, missing := f.Lstat(to); missing == nil {
		return fs.ErrExist
	}
	return err
}

func (f sftpFiles) remove(name string) error { return f.Remove(name) }

// Close signs out.
func (f sftpFiles) Close() error { return errors.Join(f.Client.Close(), f.ssh.Close()) }
