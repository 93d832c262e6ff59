#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# defconfig in every mode: built, checked, compared with LTO_NONE, booted.
. "$(dirname "$0")/../tap.sh"

export CONFIG=defconfig
unset O KSRC
ltocheck_build
for mode in none thin full thin-dist; do
	dir=build/$ARCH-defconfig-$mode
	out=$(LTO=$mode front/kernel 2>&1) && pass "LTO=$mode builds, passes its checks and boots" ||
		fail "LTO=$mode builds, passes its checks and boots" "$(tail -n 20 <<< "$out")"
	sed 's/^/# /' "$dir/summary"
	[ $mode = none ] || ok "$mode: equals none" "$ltocheck" --against "build/$ARCH-defconfig-none" "$dir"
done

done_testing
