#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# objtool's tables of call sites must be equal to recordmcount's, object by object.  The kernel
# without LTO has the tables of recordmcount.
. "$(dirname "$0")/lib/tap.sh"

export CONFIG=debug
[ -z "${FULL:-}" ] || CONFIG=suite
there_is_a_kernel none
objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix

# addresses OBJECT: print the addresses that its __mcount_loc has after linking, sorted.  The kernel
# sorts the table.  In a module of several units, recordmcount has made a table for each unit.
addresses()
{
	rm -f "$work/linked" "$work/table"
	"$LD" -m elf_x86_64 --unresolved-symbols=ignore-all --noinhibit-exec -e 0 \
		-Ttext=0x1000000 --section-start=.init.text=0x2000000 \
		--section-start=.sched.text=0x3000000 --section-start=.kprobes.text=0x4000000 \
		-o "$work/linked" "$1" 2>/dev/null &&
		"$objcopy" --dump-section __mcount_loc="$work/table" "$work/linked" /dev/null &&
		od -An -v -tx8 -w8 "$work/table" | sort
}

objtool=$dir/tools/objtool/objtool
n=0 entries=0 bad=
while read -r o; do
	grep -q __mcount_loc "$dir/$o" || continue
	"$objcopy" --remove-section __mcount_loc \
		--remove-section .rela__mcount_loc "$dir/$o" "$work/o.o" || bad="$bad $o"
	"$objtool" mcount "$work/o.o" || bad="$bad $o"
	# The two may use different symbols (a function, or its section): compare addresses.
	addresses "$dir/$o" > "$work/recordmcount" && addresses "$work/o.o" > "$work/objtool" ||
		bad="$bad $o"
	[ -s "$work/objtool" ] && cmp -s "$work/recordmcount" "$work/objtool" || bad="$bad $o"
	n=$((n + 1)) entries=$((entries + $(wc -l < "$work/objtool")))
done < <(cd "$dir" && find kernel fs/ext4 drivers/pci arch/x86/kernel -name '*.o' ! -name '.*' \
	! -name '*.mod.o' | sort)
is "objtool mcount gives the addresses of recordmcount ($n objects)" "$bad" ""
ok "there were objects to compare" test $n -gt 100 -a $entries -gt 1000

done_testing
