#!/bin/sh
# Builds the servers of object stores that tests deliver into, an S3 server and
# a GCS server, into the cache, unless they are there already, and prints the
# folder. It takes 2 minutes of CPU, once (measured 2026-11-24).
set -eu
cd "$(dirname "$0")"

key=$({ cat go.mod go.sum; go version; } | cksum | tr -d ' ')
cache="${OVATION_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ovation}"
dir="$cache/objectstores-$key"
mkdir -p "$cache"

# One build at a time: test packages run in parallel and would each start one.
if command -v flock >/dev/null 2>&1; then
	exec 9>"$dir.lock"
	flock 9
fi
if [ ! -d "$dir" ]; then
	echo "building versitygw and fake-gcs-server into $dir, once; this takes minutes" >&2
	part="$dir.part.$$"
	trap 'rm -rf "$part"' EXIT
	mkdir -p "$part"
	CGO_ENABLED=0 nice go build -o "$part/" tool >&2
	mv "$part" "$dir"
fi
echo "$dir"
