#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# bench/run with a kernel.  With CONFIG=bench, no operation is absent.  A kernel compared with
# itself does not differ.  A machine whose clock does not count instructions gives no results.

. "$(dirname "$0")/../lib/tap.sh"
export CONFIG=bench BOOT_TIMEOUT=2400
ltocheck_build

for ARCH in x86_64 arm64; do
	export ARCH
	there_is_a_kernel none
	results=build/bench/run-$ARCH-bench
	ok "$ARCH: bench/run" env MODES="none same=$dir" RUNS=2 bench/run
	ops=$(sed -n 's/^\t{ "\([^"]*\)",.*/\1/p' bench/guest/ops.c)
	is "$ARCH: all operations, in this order" "$ops" \
		"$(sed -n 's/.*"mode":"none","op":"\([^"]*\)","figure":"instructions".*/\1/p' \
			"$results/results.jsonl")"
	is "$ARCH: a kernel is as fast as itself" \
		"$(grep -c '^| \*\*geometric.* \*\*1\.000\*\* ' "$results/table.md")" 2
	# the guest decides nothing by chance; the largest operations see a tick more or less
	is "$ARCH: no operation varies by more than 2 %" \
		"$(sed -n '/"figure":"instructions"/ s/.*"op":"\([^"]*\)".*"spread_percent":\([^,]*\).*/\2 \1/p' \
			"$results/results.jsonl" | awk '$1 > 2')" ""
	ok "$ARCH: a plot" grep -q '>tcp-connect<' "$results/plot.svg"

	# two nanoseconds for an instruction
	case $ARCH in
	x86_64)	qemu="qemu-system-x86_64" ;;
	arm64)	qemu="qemu-system-aarch64" ;;
	esac
	mkdir -p "$work/bin"
	printf '#!/bin/bash\nexec %s "${@/shift=0/shift=1}"\n' \
		"$(command -v "$qemu")" > "$work/bin/$qemu"
	chmod +x "$work/bin/$qemu"
	refused "$ARCH: a clock that does not count instructions" 1 \
		'^bench: error: none, boot 1: the counter does not count instructions (got 4000' \
		env PATH="$work/bin:$PATH" MODES=none RUNS=1 ONLY=null bench/run
	ok "$ARCH: then there are no results" [ ! -e "$results/table.md" ]
	refused "$ARCH: an operation that there is not" 1 'xyz, no such operation' \
		env MODES=none RUNS=1 ONLY=null,xyz bench/run
done

done_testing
