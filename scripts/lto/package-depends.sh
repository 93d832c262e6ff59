#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Print the line of a package of headers that names the packages of the tools, for mkdebian and
# mkspec: scripts/lto/package-depends.sh deb|rpm
#
# Modules of a kernel with LTO are built with the tools that built the kernel.  The tools are in
# make's variables CC, LD ..., which the environment has.  A name like `clang` may be a link into
# another package, which decides the version: both packages count.
#
# Tools that belong to no package are named in a warning.  If no tool belongs to one, there is no
# line.

set -eu

kind=${1:-}
case $kind in
deb | rpm) ;;
*)	echo >&2 "usage: $0 deb|rpm"
	exit 2 ;;
esac

# owners FILE: print the names of the packages that have this file
owners()
{
	case $kind in
	deb)	dpkg-query -S "$1" 2>/dev/null | awk -v file="$1" '
		/^diversion by / { next }
		substr($0, length($0) - length(file) - 1) == ": " file {
			print substr($0, 1, length($0) - length(file) - 2)
		}' | tr , '\n' | sed 's/^ *//; s/:.*//' ;;
	rpm)	! _names=$(rpm -qf --qf '%{NAME}\n' "$1" 2>/dev/null) || echo "$_names" ;;
	esac
}

packages='' unowned=''
for variable in CC LD AR NM OBJCOPY OBJDUMP READELF STRIP; do
	eval "value=\${$variable:-}"
	# There may be a launcher in front of the compiler, or options behind a tool.
	tool=${value%% *}
	for word in $value; do
		case $variable-${word##*/} in
		CC-*clang*)
			tool=$word
			break ;;
		esac
	done
	path=$(command -v -- "$tool") || path=$tool
	# Packages name a file by its directory in /usr, where PATH may have a link to that.
	dir=$(cd "$(dirname "$path")" && pwd -P)
	found=$(owners "$dir/${path##*/}"; owners "$(readlink -f "$path")")
	[ -n "$found" ] || unowned="$unowned $variable=$tool"
	packages="$packages $found"
done

# shellcheck disable=SC2086 # names, most of them several times
list=$(printf '%s\n' $packages | sort -u | paste -s -d , | sed 's/,/, /g')
[ -z "$unowned" ] ||
	echo >&2 "$0: warning: lto: these tools belong to no package, and the package of headers" \
		"does not depend on them:$unowned"
[ -n "$list" ] || exit 0
case $kind in
deb)	echo "Depends: $list" ;;
rpm)	echo "Requires: $list" ;;
esac
