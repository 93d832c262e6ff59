# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of whole kernels: the boot config of $ARCH in several modes.

export CONFIG=boot SUITE=1 BOOT_TIMEOUT=1500
unset O KSRC
# Both kinds of ThinLTO have the same bitcode, and with FULL=1 both are built.  (CCACHE_DEPEND would make it
# cheaper, and a kernel with the certificate of another: the cache does not see what .incbin takes in.)
export LAUNCHER=${FULL:+ccache} CCACHE_DIR=$top/build/tests/kernels.ccache
unset CCACHE_DEPEND
ltocheck_build

# kernels MODE...: built, compared with LTO_NONE, booted and put through the suite.  The first mode is none.
kernels()
{
	local mode dir none=build/$ARCH-boot-none
	for mode; do
		dir=build/$ARCH-boot-$mode
		LTO="$mode" front/kernel > "$work/$mode.out" 2>&1 &&
			pass "LTO=$mode builds, passes its checks and boots" ||
			fail "LTO=$mode builds, passes its checks and boots" "$(tail -n 20 "$work/$mode.out")"
		if [ "$(grep -c '^  CC ' "$dir/build.log")" -gt 500 ]; then
			ok "$mode: progress is shown" grep -qE '^\[ *[0-9]+:[0-9]{2}\] building .*: objects [0-9]+ of [0-9]+' "$work/$mode.out"
		else
			skip "$mode: progress is shown" "it was built before"
		fi
		sed 's/^/# /' "$dir/summary"

		[ "$mode" != none ] || continue
		ok "$mode: initcalls, tables, exports, names and lists as in none" "$ltocheck" --against "$none" "$dir"
		same "$mode: initcalls ran in the order of none" "$none/initcalls.boot" "$dir/initcalls.boot"
		same "$mode: each test went as in none" "$none/boot.log" "$dir/boot.log"
		is "$mode: no more warnings than none" \
			"$(grep -c 'warning:\|WARNING:' "$dir/build.log")" "$(grep -c 'warning:\|WARNING:' "$none/build.log")"
	done
}
