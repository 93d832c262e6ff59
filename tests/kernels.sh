# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of whole kernels: the boot config of $ARCH in several modes.

export CONFIG=boot SUITE=1 BOOT_TIMEOUT=1500 LAUNCHER=ccache CCACHE_DIR=$top/build/tests/kernels.ccache
unset O KSRC
ltocheck_build

# kernels MODE...: built, compared with LTO_NONE, booted and put through the suite.  The first mode is none.
# Both kinds of ThinLTO have the same bitcode, for which ccache has to look at preprocessed source; that
# would be work for nothing where only one is built.
kernels()
{
	local mode dir depend none=build/$ARCH-boot-none
	for mode; do
		dir=build/$ARCH-boot-$mode
		depend=CCACHE_DEPEND=1
		case "${FULL:-}$mode" in
		1thin*)	depend= ;;
		esac
		env $depend LTO="$mode" front/kernel > "$work/$mode.out" 2>&1 &&
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
