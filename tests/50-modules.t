#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 Modules of the kernel, and external modules of every shape, with
# thin-dist.  With FULL=1, with full LTO.
. "$(dirname "$0")/lib/tap.sh"

export CONFIG=debug mode=thin-dist
[ -z "${FULL:-}" ] || CONFIG=suite mode=full
there_is_a_kernel $mode
src=$(KSRC='' front/fetch | tail -n 1)
nm=${llvm_prefix}llvm-nm$llvm_suffix
ext=$work/ext
cp -r tests/modules "$ext"

m()
{
	kmake "$src" O="$dir" M="$ext/$1" "${@:2}"
}
ok "an external module of several units" m provider modules
ok "one that uses it, with KBUILD_EXTRA_SYMBOLS" m user \
	KBUILD_EXTRA_SYMBOLS="$ext/provider/Module.symvers" modules
ok "some whose init fails" m refuses modules
ko=$ext/provider/lto-test-provider.ko
is "its units are bitcode" "$(head -c 2 "$ext/provider/main.o")" BC
is "the module is not" "$(head -c 4 "$ko" | tail -c 3)" ELF
is "both static functions have their name" "$("$nm" "$ko" | grep -c ' t helper$')" 2
# If objtool does not see a static call key in a module, it assumes that the key is not exported.
is "each static call has its key" "$("${llvm_prefix}llvm-readelf$llvm_suffix" -rW "$ko" |
	sed -n '/rela.static_call_sites/,/^$/s/.* \(__SC[KT]__[a-z_]*\) .*/\1/p' |
	sort -u)" __SCK__lto_test
is "name" "$(modinfo -F name "$ko")" lto_test_provider
is "alias" "$(modinfo -F alias "$ko")" lto-test-alias
is "dependencies of the user, once" "$(modinfo -F depends "$ext/user/lto-test-user.ko")" \
	lto-test-provider
is "no suffix leaks into .mod files" "$(grep -rl '\.lto' "$ext" --include='*.mod' \
	--include='*.mod.c' --include=modules.order)" ""
is "both exports have versions" "$(awk '$1 != "0x00000000"' "$ext/provider/Module.symvers" |
	wc -l)" 2
is "no trace of the link is left" "$(find "$ext" -name .lto -prune -o -name '.tmp_*' \
	! -name '*.symversions' \
	! -name '*.roots' ! -name '*.flags' ! -name '*.cmd' -print)" ""

# --- installed, signed, loaded
cp -r "$dir/root" "$work/root"
# The kernel's modules_install has signed the kernel's own modules.
for d in provider user refuses; do
	m $d INSTALL_MOD_PATH="$work/root" modules_install > "$work/install.$d" 2>&1 ||
		fail "modules_install $d" "$(cat "$work/install.$d")"
done
depmod -b "$work/root" "$(cat "$dir/include/config/kernel.release")"
is "installed modules are signed" "$(find "$work/root" -name 'lto-test-*er.ko' \
	-exec tail -c 28 {} \; | grep -c 'Module signature appended')" 2
is "the kernel's too, all of them" "$(find "$dir/root" -name '*.ko' -exec sh \
	-c 'tail -c 28 "$1" | grep -q "Module signature appended" || echo "$1"' sh {} \;)" ""
MODROOT=$work/root refused "a kernel with them boots" 1 \
	"^FAILED module lto-test-fails loads and unloads$" front/boot "$dir"
ok "external modules load and unload" grep -qx 'ok module lto-test-user loads and unloads' \
	"$dir/boot.log"
is "one that fails without a reason is the only failure" "$(grep '^not ok' "$dir/boot.log")" \
	"not ok module lto-test-fails loads and unloads"

is "what cannot be done has its reason" \
	"$(grep -E '^cannot module (lto-|percpu)' "$dir/boot.log")" \
	"cannot module lto-test-nodev loads and unloads # No such device
cannot module lto-test-unsupported loads and unloads # Operation not supported
cannot module percpu_test loads and unloads # it only tests, and always returns an error"
ok "one that keeps itself stays" grep -qx 'ok module sctp loads, and stays' "$dir/boot.log"
cp "$dir/boot.log" "$work/reference"
refused "what fails in the reference, too, is not a failure" 0 \
	"^as the reference module lto-test-fails loads and unloads$" \
	tests/boot/judge "$dir/boot.log" "$work/reference"

# A syntax error in one unit: make -k builds the others, but makes nothing of the module.
cp -r "$ext/provider" "$ext/broken"
(cd "$ext/broken" && kmake "$src" O="$dir" M="$ext/broken" clean >/dev/null 2>&1)
echo 'syntax error' >> "$ext/broken/deep/er/part.c"
refused "a unit that does not compile" 2 "part.c:.*error" m broken -k modules
is "the others are compiled with -k" "$(head -c 2 "$ext/broken/main.o")" BC
is "there is no module of the rest" "$(ls "$ext/broken/"*.ko "$ext/broken/lto-test-provider.o" \
	2>/dev/null)" ""
ok "and once mended it builds" sh \
	-c "sed -i '/syntax error/d' $ext/broken/deep/er/part.c; . ./front/lib.sh; llvm_select; kmake $src O=$dir M=$ext/broken modules"

# Opting out works.  An attempt that does not opt out is an error: objtool would not see the code.
mkdir "$ext/native"
cat > "$ext/native/Makefile" <<'EOF'
obj-m := lto-test-native.o
lto-test-native-y := a.o b.o c.o
LTO_b.o := n
# As kernels since 5.12 do it
CFLAGS_REMOVE_c.o := $(CC_FLAGS_LTO)
EOF
printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' > "$ext/native/a.c"
for f in b c; do
	echo "int lto_test_$f(void); int lto_test_$f(void) { return 1; }" > "$ext/native/$f.c"
done
ok "units that opt out" m native modules
is "are machine code" "$(cd "$ext/native" && for f in a b c; do head -c 4 $f.o | tail -c 3 |
	LC_ALL=C tr -dc '[:upper:]'; echo; done | tr '\n' ' ')" "C ELF ELF "
is_code()	# DIRECTORY
{
	(cd "$ext/$1" && for f in a b; do
		head -c 4 $f.o | tail -c 3 | LC_ALL=C tr -dc '[:upper:]'; echo
	done | tr '\n' ' ')
}
mkdir "$ext/most"
printf '%s\n' 'obj-m := lto-test-most.o' 'lto-test-most-y := a.o b.o' 'LTO := n' 'LTO_a.o := y' \
	> "$ext/most/Makefile"
cp "$ext"/native/[ab].c "$ext/most/"
ok "a directory that opts out, but for one unit" m most modules
is "is machine code, but for that" "$(is_code most)" "C ELF "
rm -f "$ext"/most/?.o "$ext"/native/?.o
ok "a variable LTO in the environment" env LTO=y bash \
	-c '. ./front/lib.sh; llvm_select; kmake "$@"' \
	kmake "$src" O="$dir" M="$ext/most" modules
ok "of the other value" env LTO=n bash -c '. ./front/lib.sh; llvm_select; kmake "$@"' \
	kmake "$src" O="$dir" M="$ext/native" modules
is "does nothing" "$(is_code most)$(is_code native)" "C ELF C ELF "
refused "-fno-lto does not" 2 \
	"a.o: error: lto: the compiler has not written bitcode; is -flto undone" m native \
	CFLAGS_MODULE=-fno-lto modules
ok "and without it the module is built" m native modules

# A unit without a stack protector must be native: a function that is inlined there would lose its
# stack protector.
mkdir "$ext/stack"
cat > "$ext/stack/Makefile" <<'EOF'
obj-m := lto-test-stack.o
lto-test-stack-y := a.o b.o c.o d.o
CFLAGS_b.o := -fno-stack-protector
CFLAGS_REMOVE_c.o := -fstack-protector -fstack-protector-strong
CFLAGS_d.o := -fno-stack-protector -fstack-protector-strong
EOF
cat > "$ext/stack/a.c" <<'EOF'
#include <linux/module.h>
MODULE_LICENSE("GPL");
int lto_test_a(int n);
int lto_test_a(int n)
{
	asm volatile("" : "+m" (n));
	return n;
}
EOF
for f in b c d; do
	echo "int lto_test_a(int n); int lto_test_$f(int n); int lto_test_$f(int n) { return lto_test_a(n) + 1; }" > "$ext/stack/$f.c"
done
ok "units without a stack protector" m stack modules
is "are machine code" "$(cd "$ext/stack" && for f in a b c d; do
	head -c 4 $f.o | tail -c 3 | LC_ALL=C tr -dc '[:upper:]'; echo
done | tr '\n' ' ')" "C ELF ELF C "

# Machine code that objtool cannot process
mkdir "$ext/nowhere"
echo 'obj-m := lto-test-nowhere.o' > "$ext/nowhere/Makefile"
printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nvoid lto_test(void);\nvoid lto_test(void) { asm volatile(".byte 0xeb, 0x7f"); }\n' \
	> "$ext/nowhere/lto-test-nowhere.c"
refused "a jump to nowhere in a module of one unit" 2 "objtool: .*can't find jump dest" m nowhere \
	modules
is "there is no module of it" "$(ls "$ext/nowhere/"*.ko "$ext/nowhere/lto-test-nowhere.o" \
	2>/dev/null)" ""

# modpost reports an undefined symbol; the LTO link must not.
cp -r "$ext/user" "$ext/undefined"
refused "an undefined symbol" 2 'ERROR: modpost: "lto_test_provide" .*undefined!' m undefined \
	modules

# clean
ok "clean" m provider clean
is "removes all that was made" "$(find "$ext/provider" -type f ! -name '*.[cS]' ! -name Makefile)" \
	""

# A tree that was only prepared
prep=$work/prepared
mkdir -p "$prep"
cp "$dir/.config" "$prep/"
ok "modules_prepare" kmake "$src" O="$prep" -j"$J" modules_prepare
ok "a module against it" kmake "$src" O="$prep" M="$ext/provider" KBUILD_MODPOST_WARN=1 modules
is "is machine code" "$(head -c 4 "$ko" | tail -c 3)" ELF

done_testing
