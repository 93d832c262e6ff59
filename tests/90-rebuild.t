#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What is built again after a change; single targets; in-tree builds; LTO_NONE compared with a
# kernel without the series.
. "$(dirname "$0")/lib/tap.sh"

# The cache has earlier compilations, of this test or, with FULL=1, of 40-kernels.t.
compiler_cache
src=$(KSRC='' front/fetch | tail -n 1)
obj=$work/obj
# parts of a library archive, units of vmlinux (some for a header that a hook changes), modules of
# one and of several units, assembly
parts="init/ ${FULL:+lib/} lib/hexdump.o lib/bitmap.o lib/string.o kernel/livepatch/ drivers/virtio/ fs/jbd2/jbd2.o samples/livepatch/livepatch-sample.o
	drivers/block/loop.o arch/x86/crypto/sha256-ssse3.o kernel/bpf/map_iter.o drivers/pci/quirks.o"
dirs=(init lib kernel/livepatch drivers/virtio fs/jbd2 samples/livepatch drivers/block \
	arch/x86/crypto kernel/bpf drivers/pci)
ts="KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=lto KBUILD_BUILD_HOST=lto"

cat "configs/boot.config" "configs/boot-$ARCH.config" > "$work/boot.config"
configure()	# SRC OBJ MODE
{
	mkdir -p "$2"
	[ -f "$2/.config" ] || KCONFIG_ALLCONFIG=$work/boot.config kmake "$1" O="$2" allnoconfig \
		>/dev/null
	[ ! -f "$1/scripts/lto/Kconfig" ] ||
		"$1/scripts/config" --file "$2/.config" -d LTO_NONE -d LTO_CLANG_FULL \
		-d LTO_CLANG_THIN -e "$3"
	kmake "$1" O="$2" olddefconfig >/dev/null
}
build()
{
	# shellcheck disable=SC2086
	kmake "$src" O="$obj" $ts -j"$J" $parts > "$work/log" 2>&1
}
compiled()
{
	sed -n 's/^  \(CC\|AS\) \(\[M\]\)* *//p' "$work/log" |
		grep -v 'arch/x86/kernel/asm-offsets\|kernel/bounds\|scripts/\|tools/' | sort
}
bitcode()
{
	(cd "$obj" && find "${dirs[@]}" -name '*.o' | while read -r f; do
		[ "$(head -c 2 "$f")" != BC ] || echo "$f"; done | sort)
}
sums()
{
	(cd "$1" && find "${dirs[@]}" -name '*.o' ! -name '.*' ! -name version.o \
		! -name '*.mod.o' | sort | xargs -r sha256sum)
}

configure "$src" "$obj" LTO_NONE
ok "LTO_NONE" build
sums "$obj" > "$work/none.sums"
bitcode > "$work/none.bitcode"
is "has no bitcode" "$(wc -l < "$work/none.bitcode")" 0

# with the same sources but without the series
base=build/series/tree
git -C "$base" rev-parse -q --verify pinned >/dev/null 2>&1 ||
	patches/mkseries "$work/mails" >/dev/null
git -C "$base" reset -q --hard pinned
git -C "$base" clean -qfdx
configure "$top/$base" "$work/base" LTO_NONE
# shellcheck disable=SC2086
ok "the unpatched kernel" kmake "$top/$base" O="$work/base" $ts -j"$J" $parts
sums "$work/base" > "$work/base.sums"
same "LTO_NONE gives the objects of an unpatched kernel ($(wc -l < "$work/base.sums"))" \
	"$work/base.sums" "$work/none.sums"

# objtool can make the tables of call sites without LTO, too.
mcount_size()
{
	"${llvm_prefix}llvm-readelf$llvm_suffix" -SW "$obj/fs/jbd2/jbd2.o" |
		sed -n 's/.* __mcount_loc  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p'
}
prefer()	# e(nable) or d(isable)
{
	"$src/scripts/config" --file "$obj/.config" "-$1" FTRACE_MCOUNT_PREFER_OBJTOOL
	kmake "$src" O="$obj" olddefconfig >/dev/null
	rm "$obj"/fs/jbd2/*.o
	# shellcheck disable=SC2086
	kmake "$src" O="$obj" $ts V=1 fs/jbd2/jbd2.o > "$work/log" 2>&1
}
before=$(mcount_size)
ok "recordmcount makes tables of call sites" test $((0x${before:-0})) -gt 100
ok "FTRACE_MCOUNT_PREFER_OBJTOOL without LTO" prefer e
is "objtool makes the tables" "$(grep -c 'objtool .*--mcount' "$work/log")" \
	"$(find "$obj/fs/jbd2" -name '*.o' ! -name jbd2.o | wc -l)"
is "recordmcount does not" "$(grep -c 'scripts/recordmcount ' "$work/log")" 0
is "they are as large" "$(mcount_size)" "$before"
ok "and back" prefer d

configure "$src" "$obj" LTO_CLANG_THIN
ok "none -> thin" build
bitcode > "$work/thin.bitcode"
compiled > "$work/thin.compiled"
ok "there is bitcode" test "$(wc -l < "$work/thin.bitcode")" -gt 20
# init/version.o has opted out.  It must be compiled again anyway: it has the note of the mode.  And
# if it had initcalls, they would have to go with those of the other units (__LTO_UNIT).
printf '%s\n' init/version.o | sort -m - "$work/thin.bitcode" > "$work/thin.expected"
same "exactly what becomes bitcode is compiled again" "$work/thin.expected" "$work/thin.compiled"
for f in samples/livepatch/livepatch-sample.o drivers/block/loop.o; do
	is "$f, a module of one unit, is native" "$(head -c 4 "$obj/$f" | tail -c 3)" ELF
done
is "a module of several units is one native object" \
	"$(head -c 4 "$obj/fs/jbd2/jbd2.o" | tail -c 3)" ELF
ok "again" build
is "nothing is done twice" "$(compiled; grep -c '  LD \[M\]' "$work/log")" 0

configure "$src" "$obj" LTO_CLANG_FULL
ok "thin -> full" build
compiled > "$work/full.compiled"
same "bitcode and the note of the mode are compiled again, nothing else" "$work/thin.expected" \
	"$work/full.compiled"

configure "$src" "$obj" LTO_NONE
ok "full -> none" build
sums "$obj" > "$work/back.sums"
same "leaves nothing stale" "$work/none.sums" "$work/back.sums"
is "no versions of exports either" "$(find "$obj" -name '.tmp_*.symversions' -newer \
	"$obj/.config")" ""

# Edits, in a module, where a build is quick
configure "$src" "$obj" LTO_CLANG_THIN
build
touch_and_build()
{
	touch "$src/fs/jbd2/recovery.c"
	build
}
ok "a touched file" touch_and_build
is "is compiled, and linked, alone" "$(compiled; grep -o 'LD \[M\] .*' "$work/log")" \
	"fs/jbd2/recovery.o
LD [M]  fs/jbd2/jbd2.o"
before=$(sha256sum < "$obj/fs/jbd2/jbd2.o")
build2()
{
	# shellcheck disable=SC2086
	kmake "$src" O="$obj" $ts KCFLAGS=-DNDEBUG fs/jbd2/jbd2.o > "$work/log" 2>&1
}
ok "another flag" build2
is "compiles all of it again" "$(compiled | wc -l)" \
	"$(cd "$obj" && find fs/jbd2 -name '*.o' ! -name jbd2.o ! -name built-in.o | wc -l)"
is "to the same module, if it means nothing" "$(sha256sum < "$obj/fs/jbd2/jbd2.o")" "$before"
rm "$obj/fs/jbd2/jbd2.o"
ok "a lost object" build2
is "comes back, the same" "$(sha256sum < "$obj/fs/jbd2/jbd2.o")" "$before"
LTO_link_killed()
{
	# The link dies in the middle.  There must be no object, and the next build must make it.
	rm -f "$obj/fs/jbd2/jbd2.o"
	printf '#!/bin/sh\ncase " $* " in *" -T "*) kill -9 $$;; esac\nexec %s "$@"\n' \
		"$(command -v "$LD")" > "$work/ld"
	chmod +x "$work/ld"
	# shellcheck disable=SC2086
	! kmake "$src" O="$obj" $ts KCFLAGS=-DNDEBUG LD="$work/ld" \
		fs/jbd2/jbd2.o > "$work/log" 2>&1 &&
		[ ! -e "$obj/fs/jbd2/jbd2.o" ] &&
		grep -q 'jbd2.o: error: lto: the LTO link failed' "$work/log"
}
ok "a killed link leaves no object and says so" LTO_link_killed
ok "the next build" build2
is "makes it, the same" "$(sha256sum < "$obj/fs/jbd2/jbd2.o")" "$before"
objtool_fails()
{
	rm -f "$obj/fs/jbd2/jbd2.o"
	objtool_is 'exit 1'
	build2
	local status=$?
	objtool_is_back
	[ "$status" != 0 ] && [ ! -e "$obj/fs/jbd2/jbd2.o" ] &&
		grep -q 'jbd2.o: error: lto: objtool failed' "$work/log"
}
ok "an objtool failure fails the build, nothing half-done remains" objtool_fails

# single targets
one()
{
	# shellcheck disable=SC2086
	kmake "$src" O="$obj" $ts "$@"
}
ok "single targets" one fs/jbd2/commit.o fs/jbd2/commit.s fs/jbd2/commit.i fs/jbd2/commit.ll \
	fs/jbd2/commit.lst
cd "$obj" || exit 1
ok ".s is assembly" grep -q '	\.globl	jbd2_journal_commit_transaction' fs/jbd2/commit.s
ok ".i is C" grep -q 'void jbd2_journal_commit_transaction' fs/jbd2/commit.i
ok ".ll is LLVM's language" grep -q '^define .*@jbd2_journal_commit_transaction' fs/jbd2/commit.ll
ok ".lst has machine code" grep -q 'callq\?' fs/jbd2/commit.lst
cd "$top" || exit 1
ok "W=1" one W=1 kernel/livepatch/
ok "C=1" one C=2 CHECK=true kernel/livepatch/

# in the source tree
git -C "$base" am -q --abort 2>/dev/null
patches/apply "$base" >/dev/null
git -C "$base" add -A -f
intree()
{
	# shellcheck disable=SC2086
	make -C "$base" -s mrproper >/dev/null 2>&1
	KCONFIG_ALLCONFIG=$work/boot.config kmake "$base" allnoconfig >/dev/null &&
		"$base/scripts/config" --file "$base/.config" -d LTO_NONE -e LTO_CLANG_THIN &&
		kmake "$base" olddefconfig >/dev/null &&
		kmake "$base" -j"$J" fs/jbd2/jbd2.o kernel/livepatch/
}
ok "an in-tree build" intree
is "makes a module" "$(head -c 4 "$base/fs/jbd2/jbd2.o" | tail -c 3)" ELF
# Files of make lto-manifest: the result, and the file before it is complete
touch "$base"/lto-manifest.{jsonl,new}
is "git ignores all new files" "$(git -C "$base" status --short | grep -v '^[AM] ')" ""
# Debian's tarball lacks two directories that make clean goes into.
for d in nvidia riva; do
	mkdir -p "$base/drivers/video/fbdev/$d"
	: > "$base/drivers/video/fbdev/$d/Makefile"
done
git -C "$base" add -A -f drivers/video/fbdev
ok "make clean" kmake "$base" clean
is "removes what the link left" "$(find "$base/fs" "$base/kernel" -name '.tmp_*' -o -name '*.o')" ""
ok "make mrproper" kmake "$base" mrproper
# The kernel's mrproper leaves the dependencies of its tools.
is "removes everything" "$(git -C "$base" status --short --ignored | grep -v '^[AM] \| tools/')" ""
git -C "$base" reset -q --hard pinned

done_testing
