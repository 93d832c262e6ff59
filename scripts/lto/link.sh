#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Link an object that has bitcode among its inputs: vmlinux.o, or a module of several objects.
#
#   link.sh [--vmlinux | --back-ends] OUTPUT INPUT... [--start-lib INPUT...]
#
# The inputs are objects and thin archives, in link order.  All members of an archive are linked.
# Behind --start-lib, native code is linked only if something refers to it.  Bitcode is always
# linked, unless the back ends of distributed ThinLTO have compiled it already.
#
# Environment:
#   LD LDFLAGS AR NM OBJCOPY LLVM_DIS	the tools, and the flags of all links
#   LTO_LDFLAGS		flags for links that read bitcode
#   OBJECT_LDFLAGS	flags and files that the object's Makefile adds to its link
#   AS			the compiler with its flags for assembly
#   OBJTOOL		the command that checks and rewrites an object in place; may be empty
#   MODVERSIONS		y or empty
#   WHOLE_PROGRAM		y or empty: drop what nothing uses
#   KEEP_PROBED		y or empty: keep the functions in scripts/lto/probed
#   KBUILD_LTO_JOBS	number of threads that compile vmlinux; may be unset
#   KBUILD_LTO_COMPARE	see Makefile.compare; may be unset
#
#   1. sort-inputs   sorts the inputs into bitcode and native code, and writes the order of the
#                    tables (vmlinux) and the versions of the exported symbols
#   2. LTO link      bitcode -> one native object, with the sections of a plain compile; with
#                    WHOLE_PROGRAM, a link of a program comes first, which compiles the bitcode
#   3. names         undo what LTO did to the names and the visibility of symbols
#   4. objtool       on that object only: objtool saw native inputs when they were compiled
#   5. link          that object + native inputs -> OUTPUT
#
# For distributed ThinLTO, LTO_DIR, LTO_MAKE and BACK_END_FLAGS are in the environment.  Then the
# steps are:
#
#   1. sort-inputs   as above
#   2. thinlink      write an index for each unit, in LTO_DIR
#   3. make          run the back ends: bitcode + index -> native code in LTO_DIR, seen by objtool
#   4. link          all inputs in link order -> OUTPUT; then the names (visibility: see step 3)
#
# --back-ends runs steps 1 to 3; OUTPUT is then an empty file.  Without an option, steps 1 and 4
# run, on what --back-ends has left.  --vmlinux runs all steps.  If LTO_MANIFEST names a file, the
# commands of the back ends are appended to that file instead of being run, and OUTPUT stays as it
# is.
#
# OUTPUT appears only after all steps have succeeded.  On failure: one line, status 1.

set -eu

die()
{
	echo >&2 "$output: error: lto: $*"
	exit 1
}

dist=${LTO_DIR:+1}
: "${OBJECT_LDFLAGS:=}" "${WHOLE_PROGRAM:=}"
vmlinux= entries= back_ends= link=1
case $1 in
--vmlinux)	vmlinux=1 back_ends=1
		# merged units lose their order; see <linux/lto-entry.h>
		[ "$dist" ] || entries=1 ;;
--back-ends)	back_ends=1 link= ;;
esac
case $1 in
--*)		shift ;;
esac
output=$1
shift

dir=$(dirname "$output")
mkdir -p "$dir"
tmp=$dir/.tmp_$(basename "$output")
inputs=$tmp.inputs
lto=$tmp.lto

cleanup()
{
	rm -f "$inputs".bitcode "$inputs".native "$inputs".objects "$inputs".crcs \
		"$inputs".entries "$inputs".all "$inputs".roots "$inputs".nm \
		"$tmp".crcs* "$tmp".lto* "$tmp".out*
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
[ "${LTO_MANIFEST:-}" ] || rm -f "$output"
rm -f "$inputs".all

scripts/lto/sort-inputs --ar="$AR" ${entries:+--nm="$NM"} ${dist:+--native-dir="$LTO_DIR"} \
	${MODVERSIONS:+--versions} ${WHOLE_PROGRAM:+--whole-program} --output="$inputs" -- "$@" ||
	die "the inputs cannot be sorted, see above"

# Refuse options that the LTO link does not obey: it binds calls between units without them.  (The
# LTO link must not get --wrap=foo either: the final link would wrap a second time.  By then
# __real_foo() is foo(), and would become __wrap_foo().)
[ ! -s "$inputs".bitcode ] || for flag in $OBJECT_LDFLAGS; do
	case $flag in
	--wrap | --wrap=* | -wrap | -wrap=* | muldefs | -zmuldefs | \
	--allow-multiple-definition | -allow-multiple-definition)
		die "its linker flags (ldflags-y, LDFLAGS_foo.o) have $flag," \
			"which LTO cannot obey: say LTO := n in its Makefile" ;;
	esac
done

# only vmlinux takes several threads: modules are linked in parallel, with one thread each
[ -z "$entries" ] || LTO_LDFLAGS="$LTO_LDFLAGS ${KBUILD_LTO_JOBS:+--threads=$KBUILD_LTO_JOBS}"

# A relocatable link keeps everything.  The link of a program keeps the roots and all that they
# need.  Roots are: symbols that native objects refer to, symbols that are marked as used (exports
# and the entries of tables are), and the symbols below.
#
# Every word of the linker script counts as a symbol.  Most words are no symbols, which does no
# harm.
#
# (If the compiler is too new for sort-inputs, there is no list of inputs, and nothing is dropped.)
#
# --entry avoids a warning.  Symbols may be missing in this link: modules get them from the kernel,
# and other objects, such as the tables of kallsyms, come later.  The links that follow report
# symbols that are really missing.
[ -e "$inputs".all ] || WHOLE_PROGRAM=
if [ "$WHOLE_PROGRAM" ]; then
	{
		cat "$srctree"/scripts/lto/roots ${KEEP_PROBED:+"$srctree"/scripts/lto/probed} |
			sed -n 's/^\([a-zA-Z_][a-zA-Z0-9_]*\).*/--undefined=\1/p'
		if [ "$vmlinux" ]; then
			tr -cs a-zA-Z0-9_ '\n' < "$KBUILD_LDS" | sort -u |
				sed -n 's/^[a-zA-Z_]/--undefined=&/p'
		else
			echo "--undefined=init_module --undefined=cleanup_module"
		fi
	} >> "$inputs".roots
	program="--entry=0 --unresolved-symbols=ignore-all @$inputs.roots"
fi

# assemble_crcs: makes an object, $crcs, of the versions of the symbols that the bitcode exports.
# (As a linker script they take lld longer than the rest of the link: for each assignment it looks
# at all sections.)
assemble_crcs()
{
	crcs=
	[ -s "$inputs".crcs ] || return 0
	crcs=$tmp.crcs.o
	# shellcheck disable=SC2086
	sed 's/^\([^ ]*\) = /.globl \1; &/' "$inputs".crcs > "$tmp".crcs.s &&
		$AS -c -o "$crcs" "$tmp".crcs.s ||
		die "the versions of symbols cannot be assembled, see above"
}

# plain_names OBJECT: makes renamed static functions local, with their plain names.  ThinLTO makes a
# static function global if another unit imports it, and calls it NAME.llvm.HASH.  Full LTO merges
# units.  If several have a static function of the same name, all but one become NAME.NUMBER.
# Nothing outside of this object knows these names, and every tool and user knows the plain one.  (C
# itself writes numbers only behind static variables of a function, function.variable.NUMBER.  These
# stay.)
#
# The linker also names the relocations of a merged section after the first section that went in.
# modpost expects the name of the merged section.  Renaming a section to its own name renames its
# relocations as well.
plain_names()
{
	$NM --no-sort "$1" > "$1".syms || die "nm failed"
	sed -n	-e 's/^[0-9a-f]* [a-zA-Z] \(\([^ ]*\)\.llvm\.[0-9][0-9]*\)$/\1 \2/p;t' \
		-e 's/^[0-9a-f]* [tT] \(\([^ ]*\)\.[0-9][0-9]*\)$/\1 \2/p;t' \
		-e 's/^[0-9a-f]* [a-zA-Z] \(\([a-zA-Z_][^ .]*\)\.[0-9][0-9]*\)$/\1 \2/p' \
		"$1".syms > "$1".names
	sort -u -o "$1".names "$1".names
	rm -f "$1".syms
	$OBJCOPY --wildcard --localize-symbol='*.llvm.*' --redefine-syms="$1".names \
		--rename-section .text=.text --rename-section .text.unlikely=.text.unlikely \
		--rename-section .data=.data --rename-section .rodata=.rodata "$1" ||
		die "objcopy failed"
}

# link_bitcode: makes $lto of the bitcode, and has objtool check it
link_bitcode()
{
	if [ "$WHOLE_PROGRAM" ]; then
		# this link is only there for the objects that it compiles
		lto_link $program -T "$srctree"/scripts/lto/discard.lds \
			--lto-obj-path="$lto".obj -o "$lto".none @"$inputs".all
		# in the order of the units (lld numbers the objects; full LTO makes one, .obj)
		compiled=$(ls -v "$lto".obj*)
		# shellcheck disable=SC2086
		$LD $LDFLAGS -r -T "$srctree"/scripts/lto/sections.lds -o "$lto" \
			${crcs:+"$crcs"} $compiled ||
			die "the objects that LTO made cannot be linked, see above"
	else
		lto_link -r -T "$srctree"/scripts/lto/sections.lds -o "$lto" \
			${crcs:+"$crcs"} @"$inputs".bitcode
	fi
	plain_names "$lto"
	scripts/lto/unhide "$lto" || die "the symbols cannot be made visible, see above"
	# shellcheck disable=SC2086 # a command with its options
	[ -z "$OBJTOOL" ] || $OBJTOOL "$lto" || die "objtool failed, see above"
}

# lto_link ARGUMENT...: runs a link that compiles bitcode
lto_link()
{
	# shellcheck disable=SC2086
	$LD $LDFLAGS $LTO_LDFLAGS "$@" 2> "$lto".log || {
		# shellcheck disable=SC2046 # no blanks in the names of units
		sh "$srctree"/scripts/lto/explain.sh "$lto".log $(tr -d '"' < "$inputs".bitcode)
		die "the LTO link failed, see above"
	}
	cat "$lto".log >&2
}

# run_back_ends: makes native code in $LTO_DIR of the bitcode
run_back_ends()
{
	no_compare=
	[ "${KBUILD_LTO_COMPARE:-}" != 0 ] || no_compare=--no-compare
	# shellcheck disable=SC2086
	scripts/lto/thinlink --units="$inputs".bitcode ${WHOLE_PROGRAM:+--inputs="$inputs".all} \
		--dir="$LTO_DIR" $no_compare ${LLVM_DIS:+--llvm-dis="$LLVM_DIS"} -- \
		$LD $LDFLAGS $LTO_LDFLAGS ${program:--r} ||
		die "the thin link failed, see above"
	$LTO_MAKE -f "$srctree"/scripts/lto/Makefile.back-ends lto-dir="$LTO_DIR" \
		lto-units="$inputs".bitcode lto-flags="$BACK_END_FLAGS" \
		${LTO_MANIFEST:+lto-manifest="$LTO_MANIFEST"} ||
		die "a back end failed, see above"
	# with make -i, a failed back end does not end make
	[ "${LTO_MANIFEST:-}" ] || for unit in $(tr -d '"' < "$inputs".bitcode); do
		[ -e "$LTO_DIR/${unit%/*}/.${unit##*/}.cmd" ] ||
			die "the back end of $unit failed, see above"
	done
}

# link_native INPUT...: links machine code to $tmp.out.  Only this link gets OBJECT_LDFLAGS: a file
# named in there must not be linked twice.  If such a file is bitcode, the linker compiles it, and
# objtool never sees the code.  --lto-obj-path shows that, and the link fails.
link_native()
{
	rm -f "$tmp".lto.o
	# shellcheck disable=SC2086
	$LD $LDFLAGS $OBJECT_LDFLAGS ${OBJECT_LDFLAGS:+--lto-obj-path="$tmp".lto.o} \
		-r -o "$tmp".out "$@" ||
		die "the link failed, see above"
	[ ! -s "$tmp".lto.o ] ||
		die "its linker flags (ldflags-y, LDFLAGS_foo.o) name bitcode:" \
			"list that among its objects, or compile it without LTO"
}

[ -s "$inputs".bitcode ] || back_ends=
[ -z "$dist" ] || [ -z "$back_ends" ] || run_back_ends
[ -z "${LTO_MANIFEST:-}" ] || exit 0
if [ -z "$link" ]; then
	: > "$output"
	exit
fi

assemble_crcs
if [ -n "$dist" ]; then
	link_native ${crcs:+"$crcs"} @"$inputs".objects
	plain_names "$tmp".out
	mv -f "$tmp".out "$output"
	exit
fi

if [ -s "$inputs".bitcode ]; then
	link_bitcode
else
	lto=
fi

if [ -s "$inputs".native ] || [ "$entries$OBJECT_LDFLAGS" ]; then
	link_native ${entries:+-T "$inputs".entries} @"$inputs".native ${lto:+"$lto"}
	mv -f "$tmp".out "$output"
else
	mv -f "$lto" "$output"
fi
