package worker

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/ovation-live/ovation/clip"
	"github.com/ovation-live/ovation/configs"
)

func TestLock(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "data")
	unlock, err := lock(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(data); clip.KindOf(err) != clip.Conflict || !strings.Contains(err.Error(), "--data") {
		t.Errorf("locked twice: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := lock(data)
	if err != nil {
		t.Fatalf("after it was given back: %v", err)
	}
	_ = again() // the directory goes with the test
}

func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	first, err := keep(path)
	if err != nil || len(first) < 40 {
		t.Fatalf("%q, %v", first, err)
	}
	if second, err := keep(path); err != nil || second != first {
		t.Errorf("a second start has another secret: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestPeople(t *testing.T) {
	t.Setenv("OVATION_TOKEN", "from-the-environment")
	data := t.TempDir()
	users, token, err := people([]configs.User{{Name: "anna", Role: clip.Producer, Token: "hers"}}, data)
	if err != nil || token.Reveal() != "from-the-environment" || len(users) != 2 || users[0].Role != clip.Admin || users[1].Name != "anna" {
		t.Errorf("%+v, %v", users, err)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 0 {
		t.Errorf("a token was kept although the environment has one: %v, %v", left, err)
	}
}

func TestAccounts(t *testing.T) {
	log := logrus.New()
	c, err := configs.Parse("demo.yaml", configs.Demo)
	if err != nil {
		t.Fatal(err)
	}
	accounts, profiles, err := Accounts(c, t.TempDir(), log)
	if err != nil || len(accounts) != len(c.Destinations) {
		t.Fatalf("%d accounts, %v", len(accounts), err)
	}
	if p, ok := profiles.Of("phones"); !ok || !slices.Equal(p.Shapes, []clip.Shape{clip.Tall}) {
		t.Errorf("phones take %v", p.Shapes)
	}
	c.Destinations[0].Platform = "myspace"
	if _, _, err := Accounts(c, t.TempDir(), log); clip.KindOf(err) != clip.Invalid || !strings.Contains(err.Error(), "mastodon") {
		t.Errorf("an unknown platform: %v", err)
	}
}
