#!/bin/sh
# Builds GoToSocial into the cache, unless it is there already, and prints the
# folder: the binary, and the templates and assets that it reads at run time.
# It takes 4.5 minutes of CPU, once (measured 2026-11-24: 2 min 24 s on 2 cores).
set -eu
cd "$(dirname "$0")"

module=github.com/superseriousbusiness/gotosocial
version=$(go list -m -f '{{.Version}}' "$module")
cache="${OVATION_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ovation}"
dir="$cache/gotosocial-$version"
mkdir -p "$cache"

# One build at a time: test packages run in parallel and would each start one.
if command -v flock >/dev/null 2>&1; then
	exec 9>"$dir.lock"
	flock 9
fi
if [ ! -x "$dir/gotosocial" ]; then
	echo "building GoToSocial $version into $dir, once; this takes minutes" >&2
	part="$dir.part.$$"
	trap '[ ! -d "$part" ] || chmod -R u+w "$part"; rm -rf "$part"' EXIT
	mkdir -p "$part/web"
	CGO_ENABLED=0 nice go build -trimpath -ldflags "-s -w" -tags "netgo osusergo" \
		-o "$part/gotosocial" "$module/cmd/gotosocial" >&2
	source=$(go list -m -f '{{.Dir}}' "$module")
	cp -R "$source/web/template" "$source/web/assets" "$part/web/"
	chmod -R u+w "$part"
	mv "$part" "$dir"
fi
echo "$dir"
