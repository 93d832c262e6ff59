#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A whole kernel with full LTO, the tiny config, compared with LTO_NONE; check-full has the boot config in that
# mode.
. "$(dirname "$0")/tap.sh"
. tests/tiny.sh

ltocheck_build
src=$(KSRC='' front/fetch | tail -n 1)
for mode in NONE CLANG_FULL; do
	ok "LTO_$mode: configuration" tiny_configure "$src" "$work/$mode" LTO_$mode
	ok "LTO_$mode: build" tiny_build "$src" "$work/$mode"
done
is "units are bitcode" "$(head -c 2 "$work/CLANG_FULL/kernel/fork.o")" BC
ok "initcalls, tables, exports, names and lists as in none" "$ltocheck" --against "$work/NONE" "$work/CLANG_FULL"
is "no more warnings than none" "$(grep -c 'warning:\|WARNING:' "$work/CLANG_FULL.log")" "$(grep -c 'warning:\|WARNING:' "$work/NONE.log")"

done_testing
