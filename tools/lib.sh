# SPDX-License-Identifier: GPL-2.0-only
# What the scripts in tools/ and selftests/ share. Sourced, never run.
# shellcheck shell=sh

# The repository: every script that sources this file lives one directory below it.
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
build=${BUILD:-$top/build}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# retry COMMAND...: three tries, for what depends on a network.
retry()
{
	"$@" || { sleep 2 && "$@"; } || { sleep 10 && "$@"; }
}

# logged COMMAND...: quiet, unless it fails.
logged()
{
	mkdir -p "$build/apt"
	"$@" >"$build/apt/log" 2>&1 </dev/null || {
		cat "$build/apt/log" >&2
		echo "${0##*/}: failed: $*" >&2
		return 1
	}
}

# Packages of another suite are resolved in an apt state of our own, so that the machine's own
# sources and preferences stay as they are. apt still checks every signature and hash.
apt_private()
{
	tool=$1
	shift
	"$tool" -q \
		-o Dir::Etc::SourceList="$build/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
		-o Dir::State::Lists="$build/apt/lists" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$build/apt/cache" -o Dir::Cache::pkgcache=pkgcache.bin -o APT::Sandbox::User=root "$@"
}

# apt_suites SUITE...: points the private apt at the mirrors that the machine itself uses. apt
# prints their addresses, so that one-line and deb822 sources are read alike. Until the script ends
# no other one gets here.
apt_suites()
{
	mkdir -p "$build/apt/lists/partial" "$build/apt/cache/archives/partial"
	exec 9>"$build/apt/lock"
	flock 9
	uris=$(apt-get --print-uris update 2>/dev/null | sed -n "s|^'\(.*\)/dists/\([^/]*\)/InRelease'.*|\1 \2|p")
	code=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mirror=$(echo "$uris" | awk -v s="$code" '$2 == s { print $1; exit }')
	security=$(echo "$uris" | awk -v s="$code-security" '$2 == s { print $1; exit }')
	[ -n "$mirror" ] || die "apt's sources name no mirror for $code"
	for suite; do
		case $suite in
		*-security) uri=$security ;;
		*) uri=$mirror ;;
		esac
		# A machine without a security mirror still gets the rest.
		[ -z "$uri" ] ||
			echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main"
	done >"$build/apt/sources.list"
	retry logged apt_private apt-get -o APT::Update::Error-Mode=any update
}
