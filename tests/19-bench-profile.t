#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The parts of bench/profile, without a kernel.  The plugin counts known ranges and branches.  A
# damaged plugin is found out. llvm-profgen makes a profile of the plugin's output.

. "$(dirname "$0")/lib/tap.sh"

# Link the plugin with a stand-in for QEMU.  Ignore leaks: a block is never freed.
profile_with()
{
	"$CC" -O1 -g -Wall -Wextra -Werror -I bench/plugin -o "$2" tests/bench/qemu.c "$1"
}

# counts PROGRAM BLOCKS [ARGUMENT...]: print what the plugin writes, on one line
counts()
{
	local program=$1 blocks=$2
	shift 2
	printf '%b\n' "$blocks" | "$program" from="${from:-0x8000000000001000}" \
		to=0x8000000000002000 \
		base=0x8000000000000000 "$@" out="$work/counts" && paste -sd ' ' "$work/counts"
}

k=800000000000
user=400000,4
# two instructions each
a="${k}1000,4 ${k}1004,2"
behind="${k}1006,1 ${k}1007,1"
b="${k}1100,4 ${k}1104,2"
string="${k}1200,2"
outside="${k}3000,4"
# NAME|BLOCKS|RANGES AND BRANCHES
cat > "$work/cases" <<END
a block|$user\n$a\n$user|1 1000-1004:1 0
a loop|$user\nx5 $a\n$user|1 1000-1004:5 1 1004->1000:4
blocks one after the other are a range|$user\n$a\n$behind\n$user|1 1000-1007:1 0
a branch ends a range|$user\n$a\n$b\n$behind\n$user|3 1000-1004:1 1006-1007:1 1100-1104:1 \
2 1004->1100:1 1104->1006:1
a repeated instruction is no branch|$user\n$string\nx9 $string\n$user|1 1200-1200:1 0
an exception is no branch|$user\nstop=1 $a\n$b\n$user|2 1000-1000:1 1100-1104:1 0
what starts over is no branch|$user\nstop=2 $a $behind\n${k}1004,2\n$behind\n$user|1 1000-1007:1 0
nothing before user space|$a\n$b\n$user\n$b\n$user|1 1100-1104:1 0
other code ends a range|$user\n$a\n$outside\n$b\n$user|2 1000-1004:1 1100-1104:1 0
code at its limit|$user\n${k}1ffe,2\n${k}2000,2\n$user|1 1ffe-1ffe:1 0
what is executed last counts|$user\n$a|1 1000-1004:1 0
nothing|$user|0 0
END

# all_cases PROGRAM: "ok NAME" or "not ok NAME: GOT"
all_cases()
{
	local name blocks expected got
	while IFS='|' read -r name blocks expected; do
		got=$(counts "$1" "$blocks")
		if [ "$got" = "$expected" ]; then
			echo "ok $name"
		else
			echo "not ok $name: $got"
		fi
	done < "$work/cases"
	marks="$user\n$a\nbegin\n$a\n$b\nend\n$a"
	got=$(counts "$1" "$marks" count=marks)
	if [ "$got" = "2 1000-1004:1 1100-1104:1 1 1004->1100:1" ]; then
		echo "ok only between markers"
	else
		echo "not ok only between markers: $got"
	fi
}

plugin=$work/profile
ok "the plugin compiles without a warning" profile_with bench/plugin/profile.c "$plugin"
while read -r line; do
	is "${line#*ok }" "${line%%ok*}" ""
done < <(all_cases "$plugin")

# More pairs than the table has room for at first: 100,000 blocks, twice
awk 'BEGIN {
	print "400000,4"
	for (run = 0; run < 2; run++)
		for (i = 0; i < 100000; i++)
			printf "8000000%09x,4\n", i * 16
	print "400000,4"
}' > "$work/many"
ok "many ranges" "$plugin" from=0x8000000000000000 to=0x9000000000000000 base=0x8000000000000000 \
	out="$work/counts" < "$work/many"
is "none of them is lost" \
	"$(awk -F: 'NF == 2 { n++; sum += $2 } NF == 1 { print $1 } END { print n, sum }' \
		"$work/counts" | paste -sd ' ')" "100000 100000 200000 399999"
is "they are sorted" "$(sed -n '2,100001p' "$work/counts" | cut -d- -f 1 | sed 's/^/0000000/;
	s/.*\(.\{7\}\)$/\1/' | sort -c 2>&1)" ""

refused "no file" 3 'out=FILE, or a range' "$plugin" from=1 to=2
refused "no range" 3 'out=FILE, or a range' "$plugin" out="$work/x" from=2 to=2
refused "a file that cannot be written" 3 'profile: error: /nowhere/x' \
	"$plugin" out=/nowhere/x from=1 to=2
refused "an unknown word" 3 'count=all: expected' "$plugin" out="$work/x" count=all
refused "two processors" 3 'use -smp 1' "$plugin" -smp 2 out="$work/x" from=1 to=2

# damaged NAME SED-COMMAND: at least one case must find out this damage of the plugin
damaged()	# NAME SED-COMMAND
{
	mutant bench/plugin/profile.c profile_with "$@"
}
damaged "each block a range" 's/executed == last->n && block->start == last->end/0/'
damaged "a branch at an exception" \
	's/ && block->counted && executed == last->n)/ \&\& block->counted)/'
damaged "repetitions as branches" 's/block->start == last_instruction() ||/0 ||/'
damaged "counting at boot" 's/^\t\tif (by_marks || kernel_address.*/\t\tif (by_marks)/'
damaged "counting between batches" 's/^\tcounting = false;//'
damaged "all of a block that was left" 's/last->at\[executed - 1\]/last->at[last->n - 1]/'
damaged "code that is not asked for" \
	's/block->counted = .*/block->counted = kernel_address(block->start);/'
damaged "a last range that is lost" '/^static void ended/,/^}/s/end_range();/;/'

# --- what llvm-profgen makes of it -------------------------------------------------------------
# A program linked like a kernel: two of three functions are executed, one of them a thousand times.
cat > "$work/k.c" <<'END'
int data[64];
__attribute__((noinline)) int hot(int a, int b)
{
	data[a & 63] += b;
	return a * 3 + b;
}
__attribute__((noinline)) int cold(int a)
{
	data[1] = a;
	return a;
}
int _start(int a)
{
	return hot(a, 1) + cold(a);
}
END
cat > "$work/k.lds" <<'END'
PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS {
	. = 0xffffffff81000000;
	.text : { *(.text*) } :text
	. = ALIGN(4096);
	.data : { *(.data*) *(.bss*) } :data
}
END
"$CC" --target=x86_64-linux-gnu -O2 -g -fdebug-info-for-profiling -ffreestanding -fno-pic \
	-mcmodel=kernel -c -o "$work/k.o" "$work/k.c" &&
	"$LD" -T "$work/k.lds" -o "$work/vmlinux" "$work/k.o" || fail "a program like a kernel"
tool()
{
	local name=${llvm_prefix}$1$llvm_suffix
	shift
	"$name" "$@"
}

# block FUNCTION: print its instructions; only the last one is a branch
block()
{
	tool llvm-objdump -d "$work/vmlinux" | awk -v f="<$1>:" '
	/>:$/ { on = $2 == f }
	on && /^ *ffff[0-9a-f]*: / {
		sub(/:/, "", $1)
		for (n = 0; $(n + 2) ~ /^[0-9a-f][0-9a-f]$/; n++)
			;
		printf "%s,%x ", $1, n
	}'
}
llvm_check
base=0xffffffff81000000
[ "$llvm_major" -gt 14 ] || base=0x81000000
printf '%s\n' "$user" "x1000 $(block hot)" "$user" |
	"$plugin" from=0xffffffff81000000 to=0xffffffff82000000 base=$base out="$work/counts"
if tool llvm-profgen --help 2>&1 | grep -q unsymbolized; then
	ok "llvm-profgen takes it" tool llvm-profgen --binary="$work/vmlinux" \
		--unsymbolized-profile="$work/counts" --format=text --output="$work/prof"
	is "the function that was executed is hot, the others have no samples" \
		"$(grep -o '^[a-z_]*:' "$work/prof" | paste -sd ' ')" "hot:"
	# Of 1000 calls, the first came from user space.
	is "it was entered by a branch 999 times" "$(sed -n 's/^hot:.*://p' "$work/prof")" 999
else
	skip "llvm-profgen takes it" "that of LLVM $llvm_major reads no unsymbolized profile"
fi

# --- bad input of bench/profile ------------------------------------------------------------------
refused "a workload that there is not" 1 "WORKLOAD=/nowhere: no such file" \
	env WORKLOAD=/nowhere bench/profile
refused "HALF=3" 1 "HALF=3: expected 1 or 2" env HALF=3 bench/profile
refused "ONLY= for a workload of one's own" 1 "ONLY= and HALF= are for WORKLOAD=ops" \
	env WORKLOAD=Makefile ONLY=pipe bench/profile
refused "a directory without a kernel" 1 "no kernel has been built there" bench/profile "$work"

done_testing
