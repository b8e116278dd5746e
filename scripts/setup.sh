#!/bin/sh
# Installs what is missing on this machine, and nothing else:
#
#   scripts/setup.sh runtime   what Ovation needs to run: ffmpeg with libx264
#                              and libass, and fonts for captions
#   scripts/setup.sh test      that, and what only the tests need: Chromium, a C
#                              compiler for Go's race detector, and Node.js with
#                              what its modules are compiled with, for a real
#                              Bluesky server
#
# It uses the package manager that is there (apt-get, dnf, apk, pacman, brew),
# and sudo only where it must and may.
set -eu

what=${1:-runtime}
case $what in runtime | test) ;; *)
	echo "usage: scripts/setup.sh runtime|test" >&2
	exit 2
	;;
esac

say() { echo "setup: $*"; }
stop() {
	echo "setup: $*" >&2
	exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# --- what is there -----------------------------------------------------------

# ffmpeg_fits looks whether ffmpeg can do what Ovation asks of it.
ffmpeg_fits() {
	have ffmpeg && have ffprobe || return 1
	encoders=$(ffmpeg -hide_banner -encoders 2>/dev/null) || return 1
	filters=$(ffmpeg -hide_banner -filters 2>/dev/null) || return 1
	case $encoders in *" libx264 "*) ;; *) return 1 ;; esac
	case $encoders in *" aac "*) ;; *) return 1 ;; esac
	case $filters in *" ass "*) ;; *) return 1 ;; esac
}

# font FILES… looks for a font where systems keep them; fontconfig's fc-list
# may not be there.
font() {
	for dir in /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
		/Library/Fonts "$HOME/Library/Fonts" /System/Library/Fonts; do
		[ -d "$dir" ] || continue
		for name in "$@"; do
			[ -z "$(find -L "$dir" -name "$name" -print 2>/dev/null | head -n 1)" ] || return 0
		done
	done
	return 1
}

browser() {
	for name in chromium chromium-browser google-chrome google-chrome-stable chrome headless-shell; do
		! have $name || return 0
	done
	[ -d "/Applications/Google Chrome.app" ] || [ -d /Applications/Chromium.app ]
}

# node_fits looks whether Node.js is there with npm, and new enough for the
# Bluesky server.
node_fits() {
	have node && have npm && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' >/dev/null 2>&1
}

missing() {
	ffmpeg_fits || echo ffmpeg
	font DejaVuSans.ttf DejaVuSans-Bold.ttf || echo fonts
	font 'NotoColorEmoji*.ttf' 'Apple Color Emoji*' || echo emoji
	[ "$what" = test ] || return 0
	browser || echo chromium
	have cc || have gcc || have clang || echo compiler
	node_fits || echo node
	have python3 && have make && { have c++ || have g++ || have clang++; } || echo native
}

# --- how to install it -------------------------------------------------------

manager=
for m in apt-get dnf apk pacman brew; do
	if have $m; then
		manager=$m
		break
	fi
done

# packages THING… is what the things are called here.
packages() {
	for thing in "$@"; do
		case $manager:$thing in
		apt-get:ffmpeg) echo ffmpeg ;;
		apt-get:fonts) echo fonts-dejavu-core ;;
		apt-get:emoji) echo fonts-noto-color-emoji ;;
		apt-get:chromium) echo chromium ;;
		apt-get:compiler) echo gcc libc6-dev ;;
		apt-get:node) echo nodejs npm ;;
		apt-get:native) echo python3 make g++ ;;
		dnf:ffmpeg) echo ffmpeg ;;
		dnf:fonts) echo dejavu-sans-fonts ;;
		dnf:emoji) echo google-noto-color-emoji-fonts ;;
		dnf:chromium) echo chromium ;;
		dnf:compiler) echo gcc glibc-devel ;;
		dnf:node) echo nodejs nodejs-npm ;;
		dnf:native) echo python3 make gcc-c++ ;;
		apk:ffmpeg) echo ffmpeg ;;
		apk:fonts) echo font-dejavu ;;
		apk:emoji) echo font-noto-emoji ;;
		apk:chromium) echo chromium ;;
		apk:compiler) echo gcc musl-dev ;;
		apk:node) echo nodejs npm ;;
		apk:native) echo python3 make g++ ;;
		pacman:ffmpeg) echo ffmpeg ;;
		pacman:fonts) echo ttf-dejavu ;;
		pacman:emoji) echo noto-fonts-emoji ;;
		pacman:chromium) echo chromium ;;
		pacman:compiler) echo gcc ;;
		pacman:node) echo nodejs npm ;;
		pacman:native) echo python make gcc ;;
		brew:ffmpeg) echo ffmpeg ;;
		brew:fonts) echo font-dejavu ;;
		brew:emoji) echo font-noto-color-emoji ;;
		brew:chromium) echo google-chrome ;;
		brew:compiler) stop "install Apple's command line tools: xcode-select --install" ;;
		brew:node) echo node ;;
		brew:native) stop "install Apple's command line tools: xcode-select --install" ;;
		esac
	done
}

# root runs a command as root, where that is possible without a question that
# nobody is there to answer.
root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
		sudo "$@"
	else
		stop "this needs root, and sudo cannot be used here. Run it yourself: $*"
	fi
}

# update renews the package lists; one source that does not answer is no reason
# to stop while the package can be had from another.
update() {
	root "$@" || say "some package lists could not be renewed; going on with what is known"
}

install() {
	case $manager in
	apt-get)
		update apt-get update -q
		root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
		;;
	dnf) root dnf install -y "$@" ;;
	apk) root apk add "$@" ;;
	pacman) root pacman -Sy --noconfirm --needed "$@" ;;
	brew) brew install "$@" ;;
	esac
}

# hint is what to do where the usual package is not enough.
hint() {
	case $manager in
	dnf) echo "Fedora's own ffmpeg has no libx264; enable RPM Fusion (https://rpmfusion.org/Configuration) and run this again" ;;
	apt-get) echo "on Ubuntu, chromium is a snap and ffmpeg is in universe: add-apt-repository universe; where Node.js is older than 18 take it from https://nodejs.org" ;;
	*) echo "install it by hand, then run this again" ;;
	esac
}

# --- do it -------------------------------------------------------------------

have go || stop "Go is missing; it is at https://go.dev/dl/"

things=$(missing)
if [ -z "$things" ]; then
	say "everything is there already ($what)"
	exit 0
fi
list=$(echo $things)
[ -n "$manager" ] || stop "missing: $list. No package manager that I know is here (apt-get, dnf, apk, pacman, brew); install them by hand"
names=$(packages $things)
say "missing: $list; installing with $manager:" $names
install $names || stop "$manager could not install" $names". $(hint)"

things=$(missing)
[ -z "$things" ] || stop "still missing after installing:" $things". $(hint)"
say "done"
