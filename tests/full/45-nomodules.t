#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The smallest kernels, without modules.  Of their library archives, a link leaves out objects to
# which nothing refers.  Some references are in inline assembly, which bitcode does not show.
. "$(dirname "$0")/../lib/tap.sh"

src=$(KSRC='' front/fetch | tail -n 1)
nm=${llvm_prefix}llvm-nm$llvm_suffix
configure()	# OPTION
{
	mkdir -p "$work/$ARCH-$1"
	# BLOCK: then all callers of name_to_dev_t() pass __initdata (scripts/lto/roots).
	printf 'CONFIG_%s=y\n' 64BIT BLOCK > "$work/config"
	KCONFIG_ALLCONFIG=$work/config kmake "$src" O="$work/$ARCH-$1" allnoconfig &&
		lto_select "$src" "$work/$ARCH-$1" "$1" &&
		! grep -qx CONFIG_MODULES=y "$work/$ARCH-$1/.config"
}
# globals: print the names that files define; standard input lists the files
globals()
{
	xargs -d '\n' "$nm" --defined-only --extern-only --format=just-symbols 2>/dev/null |
		grep . | grep -v ':$' | sort -u
}
# native DIR: print the native members of its library archives
native()
(
	cd "$1" && find . -name lib.a -exec "${llvm_prefix}llvm-ar$llvm_suffix" t {} \; |
		sort -u | while read -r o; do
		[ "$(head -c 2 "$o")" = BC ] || echo "$1/$o"
	done
)

for ARCH in x86_64 arm64; do
	export ARCH
	ok "$ARCH: packages" front/packages check
	for option in LTO_NONE LTO_CLANG_FULL LTO_CLANG_THIN_DIST; do
		ok "$ARCH, $option without modules" configure $option
		ok "links" kmake "$src" O="$work/$ARCH-$option" -j"$J" vmlinux
		echo "$work/$ARCH-$option/vmlinux" | globals > "$work/$ARCH-$option.names"
	done
	native "$work/$ARCH-LTO_NONE" | globals |
		comm -23 - "$work/$ARCH-LTO_NONE.names" > "$work/unneeded"
	ok "$ARCH: there is something that nothing refers to" test -s "$work/unneeded"
	is "$ARCH: thin-dist has nothing of it" \
		"$(comm -12 "$work/unneeded" "$work/$ARCH-LTO_CLANG_THIN_DIST.names")" ""
	native "$work/$ARCH-LTO_CLANG_FULL" | globals |
		comm -12 - "$work/unneeded" > "$work/unneeded.native"
	is "$ARCH: full has nothing of it that is native" \
		"$(comm -12 "$work/unneeded.native" "$work/$ARCH-LTO_CLANG_FULL.names")" ""
done
ok "there is something native of arm64" test -s "$work/unneeded.native"
"$nm" "$work/x86_64-LTO_CLANG_FULL/vmlinux" > "$work/syms"
ok "what only inline assembly refers to is there" grep -q ' T __get_user_4$' "$work/syms"

done_testing
