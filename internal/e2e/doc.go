// Package e2e holds the end-to-end tests: the real binary as a process, real
// ffmpeg, a real browser, a real social server. It has no code of its own.
package e2e
