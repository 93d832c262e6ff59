#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two copies of the sources in different directories, built in different directories: the same
# vmlinux, modules and System.map.
. "$(dirname "$0")/tap.sh"
. tests/tiny.sh

one=$tiny/pristine two=$work/another/place/with/a/longer/name
tiny_source "$src"
tiny_source "$two/linux"
tiny_configure "$two/linux" "$two/deep/er/obj" LTO_CLANG_THIN_DIST
ok "one" tiny_pristine
# what ccache has is of the first
LAUNCHER='' ok "the other" tiny_build "$two/linux" "$two/deep/er/obj"
tiny_sums "$one" > "$work/one.sums"
tiny_sums "$two/deep/er/obj" > "$work/two.sums"
same "are the same" "$work/one.sums" "$work/two.sums"
is "vmlinux knows neither directory" "$(grep -cF "$top" "$one/vmlinux")" 0

done_testing
