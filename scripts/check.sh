#!/bin/sh
# Everything that can be said about the code without running it. One line a
# check; a check that fails shows why, and the rest is still run.
#
#   GOVULNDB   where govulncheck finds its database (default https://vuln.go.dev);
#              file:///DIR for a copy
set -u
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 # as the product is built, so that nothing is compiled twice
module=$(go list -m)
bin=$(tools/checks/tools.sh) || exit 1
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=0

# check NAME COMMAND… runs a command that is silent, or at least successful,
# when all is well.
check() {
	name=$1
	shift
	start=$(date +%s)
	if "$@" >"$out" 2>&1; then
		echo "ok   $name ($(($(date +%s) - start)) s)"
	else
		echo "FAIL $name"
		show
	fi
}

# show prints the beginning of what a check said.
show() {
	sed 's/^/     /; 80q' "$out"
	failed=1
}

formatted() {
	bad=$(find . -name '*.go' -not -path './.cache/*' -exec gofmt -l {} +)
	[ -z "$bad" ] && return
	echo "not formatted; run: gofmt -w ."
	echo "$bad"
	return 1
}

# fresh runs every go:generate again and compares. It is done on a copy, so
# that a check changes nothing.
fresh() {
	grep -rl --include='*.go' '^//go:generate' . >/dev/null || return 0
	copy=$(mktemp -d)
	tar -cf - --exclude=./.git --exclude=./bin --exclude=./data --exclude=./.cache . | tar -xf - -C "$copy"
	(cd "$copy" && go generate ./...) && diff -r --exclude=.git --exclude=bin --exclude=data --exclude=.cache . "$copy"
	code=$?
	rm -rf "$copy"
	[ $code -eq 0 ] || echo "generated files are stale; run: go generate ./..."
	return $code
}

tidy() {
	go mod tidy -diff && (cd tools/checks && go mod tidy -diff) && go mod verify
}

layers() {
	[ -f .depguard.yaml ] || { echo ".depguard.yaml is missing, and without it depguard would pass everything"; return 1; }
	"$bin/depguard" ./...
}

# vulnerable fails on a finding (exit code 3). A database that cannot be
# reached is said, and is no failure: nothing was found out.
vulnerable() {
	"$bin/govulncheck" -db "${GOVULNDB:-https://vuln.go.dev}" ./... >"$out" 2>&1
	code=$?
	if [ $code -eq 0 ]; then
		echo "ok   govulncheck"
	elif [ $code -ne 3 ] && grep -qE 'fetching vulnerabilities|creating client' "$out"; then
		echo "--   govulncheck: not asked, its database cannot be reached from here (GOVULNDB=file:///DIR names a copy)"
	else
		echo "FAIL govulncheck"
		show
	fi
}

check gofmt formatted
check "go vet" go vet ./...
check staticcheck "$bin/staticcheck" ./...
check "layers (depguard)" layers
check workflowcheck "$bin/workflowcheck" "$module/workflows/..."
check "generated files" fresh
check "go.mod" tidy
vulnerable
exit $failed
