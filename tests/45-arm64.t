#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config of arm64 without LTO and with in-linker ThinLTO: built, compared with LTO_NONE, booted and put
# through the boot suite.  With FULL=1 the other modes too.
export ARCH=arm64
. "$(dirname "$0")/tap.sh"
. tests/kernels.sh

kernels none thin ${FULL:+full thin-dist}
# load-acquires of READ_ONCE() are LDAPR where the processor has it
ok "thin on a processor without LDAPR" env QEMU_CPU=cortex-a57 SUITE= front/boot build/arm64-boot-thin

done_testing
