#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config without LTO and with thin-dist: built, compared with LTO_NONE, booted and put through the
# boot suite.  With FULL=1 the suite config, and the other modes too.
. "$(dirname "$0")/tap.sh"
CONFIG=boot SUITE=1
. tests/kernels.sh

none=build/$ARCH-$CONFIG-none
objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix
readelf=${llvm_prefix}llvm-readelf$llvm_suffix

kernels none thin-dist ${FULL:+full thin}

# What LTO is there for: something was inlined across files.
for mode in none thin-dist; do
	"$objcopy" --dump-section ".text=$work/text.$mode" "build/$ARCH-$CONFIG-$mode/vmlinux" /dev/null
done
is "thin-dist is not none" "$(cmp -s "$work/text.none" "$work/text.thin-dist"; echo $?)" 1

# When the linker runs LTO, what is bitcode comes behind all that is not; the kernel takes these in order.
native_setup()	# DIR
{
	(cd "$1" && find . \( -name .lto -o -path ./scripts -o -path ./tools \) -prune -o -name '*.o' ! -name '.*' ! -name vmlinux.o -print |
		while read -r o; do
			[ "$(head -c 4 "$o")" != $'\177ELF' ] || grep -l '\.init\.setup' "$o"
		done)
}
is "no native object has a __setup()" "$(native_setup "build/$ARCH-$CONFIG-thin-dist")" ""
ok "with LTO_NONE there are some" test -n "$(native_setup "$none")"

# 86-thin-dist.t has that for a module
if [ -n "${FULL:-}" ]; then
	functions "build/$ARCH-$CONFIG-thin/vmlinux" > "$work/functions.thin"
	functions "build/$ARCH-$CONFIG-thin-dist/vmlinux" > "$work/functions.thin-dist"
	same "thin-dist has the functions of thin ($(wc -l < "$work/functions.thin"))" "$work/functions.thin" "$work/functions.thin-dist"
	ok "of which there are many" test "$(wc -l < "$work/functions.thin")" -gt 10000
fi

# addresses OBJECT: what its __mcount_loc has when it is linked.  The kernel sorts it; in a module of several
# units recordmcount had a table for each.
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

# objtool's table against recordmcount's, object by object
objtool=$none/tools/objtool/objtool
n=0 entries=0 bad=
while read -r o; do
	"$readelf" -SW "$none/$o" 2>/dev/null | grep -q ' __mcount_loc ' || continue
	"$objcopy" --remove-section __mcount_loc \
		--remove-section .rela__mcount_loc "$none/$o" "$work/o.o" || bad="$bad $o"
	"$objtool" mcount "$work/o.o" || bad="$bad $o"
	# the symbols of the two may differ (a function, or its section): compare addresses
	addresses "$none/$o" > "$work/recordmcount" && addresses "$work/o.o" > "$work/objtool" || bad="$bad $o"
	[ -s "$work/objtool" ] && cmp -s "$work/recordmcount" "$work/objtool" || bad="$bad $o"
	n=$((n + 1)) entries=$((entries + $(wc -l < "$work/objtool")))
done < <(cd "$none" && find kernel fs/ext4 drivers/pci arch/x86/kernel -name '*.o' ! -name '.*' ! -name '*.mod.o' | sort)
is "objtool mcount gives the addresses of recordmcount ($n objects)" "$bad" ""
ok "there were objects to compare" test $n -gt 100 -a $entries -gt 1000

done_testing
