#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot config with other versions of clang, with ThinLTO and full LTO; and the choices that
# Kconfig offers only with clang 19.
. "$(dirname "$0")/../lib/tap.sh"

export CONFIG=boot
ltocheck_build
for v in 13 19 22; do
	for mode in thin full; do
		builds "clang $v, LTO=$mode" LLVM=-$v LTO=$mode O="$work/$v-$mode"
	done
done

# clang 22 puts instructions between the trap of a WARN() and its annotation (asm/lto-warn.h).
no_hole()	# DIR
{
	"$ltocheck" --check orc --max 100000 "$1" > "$work/orc.log" &&
		! grep 'has a hole' "$work/orc.log"
}
ok "clang 22, LTO=thin: objtool sees what follows a WARN()" no_hole "$work/22-thin"

# With the assembler of an older clang, 5.10 has no big-endian arm64.
big_endian()
{
	(
		LLVM=-19 ARCH=arm64
		llvm_select
		src=$(KSRC='' front/fetch | tail -n 1)
		small_configure tiny "$src" "$work/be" LTO_CLANG_THIN &&
			grep -qx CONFIG_LTO_CLANG=y "$work/be/.config" &&
			"$src/scripts/config" --file "$work/be/.config" -d CPU_LITTLE_ENDIAN \
			-e CPU_BIG_ENDIAN &&
			kmake "$src" O="$work/be" olddefconfig &&
			grep -qx CONFIG_CPU_BIG_ENDIAN=y "$work/be/.config" &&
			grep -qx CONFIG_LTO_NONE=y "$work/be/.config"
	)
}
ok "big-endian arm64 has no LTO" big_endian

done_testing
