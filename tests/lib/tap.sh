# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# TAP for the tests: each sources this, which takes it to the top of the repository and gives it
# an empty $work.  A test ends with done_testing.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# a test says itself which kernel it is for
unset ARCH LTO CONFIG O KSRC SUITE LAUNCHER QEMU_CPU REFERENCE
# whoever runs the tests, and if git does not know him
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@localhost
export GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@localhost
. front/lib.sh
export ARCH LTO CONFIG LLVM J
set +e
llvm_select
me=$(basename "$0" .t)
work=$top/build/tests/$me
export LAUNCHER=$top/tests/lib/cc-probe CC_PROBES=$top/build/tests/probes
mkdir -p "$CC_PROBES"
tap_n=0 tap_failed=0

# pass NAME / fail NAME [DIAGNOSTIC]
pass()
{
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1"
}

fail()
{
	tap_n=$((tap_n + 1)) tap_failed=$((tap_failed + 1))
	echo "not ok $tap_n - $1"
	# to stderr, as TAP wants diagnostics: prove shows that without -v
	printf '%s\n' "$1${2:+: $2}" | head -n 20 | sed "s/^/# $me: /" >&2
}

# ok NAME COMMAND...: it succeeds
ok()
{
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "$out"; fi
}

# is NAME GOT EXPECTED
is()
{
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:      $2
expected: $3"; fi
}

# refused NAME STATUS MESSAGE COMMAND...: it ends with this status and says this (a basic regular
# expression) on a line of its own
refused()
{
	local name=$1 status=$2 message=$3 out got=0
	shift 3
	out=$("$@" 2>&1) || got=$?
	if [ $got != "$status" ]; then
		fail "$name" "status $got, expected $status
$out"
	elif ! grep -q -- "$message" <<< "$out"; then
		fail "$name" "no message like: $message
$out"
	else
		pass "$name"
	fi
}

# mutant SOURCE COMPILE NAME SED-COMMAND: at least one of all_cases finds out a damaged program.
# COMPILE SOURCE PROGRAM makes it, all_cases PROGRAM tries it.
mutant()
{
	local mutant=$work/mutant.c
	sed "$4" "$1" > "$mutant"
	if cmp -s "$mutant" "$1"; then
		fail "$3 is found out" "the source has no place for it"
	elif ! "$2" "$mutant" "$work/mutant"; then
		fail "$3 is found out" "it does not compile"
	elif all_cases "$work/mutant" | grep -q '^not ok'; then
		pass "$3 is found out"
	else
		fail "$3 is found out"
	fi
}

# comes_true COMMAND...: within two minutes
comes_true()
{
	local i
	for ((i = 0; i < 1200; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

# keep_unused SRC OBJ: for modules whose functions nothing calls
keep_unused()
{
	"$1/scripts/config" --file "$2/.config" -d LTO_CLANG_WHOLE_PROGRAM
}

# same NAME FILE FILE: files with the same content, which is not empty
same()
{
	if [ ! -s "$2" ] || [ ! -s "$3" ]; then
		fail "$1" "$2 or $3 is empty or missing"
	elif cmp -s "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "$(diff "$2" "$3" | head -n 12)"
	fi
}

# builds NAME [VARIABLE=VALUE...]: front/kernel builds, checks and boots; the directory is that of O=, or of
# CONFIG, ARCH and LTO
builds()
{
	local name=$1 out
	shift
	out=$(env "$@" front/kernel 2>&1) && pass "$name builds, passes its checks and boots" ||
		fail "$name builds, passes its checks and boots" "$(tail -n 20 <<< "$out")"
	printf '%s\n' "$out" > "$work/front.log"
	sed -n '/^mode  /,$s/^/# /p' <<< "$out"
}

# compiler_cache: from here on compilations go through ccache.  The cache is the user's, so that it
# serves the next clone in the same directory, too.  (In another directory the commands differ.
# CCACHE_BASEDIR would hide that, and with it from where a build depends on what.)  What a test is
# about is compiled: see CCACHE_RECACHE.
compiler_cache()
{
	export LAUNCHER="$LAUNCHER ccache" CCACHE_DIR=$cache/ccache CCACHE_MAXSIZE=3G
}

# there_is_a_kernel MODE: of $ARCH and $CONFIG, in $dir; built if need be, by one of the tests that want it
there_is_a_kernel()
{
	local tree
	dir=$top/build/$ARCH-$CONFIG-$1
	tree=$(KSRC='' front/fetch | tail -n 1)
	exec 6>build/tests/.kernel.lock
	flock 6
	# the summary is what front/kernel writes last
	[ "$dir/summary" -nt "$tree.id" ] || LTO=$1 O='' KSRC='' front/kernel > "$work/kernel.log" 2>&1
	exec 6>&-
	if [ -f "$dir/summary" ]; then
		pass "there is a kernel with LTO=$1"
	else
		fail "there is a kernel with LTO=$1" "$(tail "$work/kernel.log")"
	fi
}

# unmount_below DIR: what a test has mounted, also one that was killed
unmount_below()
{
	local place
	awk -v dir="$1/" 'index($2 "/", dir) == 1 { print $2 }' /proc/mounts | tac | while read -r place; do
		umount "$place"
	done
}

# objtool_is SCRIPT: for make, it is objtool, which is "$0.real"; until objtool_is_back
objtool_is()
{
	mv "$obj/tools/objtool/objtool" "$obj/tools/objtool/objtool.real"
	printf '#!/bin/sh\n%s\n' "$1" > "$obj/tools/objtool/objtool"
	chmod +x "$obj/tools/objtool/objtool"
	touch -r "$obj/tools/objtool/objtool.real" "$obj/tools/objtool/objtool"
}

objtool_is_back()
{
	mv "$obj/tools/objtool/objtool.real" "$obj/tools/objtool/objtool"
}

# functions VMLINUX: the names and checksums of functions; what is none has the padding around it
functions()
{
	tests/lib/functions "${llvm_prefix}llvm-objdump$llvm_suffix" "$1" |
		grep -v '^__[a-z_]*text_\(start\|end\) \|^\.'
}

# skip NAME WHY; said on stderr too, as prove counts it with those that passed
skip()
{
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
	echo "# $me: SKIPPED: $1: $2" >&2
}

# todo NAME WHY: it fails, and that is not our fault; said on stderr too, as prove does not count it
todo()
{
	tap_n=$((tap_n + 1))
	echo "not ok $tap_n - $1 # TODO $2"
	echo "# $me: KNOWN: $1: $2" >&2
}

done_testing()
{
	[ "$tap_n" -gt 0 ] || fail "there are tests"
	echo "1..$tap_n"
	exit $((tap_failed > 0))
}

unmount_below "$work"
rm -rf "$work"
mkdir -p "$work"
