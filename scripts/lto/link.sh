#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Link an object that has bitcode among its parts: a module of several objects, or vmlinux.o.
#
#   link.sh [--vmlinux | --back-ends] OUTPUT INPUT... [--start-lib INPUT...]
#
# The inputs are objects and thin archives in link order, of which all members are taken; behind --start-lib
# native code only where something refers to it, bitcode also where nothing does (but not what back ends of
# distributed ThinLTO have made of it).
# Environment: LD LDFLAGS AR NM OBJCOPY LLVM_DIS; LTO_LDFLAGS, the flags of links that read bitcode;
# OBJECT_LDFLAGS, the flags and files that the object's Makefile adds to its link; AS, the compiler
# with its flags for assembly; OBJTOOL, the command that checks and rewrites an object in place (may
# be empty); MODVERSIONS, y or empty; KBUILD_LTO_JOBS, the number of threads in which vmlinux is
# compiled (may be unset); KBUILD_LTO_COMPARE, see Makefile.compare (may be unset); WHOLE_PROGRAM, y
# or empty: what nothing uses is dropped.
#
#   1. sort-inputs   sorts the inputs into bitcode and native code, and writes the order of the
#                    tables (vmlinux) and the versions of the exported symbols
#   2. LTO link      bitcode -> one native object, its sections as those of a plain compile; for
#                    WHOLE_PROGRAM a link of a program first, which compiles the bitcode
#   3. names         what LTO did to the names and the visibility of symbols is undone
#   4. objtool       of that object; native inputs have seen objtool when they were compiled
#   5. link          that object + native inputs -> OUTPUT
#
# Distributed ThinLTO has LTO_DIR and LTO_MAKE in the environment as well, and instead:
#
#   2. thinlink      an index for each unit, in LTO_DIR
#   3. make          the back ends: bitcode + index -> native code in LTO_DIR, which objtool has seen
#   4. link          all in link order -> OUTPUT; then the names (visibility is the back ends' matter)
#
# With --back-ends that ends after 3 and OUTPUT is an empty file; without an option it begins after
# it, with what make --back-ends has left.  --vmlinux does all of it.  If LTO_MANIFEST names a file, the
# commands of the back ends are appended to it instead of being run, and OUTPUT stays as it is.
#
# OUTPUT appears when all of that has succeeded.  On failure: one line, status 1.

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
		# the units that are merged have lost their order; see <linux/lto-entry.h>
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
	rm -f "$inputs".bitcode "$inputs".native "$inputs".objects "$inputs".crcs "$inputs".entries \
		"$inputs".all "$inputs".roots "$tmp".crcs* "$tmp".lto* "$tmp".out*
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM
[ "${LTO_MANIFEST:-}" ] || rm -f "$output"
rm -f "$inputs".all

scripts/lto/sort-inputs --ar="$AR" ${entries:+--nm="$NM"} ${dist:+--native-dir="$LTO_DIR"} ${MODVERSIONS:+--versions} \
	${WHOLE_PROGRAM:+--whole-program} --output="$inputs" -- "$@" ||
	die "the inputs cannot be sorted, see above"

# The LTO link binds calls between units as if these options were not there.  (If it had
# --wrap=foo as well, the final link would wrap once more: __real_foo() is foo() by then, and
# would become __wrap_foo().)
[ ! -s "$inputs".bitcode ] || for flag in $OBJECT_LDFLAGS; do
	case $flag in
	--wrap | --wrap=* | -wrap | -wrap=* | muldefs | -zmuldefs | \
	--allow-multiple-definition | -allow-multiple-definition)
		die "its linker flags (ldflags-y, LDFLAGS_foo.o) have $flag," \
			"which LTO cannot obey: say LTO := n in its Makefile" ;;
	esac
done

# as modules are linked in parallel, they have a thread each
[ -z "$entries" ] || LTO_LDFLAGS="$LTO_LDFLAGS ${KBUILD_LTO_JOBS:+--threads=$KBUILD_LTO_JOBS}"

# How the linker finds out what is used.  In a relocatable link that is everything.  In one of a
# program, it is what native objects refer to, what is marked as used (as exports and the entries
# of tables are), these symbols, and what all of these need.
#
# Every word of the linker script counts as a symbol.  Most are none, which does no harm.
#
# (sort-inputs has written no list of inputs if the compiler is too new for it.)
#
# Without an entry there would be a warning.  What the program lacks is in the kernel, for a
# module, or comes later, as the tables of kallsyms do: the links that follow see if it is not.
[ -e "$inputs".all ] || WHOLE_PROGRAM=
if [ "$WHOLE_PROGRAM" ]; then
	{
		sed -n 's/^\([a-zA-Z_][a-zA-Z0-9_]*\).*/--undefined=\1/p' "$srctree"/scripts/lto/roots
		if [ "$vmlinux" ]; then
			tr -cs a-zA-Z0-9_ '\n' < "$KBUILD_LDS" | sort -u |
				sed -n 's/^[a-zA-Z_]/--undefined=&/p'
		else
			echo "--undefined=init_module --undefined=cleanup_module"
		fi
	} >> "$inputs".roots
	program="--entry=0 --unresolved-symbols=ignore-all @$inputs.roots"
fi

# assemble_crcs: the versions of the symbols that the bitcode exports, as an object.  (The same as a linker
# script costs lld more than the rest of the link: for each it looks at all sections.)
assemble_crcs()
{
	crcs=
	[ -s "$inputs".crcs ] || return 0
	crcs=$tmp.crcs.o
	# shellcheck disable=SC2086
	sed 's/^\([^ ]*\) = /.globl \1; &/' "$inputs".crcs > "$tmp".crcs.s && $AS -c -o "$crcs" "$tmp".crcs.s ||
		die "the versions of symbols cannot be assembled, see above"
}

# plain_names OBJECT: A static function that another unit imports becomes global as NAME.llvm.HASH
# (ThinLTO); of those that share a name when units are merged, all but one become NAME.NUMBER (full).
# Nothing outside of this object knows these names, and every tool and user knows the plain one: make
# it local and plain again.  C itself writes numbers only behind static variables of a function
# (function.variable.NUMBER), which are left alone.
#
# And the linker names the relocations of a merged section after the first that went in, where
# modpost expects those of the section: renaming a section takes its relocations along.
plain_names()
{
	$NM --no-sort "$1" > "$1".syms || die "nm failed"
	sed -n	-e 's/^[0-9a-f]* [a-zA-Z] \(\([^ ]*\)\.llvm\.[0-9][0-9]*\)$/\1 \2/p;t' \
		-e 's/^[0-9a-f]* [tT] \(\([^ ]*\)\.[0-9][0-9]*\)$/\1 \2/p;t' \
		-e 's/^[0-9a-f]* [a-zA-Z] \(\([a-zA-Z_][^ .]*\)\.[0-9][0-9]*\)$/\1 \2/p' "$1".syms > "$1".names
	sort -u -o "$1".names "$1".names
	rm -f "$1".syms
	$OBJCOPY --wildcard --localize-symbol='*.llvm.*' --redefine-syms="$1".names \
		--rename-section .text=.text --rename-section .text.unlikely=.text.unlikely \
		--rename-section .data=.data --rename-section .rodata=.rodata "$1" ||
		die "objcopy failed"
}

# link_bitcode: bitcode -> $lto, checked by objtool
link_bitcode()
{
	if [ "$WHOLE_PROGRAM" ]; then
		# of this link, only what is compiled in it is wanted
		lto_link $program -T "$srctree"/scripts/lto/discard.lds \
			--lto-obj-path="$lto".obj -o "$lto".none @"$inputs".all
		# the first is that of full LTO; in the order of the units
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

# lto_link ARGUMENT...: a link that compiles the bitcode
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

# run_back_ends: bitcode -> native code in $LTO_DIR
run_back_ends()
{
	no_compare=
	[ "${KBUILD_LTO_COMPARE:-}" != 0 ] || no_compare=--no-compare
	# shellcheck disable=SC2086
	scripts/lto/thinlink --units="$inputs".bitcode ${WHOLE_PROGRAM:+--inputs="$inputs".all} \
		--dir="$LTO_DIR" $no_compare ${LLVM_DIS:+--llvm-dis="$LLVM_DIS"} -- \
		$LD $LDFLAGS $LTO_LDFLAGS ${program:--r} ||
		die "the thin link failed, see above"
	$LTO_MAKE -f "$srctree"/scripts/lto/Makefile.back-ends lto-dir="$LTO_DIR" lto-units="$inputs".bitcode \
		${LTO_MANIFEST:+lto-manifest="$LTO_MANIFEST"} ||
		die "a back end failed, see above"
	# make -i
	[ "${LTO_MANIFEST:-}" ] || for unit in $(tr -d '"' < "$inputs".bitcode); do
		[ -e "$LTO_DIR/${unit%/*}/.${unit##*/}.cmd" ] || die "the back end of $unit failed, see above"
	done
}

# link_native INPUT...: machine code -> $tmp.out.  Only this link gets OBJECT_LDFLAGS, as files
# among them would be there twice otherwise.  If one of the files is bitcode, the linker compiles
# it, and objtool does not see that.  The other output has what the linker has compiled.
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
