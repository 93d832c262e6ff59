#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# If LLVM cannot link two units with each other, one of them is native by itself, or one line names
# the units and how to opt out.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

src=$(KSRC='' front/fetch | tail -n 1)

# --- what top-level assembly leaves behind ----------------------------------------------------

ok "asm-names compiles without warnings" \
	"$CC" -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined \
	-fno-sanitize-recover -o "$work/asm-names" scripts/lto/{asm-names,bitcode}.c
export ASAN_OPTIONS=detect_leaks=0
cat > "$work/asm.c" <<'EOC'
asm(".macro m1 a\n.set of_the_macro, 1\n.macro inner\n.endm\n.endm\n.macro purged\n.endm; .purgem purged\n");
asm("label: .set s1, 1; s2 = 2\n.globl g1, g2\n.equ g1, 1\ng2 = 2\n. = . + 4");
asm("# .set in_comment, 1\n/* .set in_comment,\n 1 */ // .macro in_comment\n.ascii \"; .set in_string, 1\"; .equiv s3, 3");
int x;
EOC
for flag in -flto -flto=thin; do
	"$CC" -O2 $flag -c -o "$work/asm.o" "$work/asm.c"
	is "$flag: macros and symbols are found" "$("$work/asm-names" "$work/asm.o" 2>&1 |
		tr '\n' ' ')" "m1 s1 s2 s3 "
	is "$flag: a unit is found by a label" \
		"$("$work/asm-names" --defining=label "$work/asm.o" 2>&1)" "$work/asm.o"
	is "$flag: but not by what others see" \
		"$("$work/asm-names" --defining=in_string "$work/asm.o" 2>&1)" ""
done
echo 'int x;' > "$work/none.c"
"$CC" -flto -c -o "$work/none.o" "$work/none.c"
is "there may be none" "$("$work/asm-names" "$work/none.o" 2>&1)" ""
head -c 200 "$work/asm.o" > "$work/cut.o"
refused "bitcode that is cut off" 1 "cut.o: the bitcode cannot be read" \
	"$work/asm-names" "$work/cut.o"
refused "no bitcode" 1 "asm.c: error: lto: the compiler has not written bitcode" \
	"$work/asm-names" "$work/asm.c"
refused "no unit" 2 "^usage:" "$work/asm-names"

# --- modules of two units: aN.c calls bN.c, which is odd ----------------------------------------

# odd NAME [MAKEFILE-LINE]: add a module to the next make; standard input is bN.c
odd()
{
	cat >> "$ext/Makefile" <<-EOM
	obj-m += lto-odd-$1.o
	lto-odd-$1-y := a_$1.o b_$1.o
	${2:-}
	EOM
	cat > "$ext/a_$1.c" <<-EOM
	#include <linux/module.h>
	${first:-}
	int odd_$1(int);
	static int __init start(void) { ${body:-} return odd_$1(1); }
	module_init(start);
	MODULE_LICENSE("GPL");
	EOM
	cat - <(echo "int odd_$1(int); int odd_$1(int x) { ${body:-} return x; }") > "$ext/b_$1.c"
}

# kind UNIT: print BC or ELF. kinds NAME...: the same for the units of these modules.
kind()
{
	head -c 4 "$ext/$1.o" | LC_ALL=C tr -dc '[:upper:]'
}
kinds()
{
	for name; do
		echo "$name: $(kind "a_$name") $(kind "b_$name")"
	done
}

m()	# [ARGS...]
{
	kmake "$src" O="$obj" M="$ext" KBUILD_MODPOST_WARN=1 -j"$J" "$@" modules 2>&1 |
		tee "$work/said"
	return "${PIPESTATUS[0]}"
}

prepare()
{
	tiny_configure "$src" "$obj" $option && keep_unused "$src" "$obj" &&
		kmake "$src" O="$obj" -j"$J" modules_prepare
}

# The first unit gets no flag of its own; an option of the kernel is removed from it (below).
flags=('' -mstack-alignment=16 -fno-short-wchar -mcmodel=small -fPIC -fcf-protection=branch \
	-mstack-protector-guard=global)
objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix
for option in LTO_CLANG_FULL LTO_CLANG_THIN LTO_CLANG_THIN_DIST; do
	mode=${option#LTO_CLANG_}
	obj=$work/$mode ext=$work/ext-$mode
	ok "$mode: a prepared tree" prepare
	mkdir "$ext"

	# units with different module flags
	odd flags "CFLAGS_b_flags.o := -fshort-wchar" <<< ''
	for i in "${!flags[@]}"; do
		printf '%s\n' "lto-odd-flags-y += f$i.o" "CFLAGS_f$i.o := ${flags[i]}"
		echo "int odd_f$i(int); int odd_f$i(int x) { return odd_flags(x); }" > "$ext/f$i.c"
		sed -i "s/^int odd/int odd_f$i(int); &/;s/return /return odd_f$i(1) + /" \
			"$ext/a_flags.c"
		sed -i "1i int odd_flags(int);" "$ext/f$i.c"
	done >> "$ext/Makefile"
	echo 'CFLAGS_REMOVE_f0.o := -mstack-alignment=%' >> "$ext/Makefile"
	# assembly: a macro in both units; a macro that goes along with an imported function; a
	# symbol with two values
	first='asm(".macro odd_op r\n nop\n .endm");' body='asm volatile("odd_op 1");' \
		odd macro <<-'EOC'
	#include <linux/module.h>
	asm(".macro odd_op r\n nop\n .endm");
	int odd_macro(int);
	EXPORT_SYMBOL(odd_macro);
	EOC
	odd import <<-'EOC'
	asm(".macro odd_one r\n nop\n .endm");
	int odd_imported(int);
	int odd_imported(int x) { asm volatile("odd_one 1"); return x; }
	EOC
	sed -i 's/return odd_import(1)/return odd_import(odd_imported(1))/;s/^int odd/int odd_imported(int); &/' "$ext/a_import.c"
	first='asm(".set odd_k, 1");' \
		body='asm volatile(".pushsection .odd_k, \"a\"\n .long odd_k\n .popsection");' \
		odd value <<< 'asm(".set odd_k, 2");'
	# the address of a label that reaches another function
	odd label <<-'EOC'
	#include <linux/kernel.h>
	void odd_sink(unsigned long a, unsigned long b);
	noinline void odd_sink(unsigned long a, unsigned long b) { pr_info("%lx %lx", a, b); }
	static noinline void odd_rec(unsigned long x, unsigned long ip) { odd_sink(x, ip); odd_sink(ip, x); }
	void odd_loop(int n);
	void odd_loop(int n) { int i; for (i = 0; i < n; i++) odd_rec(i, _THIS_IP_); }
	EOC
	odd table <<-'EOC'
	int odd_interpret(const unsigned char *p);
	int odd_interpret(const unsigned char *p)
	{
		static const void *const labels[3] = { &&end, &&one, &&two };
		int sum = 0;
	next:	goto *labels[*p++];
	one:	sum++; goto next;
	two:	sum += 2; goto next;
	end:	return sum;
	}
	EOC

	ok "$mode: they build" m
	for i in "${!flags[@]}"; do
		is "$mode: the odd unit is native: ${flags[i]:-an option less}" "$(kind "f$i")" ELF
	done
	is "$mode: the others are not, nor one with an option of the kernel's" \
		"$(kinds flags)" "flags: BC BC"
	is "$mode: with a macro it is native" "$(kinds macro import)" "macro: ELF ELF
import: BC ELF"
	"$objcopy" --dump-section .odd_k="$work/k" "$ext/lto-odd-value.ko" /dev/null
	is "$mode: each unit has its value" "$(od -An -td4 "$work/k" | tr -s ' ')" " 1 2"
	is "$mode: it has seen objtool" \
		"$("${llvm_prefix}llvm-readelf$llvm_suffix" -SW "$ext/b_macro.o" |
		grep -c ' \.orc_unwind ')" 1
	ok "$mode: and its export has a version" grep -qv '^0x00000000' "$ext/Module.symvers"
	is "$mode: labels in functions and tables are for bitcode" \
		"$(kinds label table)" "label: BC BC
table: BC BC"

	# Conflicts that nobody can know beforehand: make prints one line, and no stack dump.
	ext=$work/bad-$mode
	mkdir "$ext"
	odd unknown 'CFLAGS_b_unknown.o := -Xclang -fwchar-type=int' <<< ''
	refused "$mode: a module flag" 2 \
		"_unknown.o: error: lto: its options differ from those of .* (module flag 'wchar_size'); LTO_._unknown.o := n .*makes" m
	is "$mode: no stack dump" "$(grep -i 'stack dump\|bug report' "$work/said")" ""
	echo 'LTO_b_unknown.o := n' >> "$ext/Makefile"
	ok "$mode: what it says helps" m
done

ext=$work/all
mkdir "$ext"
odd all <<< ''
ok "options of all units" m KCFLAGS=-mstack-alignment=16
is "are not odd" "$(kinds all)" "all: BC BC"

# --- full LTO only: names that two units have ----------------------------------------------------

obj=$work/FULL ext=$work/bad-labels
mkdir "$ext"
first='asm(".pushsection .data\nodd_label: .long 1\n.popsection");' \
	odd toplevel <<< 'asm(".pushsection .data\nodd_label: .long 2\n.popsection");'
refused "a label in two units" 2 \
	"a_toplevel.o: error: lto: units .* define 'odd_label' .*b_toplevel.o); LTO_a_toplevel.o := n" m
rm -r "$ext"; mkdir "$ext"
body='asm volatile("odd_twice: nop");' odd inner <<< ''
refused "a label in two functions" 2 \
	"^error: lto: more than one unit defines 'odd_twice' in the assembly of a function; LTO_foo.o := n" m
rm -r "$ext"; mkdir "$ext"
odd address <<-'EOC'
#include <linux/kernel.h>
void odd_sink(void *a, void *b);
noinline void odd_sink(void *a, void *b) { pr_info("%p %p", a, b); }
static noinline void odd_rec(void *x, void *ip) { odd_sink(x, ip); odd_sink(ip, x); }
void odd_loop(int n);
void odd_loop(int n) { while (n--) { here: odd_rec(&n, &&here); } }
EOC
if [ "$("$CC" -dumpversion | cut -d. -f1)" -lt 15 ]; then
	refused "the address of a label" 2 \
		"b_address.o: error: lto: a function gets the address of another's label, .*; LTO_b_address.o := n" m
else
	ok "the address of a label" m
fi

done_testing
