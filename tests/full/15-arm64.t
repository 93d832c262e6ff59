#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config of arm64 in every mode, through the boot suite.
export ARCH=arm64 SUITE=1 BOOT_TIMEOUT=1500
. "$(dirname "$0")/../tap.sh"
. tests/kernels.sh

front/packages check || exit 1
both_thin=1
kernels none thin full thin-dist
# load-acquires of READ_ONCE() are LDAPR where the processor has it
ok "thin on a processor without LDAPR" env QEMU_CPU=cortex-a57 SUITE= front/boot build/arm64-boot-thin

done_testing
