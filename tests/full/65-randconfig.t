#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Small random configurations with LTO; SEEDS=1-30 (default) or 3,7.  Each must build and pass its
# checks, or fail exactly as LTO_NONE does with the same seed.  LTO_NONE is built only in that case.
# Modes take turns; every fourth seed is for arm64.  CONFIGURE=1 only configures.  A kernel that has
# passed is not built again; the trees of the others stay in build/randconfig.
. "$(dirname "$0")/../lib/tap.sh"
. tests/lib/record.sh

place=$top/build/randconfig
export CCACHE_DIR=$place/ccache
mkdir -p "$place"
ltocheck_build
src=$(KSRC='' front/fetch | tail -n 1)

seeds=
for part in $(tr , ' ' <<< "${SEEDS:-1-30}"); do
	seeds="$seeds $(seq -s ' ' "${part%-*}" "${part#*-}" 2>/dev/null)" ||
		{ fail "SEEDS=$SEEDS: expected numbers, as 1-30 or 3,7"; done_testing; }
done
modes=(thin-dist thin full)

# A random configuration must have LTO, 64-bit code and modules.  It must not have options whose
# files Debian's source package lacks, nor COMPILE_TEST, which brings drivers that nobody builds
# here, nor options that do not allow LTO.
fragment()
{
	printf 'CONFIG_%s=y\n' 64BIT MODULES STACK_VALIDATION "$(lto_option "$mode")"
	printf '# CONFIG_%s is not set\n' COMPILE_TEST GCOV_KERNEL LD_DEAD_CODE_DATA_ELIMINATION \
		DEBUG_INFO_SPLIT CPU_BIG_ENDIAN COPS FB_NVIDIA FB_RIVA VIDEO_VS6624
}

# one to two times as large as tiny
probability=10
configure()
{
	local option
	option=$(lto_option "$mode")
	rm -rf "$dir"
	mkdir -p "$dir/$mode"
	fragment > "$dir/fragment"
	KCONFIG_SEED=$seed KCONFIG_PROBABILITY=$probability KCONFIG_ALLCONFIG=$dir/fragment \
		kmake "$src" O="$dir/$mode" randconfig > "$dir/config.log" 2>&1 &&
		grep -qx "CONFIG_$option=y" "$dir/$mode/.config" ||
		{
			echo "$option is left out"
			grep 'CONFIG_HAS_LTO_CLANG' "$dir/$mode/.config"
			return 1
		}
	# another run of Kconfig changes nothing
	cp "$dir/$mode/.config" "$dir/$mode.config"
	kmake "$src" O="$dir/$mode" olddefconfig >> "$dir/config.log" 2>&1 &&
		diff "$dir/$mode.config" "$dir/$mode/.config"
}

# build MODE: write its faults to MODE.build and MODE.check. -k: which error comes first depends on
# chance.
build()
{
	local obj=$dir/$1
	rm -f "$dir/$1".{build,check}
	if kmake "$src" O="$obj" -j"$J" -k all > "$dir/$1.log" 2>&1 </dev/null; then
		: > "$dir/$1.build"
		check_faults "$obj" > "$dir/$1.check"
	else
		build_errors "$obj" "$dir/$1.log" > "$dir/$1.build"
	fi
}

for seed in $seeds; do
	export ARCH=x86_64
	[ $((seed % 4)) != 0 ] || ARCH=arm64
	mode=${modes[seed % 3]}
	dir=$place/$seed
	record=$dir.result
	id=$({ cat "$src.id"; fragment; echo "$seed $ARCH $probability"; "$CC" --version; } |
		sha256sum | cut -d' ' -f1)
	name="seed $seed ($ARCH, $mode)"
	front/packages check || { fail "$name: packages"; continue; }
	if ! passed "$record" "$id"; then
		ok "$name: configuration" configure
		[ -z "${CONFIGURE:-}" ] && [ -f "$dir/$mode.config" ] || continue
		start=$SECONDS
		build "$mode"
		if [ -s "$dir/$mode.build" ] || [ -s "$dir/$mode.check" ]; then
			mkdir "$dir/none"
			cp "$dir/$mode.config" "$dir/none/.config"
			lto_select "$src" "$dir/none" LTO_NONE >> "$dir/config.log" 2>&1
			build none
		fi
		rm -f "$record"*
		echo "id $id" > "$record.new"
		for stage in build check; do
			[ ! -f "$dir/$mode.$stage" ] ||
				judge "$record" $stage "$dir/none" < "$dir/$mode.$stage"
		done
		mv "$record.new" "$record"
		echo $((SECONDS - start)) > "$record.seconds"
		! passed "$record" "$id" || rm -rf "$dir"
	fi
	[ -n "${CONFIGURE:-}" ] || tell "$name" "$record"
done

done_testing
