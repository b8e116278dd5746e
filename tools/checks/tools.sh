#!/bin/sh
# Builds the checking tools at the exact versions of go.mod into the cache,
# unless they are there already, and prints the folder. `go tool -modfile`
# would do the same, but links each tool again on every run.
set -eu
cd "$(dirname "$0")"

key=$({ cat go.mod go.sum summary/*.go; go version; } | cksum | tr -d ' ')
cache="${OVATION_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ovation}"
dir="$cache/checks-$key"
if [ ! -x "$dir/summary" ]; then
	echo "building the checking tools into $dir, once" >&2
	part="$dir.part.$$"
	trap 'rm -rf "$part"' EXIT
	mkdir -p "$part"
	CGO_ENABLED=0 go build -o "$part/" tool ./summary >&2
	rm -rf "$dir"
	mv "$part" "$dir"
fi
echo "$dir"
