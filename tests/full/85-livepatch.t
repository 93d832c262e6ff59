#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Live patches in every mode, written with the list of ltomap --affected: of functions that the
# kernel inlined into other files, of a static function with namesakes, and of a module that is
# loaded later.  tests/boot/livepatch loads them, and reads each place that calls a function.
#
# sysfs_format_mac() prints two files of a network interface.  LTO inlines it into the functions of
# both.  A patch of sysfs_format_mac() alone is accepted, and changes neither: that must be seen,
# too, or this test would not notice an incomplete list.
#
# 5.10 has live patching on x86_64 only.  With FULL=1, in-linker ThinLTO is tested, too.
. "$(dirname "$0")/../lib/tap.sh"

export CONFIG=debug BOOT_TIMEOUT=2400
compiler_cache
ltocheck_build
ltomap=${ltocheck%ltocheck}ltomap
namesakes="serial_core.c:type_show irqdesc.c:type_show net-sysfs.c:type_show"

# affected PATH... -- FUNCTION...: what ltomap lists, to $work/list
affected()
{
	local kernels=()
	while [ "$1" != -- ]; do
		kernels+=(--kernel "$1")
		shift
	done
	shift
	"$ltomap" "${kernels[@]}" --affected "$@" > "$work/list"
}

# list NAME OBJECT REASON: print $work/list for this object as a C macro.  Each line must have
# REASON, an extended regular expression.
list()
{
	awk -F'\t' -v name="$1" -v object="$2" -v reason="$3" '
		$1 == object && $5 ~ reason { list = list " REPLACE(" $2 ", " $3 ")" }
		END { print "#define " name list }' "$work/list"
}

# patches DIR: build the target, and the live patches by what ltomap says of kernel and target; put
# all that the test machine needs into DIR
patches()
{
	local target=$ext/target/lto-test-target.ko function
	ok "$mode: the module that is patched builds" kmake "$dir" M="$ext/target" modules
	ok "$mode: ltomap lists what must be patched" affected "$dir" "$target" -- \
		sysfs_format_mac lto_test_answer lto_test_wait parts.c:helper
	{
		list AFFECTED_VMLINUX vmlinux .
		list AFFECTED_TARGET lto_test_target .
		list ALONE_VMLINUX vmlinux ^itself
		list ALONE_TARGET lto_test_target ^itself
	} > "$ext/livepatch/affected.h"
	ok "$mode: live patches build" kmake "$dir" M="$ext/livepatch" modules
	mkdir "$1"
	cp "$target" "$ext"/livepatch/*.ko "$1"
	grep -v '	itself' "$work/list" | cut -f 2 | sort > "$1/inlined"
	for function in $namesakes; do
		"$ltomap" --kernel "$dir/vmlinux" --affected "$function" |
			sed -n "s/^vmlinux	\(type_show\)	\([0-9]*\)	.*/${function%%:*} \1 \2/p"
	done > "$1/namesakes"
}

# boots PATCHES: boot the kernel with these, in a directory of its own: the results of other tests
# stay what they are
boots()
{
	local boot=$work/boot-$mode
	mkdir -p "$boot/${image%/*}"
	ln -s "$dir/vmlinux" "$boot/"
	cp "$dir/.config" "$boot/"
	cp "$dir/$image" "$boot/$image"
	ok "$mode: boots with live patches" env MODROOT="$dir/root" BOOT_WITH=livepatch \
		LIVEPATCHES="$1" front/boot "$boot"
	grep -E '^(not )?ok live patch' "$boot/boot.log" > "$work/results"
	while read -r name; do
		ok "$mode: $name" grep -qx "ok $name" "$work/results"
	done < "$work/names"
	is "$mode: there is no other result" \
		"$(sed 's/^\(not \)\?ok //' "$work/results" | grep -vxFf "$work/names")" ""
}

kernel_places="address broadcast"
places="$kernel_places first second pointer helper2 mac"
{
	for p in $places; do
		echo "live patch: $p is old before"
		echo "live patch: a task that reads $p sees each transition once"
		echo "live patch of the functions alone: $p is as ltomap says"
	done
	for p in $kernel_places; do
		echo "live patch: $p is new"
	done
	for p in first second pointer helper2 mac waits; do
		echo "live patch: $p is new in a module that is loaded later"
	done
	for p in $namesakes; do
		echo "live patch of a function with namesakes: the one of ${p%%:*} alone is new"
	done
	cat <<-'EOF'
		live patch: is enabled before its module is loaded
		live patch: the namesake in the module is old
		live patch: the module is patched when it is loaded again
		live patch: all is old when it is disabled
		live patch: enabled and disabled under load, three times
		live patch: a sleeper does not keep other tasks from the new code
		live patch: the transition waits for the sleeper
		live patch: the transition is reversed, while the sleeper sleeps
		live patch: the sleeper returns from the old code
		live patch: when the sleeper returns, the transition ends
		live patch: goes back
		live patch: the module can be unloaded
		live patch of the functions alone: is accepted
		live patch of the functions alone: goes back
		live patch of the functions alone: waits for a sleeper as ltomap says
		live patch of the functions alone: the sleeper returns
		live patch of a function with namesakes: without position it is refused
		live patch of a function with namesakes: goes back
	EOF
} > "$work/names"

arch_select
for mode in none full thin-dist ${FULL:+thin}; do
	there_is_a_kernel "$mode"
	ext=$work/$mode
	cp -r tests/modules "$ext"
	patches "$work/patches-$mode"
	# In its own file the compiler inlines a function in every mode.
	case $mode in
	none)	copies=second_show bitcode=no ;;
	*)	copies="address_show broadcast_show first_show second_show waits_show" bitcode=yes ;;
	esac
	is "$mode: who has copies of the changed functions" \
		"$(paste -sd' ' "$work/patches-$mode/inlined")" "$copies"
	is "$mode: are the units of the live patch bitcode" \
		"$(head -c 2 "$ext/livepatch/net.o" | grep -qx BC && echo yes || echo no)" $bitcode
	is "$mode: each namesake has a position of its own" \
		"$(cut -d' ' -f3 "$work/patches-$mode/namesakes" | sort -u | grep -c '^[1-9]')" 3
	boots "$work/patches-$mode"
done

# An incomplete list must be noticed: by the test machine, if a function is left out, and when the
# patch is built, if it has no replacement.
cp -r "$work/patches-$mode" "$work/incomplete"
sed -i 's/ REPLACE(address_show, 0)//' "$ext/livepatch/affected.h"
ok "a live patch that leaves out a function builds" kmake "$dir" M="$ext/livepatch" modules
cp "$ext/livepatch/lto-test-klp-all.ko" "$work/incomplete/"
refused "the test machine notices that" 1 "^FAILED live patch: address is new$" \
	env MODROOT="$dir/root" BOOT_WITH=livepatch LIVEPATCHES="$work/incomplete" \
	front/boot "$work/boot-$mode"
is "and that the other place is new" \
	"$(grep 'live patch: broadcast is new$' "$work/boot-$mode/boot.log")" \
	"ok live patch: broadcast is new"
ok "and it goes on to the end" grep -qx "ok no warning in the kernel log" \
	"$work/boot-$mode/boot.log"
sed -i 's/^#define AFFECTED_VMLINUX/& REPLACE(mtu_show, 0)/' "$ext/livepatch/affected.h"
refused "a function of the list without a replacement" 2 "undeclared identifier 'new_mtu_show'" \
	kmake "$dir" M="$ext/livepatch" modules

done_testing
