# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that build whole kernels in several modes and compare them.  They use $CONFIG and $ARCH;
# with FULL=1, the suite config.

[ -z "${FULL:-}" ] || CONFIG=suite SUITE=1
# Other tests run on the same processors: give a boot more time.
export CONFIG SUITE BOOT_TIMEOUT=2400
# What has not changed since the last run is not compiled again.  With FULL=1, both kinds of ThinLTO
# are built.  They have the same bitcode, and ccache should compile it once.  It notices that only by
# the preprocessed source, so not with CCACHE_DEPEND.
compiler_cache
export CCACHE_DEPEND=1
[ -z "${FULL:-}" ] || unset CCACHE_DEPEND
ltocheck_build

# left_out .CONFIG: print the options of $CONFIG that Kconfig has left out, without the options that
# need a newer compiler
left_out()
{
	local config=$1 later=RETHUNK\\\|CPU_UNRET_ENTRY\\\|CPU_SRSO\\\|MITIGATION_ITS\\\|SLS
	[ "$("$CC" -dumpversion | cut -d. -f1)" -lt 15 ] || later=
	small_fragments "$CONFIG" | xargs -d '\n' grep -h '^CONFIG_' | sort -u |
		grep -vxFf "$config" | sed 's/^CONFIG_//;s/=.*//' | grep -vx "$later" | tr '\n' ' '
}

# built DIR: was the last make kernel a full build?
built()
{
	[ "$(grep -c '^  CC ' "$1/build.log")" -gt 300 ]
}

warnings()
{
	grep -c 'warning:\|WARNING:' "$1/build.log"
}

# built_as DIR: how vmlinux and all modules say that they were built, each way once
built_as()
{
	find "$1" -name '*.ko' -print0 | xargs -0 "$ltocheck" --built "$1/vmlinux" |
		sed 's/^[^:]*: //' | sort -u
}
note_of()	# MODE: what they have to say
{
	local compiler
	compiler=$("$CC" --version | sed 1q)
	case $1 in
	none)		echo "built without link-time optimisation, or without a note of it" ;;
	*)		echo "$1, whole program; $compiler" ;;
	esac
}

# kernels MODE...: build and boot a kernel in each mode, and compare it with LTO_NONE.  The first
# mode must be none.
kernels()
{
	local mode dir none=build/$ARCH-$CONFIG-none of=
	! grep -q "^$ARCH $CONFIG " configs/objects || of=' of [0-9]+'
	for mode; do
		dir=build/$ARCH-$CONFIG-$mode
		builds "LTO=$mode" LTO="$mode"
		if built "$dir"; then
			ok "$mode: progress is shown" grep -qE \
				"^\[ *[0-9]+:[0-9]{2}\] building .*: objects [0-9]+$of" \
				"$work/front.log"
		else
			skip "$mode: progress is shown" "it was built before"
		fi
		ok "$mode: the summary has the bytes of functions" \
			grep -qE '^functions +[1-9][0-9]{6,} bytes' "$dir/summary"
		is "$mode: no option is left out" "$(left_out "$dir/.config")" ""
		is "$mode: vmlinux and modules say how they were built" "$(built_as "$dir")" \
			"$(note_of "$mode")"

		[ "$mode" != none ] || continue
		ok "$mode: initcalls, tables, exports, names and lists as in none" \
			"$ltocheck" --against "$none" "$dir"
		same "$mode: initcalls ran in the order of none" \
			"$none/initcalls.boot" "$dir/initcalls.boot"
		same "$mode: each test went as in none" "$none/boot.log" "$dir/boot.log"
		ok "$mode: none is the reference of its boot" \
			grep -qx "# the reference is $top/$none" "$dir/build.log"
		if built "$dir"; then
			is "$mode: no more warnings than none" \
				"$(warnings "$dir")" "$(warnings "$none")"
		else
			skip "$mode: no more warnings than none" "it was built before"
		fi
	done
}
