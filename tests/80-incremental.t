#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Edits of a whole kernel.  A build must compile, run back ends and link exactly where it is
# necessary, and the result must be equal to a clean build.  Edits that do not interfere share a
# build.  With FULL=1, the result is compared after every build, and in-linker ThinLTO is tested,
# too; 90-rebuild.t has a part of that.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

ltocheck_build
src=$other_src

# edit NAME COMPILED BACK-ENDS LINKED COMMAND...: after the command, a build must make exactly these
# objects.  The arguments are lists.
edit()
{
	local name="$mode: $1" objects=$2 back_ends=$3 links=$4
	shift 4
	ok "$name" "$@"
	ok "$name: build" tiny_build "$src" "$obj"
	is "$name: compiled" "$(compiled)" "$(in_order "$objects")"
	[ "$mode" = thin ] || is "$name: back ends" "$(back_ends)" "$(in_order "$back_ends")"
	is "$name: linked" "$(linked)" "$(in_order "$links")"
	[ -z "${FULL:-}" ] || equals_clean "$name" "$src" "$obj"
}
in_order()
{
	# shellcheck disable=SC2086
	[ -z "$1" ] || printf '%s\n' $1 | sort -u | tr '\n' ' '
}

# option -e|-d NAME...: switch options on or off
option()
{
	"$src/scripts/config" --file "$obj/.config" "$@" && kmake "$src" O="$obj" olddefconfig
}

# --- both kinds of ThinLTO --------------------------------------------------------------------

three_leaves()
{
	tiny_edit "$src/fs/proc/version.c" \
		's/seq_printf(m, linux_proc_banner,/if (m->count) seq_puts(m, "edited"); &/' &&
		tiny_edit "$src/fs/minix/itree_v1.c" \
		's/^#include "minix.h"/&\nint __used minix_edited = 1;/' &&
		tiny_edit "$src/arch/x86/entry/calling.h" '$s,$,\n/* edited */,'
}
# A comment moves inline assembly, and its position is in the bitcode (!srcloc).  These files have
# none.
same_bitcode()
{
	tiny_touch "$src/lib/hexdump.c" && tiny_edit "$src/lib/ctype.c" '1s,$,\n/* edited */,'
}

for mode in ${FULL:+thin} thin-dist; do
	case $mode in
	thin)	obj=$work/thin
		tiny_source "$src"
		ok "$mode: configuration" tiny_configure "$src" "$obj" LTO_CLANG_THIN
		ok "$mode: build" tiny_build "$src" "$obj" ;;
	*)	obj=$other
		ok "$mode: build" tiny_built "$src" "$obj"
		rm -f "$obj.id" ;;
	esac
	is "$mode: is of bitcode" "$(head -c 2 "$obj/lib/hexdump.o")" BC

	edit "nothing" "" "" "" true
	# Assembly includes a file, which its symbol versions do not depend on.
	edit "a leaf, a unit of a module, a header of assembly" \
		"fs/proc/version.o fs/minix/itree_v1.o arch/x86/entry/entry_64.o arch/x86/kernel/head_64.o" \
		"vmlinux/fs/proc/version.o fs/minix/minix/fs/minix/itree_v1.o" \
		"vmlinux.o fs/minix/minix.o" three_leaves
	tiny_sums "$obj" > "$work/before.sums"
	# ccache would not notice a comment.
	CCACHE_DISABLE=1 edit "a file that is touched, a comment" "lib/hexdump.o lib/ctype.o" "" \
		"vmlinux.o" same_bitcode
	tiny_sums "$obj" > "$work/got.sums"
	same "$mode: changes nothing" "$work/before.sums" "$work/got.sums"
done

# --- what back ends import from other units -----------------------------------------------------

# with a cache of back ends, which does not know the files that they include by .incbin
mkdir "$work/cached"
export KBUILD_LTO_LAUNCHER="$PWD/tests/lib/back-end-cache $work/cached"
has_its_configuration()	# NAME
{
	"$src/scripts/extract-ikconfig" "$obj/vmlinux" > "$work/ikconfig"
	same "$1: the configuration in vmlinux is that of the build" "$obj/.config" "$work/ikconfig"
}

takers vmlinux kernel/sched/wait.o __wake_up > "$work/takers"
ok "a function that many have inlined" test "$(wc -l < "$work/takers")" -gt 10
# A function with inline assembly would not be imported.
inlined_and_noinstr()
{
	tiny_edit "$src/kernel/sched/wait.c" \
		'/^void __wake_up(/,/^}/s/nr_exclusive, 0, key/nr_exclusive | 0x4000, 0, key/' &&
		tiny_edit "$src/arch/x86/entry/common.c" \
		'/ do_syscall_64(/,/^}/s/^\tinstrumentation_begin();/\tdump_stack();\n&/'
}
is "nothing leaves .noinstr.text" "$(grep 'leaves .noinstr.text' "$other.log")" ""
edit "it, and a call where none may be" "kernel/sched/wait.o arch/x86/entry/common.o" \
	"$(cat "$work/takers") vmlinux/arch/x86/entry/common.o" "vmlinux.o" inlined_and_noinstr
ok "of vmlinux.o objtool says so" grep -q \
	'vmlinux.o: warning: objtool: do_syscall_64()+0x[0-9a-f]*: call to dump_stack() leaves .noinstr.text section' "$obj.log"

beside_and_incbin()
{
	tiny_edit "$src/kernel/sched/wait.c" \
		'/^int woken_wake_function(/,/^}/s/^\tsmp_mb();/&\n\tbarrier();/' &&
		tiny_edit "$src/arch/x86/entry/common.c" '/^\tdump_stack();/d' &&
		# No file depends on this option, but kernel/configs.c includes the whole
		# configuration.
		option -e LOCALVERSION_AUTO
}
edit "a function beside it, a file that is taken in by .incbin" \
	"kernel/sched/wait.o kernel/configs.o arch/x86/entry/common.o" \
	"vmlinux/kernel/sched/wait.o vmlinux/arch/x86/entry/common.o" "vmlinux.o" beside_and_incbin
has_its_configuration "a file that is taken in by .incbin"

takers vmlinux kernel/sched/wait.o __wake_up > "$work/takers"
noinline_and_flag()
{
	tiny_edit "$src/kernel/sched/wait.c" 's/^void __wake_up(/void noinline __wake_up(/' &&
		tiny_edit "$src/lib/Makefile" '$s/$/\nCFLAGS_hexdump.o := -fno-inline/'
}
edit "a function that must not be inlined any more, a flag of one file" \
	"kernel/sched/wait.o lib/hexdump.o" \
	"$(cat "$work/takers") vmlinux/lib/hexdump.o" "vmlinux.o" noinline_and_flag

# Words as the shell makes them: a backslash before an option that would get lost, quotes, and the
# output of a command
cat > "$work/quoted" <<'EOF'
CFLAGS_hexdump.o += -DX='a\' -mllvm -align-all-functions=6 -DY='"b c"' -DZ=\"`echo d`\"
EOF
quoted_and_option()
{
	tiny_edit "$src/lib/Makefile" "\$r $work/quoted" && option -e PRINTK_TIME
}
edit "a flag that only the back end is for, among quotes; an option" \
	"$(users include/config/printk/time.h) lib/hexdump.o kernel/configs.o" \
	"vmlinux/lib/hexdump.o vmlinux/kernel/printk/printk.o" "vmlinux.o" quoted_and_option
has_its_configuration "an option"
is "the flag has its effect" "$("${llvm_prefix}llvm-readelf$llvm_suffix" -SW \
	"$obj/.lto/vmlinux/lib/hexdump.o" | sed -n 's/^.* \.text .* \([0-9]*\)$/\1/p')" 64

# A function that nobody calls is not in the bitcode.  The position of assembly in the source is
# (!srcloc).
header_and_options_off()
{
	tiny_edit "$src/fs/minix/minix.h" \
		'$s/^/static inline int minix_header(void) { return 1; }\n/' &&
		option -d PRINTK_TIME -d LOCALVERSION_AUTO
}
ok "a header; the options off again" header_and_options_off
ok "a header: build" tiny_build "$src" "$obj"
is "a header: compiled" "$(compiled)" \
	"$(in_order "$(users fs/minix/minix.h) $(users \
	include/config/printk/time.h) kernel/configs.o")"
is "a header: linked" "$(linked)" "fs/minix/minix.o vmlinux.o "
has_its_configuration "the options off again"
# Without the comparison, the linker's checksums decide.
if [ -n "${FULL:-}" ]; then
	beside()	# STATEMENT
	{
		tiny_edit "$src/kernel/sched/wait.c" \
			"/^int woken_wake_function(/,/^}/s/^\tsmp_mb();/&\n\t$1/"
	}
	export KBUILD_LTO_COMPARE=0
	ok "without the comparison: an edit" beside "barrier();"
	ok "without the comparison: build" tiny_build "$src" "$obj"
	edit "without the comparison: a function that nobody imports" "kernel/sched/wait.o" \
		"vmlinux/kernel/sched/wait.o $(importers vmlinux kernel/sched/wait.o)" "vmlinux.o" \
		beside "smp_mb();"
	unset KBUILD_LTO_COMPARE
fi
unset KBUILD_LTO_LAUNCHER

# --- what nothing uses is dropped (CONFIG_LTO_CLANG_WHOLE_PROGRAM) --------------------------------

# has NAME: does vmlinux have this function?
has()
{
	"${llvm_prefix}llvm-nm$llvm_suffix" "$obj/vmlinux" | grep -q " [tT] $1\$"
}
# An entry of a table that is not marked as used is dropped, too: ltocheck has to notice that.
spare_and_unmarked()
{
	local spare='int noinline spare(int x) { asm volatile("" : "+r" (x)); return x * 3; }'

	tiny_edit "$src/lib/ctype.c" "\$s/\$/\\n$spare/" &&
		tiny_edit "$src/kernel/panic.c" \
		's/^core_param(crash_kexec_post_notifiers/#undef __used\n#define __used\n&/'
}
mkdir "$work/marked"
ok "the kernel before" sh -c 'cd "$1" && find . -name "*.ko" -exec cp --parents -t "$2" {} + &&
	cp --parents -t "$2" vmlinux .config modules.order Module.symvers' - "$obj" "$work/marked"
edit "a function that nothing uses, an entry of a table without its mark" \
	"lib/ctype.o kernel/panic.o" \
	"vmlinux/lib/ctype.o vmlinux/kernel/panic.o" "vmlinux.o" spare_and_unmarked
refused "the function is not there" 1 '' has spare
refused "ltocheck notices that the entry is gone" 1 \
	"table param lacks an entry of the reference .*crash_kexec_post_notifiers" \
	"$ltocheck" --against "$work/marked" "$obj"
tiny_sums "$obj" > "$work/before.sums"

use_and_mark()
{
	tiny_edit "$src/fs/proc/version.c" '
		s/^static int version_proc_show/int spare(int x);\n&/
		s/if (m->count)/if (spare(m->count))/' &&
		tiny_edit "$src/kernel/panic.c" '/__used$/d'
}
edit "both are used" "fs/proc/version.o kernel/panic.o" \
	"vmlinux/fs/proc/version.o vmlinux/lib/ctype.o vmlinux/kernel/panic.o" \
	"vmlinux.o" use_and_mark
ok "the function is there" has spare
ok "and the entry" "$ltocheck" --against "$work/marked" "$obj"

spare_and_unmarked_again()
{
	tiny_edit "$src/fs/proc/version.c" 's/if (spare(m->count))/if (m->count)/
		/^int spare/d' &&
		tiny_edit "$src/kernel/panic.c" \
		's/^core_param(crash_kexec_post_notifiers/#undef __used\n#define __used\n&/'
}
edit "and are not used any more" "fs/proc/version.o kernel/panic.o" \
	"vmlinux/fs/proc/version.o vmlinux/lib/ctype.o vmlinux/kernel/panic.o" \
	"vmlinux.o" spare_and_unmarked_again
tiny_sums "$obj" > "$work/got.sums"
same "all is as before" "$work/before.sums" "$work/got.sums"

# All units include the configuration, and ccache knows the earlier one.
equals_clean "all of these" "$src" "$obj"

done_testing
