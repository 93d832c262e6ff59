#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Link an object that has bitcode among its parts: a module of several objects, or vmlinux.o.
#
#   link.sh [--vmlinux] OUTPUT INPUT...
#
# The inputs are objects and thin archives in link order; all members of an archive are taken.
# Environment: LD LDFLAGS LTO_LDFLAGS AR NM OBJCOPY; OBJTOOL, the
# command that checks and rewrites an object in place (may be empty); MODVERSIONS, y or empty.
#
#   1. plan          sorts the inputs into bitcode and native code, and writes the order of the
#                    tables (vmlinux) and the versions of the exported symbols
#   2. LTO link      bitcode -> one native object, its sections as those of a plain compile
#   3. names         what LTO did to the names and the visibility of symbols is undone
#   4. objtool       of that object; native inputs have seen objtool when they were compiled
#   5. link          that object + native inputs -> OUTPUT
#
# OUTPUT appears when all of that has succeeded.  On failure: one line, status 1.

set -eu

die()
{
	echo >&2 "$output: error: lto: $*"
	exit 1
}

entries=
if [ "$1" = --vmlinux ]; then
	entries=1
	shift
fi
output=$1
shift

dir=$(dirname "$output")
tmp=$dir/.tmp_$(basename "$output")
plan=$tmp.plan
lto=$tmp.lto

cleanup()
{
	rm -f "$plan".bitcode "$plan".native "$plan".crcs "$plan".entries "$tmp".lto* "$tmp".out
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
rm -f "$output"

scripts/lto/plan --ar="$AR" ${entries:+--nm="$NM"} ${MODVERSIONS:+--versions} --output="$plan" -- "$@" ||
	die "the inputs cannot be sorted, see above"

# link_bitcode: bitcode -> $lto, checked by objtool
link_bitcode()
{
	# shellcheck disable=SC2086
	$LD $LDFLAGS $LTO_LDFLAGS -r -T "$srctree"/scripts/lto/sections.lds ${MODVERSIONS:+-T "$plan".crcs} -o "$lto" @"$plan".bitcode ||
		die "the LTO link failed, see above"

	# A static function that another unit imports becomes global as NAME.llvm.HASH (ThinLTO); of
	# those that share a name when units are merged, all but one become NAME.NUMBER (full).  Nothing
	# outside of this object knows these names, and every tool and user knows the plain one: make
	# it local and plain again.  C itself writes numbers only behind static variables of a function
	# (function.variable.NUMBER), which are left alone.
	$NM "$lto" > "$lto".syms || die "nm failed"
	sed -n	-e 's/^[0-9a-f]* [a-zA-Z] \(\([^ ]*\)\.llvm\.[0-9][0-9]*\)$/\1 \2/p;t' \
		-e 's/^[0-9a-f]* [tT] \(\([^ ]*\)\.[0-9][0-9]*\)$/\1 \2/p;t' \
		-e 's/^[0-9a-f]* [a-zA-Z] \(\([a-zA-Z_][^ .]*\)\.[0-9][0-9]*\)$/\1 \2/p' "$lto".syms > "$lto".names
	sort -u -o "$lto".names "$lto".names
	rm -f "$lto".syms

	# And the linker names the relocations of a merged section after the first that went in, where
	# modpost expects those of the section: renaming a section takes its relocations along.
	$OBJCOPY --wildcard --localize-symbol='*.llvm.*' --redefine-syms="$lto".names \
		--rename-section .text=.text --rename-section .text.unlikely=.text.unlikely \
		--rename-section .data=.data --rename-section .rodata=.rodata "$lto" ||
		die "objcopy failed"
	scripts/lto/visibility "$lto" || die "the symbols cannot be made visible, see above"

	# shellcheck disable=SC2086 # a command with its options
	[ -z "$OBJTOOL" ] || $OBJTOOL "$lto" || die "objtool failed, see above"
}

if [ -s "$plan".bitcode ]; then
	link_bitcode
else
	lto=
fi

if [ -s "$plan".native ] || [ -n "$entries" ]; then
	# shellcheck disable=SC2086
	$LD $LDFLAGS -r ${entries:+-T "$plan".entries} -o "$tmp".out @"$plan".native $lto ||
		die "the link failed, see above"
	mv -f "$tmp".out "$output"
else
	mv -f "$lto" "$output"
fi
