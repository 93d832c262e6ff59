#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CONFIG_LTO_CLANG_WHOLE_PROGRAM: code that nothing uses is dropped, and code that anything uses
# stays.  It uses a tree that was only prepared, and a module, in all modes.
#
# CONFIG_LTO_CLANG_KEEP_PROBED: functions that must not be inlined.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

src=$(KSRC='' front/fetch | tail -n 1)
nm=${llvm_prefix}llvm-nm$llvm_suffix

# --- the symbols of a unit that have to stay (asm-names --roots)
# -----------------------------------

asm_names=$work/asm-names
ok "asm-names compiles without warnings" "$CC" -O1 -g -Wall -Wextra -Werror \
	-fsanitize=address,undefined -fno-sanitize-recover -o "$asm_names" \
	scripts/lto/{asm-names,bitcode}.c
cat > "$work/roots.c" <<'EOF2'
asm(".pushsection .BTF_ids,\"a\"; __BTF_ID__func__of_btf2__13: .zero 4; .popsection");
asm("only_top_level: nop");
int f(int a)
{
	asm volatile("# in a comment\n call called; lea address(%%rip), %%rax; mov $immediate, %0\n"
		     "1: jmp 1b; .byte 3; call %P1" : "+r"(a) : "i"(f));
	asm("alone");
	return a;
}
int entry __attribute__((section(".init.setup"))) = 3;
int data __attribute__((section(".init.data"))) = 3;
int once __attribute__((section(".data.once"))) = 3;
static int own __attribute__((used, section("__param"))) = 3;
static const int devices[2] = { 1 }, more[2] = { 2 };
extern typeof(devices) __mod_cpu__devices_device_table __attribute__((unused, alias("devices")));
extern typeof(devices) second_name __attribute__((alias("devices")));
extern typeof(more) __mod_of__more_device_table __attribute__((unused, alias("more")));
extern int elsewhere __attribute__((section("__param")));
int plain = 3;
int g(void) { return elsewhere; }
EOF2
for flag in -flto -flto=thin; do
	"$CC" --target=x86_64-linux-gnu -O2 $flag -c -o "$work/roots.o" "$work/roots.c"
	ok "$flag: the roots of a unit" "$asm_names" --roots="$work/roots" "$work/roots.o"
	is "$flag: words of assembly in functions, and entries of tables" \
		"$(tr '\n' ' ' < "$work/roots")" \
		"P __mod_cpu__devices_device_table __mod_of__more_device_table a address alone$(
		) call called comment entry immediate in jmp lea mov of_btf2 "
done
echo 'int x;' > "$work/none.c"
"$CC" -flto -c -o "$work/none.o" "$work/none.c"
ok "there may be none" "$asm_names" --roots="$work/roots" "$work/none.o"
is "then the file is empty" "$(stat -c %s "$work/roots")" 0
refused "a file that cannot be written" 3 "asm-names: error: $work/nothing/roots: No such file" \
	"$asm_names" --roots="$work/nothing/roots" "$work/none.o"

# --- a module -----------------------------------------------------------------------------------

module()	# [MORE-OF-b.c]
{
	cat > "$ext/Makefile" <<-'EOM'
	obj-m := lto-test-whole.o
	lto-test-whole-y := a.o b.o native.o
	LTO_native.o := n
	EOM
	cat > "$ext/whole.h" <<-'EOM'
	int whole_inside(int x);
	int whole_called(int x);
	int whole_dead(int x);
	int whole_by_asm(int x);
	int whole_by_native(int x);
	int whole_exported(int x);
	int whole_weak(int x);
	int whole_native(int x);
	int whole_again(int x);
	EOM
	cat > "$ext/a.c" <<-'EOM'
	#include <linux/mod_devicetable.h>
	#include <linux/module.h>
	#include "whole.h"
	static const struct cpu_feature supported[] = { { .feature = 5 }, { } };
	MODULE_DEVICE_TABLE(cpu, supported);
	int noinline whole_inside(int x) { asm volatile("" : "+r" (x)); return x * 3 + 1; }
	int noinline whole_called(int x) { return whole_inside(x) + 1; }
	int noinline whole_dead(int x) { return whole_called(x) + 2; }
	int noinline whole_by_asm(int x) { return x + 5; }
	int noinline whole_by_native(int x) { return x + 6; }
	int noinline whole_exported(int x) { return x + 7; }
	int noinline whole_again(int x) { return x * 11; }
	EXPORT_SYMBOL(whole_exported);
	int __weak whole_weak(int x) { return x + 8; }
	int whole_dead_data[64] = { 1, 2, 3 };
	int whole_dead_section[64] __read_mostly = { 1, 2, 3 };
	int whole_entry __attribute__((section("__whole_table"))) = 4;
	static int whole_static_entry __used __attribute__((section("__whole_table"))) = 5;
	static int param;
	module_param(param, int, 0444);
	MODULE_LICENSE("GPL");
	EOM
	cat > "$ext/b.c" <<-EOM
	#include <linux/module.h>
	#include "whole.h"
	${1:-}
	static int __init whole_init(void)
	{
		int x = whole_called(1) + whole_weak(2) + whole_native(3) + ${again:-0};
		asm volatile("call whole_by_asm" : "+D"(x) : : "rax", "memory");
		return x;
	}
	static void __exit whole_exit(void) { }
	module_init(whole_init);
	module_exit(whole_exit);
	EOM
	cat > "$ext/native.c" <<-EOM
	#include "whole.h"
	int whole_weak(int x) { return x + 9; }
	int whole_native(int x) { return whole_by_native(x) + ${again_native:-0}; }
	EOM
}
m()
{
	kmake "$src" O="$obj" M="$ext" "$@" modules 2>&1
}
# symbols: print the symbols of the module itself that the object has, with their letters
symbols()
{
	"$nm" "$ext/lto-test-whole.o" |
		awk '$3 ~ /^whole_/ || $3 ~ /_module$/ { print $2 $3 }' | LC_ALL=C sort |
		tr '\n' ' '
}
prepare()	# -e|-d OPTION
{
	"$src/scripts/config" --file "$obj/.config" "$1" LTO_CLANG_WHOLE_PROGRAM &&
		lto_select "$src" "$obj" "$2" >/dev/null &&
		kmake "$src" O="$obj" -j"$J" modules_prepare
}
sums()
{
	(cd "$ext" && sha256sum -- *.ko Module.symvers)
}

obj=$work/obj
small_configure tiny "$src" "$obj" LTO_CLANG_THIN_DIST >/dev/null
"$src/scripts/config" --file "$obj/.config" -e SYSFS -e MULTIUSER -e SECURITY
ok "the option is there by default" grep -qx CONFIG_LTO_CLANG_WHOLE_PROGRAM=y "$obj/.config"

# A function that another unit calls is global if the call exists when the units are compiled.
kept="Dwhole_entry Tcleanup_module Tinit_module Twhole_by_asm Twhole_by_native Twhole_called \
Twhole_exported Twhole_native Twhole_weak dwhole_static_entry "
for mode in THIN_DIST THIN FULL; do
	ext=$work/$mode
	mkdir "$ext"
	[ $mode != FULL ] || kept=${kept/Twhole_called /}
	module
	ok "$mode: a prepared tree" prepare -e "LTO_CLANG_$mode"
	ok "$mode: a module" m
	is "$mode: what something uses is there, and what nothing uses is not" \
		"$(symbols | sed 's/twhole_[a-z]* //g')" "$kept"
	ok "$mode: a function that is only called inside is local" \
		grep -q 'twhole_inside ' <(symbols)
	refused "$mode: one that nothing calls is gone" 1 '' grep -q whole_dead <(symbols)
	is "$mode: the table of devices gave an alias" \
		"$(modinfo -F alias "$ext/lto-test-whole.ko")" "cpu:type:*:feature:*0005*"
	cp "$ext/lto-test-whole.o" "$ext/first.o"
	sums > "$ext/first.sums"

	# Another version may find other roots in the same bitcode.
	touch "$obj/scripts/lto/asm-names"
	is "$mode: another asm-names: bitcode is compiled again, and nothing else" \
		"$(m | sed -n 's,^  CC \[M\] .*/\([a-z]*\.o\)$,\1,p' | sort | tr '\n' ' ')" \
		"a.o b.o "

	# The bitcode did not change, but it is compiled to other code.
	again='whole_again(x)' module
	ok "$mode: a function is used that was not" m
	ok "$mode: it is there" grep -qi ' twhole_again ' <(symbols)
	sums > "$ext/again.sums"
	rm -rf "$ext"/*.o "$ext"/.*.cmd "$ext/.lto"
	ok "$mode: a clean build" m
	sums > "$ext/clean.sums"
	same "$mode: makes the same" "$ext/clean.sums" "$ext/again.sums"
	module
	ok "$mode: it is not used any more" m
	sums > "$ext/got.sums"
	same "$mode: all is as before" "$ext/first.sums" "$ext/got.sums"

	# A native object is not a unit of the link, but it also tells what it uses.
	again_native='whole_again(x)' module
	ok "$mode: a native object uses it" m
	ok "$mode: it is there, and global" grep -q ' Twhole_again ' <(symbols)
	module
	ok "$mode: it does not any more" m
	sums > "$ext/got.sums"
	same "$mode: all is as before that" "$ext/first.sums" "$ext/got.sums"
done

# --- without the option -------------------------------------------------------------------------

mode=FULL ext=$work/FULL
ok "without the option" prepare -d "LTO_CLANG_$mode"
ok "a module" m
is "all is there" "$(symbols | tr ' ' '\n' | grep -c dead)" 3
ok "global functions are global" grep -q 'Twhole_inside ' <(symbols)

# --- roots that are not known -------------------------------------------------------------------

ok "the option again" prepare -e LTO_CLANG_FULL
ok "a module" m
echo '*' > "$ext/.tmp_b.o.roots"
rm "$ext/lto-test-whole.o"
said=$(m)
is "a unit whose roots are not known: that is said" \
	"$(grep -c 'b.o: warning: sort-inputs: the compiler is newer' <<< "$said")" 1
is "and nothing is dropped" "$(symbols | tr ' ' '\n' | grep -c dead)" 3

# --- functions that tools probe (scripts/lto/probed) ----------------------------------------------

probed()	# the functions of the table and their sources
{
	sed -n 's/^\([a-z_][a-z_0-9]*\)\t\([^\t]*\)\.o\t.*/\1 \2.c/p' scripts/lto/probed
}
ok "there are functions in the table" test "$(probed | wc -l)" -gt 40
is "each is defined in its object" "$(probed | while read -r f source; do
	grep -qE "^([a-z_].*[ *])?$f\(" "$src/$source" || echo "$f"; done)" ""
is "none is there twice" "$(probed | cut -d' ' -f1 | sort | uniq -d)" ""

noinline()	# FUNCTION OBJECT: is it bitcode, and must the function not be inlined?
{
	"${llvm_prefix}llvm-dis$llvm_suffix" -o - "$2" | awk -v f="@$1(" '
		/^define / && index($0, f) { for (i = 1; i <= NF; i++) if ($i ~ /^#/) group = $i }
		$1 == "attributes" && $2 == group { print }' | grep -qw noinline
}
objects="kernel/cred.o security/security.o security/commoncap.o"
# shellcheck disable=SC2086
ok "without CONFIG_LTO_CLANG_KEEP_PROBED" kmake "$src" O="$obj" -j"$J" $objects
refused "a function of the table may be inlined" 1 '' noinline commit_creds "$obj/kernel/cred.o"
is "the object of all hooks is bitcode" "$(head -c 2 "$obj/security/security.o")" BC
"$src/scripts/config" --file "$obj/.config" -e LTO_CLANG_KEEP_PROBED
# shellcheck disable=SC2086
ok "with CONFIG_LTO_CLANG_KEEP_PROBED" kmake "$src" O="$obj" -j"$J" $objects
for f in commit_creds override_creds; do
	ok "$f is not inlined" noinline $f "$obj/kernel/cred.o"
done
ok "cap_capable is not inlined" noinline cap_capable "$obj/security/commoncap.o"
refused "a function that is not in the table may be" 1 '' noinline abort_creds \
	"$obj/kernel/cred.o"
is "the object of all hooks is native" "$(head -c 4 "$obj/security/security.o" | tail -c 3)" ELF

done_testing
