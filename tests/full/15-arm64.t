#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config of arm64 without LTO and with in-linker ThinLTO: build and boot it, compare it
# with LTO_NONE, and run the boot suite.  With FULL=1, the suite config, and the other modes, too.
. "$(dirname "$0")/../lib/tap.sh"
ARCH=arm64 CONFIG=boot SUITE=1
. tests/lib/kernels.sh

kernels none thin ${FULL:+full thin-dist}

# If an option is left out, the test must notice.
grep -v '^CONFIG_KPROBES=' "build/arm64-$CONFIG-thin/.config" > "$work/config"
is "one that is left out is found" "$(left_out "$work/config")" "KPROBES "

# Code that must be native: code that runs elsewhere or before the kernel is at its final address;
# code that must not fault; and code that waits while instructions are replaced, as LDAR is one of
# these.
native()
{
	local f n=0 obj=build/arm64-$CONFIG-thin
	for f in "$obj"/arch/arm64/kernel/{kaslr,alternative,lto-rendezvous,probes/simulate-insn}.o \
		"$obj"/arch/arm64/kernel/vdso{,32}/v*.o "$obj"/arch/arm64/kvm/hyp/nvhe/*.o \
		"$obj"/drivers/firmware/efi/libstub/*.o; do
		[ "$(head -c 4 "$f")" = $'\177ELF' ] || { echo "$f: not ELF"; return 1; }
		n=$((n + 1))
	done
	[ "$n" -gt 30 ]
}
ok "vDSO, nVHE, EFI stub and early code are native" native
is "VHE's code is bitcode" "$(head -c 2 \
	"build/arm64-$CONFIG-thin/arch/arm64/kvm/hyp/vhe/switch.o")" BC
for mode in none thin; do
	"${llvm_prefix}llvm-objcopy$llvm_suffix" --dump-section .hyp.text="$work/$mode.hyp" \
		"build/arm64-$CONFIG-$mode/arch/arm64/kvm/hyp/nvhe/kvm_nvhe.o" /dev/null
done
same "nVHE's code is that of none" "$work/none.hyp" "$work/thin.hyp"
is "a module with LTO is not for a kernel without" \
	"$(modinfo -F vermagic "build/arm64-$CONFIG"-{none,thin}/fs/ext4/ext4.ko |
	sed 's/.*aarch64/aarch64/' | tr '\n' ,)" "aarch64,aarch64 lto,"
# Select functions by address: by name, llvm-objdump stops at a mapping symbol.
read -r start size <<< "$("${llvm_prefix}llvm-nm$llvm_suffix" -S \
	"build/arm64-$CONFIG-thin/vmlinux" |
	sed -n 's/^\([0-9a-f]*\) \([0-9a-f]*\) . __apply_alternatives_multi_stop$/0x\1 0x\2/p')"
"${llvm_prefix}llvm-objdump$llvm_suffix" -d --no-show-raw-insn --start-address="$start" \
	--stop-address="$(printf '%#x' $((start + size)))" \
	"build/arm64-$CONFIG-thin/vmlinux" > "$work/waiting"
is "before instructions are replaced all have met, and wait by LDR" \
	"$(grep -oE '<lto_rendezvous>|<__apply_alternatives>|\<lda[a-z]+' "$work/waiting" |
	tr '\n' ' ')" "<lto_rendezvous> <__apply_alternatives> "

# External modules of several units with assembly, on a processor without LDAPR.  The log of this
# boot must not replace the log of the suite.
thin=$top/build/arm64-$CONFIG-thin ext=$work/ext
src=$(KSRC='' front/fetch | tail -n 1)
cp -r tests/modules "$ext"
cp -r "$thin/root" "$work/root"
mkdir "$work/a57"
(cd "$thin" && cp --parents vmlinux .config arch/arm64/boot/Image "$work/a57")
external()	# DIR
{
	kmake "$src" O="$thin" M="$ext/$1" KBUILD_EXTRA_SYMBOLS="$ext/provider/Module.symvers" \
		modules &&
		kmake "$src" O="$thin" M="$ext/$1" INSTALL_MOD_PATH="$work/root" modules_install
}
ok "an external module of several units" external provider
ok "one that uses it" external user
ok "one without exit function" external stays
mkdir "$ext/odd"
printf '%s\n' 'obj-m := lto-test-odd.o' 'lto-test-odd-y := a.o b.o' \
	'CFLAGS_b.o := -mbranch-protection=standard' > "$ext/odd/Makefile"
printf '%s\n' '#include <linux/module.h>' 'MODULE_LICENSE("GPL");' 'int lto_odd(int);' \
	'int lto_test(int);' 'int lto_test(int x) { return lto_odd(x); }' > "$ext/odd/a.c"
printf '%s\n' 'int lto_odd(int);' 'int lto_odd(int x) { return x; }' > "$ext/odd/b.c"
ok "a unit with a branch protection of its own" kmake "$src" O="$thin" M="$ext/odd" modules
is "is native" "$(head -c 4 "$ext/odd/b.o")" $'\177ELF'
ok "one that reads by READ_ONCE() what is not aligned" external unaligned
depmod -b "$work/root" "$(cat "$thin/include/config/kernel.release")"
refused "thin on a processor without LDAPR: a module that stays is found" 1 \
	"^not ok module lto-test-stays loads and unloads" \
	env QEMU_CPU=cortex-a57 SUITE= MODROOT="$work/root" front/boot "$work/a57"
is "and nothing else" "$(grep '^not ok' "$work/a57/boot.log")" \
	"not ok module lto-test-stays loads and unloads
not ok no module has users left"
ok "KVM's VHE code runs" grep -qx 'ok KVM in VHE mode' "$thin/boot.log"
ok "KVM's nVHE code runs" grep -qx 'ok KVM in Hyp mode' "$work/a57/boot.log"
ok "external modules load and unload" grep -qx 'ok module lto-test-user loads and unloads' \
	"$work/a57/boot.log"
ok "READ_ONCE() reads what is not aligned" \
	grep -qx 'ok module lto-test-unaligned loads and unloads' "$work/a57/boot.log"

done_testing
