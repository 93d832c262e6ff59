# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# TAP for the tests.  Each test sources this file: it changes to the top of the repository, and
# makes an empty directory $work.  A test ends with done_testing.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# A test sets these itself: the caller's values must not change which kernel it tests.
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
export LAUNCHER=$top/build/tests/cc-probe CC_PROBES=$top/build/tests/probes
mkdir -p "$CC_PROBES"
[ "$LAUNCHER" -nt tests/lib/cc-probe.c ] || {
	"$CC" -D_GNU_SOURCE -O2 -Wall -Wextra -o "$work.cc-probe" tests/lib/cc-probe.c &&
		mv "$work.cc-probe" "$LAUNCHER"
} || exit
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
	# On stderr: prove shows that even without -v.
	printf '%s\n' "$1${2:+: $2}" | head -n 20 | sed "s/^/# $me: /" >&2
}

# ok NAME COMMAND...: the command must succeed
ok()
{
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "$out"; fi
}

# is NAME GOT EXPECTED: the strings must be equal
is()
{
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:      $2
expected: $3"; fi
}

# refused NAME STATUS MESSAGE COMMAND...: the command must exit with this status, and a line of its
# output must match MESSAGE, a basic regular expression
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

# mutant SOURCE COMPILE NAME SED-COMMAND: if SED-COMMAND damages the source, at least one test case
# must fail.  `COMPILE SOURCE PROGRAM` compiles it; `all_cases PROGRAM` runs the cases and prints
# TAP.
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

# comes_true COMMAND...: repeat it until it succeeds, for at most two minutes
comes_true()
{
	local i
	for ((i = 0; i < 1200; i++)); do
		"$@" && return
		sleep 0.1
	done
	return 1
}

# keep_unused SRC OBJ: configure OBJ so that functions that nothing calls are kept
keep_unused()
{
	"$1/scripts/config" --file "$2/.config" -d LTO_CLANG_WHOLE_PROGRAM
}

# same NAME FILE FILE: the files must have the same content, and not be empty
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

# builds NAME [VARIABLE=VALUE...]: front/kernel must build, check and boot a kernel.  Its output
# goes to $work/front.log.
builds()
{
	local name=$1 out
	shift
	out=$(env "$@" front/kernel 2>&1) && pass "$name builds, passes its checks and boots" ||
		fail "$name builds, passes its checks and boots" "$(tail -n 20 <<< "$out")"
	printf '%s\n' "$out" > "$work/front.log"
	sed -n '/^mode  /,$s/^/# /p' <<< "$out"
}

# compiler_cache: from here on, the compiler runs through ccache.  The cache is in the user's cache
# directory, so that it serves the next clone in the same directory, too.  (In another directory the
# commands differ.  CCACHE_BASEDIR would hide that, and would also hide dependencies of a build on
# its directory.)  Where a test is about compiling, it sets CCACHE_RECACHE.
compiler_cache()
{
	export LAUNCHER="$LAUNCHER ccache" CCACHE_DIR=$cache/ccache CCACHE_MAXSIZE=3G
}

# there_is_a_kernel MODE: set $dir to the kernel of $ARCH, $CONFIG and MODE, and build it if
# necessary.  If several tests want it, one of them builds it.
there_is_a_kernel()
{
	local tree
	dir=$top/build/$ARCH-$CONFIG-$1
	tree=$(KSRC='' front/fetch | tail -n 1)
	exec 6>build/tests/.kernel.lock
	flock 6
	# front/kernel writes the summary last.
	[ "$dir/summary" -nt "$tree.id" ] ||
		LTO=$1 O='' KSRC='' front/kernel > "$work/kernel.log" 2>&1
	exec 6>&-
	if [ -f "$dir/summary" ]; then
		pass "there is a kernel with LTO=$1"
	else
		fail "there is a kernel with LTO=$1" "$(tail "$work/kernel.log")"
	fi
}

# unmount_below DIR: unmount what a test has mounted there; the test may have been killed
unmount_below()
{
	local place
	awk -v dir="$1/" 'index($2 "/", dir) == 1 { print $2 }' /proc/mounts | tac |
		while read -r place; do
			umount "$place"
		done
}

# objtool_is SCRIPT: until objtool_is_back, make runs this script as objtool.  The real objtool is
# "$0.real".
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

# functions VMLINUX: print the names and checksums of functions.  Leave out symbols that are no
# functions: their checksum would depend on the padding around them.
functions()
{
	tests/lib/functions "${llvm_prefix}llvm-objdump$llvm_suffix" "$1" |
		grep -v '^__[a-z_]*text_\(start\|end\) \|^\.'
}

# skip NAME WHY: also printed on stderr, as prove counts a skipped test as passed
skip()
{
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $1 # SKIP $2"
	echo "# $me: SKIPPED: $1: $2" >&2
}

# todo NAME WHY: a failure that is not our fault; also printed on stderr, as prove does not count it
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
