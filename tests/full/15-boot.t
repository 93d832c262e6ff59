#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The boot suite on the boot config and what the suite wants besides: in every mode all works that
# works without LTO, test by test.
. "$(dirname "$0")/../tap.sh"

src=$(KSRC='' front/fetch | tail -n 1)
cat "configs/boot-$ARCH.config" "tests/boot/$ARCH.config" > "$work/config"
build()		# OBJ OPTION
{
	mkdir -p "$1"
	KCONFIG_ALLCONFIG=$work/config kmake "$src" O="$1" allnoconfig >/dev/null &&
		"$src/scripts/config" --file "$1/.config" -d LTO_NONE -e "$2" &&
		kmake "$src" O="$1" olddefconfig >/dev/null && grep -qx "CONFIG_$2=y" "$1/.config" &&
		kmake "$src" O="$1" -j"$J" all >/dev/null &&
		kmake "$src" O="$1" INSTALL_MOD_PATH="$1/root" modules_install >/dev/null
}
for option in LTO_NONE LTO_CLANG_THIN LTO_CLANG_FULL; do
	obj=$work/$option
	ok "$option builds" build "$obj" $option
	ok "$option: the boot suite" tests/boot/run "$obj"
	sort "$obj/boot.log" > "$work/results.$option"
	[ $option = LTO_NONE ] || same "$option: each test went as without LTO" "$work/results.LTO_NONE" "$work/results.$option"
done

done_testing
