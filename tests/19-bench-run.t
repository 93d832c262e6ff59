#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The parts of bench/run, without a kernel. bench/report makes the right table from the output of
# machines, and none if something is wrong or missing.  The model of an instruction cache counts
# known misses.  A damaged model is found out.

. "$(dirname "$0")/lib/tap.sh"

# --- the report -----------------------------------------------------------------------------

# results: make $work/in, with three boots of none and of two modes, with known figures
results()
{
	local mode run
	rm -rf "$work/in"
	mkdir "$work/in"
	{
		printf 'about %s\n' "arch x86_64" "config bench" "commit abcdef"
		printf 'mode %s\n' "none 123456789abc clang 14" "thin 123456789abc clang 14" \
			"full 123456789abc clang 14"
	} > "$work/in/about"
	for mode in none thin full; do
		for run in 1 2 3; do
			awk -v mode=$mode -v run=$run 'BEGIN {
				# the second operation is halved by full, and has a spread of 2 %
				second = mode == "full" ? 5000 : 10000
				second += second * (run - 2) / 100
				printf "[ 0.1] something of the kernel\r\n"
				printf "bench: calibrate 200000 1 200006 200006 209000\r\n"
				# the median of the batches is 1000, of 10 operations
				printf "bench: op first 10 0 1000 1000 9999\r\n"
				printf "bench: op second 10 3 %d %d %d\r\n", second, second + 1000, second - 7
				printf "bench: absent third: Function not implemented\r\n"
				printf "bench: end 3\r\n"
			}' > "$work/in/$mode.$run.console"
			# 40 misses in a batch of the first; 200 of the second, 150 in thin
			awk -v mode=$mode 'BEGIN {
				for (i = 0; i < 6; i++)
					print i, 900, 100, i < 3 ? 40 : mode == "thin" ? 150 : 200
			}' > "$work/in/$mode.$run.icache"
		done
	done
}

# change SED-COMMAND FILE: fails if it changes nothing
change()
{
	cp "$work/in/$2" "$work/before"
	sed -i "$1" "$work/in/$2"
	! cmp -s "$work/before" "$work/in/$2" || fail "$2 has no place for $1"
}

# wrong NAME MESSAGE: bench/report must print only this, and leave no results, not even old ones
wrong()
{
	local name=$1 message=$2 out status=0
	touch "$work/in"/{table.md,results.jsonl,plot.svg,ratios}
	out=$(bench/report "$work/in" 2>&1) || status=$?
	is "$name: status 1, one line and no results" \
		"$status $(find "$work/in" ! -name about -type f ! -name '*.*.*' | wc -l) $out" \
		"1 0 bench: error: $message"
}

front/packages gnuplot-nox
results
ok "there is a report" bench/report "$work/in"
table=$work/in/table.md
is "values of none, ratios, the largest spread" "$(sed -n '/^| first/p; /^| second/p' "$table")" \
	"| first | 100 | 1.000 | 1.000 | 0.0 % |
| second | 1000 | 1.000 | 0.500 | 2.0 % |
| first | 4.0 | - | - | - |
| second | 20.0 | 0.750 | 1.000 | 0.0 % |"
# the square root of 1 * 0.5
is "geometric means; of misses, only of those that are compared" \
	"$(grep '^| \*\*geometric' "$table")" \
	"| **geometric mean** of 2 | 1 | **1.000** | **0.707** | |
| **geometric mean** of 1 | 1 | **0.750** | **1.000** | |"
ok "what the kernel lacks is said" grep -qx -- '- third: Function not implemented' "$table"
json=$work/in/results.jsonl
line='{"arch":"x86_64","config":"bench","config_hash":"123456789abc","compiler":"clang 14",'
line=$line'"commit":"abcdef","mode":"full","op":"second","figure":"instructions","value":500.00,'
line=$line'"spread_percent":2.00,"boots":3,"ratio":0.5000}'
ok "JSON has everything" grep -qxF "$line" "$json"
is "JSON: a line for each figure, mode and operation, mean, and what is absent" \
	"$(wc -l < "$json")" $((2 * 3 * 2 + 4 + 1))
ok "JSON is JSON" perl -MJSON::PP -ne 'decode_json($_)' "$json"
is "sorted for the plot" "$(sed -n 2p "$work/in/ratios")" "second 1 0.5"
ok "the plot is SVG" grep -q '<svg' "$work/in/plot.svg"
ok "the plot has names" grep -q '>second<' "$work/in/plot.svg"

results
change 's/ 200006/ 201006/g' thin.2.console
wrong "a calibration that is off" \
	"thin, boot 2: the counter does not count instructions (got 201006 for a loop of 200000)"
results
change '/calibrate/d' thin.2.console
wrong "no calibration" "thin, boot 2: this is no result: bench: op first 10 0 1000 1000 9999"
results
change '/bench: end/d' full.3.console
wrong "a boot without an end" "full, boot 3: it did not go to its end"
results
: > "$work/in/none.1.console"
wrong "a boot without output" "none, boot 1: no calibration: it did not start"
results
change '/bench: op first/d' none.2.console
wrong "an operation without a result" "none, boot 2: 2 results of 3, 1 of them measured"
results
for run in 1 2 3; do
	change 's/^bench: op first .*/bench: absent first: no/' thin.$run.console
done
wrong "an operation that one kernel lacks" "first: 0 results of 3 boots of thin"
results
change 's/^bench: op second .*/bench: failed second: open: No such file/' thin.1.console
wrong "an operation that failed" "thin, boot 1: second: open: No such file"
results
rm "$work/in/thin.3.console"
wrong "a boot that is missing" "thin: 2 boots, and 3 of none"
results
change '4d' none.2.icache
wrong "a batch that the plugin missed" "none, boot 2: second: the plugin did not see all batches"
results
rm "$work/in/none.2.icache"
wrong "a plugin that did not run each time" "the plugin ran in 8 of 9 boots"
results
change 's/^\(mode thin .*\)14$/\115/' about
wrong "kernels of two compilers" "thin is of another compiler (clang 15) than none (clang 14)"
results
rm "$work/in"/*.icache
change 's/^mode thin 1/mode thin 9/' about
ok "without the plugin there is a report" bench/report "$work/in"
ok "another configuration is said" grep -q '^\*\*thin has another configuration' "$table"
refused "no directory" 2 '^bench: error: bench/report DIR$' bench/report
refused "an empty directory" 1 'no results of bench/run$' bench/report "$work"

# --- bad input of bench/run -------------------------------------------------------------------
refused "an unknown mode" 1 "expected none, full, thin or thin-dist" env MODES=fat bench/run
refused "a mode without a kernel" 1 "no kernel has been built there" \
	env MODES="none=$work" bench/run
refused "an unknown configuration" 1 "CONFIG=/nonexistent: no such file" \
	env MODES=none CONFIG=/nonexistent bench/run
# bench/run builds a missing kernel.  Here another build holds the lock, so nothing is built.
obj=build/x86_64-bench-full
if [ -e $obj/summary ]; then
	skip "a kernel is built, of the configuration bench" "there is one"
else
	mkdir -p $obj
	refused "a kernel is built, of the configuration bench" 1 \
		"another build is using .*/$obj\$" \
		env -u CONFIG -u LTO MODES=full flock $obj/.lock bench/run
	[ -e $obj/.config ] || rm -r $obj
fi
refused "RUNS=0" 1 "RUNS=0: expected a number" env RUNS=0 bench/run

# --- the guest --------------------------------------------------------------------------------
guest=$work/ops
ok "the guest's program compiles without a warning" \
	"$CC" -static -O2 -Wall -Wextra -Werror -o "$guest" bench/guest/ops.c
refused "it is for a virtual machine" 2 "run bench/run" "$guest"
is "at least 35 operations, each once" "$(sed -n 's/^\t{ "\([^"]*\)",.*/\1/p' bench/guest/ops.c |
	sort | uniq -c | awk '{ n++; more += $1 > 1 } END { print (n >= 35), more + 0 }')" "1 0"

# --- the model of an instruction cache ---------------------------------------------------------

# cache_with SOURCE PROGRAM: link the plugin with the stand-in for QEMU
cache_with()
{
	"$CC" -O1 -g -Wall -Wextra -Werror -I bench/plugin -o "$2" tests/bench/qemu.c "$1"
}

# counts PROGRAM BLOCKS [ARGUMENT...]: print what the plugin writes
counts()
{
	local program=$1 blocks=$2
	shift 2
	printf '%b\n' "$blocks" | "$program" "$@" out="$work/counts" && cat "$work/counts"
}

# lines FIRST N [STEP]: print N blocks; each is one instruction in its own line.  STEP is 1 line, or
# 64 for lines of the same set.
lines()
{
	awk -v first="$1" -v n="$2" -v step="${3:-1}" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "ffffffff8%07x,4\\n", (first + i * step) * 64
	}'
}

same_set=64
k=ffffffff800000
fill="$(lines 0 512)"
thrash="$(lines 0 9 $same_set)"
# Eight lines of a set; the first one again; a ninth, which replaces the second; then the first and
# the second again
lru="$(lines 0 8 $same_set)$(lines 0 1)$(lines 512 1)"
# NAME|BLOCKS|RESULT
cases()
{
	cat <<-END
		what fits is missed once|begin\n$fill$fill end|0 1024 1024 512
		nine lines of a set are missed always|begin\n$thrash$thrash$thrash end|0 27 27 27
		the line that was not used for longest goes|$lru\nbegin\n$(lines 0 1) end|0 1 1 1
		the same, while counting|begin\n$lru$(lines 0 1)$(lines 64 1) end|0 12 12 10
		user space takes part|begin\n$(lines 0 8 $same_set)1000000,4\n$(lines 0 1) end|0 9 9 9
		user space is not counted|begin\nx100 1000,4 1040,4\nend|0 0 0 0
		only between markers|begin\nend\n$(lines 0 9)begin-arm64\nx7 $(lines 3 1)end-arm64|0 0 0 0 1 7 7 0
		each batch is counted alone|begin\n$(lines 0 3) end\nbegin\n$(lines 2 2) end|0 3 3 3 1 2 2 1
		an end without a beginning|end\nbegin\n$(lines 0 1) end\n$(lines 0 1) end|0 1 1 1
		an instruction in two lines|begin\n${k}3e,4\nend|0 1 2 2
		one after the other in a line|begin\nx3 ${k}00,4 ${k}04,4 ${k}08,4\nend|0 9 3 1
		a jump in a block of one line|begin\n${k}00,4 ${k}40,4 ${k}00,4\nend|0 3 3 2
		an exception ends a block|begin\nstop=1 ${k}00,4 ${k}40,4\nend|0 1 1 1
	END
}

# A line full of instructions of one byte
bytes=$(awk 'BEGIN { for (i = 0; i < 64; i++) printf "ffffffff8000%04x,1 ", i }')

# all_cases PROGRAM: "ok NAME" or "not ok NAME: GOT"
all_cases()
{
	local name blocks expected got
	while IFS='|' read -r name blocks expected; do
		got=$(counts "$1" "$blocks" | paste -sd ' ')
		if [ "$got" = "$expected" ]; then
			echo "ok $name"
		else
			echo "not ok $name: $got"
		fi
	done < "$work/cases"
}

cases > "$work/cases"
icache=$work/icache
ok "the plugin compiles without a warning" cache_with bench/plugin/icache.c "$icache"
while read -r line; do
	is "${line#*ok }" "${line%%ok*}" ""
done < <(all_cases "$icache")
is "64 instructions in a line" "0 64 1" \
	"$(counts "$icache" "begin\n$bytes\nend" | cut -d' ' -f 1,2,4)"
is "a smaller cache" "$(counts "$icache" "begin\n$(lines 0 5 4)$(lines 0 5 4)end" \
	size=1024 ways=4)" "0 10 10 10"
refused "no file" 3 'no out=FILE' "$icache"
refused "a file that cannot be written" 3 "icache: error: /nowhere/x" "$icache" out=/nowhere/x
refused "an odd cache" 3 'no cache has 1000 bytes' "$icache" out="$work/x" size=1000
refused "no ways" 3 'no cache has 32768 bytes in 0 ways' "$icache" out="$work/x" ways=0
refused "an unknown word" 3 'xyz=1: expected' "$icache" out="$work/x" xyz=1
refused "a number that is none" 3 'ways=-8: expected' "$icache" out="$work/x" ways=-8
refused "two processors" 3 'use -smp 1' "$icache" -smp 2 out="$work/x"

# damaged NAME SED-COMMAND: at least one case must find out this damage of the plugin
damaged()	# NAME SED-COMMAND
{
	mutant bench/plugin/icache.c cache_with "$@"
}
damaged "a cache of seven ways" 's/{ 32768, 8, 64 }/{ 28672, 7, 64 }/'
damaged "a cache that is larger" 's/{ 32768, 8, 64 }/{ 36864, 9, 64 }/'
damaged "first in, first out" 's/^\tmemmove(set + 1.*/\tif (hit)\n\t\treturn hit;\n&/'
damaged "counting of user space" 's/ || !kernel_address(value)//'
damaged "user space that takes no part" \
	's/^\tif (!started)/\tif (!started || !kernel_address((uintptr_t)data))/'
damaged "counting without an end" 's/^\tcounting = false;//'
damaged "instructions in two lines that are in one" 's/^\t\tif (last != line)/\t\tif (0)/'
damaged "one line for a block" 's/ || at != line / /'
damaged "totals of all batches" '/memset(&total/d'

done_testing
