package platform_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"maps"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ftpserver "github.com/fclairamb/ftpserverlib"
	"github.com/spf13/afero"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/platform/platformtest"
)

const ftpPassword = "correct-horse-9"

// ftpServer is a real FTP server in this process that serves a directory.
type ftpServer struct {
	*cuts          // of the connections for commands
	files    *cuts // of those for files
	settings *ftpserver.Settings
	tls      *tls.Config
	address  string
	dir      string
	ca       string // a file
}

func startFTP(t testing.TB, need ftpserver.TLSRequirement) *ftpServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	certified := httptest.NewTLSServer(nil) // its certificate is for 127.0.0.1
	defer certified.Close()
	s := &ftpServer{cuts: new(cuts), files: new(cuts), address: listener.Addr().String(), dir: t.TempDir(), ca: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(s.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	s.tls = &tls.Config{Certificates: certified.TLS.Certificates}
	s.settings = &ftpserver.Settings{Listener: cutListener{listener, s.cuts}, TLSRequired: need}
	server := ftpserver.NewFtpServer(s)
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve() }()
	t.Cleanup(func() {
		_ = server.Stop() // nothing was written
		<-served
	})
	return s
}

// GetSettings is the server's configuration.
func (s *ftpServer) GetSettings() (*ftpserver.Settings, error) { return s.settings, nil }

// GetTLSConfig is how it proves itself, if it can.
func (s *ftpServer) GetTLSConfig() (*tls.Config, error) {
	if s.tls == nil {
		return nil, errors.New("there is no TLS")
	}
	return s.tls, nil
}

// WrapPassiveListener watches the connections for files.
func (s *ftpServer) WrapPassiveListener(l net.Listener) (net.Listener, error) {
	return cutListener{l, s.files}, nil
}

// ClientConnected greets.
func (s *ftpServer) ClientConnected(ftpserver.ClientContext) (string, error) { return "hello", nil }

// ClientDisconnected takes leave.
func (s *ftpServer) ClientDisconnected(ftpserver.ClientContext) {}

// AuthUser lets one user in.
func (s *ftpServer) AuthUser(_ ftpserver.ClientContext, user, password string) (ftpserver.ClientDriver, error) {
	if user != "ovation" || password != ftpPassword {
		return nil, errors.New("not " + password)
	}
	return afero.NewBasePathFs(afero.NewOsFs(), s.dir), nil
}

func (s *ftpServer) options() map[string]any {
	return map[string]any{"server": s.address, "user": "ovation", "password": ftpPassword, "ca_file": s.ca, "allow_private": true}
}

func ftpBench(t testing.TB) cutBench {
	s := startFTP(t, ftpserver.MandatoryEncryption)
	b := deliveredTo(s.dir)
	b.Account, b.Secrets = open(t, "ftp", s.options(), nil), []string{ftpPassword}
	return cutBench{b, s.cuts, s.dir}
}

func ftpResume(t testing.TB) resumeBench {
	s := startFTP(t, ftpserver.MandatoryEncryption)
	b := deliveredTo(s.dir)
	b.Account = open(t, "ftp", s.options(), nil)
	return resumeBench{b, s.dir, s.files.told}
}

func TestFTPCut(t *testing.T) { testCuts(t, ftpBench(t)) }

// TestFTPSignIn: who may come in, which server is believed, and what goes over
// the wire in the clear.
func TestFTPSignIn(t *testing.T) {
	s := startFTP(t, ftpserver.ClearOrEncrypted)
	for name, c := range map[string]struct {
		change map[string]any
		want   clip.Kind
	}{
		"TLS":                   {nil, clip.NotFound},
		"without TLS":           {map[string]any{"insecure": true}, clip.NotFound},
		"wrong password":        {map[string]any{"password": "wrong-horse-9"}, clip.Denied},
		"a stranger's":          {map[string]any{"ca_file": ""}, clip.Unavailable},
		"a private address":     {map[string]any{"allow_private": false}, clip.Unavailable},
		"a directory elsewhere": {map[string]any{"dir": "elsewhere"}, clip.NotFound},
	} {
		options := s.options()
		maps.Copy(options, c.change)
		_, found, err := open(t, "ftp", options, nil).Find(t.Context(), clip.Post{ID: "goal-1.partner", Attempt: 1})
		if want := c.want; found || want != clip.NotFound && clip.KindOf(err) != want || want == clip.NotFound && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "horse-9") {
			t.Errorf("an error shows the password: %v", err)
		}
	}
}

// TestFTPWithoutTLS: a server without TLS is only delivered to where that is
// allowed in so many words.
func TestFTPWithoutTLS(t *testing.T) {
	s := startFTP(t, ftpserver.ClearOrEncrypted)
	s.tls = nil
	options := s.options()
	sample := platformtest.Sample{Video: []byte("video"), Cover: []byte("cover"), Captions: []byte("WEBVTT\n")}
	if _, err := open(t, "ftp", options, nil).Upload(t.Context(), sample.Post("goal-1.partner", "Gold!"), forgetful(sample)); err == nil {
		t.Error("it was delivered in the clear")
	}
	options["insecure"] = true
	if _, err := open(t, "ftp", options, nil).Upload(t.Context(), sample.Post("goal-1.partner", "Gold!"), forgetful(sample)); err != nil {
		t.Error(err)
	}
}
