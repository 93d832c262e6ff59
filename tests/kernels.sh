# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests of whole kernels: the boot config of $ARCH in several modes.

export CONFIG=boot
unset O KSRC
kernels_ccache=$top/build/tests/kernels.ccache
ltocheck_build

# kernel_build MODE: build, check and boot it, also in the background, for kernels() to report.  Both kinds of
# ThinLTO have the same bitcode, for which ccache has to look at preprocessed source; that would be work for
# nothing in a test that does not build both.
kernel_build()
{
	local ccache=(LAUNCHER=ccache CCACHE_DIR="$kernels_ccache")
	[ -n "${both_thin:-}" ] && [ "${1%-dist}" = thin ] || ccache+=(CCACHE_DEPEND=1)
	env LTO="$1" "${ccache[@]}" front/kernel > "$work/$1.out" 2>&1
	echo $? > "$work/$1.status"
}

# kernels MODE...: built, compared with LTO_NONE, booted (through the suite, with SUITE=1).  The first mode
# is none.
kernels()
{
	local mode dir expected none=build/$ARCH-boot-none
	for mode; do
		dir=build/$ARCH-boot-$mode
		[ -e "$work/$mode.status" ] || kernel_build "$mode"
		[ "$(cat "$work/$mode.status")" = 0 ] && pass "LTO=$mode builds, passes its checks and boots" ||
			fail "LTO=$mode builds, passes its checks and boots" "$(tail -n 20 "$work/$mode.out")"
		if [ "$(grep -c '^  CC ' "$dir/build.log")" -gt 500 ]; then
			ok "$mode: progress is shown" grep -qE '^\[ *[0-9]+:[0-9]{2}\] building .*: objects [0-9]+ of [0-9]+' "$work/$mode.out"
		else
			skip "$mode: progress is shown" "it was built before"
		fi
		sed 's/^/# /' "$dir/summary"

		[ $mode != none ] || continue
		ok "$mode: initcalls, tables, exports, names and lists as in none" "$ltocheck" --against "$none" "$dir"
		same "$mode: initcalls ran in the order of none" "$none/initcalls.boot" "$dir/initcalls.boot"
		expected=$none/boot.log
		if [ -z "${SUITE:-}" ]; then
			# there are fewer of them
			expected=$work/none.boot
			grep -xFf "$dir/boot.log" "$none/boot.log" > "$expected"
		fi
		same "$mode: each test went as in none" "$expected" "$dir/boot.log"
		is "$mode: no more warnings than none" \
			"$(grep -c 'warning:\|WARNING:' "$dir/build.log")" "$(grep -c 'warning:\|WARNING:' "$none/build.log")"
	done
}
