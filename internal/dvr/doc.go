// Package dvr holds the tests of the recorder as a whole: real sources, the
// real catalogue, real disks, and a process that is killed.
package dvr
