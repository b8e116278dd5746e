package gotosocial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The account that every server has.
const (
	username = "ovation"
	email    = "ovation@example.org"
	password = "Correct-Horse-9-Battery-Staple"
)

// supervise is a shell script that runs the server until its own standard
// input ends, and leaves nothing behind.
const supervise = `"$1" --config-path "" server start >"$2/log" 2>&1 &
read -r _
kill -9 $!
wait
rm -rf "$2"`

// launch builds, starts and prepares a server. It runs until its leash is
// closed, which the kernel does when this process ends, even by kill -9.
func launch(ctx context.Context, env []string) (*Server, error) {
	home, err := build()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "gotosocial-")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	env = append(environment(home, dir, port), env...)
	leash, err := run(filepath.Join(home, "gotosocial"), dir, env)
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://localhost:" + port, Username: username, leash: leash}
	if err := s.prepare(ctx, filepath.Join(home, "gotosocial"), env); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, fmt.Errorf("%w\n%s", err, log[max(0, len(log)-2000):])
	}
	return s, nil
}

// build gives the folder with the binary, which it builds where it must.
func build() (string, error) {
	root, err := os.Getwd()
	for ; err == nil; root = filepath.Dir(root) {
		script := filepath.Join(root, "tools", "gotosocial", "build.sh")
		if _, missing := os.Stat(script); missing == nil {
			cmd := exec.Command(script)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			return string(bytes.TrimSpace(out)), err
		}
		if root == filepath.Dir(root) {
			break
		}
	}
	return "", errors.New("tools/gotosocial/build.sh is in no parent of the working directory")
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

// run starts the server on a leash.
func run(binary, dir string, env []string) (leash *os.File, err error) {
	for _, d := range []string{filepath.Join(dir, "storage"), filepath.Join(filepath.Dir(binary), "wazero")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return nil, err
		}
	}
	held, leash, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer held.Close()
	cmd := exec.Command("sh", "-c", supervise, "sh", binary, dir)
	cmd.Env, cmd.Stdin = env, held
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches the test only
	return leash, cmd.Start()
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
	for {
		err := call(ctx, http.DefaultClient, request{url: s.URL + "/readyz"}, nil)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready in time: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return strings.TrimPrefix(l.Addr().String(), "127.0.0.1:"), nil
}
