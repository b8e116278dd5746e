#!/bin/sh
# Runs the tests: scripts/test.sh unit | e2e | all. Prints what failed, and a
# line of counts. A test that was skipped makes it fail: everything that a test
# needs, scripts/setup.sh test has installed. all also runs scripts/check.sh,
# and goes on after a failure, so that one run tells everything.
set -u
cd "$(dirname "$0")/.."
export CGO_ENABLED=0 # as the product is built, so that nothing is compiled twice
bin=$(tools/checks/tools.sh) || exit 1
module=$(go list -m)
failed=0

# run LABEL ARGUMENTS… is go test with a summary.
run() {
	label=$1
	shift
	go test -json "$@" | "$bin/summary" "$label" || failed=1
}

# packages lists ours, with all that each needs, one a line; the end-to-end
# tests are not among them.
packages() {
	go list -f '{{.ImportPath}} {{join .Deps " "}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... |
		grep -v "^$module/internal/e2e"
}

unit() {
	# The race detector wants every dependency compiled once more. The Temporal
	# server alone would take minutes (2 cores, 2026-11-24), so what is built
	# on it is tested without.
	server="go.temporal.io/server/|$module/worker"
	CGO_ENABLED=1 run "unit, race detector" -race -timeout 15m $(packages | grep -vE "$server" | cut -d' ' -f1)
	run "unit, plain" $(packages | grep -E "$server" | cut -d' ' -f1)
	# A full disk needs a small one, and that a mount namespace of its own.
	if unshare --mount true 2>/dev/null; then
		run "unit, full disk" -count=1 -tags fulldisk -run FullDisk ./internal/dvr
	else
		echo "a full disk was not tested: only root may mount a small one"
	fi
	(cd tools/checks && go test -json ./summary) | "$bin/summary" "unit, tools" || failed=1
}

e2e() {
	OVATION_BIN=$PWD/bin/ovation
	export OVATION_BIN
	[ -x "$OVATION_BIN" ] || {
		echo "there is no $OVATION_BIN; run: make build" >&2
		exit 1
	}
	run "end to end" -count=1 -timeout 20m ./internal/e2e/...
}

# The servers that tests post to are built first: it takes minutes, and no test
# should wait for it under its own deadline.
case ${1:-} in unit | e2e | all)
	for server in gotosocial objectstores pds; do
		"tools/$server/build.sh" >/dev/null || failed=1
	done
	;;
esac

case ${1:-} in
unit) unit ;;
e2e) e2e ;;
all)
	scripts/check.sh || failed=1
	unit
	e2e
	;;
*)
	echo "usage: scripts/test.sh unit|e2e|all" >&2
	exit 2
	;;
esac
exit $failed
