#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config of arm64 without LTO and with in-linker ThinLTO: built, compared with LTO_NONE, booted and put
# through the boot suite.  With FULL=1 the suite config, and the other modes too.
export ARCH=arm64
. "$(dirname "$0")/tap.sh"
CONFIG=boot SUITE=1
. tests/kernels.sh

kernels none thin ${FULL:+full thin-dist}

# an option that is left out is seen
grep -v '^CONFIG_KPROBES=' "build/arm64-$CONFIG-thin/.config" > "$work/config"
is "one that is left out is found" "$(left_out "$work/config")" "KPROBES "

# the two that wait for another processor to replace instructions; LDAR is one of those
"${llvm_prefix}llvm-objdump$llvm_suffix" --no-show-raw-insn --disassemble-symbols=multi_cpu_stop,__apply_alternatives_multi_stop \
	"build/arm64-$CONFIG-thin/vmlinux" > "$work/waiting"
is "there are functions that wait while code is patched" "$(grep -c '>:$' "$work/waiting")" 2
is "they execute nothing that is patched" "$(grep -w 'ldar' "$work/waiting")" ""

# External modules, of several units with assembly, and a processor without LDAPR.  That boot's log is not that
# of the suite.
thin=$top/build/arm64-$CONFIG-thin ext=$work/ext
src=$(KSRC='' front/fetch | tail -n 1)
cp -r tests/modules "$ext"
cp -r "$thin/root" "$work/root"
mkdir "$work/a57"
(cd "$thin" && cp --parents vmlinux .config arch/arm64/boot/Image "$work/a57")
external()	# DIR
{
	kmake "$src" O="$thin" M="$ext/$1" KBUILD_EXTRA_SYMBOLS="$ext/provider/Module.symvers" modules &&
		kmake "$src" O="$thin" M="$ext/$1" INSTALL_MOD_PATH="$work/root" modules_install
}
ok "an external module of several units" external provider
ok "one that uses it" external user
ok "one without exit function" external stays
depmod -b "$work/root" "$(cat "$thin/include/config/kernel.release")"
refused "thin on a processor without LDAPR: a module that stays is found" 1 "^not ok module lto-test-stays loads and unloads" \
	env QEMU_CPU=cortex-a57 SUITE= MODROOT="$work/root" front/boot "$work/a57"
is "and nothing else" "$(grep '^not ok' "$work/a57/boot.log")" "not ok module lto-test-stays loads and unloads
not ok no module has users left"
ok "external modules load and unload" grep -qx 'ok module lto-test-user loads and unloads' "$work/a57/boot.log"

done_testing
