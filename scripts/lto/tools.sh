#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Check that these tools are LLVM's, and of one version.  Prints what is wrong in one line, or
# nothing.
#
#	scripts/lto/tools.sh [--version=MAJOR] CC=TOOL LD=TOOL AR=TOOL NM=TOOL OBJCOPY=TOOL
#
# CC comes first.  All tools must have the version MAJOR, or else the version of CC.  An older tool
# cannot read the bitcode of a newer one.  GNU nm and ar find no symbols in bitcode, and say
# nothing.  GNU objcopy refuses to give two local symbols the same name.

oldest=13

wrong()
{
	# Kconfig puts the text between quotes
	printf '%s\n' "$*" | tr -d '"\\'
	exit 0
}

version=
case ${1:-} in
--version=*)
	version=${1#*=}
	shift ;;
esac

for arg; do
	name=${arg%%=*} tool=${arg#*=}
	command -v "${tool%% *}" >/dev/null || wrong "$arg is not installed"
	# shellcheck disable=SC2086 # there may be a launcher in front of it, or options behind it
	case $name in
	CC)	what=clang
		is=$(echo __clang_major__ | $tool -E -P -x c - 2>/dev/null) ;;
	LD)	what=LLD
		is=$($tool --version 2>/dev/null | sed -n 's/.*LLD \([0-9][0-9]*\).*/\1/p') ;;
	*)	what=LLVM
		is=$($tool --version 2>/dev/null |
		     sed -n 's/.*LLVM version \([0-9][0-9]*\).*/\1/p') ;;
	esac
	case $is in
	'' | *[!0-9]*)
		# shellcheck disable=SC2086
		$tool --version >/dev/null 2>&1 || wrong "$arg does not run"
		[ $what != LLVM ] || wrong "$arg is not LLVM's"
		wrong "$arg is not $what" ;;
	esac
	[ "$is" -ge $oldest ] || wrong "$arg is $what $is, and $oldest is the oldest that will do"
	: "${version:=$is}"
	[ "$is" = "$version" ] || wrong "$arg is $what $is, and not $version"
done
