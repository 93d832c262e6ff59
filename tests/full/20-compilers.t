#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config with other versions of clang, in both modes.
. "$(dirname "$0")/../tap.sh"

export CONFIG=boot
unset KSRC
for v in 13 19 22; do
	for mode in thin full; do
		dir=$work/$v-$mode
		out=$(LLVM=-$v LTO=$mode O=$dir front/kernel 2>&1) && pass "clang $v, LTO=$mode" ||
			fail "clang $v, LTO=$mode" "$(tail -n 20 <<< "$out")"
		sed 's/^/# /' "$dir/summary"
	done
done

done_testing
