#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 Flags of the compiler and the linker when the linker compiles:
# files among the linker's flags, options that bitcode does not keep, and static calls in code that
# is optimised for size.  It uses a tree that was only prepared, and small modules.
. "$(dirname "$0")/lib/tap.sh"
. tests/lib/tiny.sh

src=$(KSRC='' front/fetch | tail -n 1)
obj=$work/obj ext=$work/ext
readelf=${llvm_prefix}llvm-readelf$llvm_suffix
nm=${llvm_prefix}llvm-nm$llvm_suffix

mkdir -p "$ext" "$work/calls"
cat > "$ext/Makefile" <<'EOF2'
obj-m := lto-test-flags.o
lto-test-flags-y := a.o b.o native.o
LTO_native.o := n
ldflags-y := $(OWN)
LDFLAGS_lto-test-flags.o := $(OBJECT)
CFLAGS_b.o := $(UNIT)
EOF2
cat > "$ext/a.c" <<'EOF2'
#include <linux/module.h>
MODULE_LICENSE("GPL");
int lto_test_blob(int x);
int lto_test_b(int x);
int lto_test_a(int x);
int lto_test_a(int x) { return lto_test_b(x) + lto_test_blob(x); }
EOF2
cat > "$ext/b.c" <<'EOF2'
int lto_test_b(int x);
int lto_test_b(int x) { return x * 5; }
int lto_test_1 __attribute__((section(".lto_test.1"))) = 1;
int lto_test_2 __attribute__((section(".lto_test.2"))) = 2;
EOF2
# With a native object in the module, another link follows the LTO link.
echo 'int lto_test_native = 1;' > "$ext/native.c"
echo 'int lto_test_blob(int x) { return x + 1; }' > "$work/blob.c"
"$CC" --target=x86_64-linux-gnu -O2 -mcmodel=kernel -mno-red-zone -c -o "$work/blob.o" \
	"$work/blob.c"
"${llvm_prefix}llvm-ar$llvm_suffix" rcs "$work/blob.a" "$work/blob.o"
"$CC" --target=x86_64-linux-gnu -O2 -flto=thin -c -o "$work/bitcode.o" "$work/blob.c"
"${llvm_prefix}llvm-ar$llvm_suffix" rcs "$work/bitcode.a" "$work/bitcode.o"
echo 'int lto_test_blob(int x); int lto_test_caller(int x) { return lto_test_blob(x) + 1; }' \
	> "$work/caller.c"
"$CC" --target=x86_64-linux-gnu -O2 -mcmodel=kernel -c -o "$work/caller.o" "$work/caller.c"
echo 'SECTIONS { .lto_test : { *(.lto_test.*) } }' > "$work/own.lds"

# m [VARIABLE=VALUE...]: build the module
m()
{
	kmake "$src" O="$obj" M="$ext" KBUILD_MODPOST_WARN=1 "$@" modules
}
built()	# NAME ARG...: the module builds with these variables, and $log has what make said
{
	local name=$1
	shift
	log=$(m "$@" 2>&1) && pass "$mode: $name" || fail "$mode: $name" "$log"
}
o=$ext/lto-test-flags.o
alignment()	# OBJECT: of its .text
{
	"$readelf" -SW "$1" | sed -n 's/^.* \.text .* \([0-9]*\)$/\1/p'
}
blobs()
{
	"$nm" "$o" | grep -c ' T lto_test_blob$'
}
own_sections()
{
	"$readelf" -SW "$o" | grep -o ' \.lto_test[.0-9]* ' | tr -d '\n'
}
prepare()	# OPTION
{
	keep_unused "$src" "$obj" && lto_select "$src" "$obj" "$1" >/dev/null &&
		kmake "$src" O="$obj" -j"$J" modules_prepare
}

# --- vmlinux.o, of two units; the linker says how it is called ----------------------------------

cat > "$work/ld" <<EOF2
#!/bin/sh
echo " \$* " >> $work/ld.args
exec $(command -v "$LD") "\$@"
EOF2
chmod +x "$work/ld"
vmlinux_o()	# ARG...
{
	: > "$work/ld.args"
	kmake "$src" O="$obj" "$@" LD="$work/ld" KBUILD_VMLINUX_OBJS='lib/bcd.o lib/hexdump.o' \
		KBUILD_VMLINUX_LIBS= \
		--eval='.lto-test: ; +$(MAKE) $(build)=scripts/lto vmlinux.o' \
		lib/bcd.o lib/hexdump.o .lto-test
}
lto_link()	# REGEX: what the linker was given that reads bitcode, of the options that match
{
	grep -F .bitcode "$work/ld.args" | grep -oE -- " ($1)[^ ]*" | tr -d '\n'
}
# link OBJECT-LDFLAGS ARG...: link.sh alone, what it makes is $work/linked.o
link()
{
	(cd "$obj" && LD=$LD LDFLAGS='-m elf_x86_64' \
		LTO_LDFLAGS='-mllvm -unique-section-names=false' OBJECT_LDFLAGS=$1 \
		AR=${llvm_prefix}llvm-ar$llvm_suffix NM=$nm \
		OBJCOPY=${llvm_prefix}llvm-objcopy$llvm_suffix AS=$CC OBJTOOL='' \
		srctree=$src sh "$src/scripts/lto/link.sh" "${@:2}")
}

# --- static calls -------------------------------------------------------------------------------

cat > "$work/calls/Makefile" <<'EOF2'
obj-m := lto-test-calls.o
lto-test-calls-y := a.o b.o
ccflags-y := -Os
LTO_b.o := $(OPT_OUT)
CFLAGS_b.o := $(UNIT)
EOF2
cp "$ext/a.c" "$work/calls/"
cat > "$work/calls/b.c" <<'EOF2'
#include <linux/static_call.h>
static void f(int x) { }
static int g(int x) { return x; }
DEFINE_STATIC_CALL(v, f);
DEFINE_STATIC_CALL_NULL(n, f);
DEFINE_STATIC_CALL(i, g);
int lto_test_b(int x);
int noinline lto_test_b(int x) { if (x == 2) return x; return static_call(i)(x); }
void lto_test_v(int x);
void lto_test_v(int x) { if (x) static_call(v)(x); }
void lto_test_n(int x);
void lto_test_n(int x) { if (x) static_call_cond(n)(x); }
void lto_test_m(int x);
void lto_test_m(int x) { if (x) static_call_mod(v)(x); }
EOF2
static_calls()	# the opcodes of those in the module, and the number of entries
{
	"${llvm_prefix}llvm-objdump$llvm_suffix" -dr "$work/calls/lto-test-calls.o" |
		grep -B1 'R_X86_64_.*__SCT__' |
		sed -nE 's/^ *[0-9a-f]+: (0f 8.|[0-9a-f]{2}) .*/\1/p' | tr '\n' ' '
	"$readelf" -rW "$work/calls/lto-test-calls.o" | sed -n '/rela.static_call_sites/,/^$/p' |
		grep -c ' __SC[KT]__'
}

# --- all modes ----------------------------------------------------------------------------------

small_configure tiny "$src" "$obj" LTO_CLANG_THIN >/dev/null

for mode in thin full thin-dist; do
	case $mode in
	thin)	ok "$mode: a prepared tree" prepare LTO_CLANG_THIN ;;
	full)	ok "$mode: a prepared tree" prepare LTO_CLANG_FULL ;;
	*)	ok "$mode: a prepared tree" prepare LTO_CLANG_THIN_DIST ;;
	esac

	# an option of one unit that bitcode does not keep; an object and a linker script among the
	# linker's flags
	built "flags of its own" OWN="$work/blob.o" OBJECT="-T $work/own.lds" \
		UNIT="-O3 -mllvm -align-all-functions=6 -mllvm -inline-threshold=9"
	is "$mode: the object is there once" "$(blobs)" 1
	is "$mode: the script is obeyed" "$(own_sections)" " .lto_test "
	said=$(grep 'warning: lto: ' <<< "$log")
	case $mode in
	thin-dist)
		is "$mode: the unit has the option" "$said$(alignment "$o")" 64
		ok "$mode: its own flags come behind our threshold" grep -q -- \
			'-inline-threshold=30 @.*/\.tmp_b\.o\.flags ' \
			"$ext/.lto/lto-test-flags$ext/.b.o.cmd"
		is "$mode: and have another" "$(grep -o -- '-inline-threshold=[0-9]*' \
			"$ext/.lto/lto-test-flags$ext/.tmp_b.o.flags")" "-inline-threshold=9" ;;
	*)	is "$mode: that the option is lost is said" "$said" \
			"$ext/b.o: warning: lto: -mllvm -align-all-functions=6 -mllvm -inline-threshold=9 -O3 is without effect, as the linker compiles all units with the same options; LTO_b.o := n opts out"
		is "$mode: it is" "$(alignment "$o")" 16 ;;
	esac
	[ $mode != thin-dist ] ||
		refused "$mode: bitcode among them" 2 \
			"error: lto: its linker flags (ldflags-y, LDFLAGS_foo.o) name bitcode" \
			m OWN="$work/bitcode.o"

	# options of all units
	built "options of the tree" \
		KCFLAGS="-O3 -mllvm -align-all-functions=6 -falign-loops=32 -mbranches-within-32B-boundaries" \
		CFLAGS_KERNEL=-Os
	[ $mode = thin-dist ] || is "$mode: the linker has them" \
		"$(grep -o ' LTO_LDFLAGS="[^"]*"' "$ext/.lto-test-flags.o.cmd" |
		grep -oE -- '--lto-O[0-9]|--th[^ "]*|-mllvm -(align|x86)[^ "]*' | tr '\n' ' ')" \
		"-mllvm -align-all-functions=6 -mllvm -align-loops=32 -mllvm -x86-branches-within-32B-boundaries --lto-O3 --threads=1 "
	is "$mode: functions are aligned as they say" "$(alignment "$o")" 64

	ok "$mode: static calls" m M="$work/calls"
	is "$mode: none is conditional" "$(static_calls)" "e9 e9 e9 e9 4"
	[ $mode != thin-dist ] || continue

	# vmlinux
	ok "$mode: vmlinux.o of two units" \
		vmlinux_o CFLAGS_KERNEL="-Os -mllvm -align-all-functions=6" CFLAGS_MODULE=-O3 \
		KBUILD_LTO_JOBS=1
	is "$mode: has the options of the kernel" "$(lto_link '--lto-O|--th|-align-all')" \
		" -align-all-functions=6 --threads=1"
	is "$mode: which are obeyed" "$(alignment "$obj/vmlinux.o")" 64
	for n in 1 4 ''; do
		KBUILD_LTO_JOBS=$n ok "$mode: a link by ${n:-all} threads" \
			link '' --vmlinux "$work/linked$n.o" lib/bcd.o lib/hexdump.o
	done
	same "$mode: makes the same by 4 as by 1" "$work/linked4.o" "$work/linked1.o"
	same "$mode: makes the same by all as by 1" "$work/linked.o" "$work/linked1.o"

	# files and options among the linker's flags
	ok "$mode: an archive" link "--whole-archive $work/blob.a --no-whole-archive" \
		"$work/linked.o" "$ext/a.o" "$ext/b.o"
	is "$mode: its object is there once" "$("$nm" "$work/linked.o" |
		grep -c ' T lto_test_blob$')" 1
	for blob in "$work/bitcode.o" "--whole-archive $work/bitcode.a"; do
		refused "$mode: ${blob##*/}" 1 \
			"error: lto: its linker flags (ldflags-y, LDFLAGS_foo.o) name bitcode" \
			link "$blob" "$work/linked.o" "$ext/a.o" "$ext/b.o"
		is "$mode: there is no object" "$(ls "$work/linked.o" 2>/dev/null)" ""
	done
	for flag in --wrap=lto_test_blob "-z muldefs"; do
		refused "$mode: $flag" 1 \
			"error: lto: its linker flags .* have ${flag#* }, which LTO cannot obey: say LTO := n" \
			link "$flag" "$work/linked.o" "$ext/a.o" "$ext/b.o"
	done
	[ $mode = thin ] || continue

	# --- the same in all modes, so tested in one mode -----------------------------------------

	ok "--wrap without bitcode" link --wrap=lto_test_blob "$work/linked.o" "$work/blob.o" \
		"$work/caller.o"
	is "redirects the call" "$("$readelf" -rW "$work/linked.o" |
		grep -c ' __wrap_lto_test_blob ')" 1

	# The linker of LLVM 14 refuses the same option twice.
	built "other spellings, of modules, and options that the linker has already" \
		CFLAGS_MODULE="-Xclang -mllvm -Xclang -align-all-functions=7" \
		KCFLAGS="-mllvm -import-instr-limit=7 -mllvm -inline-threshold=9 -mllvm -align-loops=16"
	is "functions are aligned as they say" "$(alignment "$o")" 128
	built "no options"
	is "functions are aligned as always" "$(alignment "$o")" 16
	built "another number of threads" KBUILD_LTO_JOBS=2
	is "is no reason to link again" "$(grep -E '^  (LD \[M\]|LTO) ' <<< "$log")" ""

	refused "conditional static calls in a unit that opts out" 2 \
		"b.o: warning: objtool: lto_test_v()+0x.*: conditional tail call of __SCT__v, .*; compile the file with -fno-optimize-sibling-calls" \
		m M="$work/calls" OPT_OUT=n
	ok "which is compiled so" m M="$work/calls" OPT_OUT=n UNIT=-fno-optimize-sibling-calls
	is "they are calls" "$(static_calls)" "e8 e8 e8 e8 4"
	ok "one that opts out in vmlinux" m M="$work/calls" OPT_OUT=n UNIT=-D__LTO_UNIT=lto_test
	is "has none" "$(static_calls)" "e9 e9 e9 e9 4"
done

done_testing
