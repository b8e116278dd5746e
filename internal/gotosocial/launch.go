package gotosocial

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ovation-live/ovation/internal/realserver"
)

// The account that every server has.
const (
	username = "ovation"
	email    = "ovation@example.org"
	password = "Correct-Horse-9-Battery-Staple"
)

// launch builds, starts and prepares a server. It runs until its leash is
// closed, which the kernel does when this process ends, even by kill -9.
func launch(ctx context.Context, env []string) (*Server, error) {
	home, err := realserver.Build("gotosocial")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gotosocial-")
	if err != nil {
		return nil, err
	}
	for _, d := range []string{filepath.Join(dir, "storage"), filepath.Join(home, "wazero")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	port, err := realserver.FreePort()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(home, "gotosocial")
	env = append(environment(home, dir, port), env...)
	leash, err := realserver.Run(dir, env, binary, "--config-path", "", "server", "start")
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://localhost:" + port, Username: username, leash: leash}
	if err := s.prepare(ctx, binary, env); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, realserver.Log(dir))
	}
	return s, nil
}

// environment configures a server, and keeps everything else of the test's own
// environment from it.
func environment(home, dir, port string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"GTS_HOST=localhost:" + port, "GTS_PROTOCOL=http", "GTS_BIND_ADDRESS=127.0.0.1", "GTS_PORT=" + port,
		"GTS_DB_TYPE=sqlite", "GTS_DB_ADDRESS=" + filepath.Join(dir, "sqlite.db"), "GTS_DB_SQLITE_SYNCHRONOUS=OFF",
		"GTS_STORAGE_LOCAL_BASE_PATH=" + filepath.Join(dir, "storage"),
		"GTS_WEB_TEMPLATE_BASE_DIR=" + filepath.Join(home, "web", "template"),
		"GTS_WEB_ASSET_BASE_DIR=" + filepath.Join(home, "web", "assets"),
		"GTS_WAZERO_COMPILATION_CACHE=" + filepath.Join(home, "wazero"),
		"GTS_LETSENCRYPT_ENABLED=false", "GTS_ADVANCED_RATE_LIMIT_REQUESTS=0", "GTS_ADVANCED_THROTTLING_MULTIPLIER=0",
	}
}

// prepare waits until the server answers, makes the account and signs in.
func (s *Server) prepare(ctx context.Context, binary string, env []string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, binary, "--config-path", "", "admin", "account", "create",
		"--username", username, "--email", email, "--password", password)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make an account: %w: %s", err, out)
	}
	token, err := signIn(ctx, s.URL)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	s.Token = token
	var account struct {
		ID string `json:"id"`
	}
	err = call(ctx, http.DefaultClient, request{url: s.URL + "/api/v1/accounts/verify_credentials", token: token}, &account)
	s.Account = account.ID
	return err
}

// ready waits for /readyz; /livez answers long before the API works.
func (s *Server) ready(ctx context.Context) error {
	return realserver.Await(ctx, func() error {
		return call(ctx, http.DefaultClient, request{url: s.URL + "/readyz"}, nil)
	})
}
