#!/bin/sh
# Re-creates static/vendor/ from the npm registry: exact versions, their
# licences, and VERSIONS with the SHA-384 of every file. Run it and commit what
# it changed; nothing is built, nothing is fetched at run time.
set -eu
htmx=4.0.1
hls=1.7.4

cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && npm pack --silent "htmx.org@$htmx" "hls.js@$hls" >/dev/null)
mkdir -p "$tmp/htmx" "$tmp/hls" vendor
tar -C "$tmp/htmx" -xzf "$tmp/htmx.org-$htmx.tgz"
tar -C "$tmp/hls" -xzf "$tmp/hls.js-$hls.tgz"

rm -f vendor/*
cp "$tmp/htmx/package/dist/htmx.min.js" vendor/htmx.min.js
cp "$tmp/htmx/package/LICENSE" vendor/htmx.LICENSE
# The worker is its own file: a blob: worker would need a wider content policy.
cp "$tmp/hls/package/dist/hls.min.mjs" vendor/hls.min.mjs
cp "$tmp/hls/package/dist/hls.worker.js" vendor/hls.worker.js
cp "$tmp/hls/package/LICENSE" vendor/hls.LICENSE
# Source maps are not shipped.
sed -i '/^\/\/# sourceMappingURL=/d' vendor/*.js vendor/*.mjs

{
	echo "htmx.org $htmx https://www.npmjs.com/package/htmx.org/v/$htmx"
	echo "hls.js $hls https://www.npmjs.com/package/hls.js/v/$hls"
	echo
	for f in vendor/*; do
		echo "$(openssl dgst -sha384 -binary "$f" | base64 | tr -d '\n') ${f#vendor/}"
	done
} >"$tmp/VERSIONS"
cp "$tmp/VERSIONS" vendor/VERSIONS
