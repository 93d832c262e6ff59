#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config of arm64 without LTO and with in-linker ThinLTO: built, compared with LTO_NONE, booted and put
# through the boot suite.  With FULL=1 the other modes too.
export ARCH=arm64
. "$(dirname "$0")/tap.sh"
. tests/kernels.sh

kernels none thin ${FULL:+full thin-dist}

# the two that wait for another processor to replace instructions; LDAR is one of those
"${llvm_prefix}llvm-objdump$llvm_suffix" --no-show-raw-insn --disassemble-symbols=multi_cpu_stop,__apply_alternatives_multi_stop \
	build/arm64-boot-thin/vmlinux > "$work/waiting"
is "there are functions that wait while code is patched" "$(grep -c '>:$' "$work/waiting")" 2
is "they execute nothing that is patched" "$(grep -w 'ldar' "$work/waiting")" ""

# its log is not that of the suite
thin=$top/build/arm64-boot-thin
mkdir "$work/a57"
(cd "$thin" && cp --parents vmlinux .config arch/arm64/boot/Image "$work/a57")
ok "thin on a processor without LDAPR" env QEMU_CPU=cortex-a57 SUITE= MODROOT="$thin/root" front/boot "$work/a57"

done_testing
