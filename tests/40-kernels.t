#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config in every mode: built, compared with LTO_NONE, booted.
. "$(dirname "$0")/tap.sh"

export CONFIG=boot
unset O KSRC
none=build/$ARCH-boot-none
objdump=${llvm_prefix}llvm-objdump$llvm_suffix
readelf=${llvm_prefix}llvm-readelf$llvm_suffix

# Call sites that a disassembler sees, in sections that ftrace patches.
call_sites()
{
	"$objdump" -d --no-show-raw-insn "$1" |
		awk '/^Disassembly of section/ { traced = /section (\.text|\.init\.text)/ }
			traced && /call.*<__fentry__>/ { sub(":", "", $1); print $1 }' | sort
}

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

	for t in initcalls pci params ksymtab; do
		tests/tables $t "$dir/vmlinux" > "$work/$t.$mode"
	done
	[ $mode != none ] || continue

	# recordmcount, in none, is not that exact: it has entries for weak functions that are gone
	call_sites "$dir/vmlinux" > "$work/calls.$mode"
	tests/tables mcount "$dir/vmlinux" > "$work/mcount.$mode"
	same "$mode: __mcount_loc holds the call sites, all of them and nothing else" \
		"$work/calls.$mode" "$work/mcount.$mode"
	same "$mode: initcalls in the order of none" "$work/initcalls.none" "$work/initcalls.$mode"
	same "$mode: initcalls ran in the order of none" "$none/initcalls.boot" "$dir/initcalls.boot"
	same "$mode: PCI fixups as in none" "$work/pci.none" "$work/pci.$mode"
	same "$mode: kernel parameters as in none" "$work/params.none" "$work/params.$mode"
	same "$mode: export table as in none" "$work/ksymtab.none" "$work/ksymtab.$mode"
	# modpost writes it in the order of its hash chains, that is, of the symbols of vmlinux.o
	for d in "$none" "$dir"; do
		sort "$d/Module.symvers" > "$work/symvers.$(basename "$d")"
	done
	same "$mode: Module.symvers, CRC by CRC, as in none" "$work/symvers.$(basename "$none")" \
		"$work/symvers.$(basename "$dir")"
	for f in modules.builtin modules.builtin.modinfo modules.order; do
		same "$mode: $f as in none" "$none/$f" "$dir/$f"
	done
	is "$mode: no more warnings than none" \
		"$(grep -c 'warning:\|WARNING:' "$dir/build.log")" "$(grep -c 'warning:\|WARNING:' "$none/build.log")"
done

# What LTO is there for: something was inlined across files.
is "thin is not none" "$(cmp -s <(tests/tables text "$none/vmlinux") \
	<(tests/tables text "build/$ARCH-boot-thin/vmlinux") && echo same || echo other)" other

# objtool's table against recordmcount's, object by object
objtool=$none/tools/objtool/objtool
n=0 entries=0 bad=
while read -r o; do
	"$readelf" -SW "$none/$o" 2>/dev/null | grep -q ' __mcount_loc ' || continue
	"${llvm_prefix}llvm-objcopy$llvm_suffix" --remove-section __mcount_loc \
		--remove-section .rela__mcount_loc "$none/$o" "$work/o.o" || bad="$bad $o"
	"$objtool" mcount "$work/o.o" || bad="$bad $o"
	# the symbols of the two may differ (a function, or its section): compare addresses
	for f in "$none/$o" "$work/o.o"; do
		"$LD" -m elf_x86_64 --unresolved-symbols=ignore-all --noinhibit-exec -e 0 \
			-Ttext=0x1000000 --section-start=.init.text=0x2000000 \
			--section-start=.sched.text=0x3000000 --section-start=.kprobes.text=0x4000000 \
			-o "$work/linked" "$f" 2>/dev/null
		"${llvm_prefix}llvm-objcopy$llvm_suffix" --dump-section __mcount_loc="$f.table" "$work/linked" /dev/null
	done
	# the kernel sorts them; in a module of several units recordmcount had a table for each
	[ "$(od -An -v -tx8 -w8 "$none/$o.table" | sort)" = "$(od -An -v -tx8 -w8 "$work/o.o.table" | sort)" ] ||
		bad="$bad $o"
	n=$((n + 1)) entries=$((entries + $(stat -c %s "$work/o.o.table") / 8))
	rm -f "$none/$o.table" "$work/o.o.table"
done < <(cd "$none" && find kernel fs/ext4 drivers/pci arch/x86/kernel -name '*.o' ! -name '.*' ! -name '*.mod.o' | sort)
is "objtool mcount gives the addresses of recordmcount ($n objects)" "$bad" ""
ok "there were objects to compare" test $n -gt 100 -a $entries -gt 1000

# mutation: a table that lacks an entry is noticed
sed 5d "$work/mcount.thin" > "$work/mutant"
is "a lost mcount entry is noticed" "$(cmp -s "$work/calls.thin" "$work/mutant"; echo $?)" 1

done_testing
