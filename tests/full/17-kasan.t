#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# KASAN: the small kernel less its file systems, of both architectures, built without LTO and with ThinLTO,
# checked and booted; KASAN's own test finds the same in both, and the other tests nothing.
. "$(dirname "$0")/../tap.sh"

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
			-e KASAN -e KASAN_GENERIC -e KASAN_INLINE -e KASAN_KUNIT_TEST
		kmake "$src" O="$work/$arch" olddefconfig && grep -qx CONFIG_KASAN_INLINE=y "$work/$arch/.config"
	}
	ok "$arch: configuration with KASAN" configure
	for mode in none thin; do
		dir=$work/$arch-$mode
		builds "$arch, LTO=$mode" CONFIG="$work/$arch/.config" LTO="$mode" O="$dir"
		ok "$arch, LTO=$mode: KASAN finds what its test does" grep -qx 'ok KUnit kasan' "$dir/boot.log"
	done
	same "$arch: each test went as in none" "$work/$arch-none/boot.log" "$work/$arch-thin/boot.log"
done

done_testing
