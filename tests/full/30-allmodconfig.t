#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# allmodconfig with ThinLTO, less GCOV_KERNEL, which does not go with it: builds, and passes its checks.  Also
# without COMPILE_TEST, debug information, sanitizers and KCOV, for the time that these take; 17-kasan.t has a
# kernel with KASAN.  On few processors without some subsystems, too, most of whose drivers are modules of one unit, and
# so native code.
. "$(dirname "$0")/../tap.sh"

src=$(KSRC='' front/fetch | tail -n 1)
# not in $work: this takes hours, and what was interrupted goes on
obj=$top/build/tests/allmodconfig
mkdir -p "$obj"
ltocheck_build
# the last four of the first line: Debian's source package lacks files of theirs; i915's makes errors of warnings, which clang has there
left_out="GCOV_KERNEL COMPILE_TEST DEBUG_INFO KASAN KCSAN UBSAN KCOV DRM_I915_WERROR COPS FB_NVIDIA FB_RIVA VIDEO_VS6624"
[ "$(nproc)" -gt 4 ] || left_out="$left_out HWMON IIO MEDIA_SUPPORT SND_SOC STAGING WATCHDOG"
for o in $left_out; do
	echo "# CONFIG_$o is not set"
done > "$work/config"
echo CONFIG_LTO_CLANG_THIN=y >> "$work/config"
configure()
{
	KCONFIG_ALLCONFIG=$work/config kmake "$src" O="$obj" allmodconfig && grep -qx CONFIG_LTO_CLANG_THIN=y "$obj/.config"
}
ok "allmodconfig with ThinLTO" configure
# -k: the second error is wanted too
build()
{
	kmake "$src" O="$obj" -j"$J" -k all > "$work/build.log" 2>&1 ||
		{ grep -m 10 -iE 'error|\*\*\*' "$work/build.log"; false; }
}
ok "builds" build
ok "passes its checks" "$ltocheck" "$obj"

done_testing
