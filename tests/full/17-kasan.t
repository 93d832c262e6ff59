#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# KASAN with debug information.  The small kernel, without its file systems, is built for both
# architectures: without LTO, with ThinLTO, and on x86_64 in the other modes.  All are checked and
# booted.  KASAN's own test must find the same in all of them.  The other tests must not provoke a
# report.
. "$(dirname "$0")/../lib/tap.sh"

export LAUNCHER=ccache CCACHE_DIR=$work/ccache
src=$(KSRC='' front/fetch | tail -n 1)
for arch in x86_64 arm64; do
	export ARCH=$arch
	ok "$arch: packages" front/packages check
	configure()
	{
		small_configure boot "$src" "$work/$arch" LTO_CLANG_THIN || return
		# DEBUG_WX: arm64 asks for the page of an address that is no memory, which has none without
		# SPARSEMEM_VMEMMAP, LTO or not; KASAN stops it
		"$src/scripts/config" --file "$work/$arch/.config" -d EXT4_FS -d DEBUG_WX \
			-e KASAN -e KASAN_GENERIC -e KASAN_INLINE -e KASAN_KUNIT_TEST -e DEBUG_INFO
		kmake "$src" O="$work/$arch" olddefconfig &&
			grep -qx CONFIG_KASAN_INLINE=y "$work/$arch/.config" &&
			grep -qx CONFIG_DEBUG_INFO=y "$work/$arch/.config"
	}
	ok "$arch: configuration with KASAN" configure
	[ "$arch" = x86_64 ] && modes="thin full thin-dist" || modes=thin
	for mode in none $modes; do
		dir=$work/$arch-$mode
		builds "$arch, LTO=$mode" CONFIG="$work/$arch/.config" LTO="$mode" O="$dir"
		ok "$arch, LTO=$mode: KASAN finds what its test does" grep -qx 'ok KUnit kasan' \
			"$dir/boot.log"
		[ "$mode" = none ] ||
			same "$arch, LTO=$mode: each test went as in none" \
				"$work/$arch-none/boot.log" "$dir/boot.log"
	done
done

done_testing
