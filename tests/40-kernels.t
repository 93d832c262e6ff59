#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config in every mode: built, compared with LTO_NONE, put through the boot suite.
. "$(dirname "$0")/tap.sh"

export CONFIG=boot SUITE=1
unset O KSRC
none=build/$ARCH-boot-none
objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix
readelf=${llvm_prefix}llvm-readelf$llvm_suffix

ltocheck_build

for mode in none thin full; do
	dir=build/$ARCH-boot-$mode
	out=$(LTO=$mode front/kernel 2>&1) && pass "LTO=$mode builds, passes its checks and boots" ||
		fail "LTO=$mode builds, passes its checks and boots" "$(tail -n 20 <<< "$out")"
	if [ "$(grep -c '^  CC ' "$dir/build.log")" -gt 500 ]; then
		ok "$mode: progress is shown" grep -qE '^\[ *[0-9]+:[0-9]{2}\] building .*: objects [0-9]+ of [0-9]+' <<< "$out"
	else
		skip "$mode: progress is shown" "it was built before"
	fi
	sed 's/^/# /' "$dir/summary"

	[ $mode != none ] || continue
	ok "$mode: initcalls, tables, exports, names and lists as in none" "$ltocheck" --against "$none" "$dir"
	same "$mode: initcalls ran in the order of none" "$none/initcalls.boot" "$dir/initcalls.boot"
	same "$mode: each test of the boot suite went as in none" "$none/boot.log" "$dir/boot.log"
	is "$mode: no more warnings than none" \
		"$(grep -c 'warning:\|WARNING:' "$dir/build.log")" "$(grep -c 'warning:\|WARNING:' "$none/build.log")"
done

# What LTO is there for: something was inlined across files.
for mode in none thin; do
	"$objcopy" --dump-section ".text=$work/text.$mode" "build/$ARCH-boot-$mode/vmlinux" /dev/null
done
is "thin is not none" "$(cmp -s "$work/text.none" "$work/text.thin"; echo $?)" 1

# objtool's table against recordmcount's, object by object
objtool=$none/tools/objtool/objtool
n=0 entries=0 bad=
while read -r o; do
	"$readelf" -SW "$none/$o" 2>/dev/null | grep -q ' __mcount_loc ' || continue
	"$objcopy" --remove-section __mcount_loc \
		--remove-section .rela__mcount_loc "$none/$o" "$work/o.o" || bad="$bad $o"
	"$objtool" mcount "$work/o.o" || bad="$bad $o"
	# the symbols of the two may differ (a function, or its section): compare addresses
	for f in "$none/$o" "$work/o.o"; do
		"$LD" -m elf_x86_64 --unresolved-symbols=ignore-all --noinhibit-exec -e 0 \
			-Ttext=0x1000000 --section-start=.init.text=0x2000000 \
			--section-start=.sched.text=0x3000000 --section-start=.kprobes.text=0x4000000 \
			-o "$work/linked" "$f" 2>/dev/null
		"$objcopy" --dump-section __mcount_loc="$f.table" "$work/linked" /dev/null
	done
	# the kernel sorts them; in a module of several units recordmcount had a table for each
	[ "$(od -An -v -tx8 -w8 "$none/$o.table" | sort)" = "$(od -An -v -tx8 -w8 "$work/o.o.table" | sort)" ] ||
		bad="$bad $o"
	n=$((n + 1)) entries=$((entries + $(stat -c %s "$work/o.o.table") / 8))
	rm -f "$none/$o.table" "$work/o.o.table"
done < <(cd "$none" && find kernel fs/ext4 drivers/pci arch/x86/kernel -name '*.o' ! -name '.*' ! -name '*.mod.o' | sort)
is "objtool mcount gives the addresses of recordmcount ($n objects)" "$bad" ""
ok "there were objects to compare" test $n -gt 100 -a $entries -gt 1000

done_testing
