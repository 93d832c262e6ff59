#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# defconfig of both architectures in every mode: build, check and boot it, and compare it with
# LTO_NONE.
. "$(dirname "$0")/../lib/tap.sh"

export CONFIG=defconfig BOOT_TIMEOUT=1500 CCACHE_DIR=$work/ccache
ltocheck_build
for arch in x86_64 arm64; do
	export ARCH=$arch
	for mode in none thin full thin-dist; do
		dir=build/$ARCH-defconfig-$mode
		# Both kinds of ThinLTO have the same bitcode.
		case $mode in
		thin*)	LAUNCHER=ccache ;;
		*)	LAUNCHER= ;;
		esac
		builds "$ARCH, LTO=$mode" LTO="$mode" LAUNCHER="$LAUNCHER"
		[ "$mode" = none ] || ok "$ARCH, $mode: equals none" "$ltocheck" --against \
			"build/$ARCH-defconfig-none" "$dir"
	done
done

done_testing
