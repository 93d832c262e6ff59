#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Mutation tests of tools/lto/ltocheck, like 70-ltocheck.t, for checks that differ on arm64.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/ltocheck.sh

export ARCH=arm64 CONFIG=boot
[ -z "${FULL:-}" ] || CONFIG=suite
there_is_a_kernel thin

good_tree "$dir" fs/ext4/ext4.ko
against="--against $good"
complains tables vmlinux "table irqchip_of_table lacks an entry of the reference" damage vmlinux \
	__irqchip_of_table fill 200
complains mcount vmlinux "scheduler_tick.* is in the table and is no call site" damage vmlinux \
	scheduler_tick+4 bytes c0035fd6
complains mcount vmlinux "call site .* is not in the table" damage vmlinux __stop_mcount_loc move -8
# In the first entry, this is the value that its relocation (Elf64_Rela) adds.
first=$("${llvm_prefix}llvm-nm$llvm_suffix" "$good/vmlinux" | sed -n 's/ . __start_mcount_loc$//p')
first=$("${llvm_prefix}llvm-readelf$llvm_suffix" -rW "$good/vmlinux" | grep '^[0-9a-f]\{16\} ' |
	grep -n "^$first " | cut -d: -f1)
complains mcount vmlinux "the table is not sorted, and that of the reference is" \
	damage vmlinux .rela.dyn:$((24 * (first - 1) + 16)) add8 1048576
complains initcalls vmlinux "entry 0 of __initcall_start is another (got " damage vmlinux \
	__initcall_start swapref
complains code-tables vmlinux "__jump_table: .* is neither a no-op nor a jump to its target" \
	damage vmlinux '*__start___jump_table' bytes c0035fd6
# brk #1, which is not the one of BUG()
complains code-tables vmlinux "__bug_table: .* is no trap" \
	damage vmlinux '*__start___bug_table' bytes 200020d4
complains code-tables vmlinux "__bug_table lacks a trap in .*, and does not in the reference" \
	damage vmlinux __stop___bug_table move -24
complains code-tables vmlinux "altinstructions: .* is no instruction" damage vmlinux \
	__alt_instructions add4 100000000
# behind the landing pad and two no-ops
complains mitigations vmlinux \
	"scheduler_tick has a return address that is not signed, and not in the reference" \
	damage vmlinux scheduler_tick+12 bytes 1f2003d5
complains mitigations vmlinux \
	"scheduler_tick has a return address that is not on the shadow call stack, and not in" \
	damage vmlinux scheduler_tick+16 bytes 1f2003d5
complains exports Module.symvers \
	"the file lacks an entry of the reference (expected cpu_hwcap_keys" \
	sed -i /cpu_hwcap_keys/d "$bad/Module.symvers"
complains modinfo fs/ext4/ext4.ko \
	".modinfo has an entry that the reference lacks (got vermagic=.* aarch64 ltx)" \
	perl -pi -e 's/ aarch64 lto\0/ aarch64 ltx\0/' "$ext4"
# vmlinux contains an image whose build ID may differ.  The head of the note finds it.  Nothing else
# of the image may differ.
vdso=$dir/arch/arm64/kernel/vdso/vdso.so
id=$(perl -0777 -ne 'print 16 + index $_, "\4\0\0\0\24\0\0\0\3\0\0\0GNU\0"' "$vdso")
other_id()
{
	fresh
	damage vmlinux "vdso_start+$id" fill 20 && ! cmp -s "$good/vmlinux" "$bad/vmlinux" &&
		"$ltocheck" --against "$good" --check tables "$bad"
}
ok "the vDSO has a build ID" test "$id" -gt 64
ok "tables: another build ID of the vDSO" other_id
complains tables vmlinux "table vdso has an entry that the reference lacks" damage vmlinux \
	"vdso_start+$((id - 1))" bytes 5a
complains tables vmlinux "table vdso has an entry that the reference lacks" damage vmlinux \
	"vdso_start+$((id + 20))" bytes 5a
# Two no-ops where no function is: another function has replaced a weak one.
nameless()
{
	fresh
	"$objcopy" --strip-symbol=scheduler_tick "$bad/vmlinux"
}
ok "a function that has lost its name" nameless
ok "and its call site is known as that of a function that another replaces" \
	grep -q "note: mcount: 1 call sites are in weak functions" \
	<("$ltocheck" --check mcount "$bad")

done_testing
