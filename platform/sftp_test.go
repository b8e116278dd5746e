package platform_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"maps"
	"net"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/ovation-live/ovation/clip"
)

const sftpPassword = "correct-horse-9"

// sftpServer is a real SSH server in this process whose SFTP serves a directory.
type sftpServer struct {
	*cuts
	address string
	dir     string
	hostKey ssh.PublicKey
	userKey string // private, as OpenSSH writes it
}

func startSFTP(t testing.TB) *sftpServer {
	t.Helper()
	hostKey, _ := sshKey(t)
	userKey, userText := sshKey(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // nothing was written
	s := &sftpServer{new(cuts), listener.Addr().String(), t.TempDir(), hostKey.PublicKey(), userText}
	config := &ssh.ServerConfig{
		PasswordCallback: func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if string(password) != sftpPassword {
				return nil, errors.New("no")
			}
			return nil, nil
		},
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if ssh.FingerprintSHA256(key) != ssh.FingerprintSHA256(userKey.PublicKey()) {
				return nil, errors.New("no")
			}
			return nil, nil
		},
	}
	config.AddHostKey(hostKey)
	go s.serve(cutListener{listener, s.cuts}, config)
	return s
}

func sshKey(t testing.TB) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, string(pem.EncodeToMemory(block))
}

// serve serves until the listener is closed. What a connection dies of is what
// the tests are about.
func (s *sftpServer) serve(l net.Listener, config *ssh.ServerConfig) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_, channels, requests, err := ssh.NewServerConn(conn, config)
			if err != nil {
				return
			}
			go ssh.DiscardRequests(requests)
			for offered := range channels {
				go s.session(offered)
			}
		}()
	}
}

func (s *sftpServer) session(offered ssh.NewChannel) {
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	go func() {
		for r := range requests {
			_ = r.Reply(r.Type == "subsystem", nil) // the client sees what it sees
		}
	}()
	server, err := sftp.NewServer(channel, sftp.WithServerWorkingDirectory(s.dir))
	if err != nil {
		return
	}
	_ = server.Serve() // until the client goes
	_ = server.Close() // the same
}

func (s *sftpServer) options() map[string]any {
	return map[string]any{
		"server": s.address, "host_key": string(ssh.MarshalAuthorizedKey(s.hostKey)),
		"user": "ovation", "password": sftpPassword, "allow_private": true,
	}
}

func sftpBench(t testing.TB) cutBench {
	s := startSFTP(t)
	b := deliveredTo(s.dir)
	b.Account, b.Secrets = open(t, "sftp", s.options(), nil), []string{sftpPassword}
	return cutBench{b, s.cuts, s.dir}
}

func sftpResume(t testing.TB) resumeBench {
	b := sftpBench(t)
	return resumeBench{b.Bench, b.dir, b.told}
}

func TestSFTPCut(t *testing.T) { testCuts(t, sftpBench(t)) }

// TestSFTPSignIn: who may come in, and which server is believed.
func TestSFTPSignIn(t *testing.T) {
	s := startSFTP(t)
	other, _ := sshKey(t)
	for name, c := range map[string]struct {
		change map[string]any
		want   clip.Kind
	}{
		"password":          {nil, clip.NotFound},
		"key":               {map[string]any{"password": "", "key": s.userKey}, clip.NotFound},
		"fingerprint":       {map[string]any{"host_key": ssh.FingerprintSHA256(s.hostKey)}, clip.NotFound},
		"wrong password":    {map[string]any{"password": "wrong"}, clip.Denied},
		"another server":    {map[string]any{"host_key": ssh.FingerprintSHA256(other.PublicKey())}, clip.Denied},
		"another kind":      {map[string]any{"host_key": string(ssh.MarshalAuthorizedKey(other.PublicKey()))}, clip.Denied},
		"a private address": {map[string]any{"allow_private": false}, clip.Unavailable},
	} {
		options := s.options()
		maps.Copy(options, c.change)
		_, found, err := open(t, "sftp", options, nil).Find(t.Context(), clip.Post{ID: "goal-1.partner", Attempt: 1})
		if want := c.want; found || want != clip.NotFound && clip.KindOf(err) != want || want == clip.NotFound && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
