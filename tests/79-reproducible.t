#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two copies of the sources in different directories, built in different directories, must give the
# same vmlinux, modules and System.map.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

ok "one" tiny_built "$src" "$pristine"
ok "the other" tiny_built "$other_src" "$other"
tiny_sums "$pristine" > "$work/one.sums"
tiny_sums "$other" > "$work/two.sums"
same "are the same" "$work/one.sums" "$work/two.sums"
is "vmlinux knows neither directory" "$(grep -cF "$top" "$pristine/vmlinux")" 0

done_testing
