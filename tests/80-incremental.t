#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Edits of a whole kernel: what is compiled and linked again is what has to be, and the result is
# that of a clean build.  With FULL=1 that is looked at after every edit, else after some.
. "$(dirname "$0")/tap.sh"
. tests/tiny.sh

obj=$work/obj
tiny_source "$src"
ok "configuration" tiny_configure "$src" "$obj"
ok "build" tiny_build "$src" "$obj"
is "is of bitcode" "$(head -c 2 "$obj/lib/hexdump.o")" BC

# objects compiled, and objects linked with LTO, by the last build
compiled()
{
	sed -nE 's/^  (CC|AS)( \[M\])? *(.*\.o)$/\3/p' "$obj.log" | grep -v '\.mod\.o$\|^\.tmp_vmlinux' | sort | tr '\n' ' '
}
linked()
{
	sed -nE 's/^  LTO *//p;s/^  LD \[M\] *(.*\.o)$/\1/p' "$obj.log" | sort | tr '\n' ' '
}
# the objects that a file went into
users()
{
	(cd "$obj" && grep -rlF --include='.*.o.cmd' -- "$1" . |
		sed 's,^\./,,;s,\.\([^/]*\)\.cmd$,\1,' | grep -v '\.mod\.o$' | sort | tr '\n' ' ')
}
# edit NAME COMPILED LINKED COMMAND...
edit()
{
	local name=$1 objects=$2 links=$3
	shift 3
	ok "$name" "$@"
	ok "$name: build" tiny_build "$src" "$obj"
	is "$name: compiled" "$(compiled)" "$objects"
	is "$name: linked" "$(linked)" "$links"
	[ -z "${FULL:-}" ] || equals_clean "$name" "$src" "$obj"
}
rewrite()	# FILE SED-COMMAND: which must change it
{
	cp "$1" "$work/before" && sed -i "$2" "$1" && ! cmp -s "$1" "$work/before"
}

edit "nothing" "" "" true
edit "a leaf of vmlinux" "fs/proc/version.o " "vmlinux.o " \
	rewrite "$src/fs/proc/version.c" 's/seq_printf(m, linux_proc_banner,/seq_puts(m, "edited"); &/'
# fput() is a call of this one, and small enough to be imported wherever it is used
edit "a function that others have inlined" "fs/file_table.o " "vmlinux.o " \
	rewrite "$src/fs/file_table.c" 's/^\tfput_many(file, 1);/\tbarrier();\n&/'
edit "a unit of a module" "fs/minix/itree_v1.o " "fs/minix/minix.o " \
	rewrite "$src/fs/minix/itree_v1.c" 's/^#include "minix.h"/&\nint minix_edited = 1;/'
edit "a header" "$(users fs/minix/minix.h)" "fs/minix/minix.o " \
	rewrite "$src/fs/minix/minix.h" '$s/^/static inline int minix_header(void) { return 1; }\n/'
[ -n "${FULL:-}" ] || equals_clean "all of these" "$src" "$obj"

tiny_sums "$obj" > "$work/before.sums"
edit "a file that is touched" "lib/hexdump.o " "vmlinux.o " tiny_touch "$src/lib/hexdump.c"
tiny_sums "$obj" > "$work/got.sums"
same "changes nothing" "$work/before.sums" "$work/got.sums"

# no file depends on this one, but the whole configuration is taken in by kernel/configs.c
localversion()
{
	"$src/scripts/config" --file "$obj/.config" -e LOCALVERSION_AUTO && kmake "$src" O="$obj" olddefconfig
}
edit "only a file that is taken in by .incbin" "kernel/configs.o " "vmlinux.o " localversion
edit "a flag of one file" "lib/hexdump.o " "vmlinux.o " \
	rewrite "$src/lib/Makefile" '$s/$/\nCFLAGS_hexdump.o := -fno-inline/'
option=$({ users include/config/printk/time.h | tr ' ' '\n'; echo kernel/configs.o; } | grep . | sort -u | tr '\n' ' ')
toggled()
{
	"$src/scripts/config" --file "$obj/.config" -e PRINTK_TIME && kmake "$src" O="$obj" olddefconfig
}
edit "an option" "$option" "vmlinux.o " toggled
[ -n "${FULL:-}" ] || equals_clean "all of these" "$src" "$obj"

done_testing
