package configs

import (
	"reflect"
	"testing"
	"time"

	"github.com/ovation-live/ovation/clip"
)

func TestExampleAndDemoParse(t *testing.T) {
	for name, text := range map[string][]byte{"example.yaml": Example, "demo.yaml": Demo} {
		if _, err := Parse(name, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	_ = reflect.TypeOf
	_ = time.Second
	_ = clip.Wide
}
