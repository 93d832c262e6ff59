#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The smallest kernel there is, without modules: its library archives are linked only where they
# are referred to, and some of that is inline assembly, which bitcode does not show.
. "$(dirname "$0")/../tap.sh"

src=$(KSRC='' front/fetch | tail -n 1)
obj=$work/obj
mkdir -p "$obj"
printf 'CONFIG_64BIT=y\n' > "$work/config"
configure()
{
	KCONFIG_ALLCONFIG=$work/config kmake "$src" O="$obj" allnoconfig &&
		"$src/scripts/config" --file "$obj/.config" -d LTO_NONE -e LTO_CLANG_FULL &&
		kmake "$src" O="$obj" olddefconfig && grep -qx CONFIG_LTO_CLANG_FULL=y "$obj/.config" &&
		! grep -qx CONFIG_MODULES=y "$obj/.config"
}
ok "full LTO without modules" configure
ok "links" kmake "$src" O="$obj" -j"$J" vmlinux
"${llvm_prefix}llvm-nm$llvm_suffix" "$obj/vmlinux" > "$work/syms"
ok "what only inline assembly refers to is there" grep -q ' T __get_user_4$' "$work/syms"

done_testing
