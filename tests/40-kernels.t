#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The debug config without LTO and with thin-dist: build and boot it, compare it with LTO_NONE, and
# run the boot suite.  With FULL=1, the suite config, and the other modes, too.
. "$(dirname "$0")/lib/tap.sh"
CONFIG=debug SUITE=1
. tests/lib/kernels.sh

none=build/$ARCH-$CONFIG-none
objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix

kernels none thin-dist ${FULL:+full thin}

# The purpose of LTO: a function was inlined across files.
for mode in none thin-dist; do
	"$objcopy" --dump-section ".text=$work/text.$mode" "build/$ARCH-$CONFIG-$mode/vmlinux" \
		/dev/null
done
is "thin-dist is not none" "$(cmp -s "$work/text.none" "$work/text.thin-dist"; echo $?)" 1

# Only BTF refers to these.
iterators()	# MODE: the functions of BPF's iterators
{
	"${llvm_prefix}llvm-nm$llvm_suffix" -n "build/$ARCH-$CONFIG-$1/vmlinux" |
		sed -n '/ _sinittext$/,/ _einittext$/s/.* bpf_iter_/bpf_iter_/p' | sort
}
iterators none > "$work/iterators.none"
iterators thin-dist > "$work/iterators.thin-dist"
ok "there are iterators of BPF" grep -q '^bpf_iter_task$' "$work/iterators.none"
same "thin-dist has those of none" "$work/iterators.none" "$work/iterators.thin-dist"

# 86-thin-dist.t has this test for a module.
if [ -n "${FULL:-}" ]; then
	functions "build/$ARCH-$CONFIG-thin/vmlinux" > "$work/functions.thin"
	functions "build/$ARCH-$CONFIG-thin-dist/vmlinux" > "$work/functions.thin-dist"
	same "thin-dist has the functions of thin ($(wc -l < "$work/functions.thin"))" \
		"$work/functions.thin" "$work/functions.thin-dist"
	ok "of which there are many" test "$(wc -l < "$work/functions.thin")" -gt 10000
fi

done_testing
