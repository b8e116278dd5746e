#!/bin/sh
# Installs a Bluesky PDS, as package-lock.json pins it, into the cache, unless it
# is there already, and prints the folder: server.mjs beside its node_modules.
# It takes a minute, once (measured 2026-11-24), most of it for SQLite, which is
# compiled where no binary of it can be had.
set -eu
cd "$(dirname "$0")"

key=$({ cat package-lock.json ./*.mjs; node --version; } | cksum | tr -d ' ')
cache="${OVATION_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ovation}"
dir="$cache/pds-$key"
mkdir -p "$cache"

# One at a time: test packages run in parallel and would each start one.
if command -v flock >/dev/null 2>&1; then
	exec 9>"$dir.lock"
	flock 9
fi
if [ ! -f "$dir/server.mjs" ]; then
	echo "installing the Bluesky PDS into $dir, once; this takes a minute" >&2
	part="$dir.part.$$"
	trap 'rm -rf "$part"' EXIT
	mkdir -p "$part"
	cp package.json package-lock.json ./*.mjs "$part/"
	# No package's script is run but the one that is needed.
	(
		cd "$part"
		nice npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
		nice npm rebuild better-sqlite3 --loglevel=error
	) >&2
	mv "$part" "$dir"
fi
echo "$dir"
