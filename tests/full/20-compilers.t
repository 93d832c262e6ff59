#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config with other versions of clang, in both modes.
. "$(dirname "$0")/../tap.sh"

export CONFIG=boot
unset KSRC
for v in 13 19 22; do
	for mode in thin full; do
		builds "clang $v, LTO=$mode" LLVM=-$v LTO=$mode O="$work/$v-$mode"
	done
done

done_testing
