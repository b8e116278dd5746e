#!/bin/sh
# Installs X's own client, as package-lock.json pins it, into the cache, unless
# it is there already, and prints the folder: the scripts beside node_modules.
# It takes seconds, once, and runs no package's script.
set -eu
cd "$(dirname "$0")"

key=$(cat package-lock.json ./*.mjs | cksum | tr -d ' ')
dir="${OVATION_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ovation}/x-$key"
if [ ! -f "$dir/drive.mjs" ]; then
	echo "installing X's own client into $dir, once" >&2
	part="$dir.part.$$"
	trap 'rm -rf "$part"' EXIT
	mkdir -p "$part"
	cp package.json package-lock.json ./*.mjs "$part/"
	(cd "$part" && nice npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
	mv "$part" "$dir" 2>/dev/null || [ -f "$dir/drive.mjs" ] # another test was faster
fi
echo "$dir"
