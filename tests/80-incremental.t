#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Edits of a whole kernel: what is compiled, what goes through a back end and what is linked again is
# what has to be, and the result is that of a clean build.  With FULL=1 that is looked at after every
# edit, and in-linker ThinLTO is tried too, of which 90-rebuild.t has a part.
. "$(dirname "$0")/tap.sh"
. tests/tiny.sh

# edit NAME COMPILED BACK-ENDS LINKED COMMAND...: lists of objects; the second is a command that prints it
edit()
{
	local name="$mode: $1" objects=$2 back_ends=$3 links=$4
	shift 4
	ok "$name" "$@"
	ok "$name: build" tiny_build "$src" "$obj"
	is "$name: compiled" "$(compiled)" "$objects"
	[ "$mode" = thin ] || [ "$back_ends" = any ] || is "$name: back ends" "$(back_ends)" "$([ -z "$back_ends" ] || eval "$back_ends" | sort -u | tr '\n' ' ')"
	is "$name: linked" "$(linked)" "$links"
	[ -z "${FULL:-}" ] || equals_clean "$name" "$src" "$obj"
}

# no file depends on this one, but the whole configuration is taken in by kernel/configs.c
localversion()
{
	"$src/scripts/config" --file "$obj/.config" -e LOCALVERSION_AUTO && kmake "$src" O="$obj" olddefconfig
}

toggled()
{
	"$src/scripts/config" --file "$obj/.config" -e PRINTK_TIME && kmake "$src" O="$obj" olddefconfig
}

for mode in ${FULL:+thin} thin-dist; do
	obj=$work/$mode
	tiny_source "$src"
	ok "$mode: configuration" tiny_configure "$src" "$obj" LTO_CLANG_"$(tr a-z- A-Z_ <<< "$mode")"
	ok "$mode: build" tiny_build "$src" "$obj"
	is "$mode: is of bitcode" "$(head -c 2 "$obj/lib/hexdump.o")" BC

	edit "nothing" "" "" "" true
	edit "a leaf of vmlinux" "fs/proc/version.o " "echo vmlinux/fs/proc/version.o" "vmlinux.o " \
		tiny_edit "$src/fs/proc/version.c" 's/seq_printf(m, linux_proc_banner,/if (m->count) seq_puts(m, "edited"); &/'
	edit "a unit of a module" "fs/minix/itree_v1.o " "echo fs/minix/minix/fs/minix/itree_v1.o" "fs/minix/minix.o " \
		tiny_edit "$src/fs/minix/itree_v1.c" 's/^#include "minix.h"/&\nint minix_edited = 1;/'
	# what nobody calls is not in the bitcode, but the position of assembly in the source is (!srcloc)
	edit "a header" "$(users fs/minix/minix.h)" any "fs/minix/minix.o " \
		tiny_edit "$src/fs/minix/minix.h" '$s/^/static inline int minix_header(void) { return 1; }\n/'
	tiny_sums "$obj" > "$work/before.sums"
	edit "a file that is touched" "lib/hexdump.o " "" "vmlinux.o " tiny_touch "$src/lib/hexdump.c"
	tiny_sums "$obj" > "$work/got.sums"
	same "$mode: changes nothing" "$work/before.sums" "$work/got.sums"
done

# ccache would not see it at all; the position of inline assembly is in the bitcode, but there is none
CCACHE_DISABLE=1 edit "a comment" "lib/hexdump.o " "" "vmlinux.o " \
	tiny_edit "$src/lib/hexdump.c" '1s,$,\n/* edited */,'
# one with inline assembly would not be imported
edit "a function that others have inlined" "kernel/sched/wait.o " "takers vmlinux kernel/sched/wait.o __wake_up" "vmlinux.o " \
	tiny_edit "$src/kernel/sched/wait.c" '/^void __wake_up(/,/^}/s/nr_exclusive, 0, key/nr_exclusive | 0x4000, 0, key/'
ok "which there are" test "$(back_ends | wc -w)" -gt 10
edit "a function beside it" "kernel/sched/wait.o " "echo vmlinux/kernel/sched/wait.o" "vmlinux.o " \
	tiny_edit "$src/kernel/sched/wait.c" '/^int woken_wake_function(/,/^}/s/^\tsmp_mb();/&\n\tbarrier();/'
takers vmlinux kernel/sched/wait.o __wake_up > "$work/takers"
edit "a function that must not be inlined any more" "kernel/sched/wait.o " "cat $work/takers" "vmlinux.o " \
	tiny_edit "$src/kernel/sched/wait.c" 's/^void __wake_up(/void noinline __wake_up(/'
edit "only a file that is taken in by .incbin" "kernel/configs.o " "echo vmlinux/kernel/configs.o" "vmlinux.o " localversion
edit "a flag of one file" "lib/hexdump.o " "echo vmlinux/lib/hexdump.o" "vmlinux.o " \
	tiny_edit "$src/lib/Makefile" '$s/$/\nCFLAGS_hexdump.o := -fno-inline/'
# words as the shell makes them: a backslash before an option that would be lost, quotes, and what a command prints
cat > "$work/quoted" <<'EOF'
CFLAGS_hexdump.o += -DX='a\' -mllvm -align-all-functions=6 -DY='"b c"' -DZ=\"`echo d`\"
EOF
edit "a flag that only the back end is for, among quotes" "lib/hexdump.o " "echo vmlinux/lib/hexdump.o" "vmlinux.o " \
	tiny_edit "$src/lib/Makefile" "\$r $work/quoted"
is "it has its effect" "$("${llvm_prefix}llvm-readelf$llvm_suffix" -SW "$obj/.lto/vmlinux/lib/hexdump.o" | sed -n 's/^.* \.text .* \([0-9]*\)$/\1/p')" 64
option=$({ users include/config/printk/time.h | tr ' ' '\n'; echo kernel/configs.o; } | grep . | sort -u | tr '\n' ' ')
edit "an option" "$option" "echo vmlinux/kernel/printk/printk.o; echo vmlinux/kernel/configs.o" "vmlinux.o " toggled
equals_clean "all of these" "$src" "$obj"

done_testing
