//go:build !unix

package feed

import (
	"errors"
	"os"
)

// space is not known here.
func space(string) (free, total int64, err error) {
	return 0, 0, errors.New("this system does not say how full a disk is")
}

// lock only makes the directory: the data directory's own lock must do here.
func (d dvr) lock() (unlock func(), err error) {
	return func() {}, os.MkdirAll(d.dir(), 0o755)
}
