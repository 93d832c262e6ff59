#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Mutation tests of tools/lto/ltocheck.  Each test damages a good kernel in one way.  The check for
# it must complain, with the right message. full/16-ltocheck-arm64.t has the tests for arm64.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/ltocheck.sh

CONFIG=debug
there_is_a_kernel thin-dist

# A tree of vmlinux and three modules: of many units, of one unit, and one that objtool did not see
good_tree "$dir" fs/ext4/ext4.ko drivers/block/loop.ko arch/x86/crypto/glue_helper.ko
ok "and equals itself" "$ltocheck" --against "$good" "$good"

against="--against $good"
complains initcalls vmlinux "entry 0 of __initcall6_start is another (got " damage vmlinux \
	__initcall6_start swapref
complains initcalls vmlinux "has [0-9]* entries, the reference [0-9]*" damage vmlinux \
	__con_initcall_end move -4
complains initcalls vmlinux "no table from __initcall7_start to __initcall_end" damage vmlinux \
	__initcall7_start move -2000000000000
complains initcalls vmlinux \
	"entry 1 of __initcall3_start refers to 0x[0-9a-f]* (expected the start of a function)" \
	damage vmlinux __initcall3_start+4 add4 1

complains tables vmlinux "table setup has an entry that the reference lacks (got " damage vmlinux \
	__setup_start+16 add4 1
complains tables vmlinux "table setup lacks an entry of the reference (expected " damage vmlinux \
	__setup_start+16 add4 1
complains tables vmlinux "table tracepoints_ptrs lacks an entry" damage vmlinux \
	__start___tracepoints_ptrs ref __start___tracepoints_ptrs
complains tables vmlinux "table pci_fixups_final has an entry" damage vmlinux \
	__start_pci_fixups_final+12 ref pci_fixup_device
complains tables vmlinux "table ftrace_events lacks an entry" damage vmlinux __stop_ftrace_events \
	move -8
for symbol in __start___param __stop___param; do
	complains tables vmlinux "table param is missing, or one of its bounds" "$objcopy" \
		--redefine-sym $symbol=gone "$bad/vmlinux"
done
for n in -1000000 100000000; do
	complains tables vmlinux "table param is missing, or one of its bounds" damage vmlinux \
		__stop___param move $n
done
complains tables vmlinux "table dyndbg has an entry that the reference lacks (got .*)$" damage \
	vmlinux __start___dyndbg+32 add4 1
noted()		# MESSAGE ARGS...: of $bad, without an error
{
	local out
	out=$("$ltocheck" "${@:2}" "$bad") && grep -- "note: $1" <<< "$out"
}
debug_lost()
{
	fresh
	damage vmlinux __stop___dyndbg move -56 &&
		noted "tables: table dyndbg lost an entry with its code" --against "$good" --check \
		tables
}
ok "tables: an entry for pr_debug() may go with its code" debug_lost
# two classes of the scheduler, of which there are no symbols but their own
nm=${llvm_prefix}llvm-nm$llvm_suffix
sched_class=$(($("$nm" -S "$good/vmlinux" | sed -n 's/^[0-9a-f]* 0*\([0-9a-f]*\) . idle_sched_class$/0x\1/p')))
complains tables vmlinux "entry 0 of table sched_classes is another (got enqueue" damage vmlinux \
	__begin_sched_classes swap "$sched_class"
complains tables vmlinux "entry 0 of table pci_fixups_final is another" damage vmlinux \
	__start_pci_fixups_final add4 1
complains tables vmlinux "entry 0 of table setup is another" damage vmlinux __setup_start swap 24
complains tables vmlinux "entry 0 of table x86_cpu_dev is another (got " \
	damage vmlinux __x86_cpu_dev_start swap 8
complains tables vmlinux "entry 0 of table iommu_table is another (got " \
	damage vmlinux __iommu_table swap 40
other_order()
{
	fresh
	damage vmlinux __start_kprobe_blacklist swap 8 &&
		noted "tables: table kprobe_blacklist is in another order than in the reference, and is searched by address" \
			--against "$good" --check tables
}
ok "tables: the order of one that the kernel searches is a note" other_order
complains tables fs/ext4/ext4.ko \
	"table gnu.linkonce.this_module has an entry that the reference lacks" \
	damage fs/ext4/ext4.ko .rela.gnu.linkonce.this_module:16 add8 4
complains tables drivers/block/loop.ko "table param lacks an entry" damage drivers/block/loop.ko \
	.rela__param:16 add8 1

complains exports Module.symvers "the file lacks an entry of the reference (expected kfree" \
	replace Module.symvers '/\tkfree\t/d'
complains exports Module.symvers "the file has an entry that the reference lacks (got kfree" \
	replace Module.symvers 's/^.*\tkfree\t/0x12345678\tkfree\t/'
against=
complains exports Module.symvers "kfree has no version" replace Module.symvers \
	's/^.*\tkfree\t/0x00000000\tkfree\t/'
complains exports Module.symvers "kfree is exported twice" replace Module.symvers '/\tkfree\t/p'
complains exports vmlinux "export kfree is not in Module.symvers" replace Module.symvers \
	'/\tkfree\t/d'
complains exports fs/ext4/ext4.ko "kfree is undefined, and nobody exports it" replace \
	Module.symvers '/\tkfree\t/d'
complains exports vmlinux "export .* refers to something else" damage vmlinux __start___ksymtab \
	add4 1
complains exports vmlinux "version of the export .* (got 0x" damage vmlinux __start___kcrctab add4 1
complains exports fs/ext4/ext4.ko "version wanted of " damage fs/ext4/ext4.ko __versions:64 add8 1
complains exports Module.symvers "cannot be read" rm "$bad/Module.symvers"
lost_export()
{
	damage vmlinux __stop___ksymtab move -12 && damage vmlinux __stop___kcrctab move -4
}
complains exports vmlinux ".* is in Module.symvers, and is not exported" lost_export
complains exports vmlinux "versions in the table of EXPORT_SYMBOL (got " damage vmlinux \
	__stop___kcrctab move -4
complains exports vmlinux "export .* is behind kfree" damage vmlinux __start___ksymtab+4 ref \
	__kstrtab_kfree
# Make the second entry another kfree.
kfree_twice()
{
	damage vmlinux __start___ksymtab+12 ref kfree &&
		damage vmlinux __start___ksymtab+16 ref __kstrtab_kfree
}
complains exports vmlinux "export kfree is there twice" kfree_twice
complains exports vmlinux "export kfree is another than in Module.symvers (got vmlinux	EXPORT_SYMBOL	" \
	replace Module.symvers 's/\(\tkfree\tvmlinux\tEXPORT_SYMBOL\)/\1_GPL/'
complains exports vmlinux "export kfree is another than in Module.symvers (got " replace \
	Module.symvers 's/\tkfree\t.*EXPORT_SYMBOL\t*/&THERE/'
complains exports fs/ext4/ext4.ko "no version is wanted of " damage fs/ext4/ext4.ko __versions:64 \
	fill 64
fresh
rm "$bad/Module.symvers"
sed -i '/^CONFIG_MOD/d' "$bad/.config"
ok "exports: a kernel without modules has no Module.symvers" "$ltocheck" --check exports "$bad"

complains mcount vmlinux "is in the table and is no call site" damage vmlinux __start_mcount_loc \
	add8 1
complains mcount vmlinux "call site .* is not in the table" damage vmlinux __start_mcount_loc add8 1
complains mcount vmlinux "call site .* is not in the table" damage vmlinux __stop_mcount_loc move -8
complains mcount fs/ext4/ext4.ko ".* is in the table and is no call site" damage fs/ext4/ext4.ko \
	.rela__mcount_loc:16 add8 1
twice()
{
	damage vmlinux __start_mcount_loc addr __noinstr_text_start &&
		damage vmlinux __start_mcount_loc+8 addr __noinstr_text_start
}
complains mcount vmlinux "is in the table twice" twice
notrace()
{
	damage vmlinux __noinstr_text_start call __fentry__ &&
		damage vmlinux __start_mcount_loc addr __noinstr_text_start
}
complains mcount vmlinux "must not be traced" notrace
complains mcount fs/ext4/ext4.ko ".* must not be traced" in_module --rename-section \
	.text=.noinstr.text
with_recordmcount()
{
	sed -i '/^CONFIG_FTRACE_MCOUNT_USE_OBJTOOL=/d' "$bad/.config" &&
		damage vmlinux __stop_mcount_loc move "$1"
}
complains mcount vmlinux "[0-9]* of [0-9]* call sites are not in the table" with_recordmcount -60000
a_few_lost()
{
	fresh
	with_recordmcount -80 && noted "mcount: call site .* is not in the table" --check mcount
}
ok "mcount: recordmcount may pass over a few" a_few_lost
complains mcount vmlinux "there is no table" "$objcopy" --redefine-sym __start_mcount_loc=gone \
	"$bad/vmlinux"
against="--against $good"
complains mcount vmlinux "function .* (got not in the table, expected in the table)" \
	with_recordmcount -80
complains mcount vmlinux "function ftrace_ops_list_func (got traced, expected not traced)" damage \
	vmlinux ftrace_ops_list_func call __fentry__
against=

complains orc vmlinux "[0-9]* of [0-9]* compiled functions have no ORC, or a hole in it" damage \
	vmlinux __start_orc_unwind fill 200000
complains orc vmlinux "__start_orc_unwind_ip is not sorted" damage vmlinux \
	__start_orc_unwind_ip+4000 add4 -1000
complains orc vmlinux "do not have the same number of entries" damage vmlinux __stop_orc_unwind \
	move -6
complains orc vmlinux "blocks of orc_lookup (got " damage vmlinux orc_lookup_end move -4
complains orc fs/ext4/ext4.ko "one of .orc_unwind and .orc_unwind_ip is missing" in_module \
	--remove-section .orc_unwind
complains orc fs/ext4/ext4.ko \
	"no ORC for [0-9]* compiled functions: objtool has not seen the module" \
	in_module --remove-section .orc_unwind --remove-section .orc_unwind_ip
on_purpose()
{
	fresh
	in_module --remove-section .orc_unwind --remove-section .orc_unwind_ip --remove-section \
		.retpoline_sites &&
		mv "$ext4" "$bad/arch/x86/crypto/" &&
		sed -i 's,^fs/ext4/,arch/x86/crypto/,' "$bad/modules.order" &&
		"$ltocheck" --check orc --check code-tables "$bad"
}
ok "orc, code-tables: arch/x86/crypto is not for objtool" on_purpose
complains orc vmlinux "there are no ORC tables" "$objcopy" --redefine-sym __stop_orc_unwind=gone \
	"$bad/vmlinux"
# Twenty entries: some are at the start of a function, and some are not.  An empty entry cannot be
# damaged.
twenty()	# OP ARG
{
	local i
	for ((i = 60000; i < 72000; i += 600)); do
		damage vmlinux "__start_orc_unwind+$i" "$@"
	done
	:
}
complains orc vmlinux ".* does not begin with its return address" twenty add4 8
against="--against $good"
complains orc vmlinux "ORC of .* has a hole, and not in the reference" twenty fill 6
complains orc vmlinux "has no ORC, and has it in the reference" damage vmlinux __start_orc_unwind \
	fill 600
against="--against $good --max 0"
complains orc vmlinux "[0-9]* of [0-9]* compiled functions have no ORC, or a hole in it" damage \
	vmlinux __start_orc_unwind fill 200000
against="--against $good"
fresh
in_module --remove-section .orc_unwind
refused "orc: a reference with one of the tables" 1 \
	"^	$ext4: error: orc: one of .orc_unwind and .orc_unwind_ip is missing" \
	"$ltocheck" --against "$bad" --check orc "$good"
# a kernel without a tracer, so nothing tells which code was compiled
untraced=$work/untraced
cp -r "$good" "$untraced"
"$objcopy" --redefine-sym __fentry__=gone "$untraced/vmlinux"
without_tracer()
{
	"$objcopy" --redefine-sym __fentry__=gone "$bad/vmlinux" && "$@"
}
against=
complains orc vmlinux "[0-9]* of [0-9]* compiled functions have no ORC, or a hole in it" \
	without_tracer damage vmlinux __start_orc_unwind fill 200000
against="--against $untraced"
complains orc vmlinux "ORC of .* has a hole, and not in the reference" without_tracer twenty fill 6
complains orc fs/ext4/ext4.ko ".* has no ORC" in_module --remove-section .orc_unwind \
	--remove-section .orc_unwind_ip

complains code-tables vmlinux "__jump_table: .* is no instruction" damage vmlinux \
	__start___jump_table add4 1
complains code-tables vmlinux "__jump_table: .* is neither a no-op nor a jump to its target" \
	damage vmlinux '*__start___jump_table' bytes c3c3c3c3c3
complains code-tables vmlinux "__jump_table: .* is a jump, and its key says that it is none" \
	damage vmlinux '*__start___jump_table' jump __start___jump_table+4
# bit 0 of the address of the key: the branch is likely
complains code-tables vmlinux "__jump_table: .* is no jump, and its key says that it is one" \
	damage vmlinux __start___jump_table+8 add4 1
complains code-tables vmlinux "__jump_table: .* is of a length that the kernel cannot patch" \
	damage vmlinux '*__start___jump_table' bytes 9090909090
complains code-tables vmlinux "__jump_table: .* is a key that is not there" damage vmlinux \
	__start___jump_table+8 bytes 000000000000ff00
complains code-tables vmlinux "__jump_table: .* is a target that is no code" damage vmlinux \
	__start___jump_table+4 ref __start___jump_table
complains code-tables vmlinux "__jump_table is no whole number of entries of 16 bytes (got " \
	damage vmlinux __stop___jump_table move -8
complains code-tables fs/ext4/ext4.ko \
	"__jump_table lacks a no-op of five bytes in .*, and does not in the reference" \
	in_module --remove-section __jump_table
complains code-tables vmlinux "__jump_table lacks a no-op of five bytes in " \
	"$objcopy" --redefine-sym __start___jump_table=gone "$bad/vmlinux"
complains code-tables vmlinux \
	"__jump_table lacks a no-op of five bytes in panic, and does not in the reference" \
	damage vmlinux panic+5 bytes 0f1f440000
complains code-tables vmlinux \
	".smp_locks lacks a lock prefix of the instruction 0f b1, and does not" \
	damage vmlinux __smp_locks fill 12000
complains code-tables vmlinux \
	".altinstructions lacks entries: [1-9][0-9]* of [0-9]* bytes of replacements have none" \
	damage vmlinux __alt_instructions_end move -120
complains code-tables fs/ext4/ext4.ko \
	".altinstructions lacks entries: \([0-9]*\) of \1 bytes of replacements have none" \
	in_module --remove-section .altinstructions
complains code-tables vmlinux \
	"__ex_table lacks entries: nothing leads to [1-9][0-9]* of [0-9]* fixups" \
	damage vmlinux __stop___ex_table move -1200
complains code-tables vmlinux "__bug_table lacks a trap in .*, and does not in the reference" \
	damage vmlinux __stop___bug_table move -12
complains code-tables vmlinux "__bug_table lacks a trap in panic, and does not in the reference" \
	damage vmlinux panic bytes 0f0b
complains code-tables fs/ext4/ext4.ko \
	"__bug_table lacks a trap in .*, and does not in the reference" \
	in_module --remove-section __bug_table
complains code-tables vmlinux ".smp_locks: .* is no lock prefix" damage vmlinux __smp_locks add4 1
complains code-tables vmlinux ".static_call_sites lacks a branch in " damage vmlinux \
	__stop_static_call_sites move -8
complains code-tables vmlinux ".static_call_sites: .* is another instruction" damage vmlinux \
	'*__start_static_call_sites' bytes 0f1f440000
complains code-tables vmlinux \
	".static_call_sites: .* is no call or jump of 5 bytes, and this kernel patches no other" \
	damage vmlinux '*__start_static_call_sites' jcc
complains code-tables vmlinux ".static_call_sites: .* calls another than that of its key" damage \
	vmlinux __start_static_call_sites+4 add4 64
complains code-tables vmlinux ".retpoline_sites lacks a branch in .*: objtool has not seen it" \
	damage vmlinux __retpoline_sites_end move -4
complains code-tables vmlinux ".retpoline_sites: .* is no instruction" damage vmlinux \
	__retpoline_sites ref __start___jump_table
complains code-tables vmlinux "__ex_table: .* is no instruction" damage vmlinux __start___ex_table \
	add4 1
complains code-tables vmlinux "__ex_table: .* is not in order" damage vmlinux \
	__start___ex_table+0x78 ref _stext
complains code-tables vmlinux "__ex_table: .* is a fixup that is no code" damage vmlinux \
	__start___ex_table+4 ref __start___ex_table
complains code-tables vmlinux "__bug_table: .* is no trap" damage vmlinux __start___bug_table ref \
	_stext
complains code-tables vmlinux "altinstructions: .* is no instruction" damage vmlinux \
	__alt_instructions add4 100000000
complains code-tables vmlinux "altinstructions: .* has a replacement that is too long" damage \
	vmlinux __alt_instructions+11 bytes ff
complains code-tables vmlinux "altinstructions: .* has no replacement" damage vmlinux \
	__alt_instructions+4 add4 1000000000
complains code-tables fs/ext4/ext4.ko "__bug_table: " damage fs/ext4/ext4.ko .rela__bug_table:16 \
	add8 1
against=
for symbol in __start___jump_table __start___ex_table __start___bug_table __alt_instructions \
	__start_static_call_sites; do
	complains code-tables vmlinux "table .* is missing, or one of its bounds" "$objcopy" \
		--redefine-sym $symbol=gone "$bad/vmlinux"
done
# emptied START END: make the range between the two symbols empty
emptied()
{
	local from to
	from=$("$nm" "$bad/vmlinux" | sed -n "s/ . $1\$//p") \
		to=$("$nm" "$bad/vmlinux" | sed -n "s/ . $2\$//p")
	damage vmlinux "$2" move $((0x$from - 0x$to))
}
for table in jump_table ex_table bug_table; do
	complains code-tables vmlinux "table __$table is empty" emptied "__start___$table" \
		"__stop___$table"
done
complains code-tables vmlinux "__bug_table lacks [0-9]* of [0-9]* sites: trap" \
	emptied __start___bug_table __stop___bug_table
complains code-tables vmlinux \
	".static_call_sites: .* is no call or jump of 5 bytes, and this kernel patches no other" \
	damage vmlinux '*__start_static_call_sites' jcc
complains code-tables vmlinux "table .altinstructions is empty" emptied __alt_instructions \
	__alt_instructions_end
complains code-tables fs/ext4/ext4.ko \
	"there is no .retpoline_sites, with [0-9]* branches: objtool has not seen the module" \
	in_module --remove-section .retpoline_sites
complains code-tables vmlinux ".retpoline_sites lacks [0-9]* of [0-9]* branches" "$objcopy" \
	--redefine-sym __retpoline_sites=gone "$bad/vmlinux"
against="--against $good"

complains mitigations vmlinux "has an indirect branch without retpoline, and not in the reference" \
	damage vmlinux '*__retpoline_sites+400' bytes ffd00f1f00
# panic() does not return.
bare_return()
{
	echo CONFIG_RETHUNK=y >> "$bad/.config" && damage vmlinux panic bytes c3
}
complains mitigations vmlinux "panic has a return without thunk, and not in the reference" \
	bare_return
complains mitigations vmlinux \
	"there is no call of __stack_chk_fail, and the reference has [1-9][0-9]*" \
	"$objcopy" --redefine-sym __stack_chk_fail=gone "$bad/vmlinux"

against=
echo x > "$work/x"
complains sections fs/ext4/ext4.ko "section .llvmbc is LLVM's own" in_module --add-section \
	".llvmbc=$work/x"
printf 'BC\xc0\xde1234' > "$work/x"
complains sections fs/ext4/ext4.ko "section .data.x is bitcode" in_module --add-section \
	".data.x=$work/x"
printf '\xde\xc0\x17\x0b1234' > "$work/x"
complains sections fs/ext4/ext4.ko "section .data.x is bitcode" in_module --add-section \
	".data.x=$work/x"
complains sections fs/ext4/ext4.ko "there are two sections .text" in_module --rename-section \
	.exit.text=.text
complains sections fs/ext4/ext4.ko "section .exit.text is writable and executable" in_module \
	--set-section-flags .exit.text=alloc,code
complains sections fs/ext4/ext4.ko "section .text.ext4_mount is not merged" in_module \
	--rename-section .exit.text=.text.ext4_mount
complains sections fs/ext4/ext4.ko "section .rodata..Lconstant is not merged" in_module \
	--rename-section .exit.text=.rodata..Lconstant
complains sections vmlinux "section .text.asan.module_ctor is an orphan" \
	"$objcopy" --add-section ".text.asan.module_ctor=$work/x" --set-section-flags \
	.text.asan.module_ctor=alloc,readonly "$bad/vmlinux"
fresh
ok "a module has the sanitizer's constructor" in_module --rename-section \
	.exit.text=.text.asan.module_ctor
ok "and may have it" "$ltocheck" --check sections "$bad"
# R_X86_64_GOTPCREL
complains sections fs/ext4/ext4.ko "relocation type 9: the module loader does not know it" \
	damage fs/ext4/ext4.ko .rela__mcount_loc:8 bytes 09000000
against="--against $good"
complains sections fs/ext4/ext4.ko "section .mine is not in the reference" in_module \
	--rename-section .exit.text=.mine
in_init_text()
{
	"$objcopy" --redefine-sym do_exit=gone "$bad/vmlinux" &&
		"$objcopy" --add-symbol do_exit=.init.text:16,function "$bad/vmlinux"
}
complains sections vmlinux "section of the function do_exit (got .init.text, expected .text)" \
	in_init_text
complains sections vmlinux "section .mine is an orphan" \
	"$objcopy" --add-section ".mine=$work/x" --set-section-flags .mine=alloc,readonly \
	"$bad/vmlinux"
complains sections vmlinux "section .pci_fixup of the reference is missing" \
	"$objcopy" --rename-section .pci_fixup=.pci "$bad/vmlinux"

complains names fs/ext4/ext4.ko "a suffix of the optimiser is left" in_module --redefine-sym \
	ext4_mount=ext4_mount.llvm.123456
complains names vmlinux "function .* is not in kallsyms" damage vmlinux kallsyms_offsets+0x1000 \
	add4 3
complains names vmlinux "kallsyms has .*, the symbol table has not" damage vmlinux \
	kallsyms_offsets+0x1000 add4 3
complains names vmlinux "variable .* is not in kallsyms" damage vmlinux kallsyms_num_syms add4 -3000
complains names vmlinux "a name of kallsyms is empty" damage vmlinux kallsyms_num_syms add4 1000
complains names vmlinux "a table of kallsyms is missing" "$objcopy" --redefine-sym \
	kallsyms_token_table=gone "$bad/vmlinux"

complains modinfo fs/ext4/ext4.ko \
	".modinfo lacks an entry of the reference (expected license=GPL)" \
	eval 'perl -pi -e "s/license=GPL\0/license=XYZ\0/" "$ext4"'
complains modinfo fs/ext4/ext4.ko \
	".modinfo has an entry that the reference lacks (got license=XYZ)" \
	eval 'perl -pi -e "s/license=GPL\0/license=XYZ\0/" "$ext4"'
complains modinfo modules.builtin "the list lacks an entry of the reference" replace \
	modules.builtin 1d
complains modinfo modules.builtin "a suffix of the build's is left" replace modules.builtin \
	'1s/\.ko/.lto.ko/'
complains modinfo fs/ext4/ext4.ko "the module has no .modinfo" in_module --remove-section .modinfo
complains modinfo fs/ext4/ext4.ko \
	"the module was built otherwise than vmlinux (got no note, expected thin" \
	in_module --remove-section .note.Linux
complains modinfo fs/ext4/ext4.ko \
	"the module was built otherwise than vmlinux (got full, whole program" \
	eval 'perl -pi -e "s/thin-dist, whole program/full, whole program     /" "$ext4"'
# In a tree without modules.order, ltocheck reads the modules that it finds.
complains modinfo fs/ext4/ext4.ko "the module is missing, and is in the reference" rm "$ext4" \
	"$bad/modules.order"

# Without a reference, a finding that only a reference can prove is a note.
fresh
damage vmlinux __initcall6_start swapref
ok "an order that only a reference can tell passes without" "$ltocheck" --check initcalls "$bad"

# LTO of newer kernels uses stubs: a stub counts as the function that it calls, and as nothing else.
stub()
{
	fresh
	"$objcopy" --redefine-sym "$1=$2" "$bad/vmlinux"
}
stub proc_version_init __initstub__kmod_version__100_20_proc_version_init5
ok "a stub for an initcall is that initcall" "$ltocheck" --against "$good" --check initcalls "$bad"
stub proc_version_init __initstub__kmod_version__100_20_proc_versionx_init5
refused "a stub for another is not" 1 "is another (got __initstub__kmod_version" \
	"$ltocheck" --against "$good" --check initcalls "$bad"
stub quirk_no_bus_reset __UNIQUE_ID_quirk_no_bus_reset1234
ok "a stub for a PCI fixup is that fixup" "$ltocheck" --against "$good" --check tables "$bad"
stub quirk_no_bus_reset __UNIQUE_ID_quirk_no_bus_resetx1234
refused "a stub for another is not" 1 "pci_fixups_header lacks an entry" \
	"$ltocheck" --against "$good" --check tables "$bad"

# the report
fresh
damage vmlinux __start___ksymtab add4 1
"$ltocheck" --json --check exports --check mcount "$bad" > "$work/json"
is "JSON, status" $? 1
is "JSON, content" "$(perl -MJSON::PP \
	-e 'my $j = decode_json(join "", <>); my ($e) = grep { $_->{name} eq "exports" } @{$j->{checks}};
	print scalar @{$j->{checks}}, " ", $e->{passed} ? "passed" : "failed", " ", $e->{findings}[0]{level}, " ", $e->{findings}[0]{what}' "$work/json" |
	sed 's/export [^ ]*/export X/')" "2 failed error export X refers to something else"
is "--max bounds the findings" "$("$ltocheck" --max 1 --check orc "$dir" | grep -c 'note: orc')" 1
refused "--built without a file" 2 "^usage: ltocheck" "$ltocheck" --built
refused "--built of what is not there" 3 "error: .*/nothing: No such file" "$ltocheck" --built \
	"$work/nothing"
is "--list has a line for each check" "$("$ltocheck" --list | wc -l)" 10
is "each check says how it ended" "$("$ltocheck" "$good" | grep -cE '^ok [a-z-]+: [0-9]+ ')" 10

# If there is DWARF, a finding has the line of the source.
mkdir "$work/dwarf"
: > "$work/dwarf/.config"
cat > "$work/dwarf/vmlinux.c" <<'EOF2'
void __fentry__(void) { }
int traced(int x)
{
	return x + 1;
}
__asm__(".data\n.globl __start_mcount_loc, __stop_mcount_loc\n__start_mcount_loc: .quad traced\n__stop_mcount_loc:\n");
EOF2
"$CC" --target=x86_64-linux-gnu -g -O2 -c -o "$work/dwarf/vmlinux.o" "$work/dwarf/vmlinux.c" &&
	"$LD" -e traced -o "$work/dwarf/vmlinux" "$work/dwarf/vmlinux.o"
refused "a finding with its line" 1 "error: mcount: traced (.*vmlinux.c:4) is in the table" \
	"$ltocheck" --check mcount "$work/dwarf"

# --- kernels of a few functions, in assembly ---------------------------------------------------

# assembled NAME CONFIGURATION [TARGET] < SOURCE: make a tree whose vmlinux is this source,
# assembled.  It is not linked: ltocheck reads it as it reads a module.
assembled()
{
	mkdir -p "$work/$1"
	echo "$2" > "$work/$1/.config"
	: > "$work/$1/modules.order"
	"$CC" --target="${3:-x86_64}-linux-gnu" -c -x assembler -o "$work/$1/vmlinux" -
}
# An undefined symbol gets its address from the size of the defined symbols.
assembled key "" <<'EOF3'
.text
.type f, @function
f:	.byte 0x0f, 0x1f, 0x44, 0, 0
	ret
.size f, . - f
.section __jump_table, "aw"
	.long f - ., f - .
	.quad elsewhere + 1 - .
.section .last, "a"
	.zero 13
EOF3
ok "code-tables: a key in another module" "$ltocheck" --check code-tables "$work/key"
# Newer kernels: the table of exceptions on arm64; no-ops instead of calls of the tracer; a branch
# that looks like one
exceptions()
{
	assembled exceptions "# Linux/arm64 $1 Kernel Configuration" aarch64 <<'EOF3'
.text
.type f, %function
f:	ldr x0, [x1]
	nop
	ret
.size f, . - f
.section __ex_table, "a"
	.long f - ., f + 4 - .
	.short 3, 0
	.long f - ., f + 4 - .
	.short 3, 0
EOF3
}
exceptions 6.1.0
ok "code-tables: exceptions have three fields from 5.16 on" "$ltocheck" --check code-tables \
	"$work/exceptions"
exceptions 5.15.1
refused "code-tables: and two before" 1 "__ex_table: .* is no instruction" "$ltocheck" --check \
	code-tables "$work/exceptions"
refused "a reference of another architecture" 2 \
	"vmlinux: the reference is of another architecture" \
	"$ltocheck" --against "$work/key" "$work/exceptions"
# a function whose last call is a conditional jump, as clang has it in cold functions
static_call()	# RELEASE INSTRUCTION
{
	assembled static_call "# Linux/x86 $1 Kernel Configuration
CONFIG_HAVE_STATIC_CALL_INLINE=y" <<EOF3
.text
.type f, @function
f:	$2 __SCT__foo
	ret
.size f, . - f
.section .static_call_sites, "aw"
	.long f - ., __SCK__foo - .
EOF3
}
static_call 5.10.262 jmp
ok "code-tables: a static call that is a jump" "$ltocheck" --check code-tables "$work/static_call"
static_call 5.10.262 jne
refused "code-tables: and a conditional one" 1 \
	".static_call_sites: f is no call or jump of 5 bytes" "$ltocheck" --check code-tables \
	"$work/static_call"
static_call 6.6.1 jne
ok "code-tables: which later kernels can patch" "$ltocheck" --check code-tables "$work/static_call"
# The code has fewer BUG()s than the code of the reference, which inlines more.  So it has fewer
# entries.  Each of its BUG()s has an entry.
bugs()	# NAME NUMBER ENTRIES TRAP [CONFIGURATION]
{
	assembled "$1" "CONFIG_GENERIC_BUG_RELATIVE_POINTERS=y
CONFIG_SMP=y
${5:-}" "${target:-x86_64}" <<EOF3
.text
.type f, %function
f:
.rept $2
	$4
.endr
.size f, . - f
.section __bug_table, "aw"
.set n, 0
.rept $3
	.long f + $insn * n - .
	.short 0, 0
	.set n, n + 1
.endr
EOF3
}
insn=2
bugs many-bugs 100 100 ud2
bugs bugs 3 3 ud2
ok "code-tables: fewer bugs in less code" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
bugs bugs 3 2 ud2
refused "code-tables: of which one has no entry" 1 \
	"__bug_table lacks a trap in f, and does not in the reference" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
ok "code-tables: as in the reference" "$ltocheck" --check code-tables --against "$work/bugs" \
	"$work/bugs"
is "code-tables: without one, a note" "$("$ltocheck" --check code-tables "$work/bugs" |
	sed -n 's/.*note: code-tables: //p')" "__bug_table lacks a trap in f"
bugs bugs 3 2 ud2 CONFIG_UBSAN_TRAP=y
ok "code-tables: the traps of a sanitizer have no entries" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
bugs bugs 3 3 "ud1 %eax, %eax"
refused "code-tables: ud1 is no bug" 1 "__bug_table: f is no trap" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
insn=5
bugs bugs 3 0 '.byte 0x0f, 0x0b, 0x78, 0x65, 0x6e'
ok "code-tables: nor is a prefix for Xen" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
target=aarch64 insn=4
bugs many-bugs 100 100 "brk #0x800"
bugs bugs 3 0 "brk #1"
ok "code-tables: nor another brk on arm64" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
bugs bugs 3 2 "brk #0x800"
refused "code-tables: brk #0x800 is" 1 \
	"__bug_table lacks a trap in f, and does not in the reference" \
	"$ltocheck" --check code-tables --against "$work/many-bugs" "$work/bugs"
bugs bugs 3 3 "brk #1"
refused "code-tables: an entry at another" 1 "__bug_table: f is no trap" \
	"$ltocheck" --check code-tables "$work/bugs"
unset target
# The same for other tables: a function has entries, and in the reference it has none.
code()	# NAME CODE [MORE]: in a function
{
	assembled "$1" "CONFIG_SMP=y
CONFIG_JUMP_LABEL=y" <<EOF3
.text
.balign 16
.type f, @function
f:	$2
	ret
.size f, . - f
${3:-}
EOF3
}
code plain nop
code code 'lock; addl $0, -4(%rsp)'
ok "code-tables: a barrier is not in .smp_locks" \
	"$ltocheck" --check code-tables --against "$work/plain" "$work/code"
code code 'lock; addl $1, (%rdi)'
refused "code-tables: another lock prefix" 1 \
	".smp_locks lacks a lock prefix of the instruction 83, and does not" \
	"$ltocheck" --check code-tables --against "$work/plain" "$work/code"
code code '.byte 0x0f, 0x1f, 0x44, 0, 0'
refused "code-tables: a no-op" 1 "__jump_table lacks a no-op of five bytes in f, and does not" \
	"$ltocheck" --check code-tables --against "$work/plain" "$work/code"
code code '.zero 11, 0x90; .byte 0x0f, 0x1f, 0x44, 0, 0'
ok "code-tables: that aligns a loop" "$ltocheck" --check code-tables --against "$work/plain" \
	"$work/code"
fixup='.section .fixup, "ax"
1:	xorl %eax, %eax
	jmp f
2:	xorl %ebx, %ebx
	jmp 1b
.section __ex_table, "a"
	.long f - ., 2b - ., 0'
code code nop "$fixup"
ok "code-tables: a fixup leads to another" "$ltocheck" --check code-tables "$work/code"
code code nop "${fixup/2b - ./1b - .}"
refused "code-tables: nothing leads to one" 1 \
	"__ex_table lacks entries: nothing leads to 1 of 2 fixups" \
	"$ltocheck" --check code-tables "$work/code"
# Stack protectors: one function is inlined, and its protector is lost; `callee` is gone, and so is
# its caller.
stack()	# NAME SOURCE
{
	assembled "$1" CONFIG_STACKPROTECTOR=y <<EOF3
.text
$(printf '%s\n' "$2" | sed 's/^\([a-z]*\): \(.*\)/.type \1, @function\n\1: \2; ret\n.size \1, . - \1/')
EOF3
}
stack protected "callee: call __stack_chk_fail
between: call callee
caller: call between
same: call __stack_chk_fail; call __stack_chk_fail"
stack unprotected "caller: nop
same: nop"
is "mitigations: functions that lost their stack protectors" \
	"$("$ltocheck" --check mitigations --against "$work/protected" "$work/unprotected" |
	sed -n 's/.*note: mitigations: //p')" \
	"same does not call __stack_chk_fail, and does so 2 times in the reference
caller does not call __stack_chk_fail, as callee does in the reference, which it has taken in"
stack unprotected "caller: call __stack_chk_fail
same: call __stack_chk_fail"
is "mitigations: and have it again" "$("$ltocheck" --check mitigations --against "$work/protected" \
	"$work/unprotected" | grep -c note:)" 0
# The last instruction of a section counts.
lost()	# CALL: of a function on arm64 that ends with it in the reference
{
	local name
	for name in protected unprotected; do
		assembled "$name" CONFIG_STACKPROTECTOR=y aarch64 <<EOF3
.text
.type f, @function
f: nop
$([ "$name" = unprotected ] || echo "$1")
.size f, . - f
EOF3
	done
	"$ltocheck" --check mitigations --against "$work/protected" "$work/unprotected" |
		sed -n 's/.*note: mitigations: //p'
}
is "mitigations: a call at the end, on arm64" "$(lost "bl __stack_chk_fail")" \
	"f does not call __stack_chk_fail, and does so 1 times in the reference"
# Linked tables: which entry is it?
linked()	# NAME TABLE-AND-ITS-BOUNDS
{
	assembled "$1" "" &&
		"$LD" -e 0 --image-base=0x40000000 -o "$work/$1/linked" "$work/$1/vmlinux" &&
		mv "$work/$1/linked" "$work/$1/vmlinux"
}
# console NAME FIRST SECOND NUMBER-OF-UART NUMBER-OF-UART8250: entries with the names that
# OF_EARLYCON_DECLARE() gives
console()
{
	linked "$1" <<EOF3
.data
$(for name in uart uart8250; do
	n=$4
	[ $name = uart ] || n=$5
	echo ".balign 8
	.type __UNIQUE_ID___earlycon_$name$n, @object
__UNIQUE_ID___earlycon_$name$n: .asciz \"$name\"
	.balign 16
	.quad setup
.size __UNIQUE_ID___earlycon_$name$n, . - __UNIQUE_ID___earlycon_$name$n"
done)
.type setup, @object
setup: .quad 0
.size setup, 8
.section consoles, "a"
.globl __earlycon_table, __earlycon_table_end
__earlycon_table: .quad $2, $3
__earlycon_table_end:
EOF3
}
u=__UNIQUE_ID___earlycon_
console earlycon ${u}uart8250205 ${u}uart206 206 205
console other ${u}uart8250211 ${u}uart213 213 211
ok "tables: other numbers in names" \
	"$ltocheck" --check tables --against "$work/earlycon" "$work/other"
console other ${u}uart213 ${u}uart8250211 213 211
refused "tables: a name that ends in digits" 1 \
	"entry 0 of table earlycon_table is another (got uart{ .* }, expected uart8250{ .* })" \
	"$ltocheck" --check tables --against "$work/earlycon" "$work/other"
# suites NAME ADDRESS: a table that refers to a variable without a name of its own, at this address.
# The variable begins with an address.
suites()
{
	assembled "$1" "" <<EOF3 &&
.data
.type __UNIQUE_ID_array291, @object
__UNIQUE_ID_array291: .quad suite, 0
.size __UNIQUE_ID_array291, 16
.type suite, @object
suite: .quad 5
.size suite, 8
.section t, "a"
.globl __start_suites, __stop_suites
__start_suites: .quad __UNIQUE_ID_array291
__stop_suites:
EOF3
		"$LD" -e 0 --image-base=0x40000000 -Tdata="$2" -o "$work/$1/linked" \
			"$work/$1/vmlinux" && mv "$work/$1/linked" "$work/$1/vmlinux"
}
suites suites 0x61610000
suites other 0x61616150	# suite is at "\`aaa"
ok "tables: the bytes of an address look like text" \
	"$ltocheck" --check tables --against "$work/suites" "$work/other"
statics()	# NAME SYMBOL...: a table that refers to them
{
	linked "$1" <<EOF3
.data
$(printf '%s\n' "${@:2}" | sort | sed 's/.*/.type &, @object\n&: .quad 5\n.size &, 8/')
.section t, "a"
.globl __start_things, __stop_things
__start_things: $(printf '.quad %s\n' "${@:2}")
__stop_things:
EOF3
}
statics statics f.x.1 f.x.2
statics other f.x.1.44 f.x.2.llvm.123
ok "tables: suffixes of the optimiser" \
	"$ltocheck" --check tables --against "$work/statics" "$work/other"
statics other f.x.2 f.x.1
refused "tables: numbers that C has" 1 \
	"entry 0 of table things is another (got f.x.2, expected f.x.1)" \
	"$ltocheck" --check tables --against "$work/statics" "$work/other"
# A module that may use the key does not have to do without it.
trampoline()	# SYMBOL
{
	assembled trampoline "CONFIG_HAVE_STATIC_CALL_INLINE=y" <<EOF3
.text
.type f, @function
f:	call __SCT__foo
	ret
.size f, . - f
.globl $1
.section .static_call_sites, "aw"
	.long f - ., __SCT__foo - .
EOF3
}
trampoline __SCK__foo
refused "code-tables: a static call without its key" 1 \
	".static_call_sites: f has no key, and the module has it" \
	"$ltocheck" --check code-tables "$work/trampoline"
trampoline __SCK__bar
ok "code-tables: which is not exported" "$ltocheck" --check code-tables "$work/trampoline"
# An alternative replaces a call.  The second entry tells of it, so that the size of the first entry
# counts.
alternatives()	# RELEASE OPTION FEATURE
{
	assembled alternatives "# Linux/x86 $1 Kernel Configuration
$2=y" <<EOF3
.text
.type f, @function
f:	nop
1:	call *%rax
	ret
.size f, . - f
.type g, @function
g:	call *%rax
	ret
.size g, . - g
.section .altinstructions, "a"
	.long f - ., 0
	$3
	.byte 1, 0
	.long 1b - ., 0
	$3
	.byte 2, 0
EOF3
}
bare()
{
	"$ltocheck" --check mitigations "$work/$1" | sed -n 's/.*note: mitigations: //p'
}
alternatives 5.10.262 CONFIG_RETPOLINE ".short 7"
is "mitigations: that an alternative replaces are none" "$(bare alternatives)" \
	"g has an indirect branch without retpoline"
alternatives 6.12.1 CONFIG_MITIGATION_RETPOLINE ".long 7"
is "mitigations: as in newer kernels" "$(bare alternatives)" \
	"g has an indirect branch without retpoline"
ok "code-tables: alternatives of newer kernels" "$ltocheck" --check code-tables "$work/alternatives"
alternatives 6.2.1 CONFIG_RETPOLINE ".long 7"
refused "code-tables: which those before have not" 1 \
	".altinstructions is no whole number of entries of 12 bytes" \
	"$ltocheck" --check code-tables "$work/alternatives"
signing()	# RELEASE OPTION
{
	assembled signing "# Linux/arm64 $1 Kernel Configuration
$2=y" aarch64 <<'EOF3'
.text
.type f, %function
f:	stp x29, x30, [sp, #-16]!
	ldp x29, x30, [sp], #16
	ret
.size f, . - f
EOF3
}
signing 5.10.262 CONFIG_ARM64_PTR_AUTH
is "mitigations: signed" "$(bare signing)" "f has a return address that is not signed"
signing 6.6.1 CONFIG_ARM64_PTR_AUTH
is "mitigations: only in programs" "$(bare signing)" ""
signing 6.6.1 CONFIG_ARM64_PTR_AUTH_KERNEL
is "mitigations: in the kernel too" "$(bare signing)" "f has a return address that is not signed"
# Two no-ops are before the function, and two behind its landing pad.
call_ops()	# OPTION
{
	assembled call_ops "$1=y" aarch64 <<'EOF3'
.text
.type f, %function
	nop
	nop
f:	hint #34
	nop
	nop
	ret
.size f, . - f
.section __patchable_function_entries, "a"
	.quad f - 8
EOF3
}
call_ops CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS
ok "mcount: entries that are before the function" "$ltocheck" --check mcount "$work/call_ops"
call_ops CONFIG_DYNAMIC_FTRACE
refused "mcount: where they must not be" 1 "call site f+0x4 is not in the table" "$ltocheck" \
	--check mcount "$work/call_ops"
# objtool of newer kernels replaces the call of the tracer by a no-op, behind a landing pad.
traced()	# NAME RELEASE NAME-OF-THE-FUNCTION ORC
{
	assembled "$1" "# Linux/x86 $2 Kernel Configuration
CONFIG_UNWINDER_ORC=y" <<EOF3
.text
.type __fentry__, @function
__fentry__: ret
.size __fentry__, . - __fentry__
.type $3, @function
$3:	endbr64
	.byte 0x0f, 0x1f, 0x44, 0, 0
	ret
.size $3, . - $3
.section .orc_unwind_ip, "a"
	.long __fentry__ - ., $3 - .
.section .orc_unwind, "a"
	.short 8, 0, 5
	.short $4
EOF3
}
traced traced 6.6.1 f "8, 0, 0x205"
ok "orc: where a function is called, in newer kernels" "$ltocheck" --check orc "$work/traced"
traced traced 6.2.1 f "8, 0, 0x205"
refused "orc: and in those before" 1 "f does not begin with its return address" "$ltocheck" \
	--check orc "$work/traced"
traced traced 6.6.1 f "0, 0, 0"
traced other 6.6.1 g "8, 0, 0x205"
for against in "" "--against $work/other"; do
	# shellcheck disable=SC2086 # options
	is "orc: compiled code without${against:+, and the reference does not know it}" \
		"$("$ltocheck" --check orc $against "$work/traced" | sed -n 's/.*note: orc: //p')" \
		"f is compiled code without ORC"
done
# A table claims a size, but the file has no data for it.
assembled nobits "" <<'EOF3'
.section __jump_table, "aw", @nobits
	.zero 0x100000000000
.section __mcount_loc, "aw", @nobits
	.zero 0x100000000000
EOF3
ok "a table of 16 TB without data" timeout 60 "$ltocheck" --check mcount --check code-tables \
	"$work/nobits"
assembled odd "" <<'EOF3'
.section __tracepoints_ptrs, "a"
	.long elsewhere - .
	.byte 7
EOF3
ok "tables: a table ends within an entry" "$ltocheck" --check tables "$work/odd"
# Code follows a call, and objtool says nothing about it.
orc()	# NAME FIRST-OF-F ORC-BEHIND-THE-CALL LAST-OF-G
{
	assembled "$1" CONFIG_UNWINDER_ORC=y <<EOF3
.text
.type g, @function
g:	nop
	$4
.size g, . - g
.type f, @function
f:	$2
	call g
1:	movl %eax, %ebx
	jmp 1b
2:
.size f, . - f
.section .orc_unwind_ip, "a"
	.long g - ., 1b - ., 2b - .
.section .orc_unwind, "a"
	.short 8, 0, 5
	.short $3
	.short 0, 0, 0
EOF3
}
orc orc-known nop "8, 0, 5" hlt
ok "orc: it is known" "$ltocheck" --check orc --against "$work/orc-known" "$work/orc-known"
unknown()	# FIRST-OF-F LAST-OF-G
{
	orc orc "$1" "0, 0, 0" "$2" && "$ltocheck" --check orc --against "$work/orc-known" \
		"$work/orc"
}
ok "orc: a hole behind a call that does not return" unknown nop hlt
for last in ret "jmp f"; do
	refused "orc: behind one that returns: $last" 1 \
		"ORC of f has a hole, and not in the reference" unknown nop "$last"
done
refused "orc: where a jump goes" 1 "ORC of f has a hole, and not in the reference" unknown \
	"jne 1f" hlt
nops()
{
	assembled nops "CONFIG_FTRACE_MCOUNT_USE_OBJTOOL=y" <<EOF3
.text
.type traced, @function
traced:	.byte 0x0f, 0x1f, 0x44, 0, 0
	ret
.size traced, . - traced
.type untraced, @function
untraced: .byte 0x0f, 0x1f, 0x44, 0, 0
	ret
.size untraced, . - untraced
.section $1, "aw"
	.long untraced - ., untraced + 5 - .
	.quad elsewhere - .
.section __mcount_loc, "a"
	.quad traced
EOF3
}
nops __jump_table
ok "mcount: a branch that starts a function is no call site" "$ltocheck" --check mcount "$work/nops"
nops .data
refused "mcount: a no-op is" 1 "call site untraced is not in the table" "$ltocheck" --check mcount \
	"$work/nops"
# Code follows a return: objtool says that it knows nothing there.
behind_return()
{
	assembled sls "CONFIG_UNWINDER_ORC=y" <<EOF3
.text
.globl __fentry__, __start_orc_unwind_ip, __stop_orc_unwind_ip, __start_orc_unwind, __stop_orc_unwind
.type __fentry__, @function
__fentry__: ret
	int3
.size __fentry__, . - __fentry__
.type f, @function
f:	call __fentry__
	ret
1:	$1
.size f, . - f
.section .orc_unwind_ip, "a"
__start_orc_unwind_ip: .long f - ., 1b - .
__stop_orc_unwind_ip:
.section .orc_unwind, "a"
__start_orc_unwind: .short 8, 0, 5, 0, 0, 0
__stop_orc_unwind:
EOF3
	"$LD" -e 0 -o "$work/sls/linked" "$work/sls/vmlinux" &&
		mv "$work/sls/linked" "$work/sls/vmlinux"
}
behind_return int3
ok "orc: int3 behind a return is no hole" "$ltocheck" --check orc "$work/sls"
behind_return hlt
refused "orc: what runs there is" 1 "1 of 1 compiled functions have no ORC, or a hole in it" \
	"$ltocheck" --check orc "$work/sls"

# bad usage and bad files
fresh
rm "$bad/modules.order"
ok "modules that are looked for; a slash behind the directory" "$ltocheck" --check modinfo "$bad/"
refused "no directory" 2 "^usage: ltocheck" "$ltocheck"
fresh
rm "$bad/.config"
refused "no configuration" 2 "bad/.config: No such file.*expected a build tree" "$ltocheck" "$bad"
refused "no kernel" 2 "vmlinux: No such file.*expected a build tree" "$ltocheck" "$work"
refused "no reference" 2 "nowhere/vmlinux: No such file" "$ltocheck" --against nowhere "$good"
refused "no such check" 2 "there is no check frobs" "$ltocheck" --check frobs "$good"
refused "a bad number" 2 "--max -1: not a number" "$ltocheck" --max -1 "$good"
refused "no such option" 2 "^usage: ltocheck" "$ltocheck" --frobs "$good"
fresh
truncate -s 1000000 "$bad/vmlinux"
refused "a file that is cut off" 3 "bad/vmlinux: " "$ltocheck" "$bad"
fresh
damage fs/ext4/ext4.ko ext4_mount grow 100000000
refused "a symbol that is too large" 3 "ext4.ko: symbol ext4_mount is larger than its section" \
	"$ltocheck" "$bad"
for section in .symtab .rela.text; do
	fresh
	damage fs/ext4/ext4.ko $section:0 entsize 0
	refused "a table without entries: $section" 3 "ext4.ko: .*: entries of 0 bytes" \
		"$ltocheck" "$bad"
done
fresh
printf 'BC\xc0\xde1234' > "$ext4"
refused "bitcode" 3 "ext4.ko: LLVM bitcode, not machine code" "$ltocheck" "$bad"
rm "$ext4"
refused "a module that is not there" 3 "ext4.ko: No such file" "$ltocheck" "$bad"

done_testing
