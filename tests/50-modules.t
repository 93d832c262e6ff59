#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Modules: those of the kernel, and external ones of every shape, against the kernel with thin-dist, and with
# FULL=1 that with full LTO.
. "$(dirname "$0")/tap.sh"

mode=${FULL:+full}
mode=${mode:-thin-dist}
dir=$top/build/$ARCH-boot-$mode
[ -f "$dir/vmlinux" ] || { CONFIG=boot LTO=$mode O='' KSRC='' front/kernel >/dev/null 2>&1; }
ok "there is a kernel with LTO=$mode" test -f "$dir/vmlinux"
src=$(KSRC='' front/fetch | tail -n 1)
nm=${llvm_prefix}llvm-nm$llvm_suffix
ext=$work/ext

# One module of three units in two directories, one of them assembly, which exports; and a module
# of one unit that uses it.  Two static functions have the same name.
mkdir -p "$ext/provider/deep/er" "$ext/user"
cat > "$ext/provider/Makefile" <<'EOF'
obj-m := lto-test-provider.o
lto-test-provider-y := main.o deep/er/part.o deep/er/asm.o
EOF
cat > "$ext/provider/main.c" <<'EOF'
#include <linux/module.h>
int lto_test_part(int x);
int lto_test_asm(void);
static noinline int helper(int x) { return x + 1; }
int lto_test_provide(int x) { return helper(x) + lto_test_part(x) + lto_test_asm(); }
EXPORT_SYMBOL_GPL(lto_test_provide);
static int level = 3;
module_param(level, int, 0444);
static int __init provider_init(void) { return lto_test_provide(level) == 3 + 1 + 6 + 7 ? 0 : -EINVAL; }
static void __exit provider_exit(void) { }
module_init(provider_init);
module_exit(provider_exit);
MODULE_LICENSE("GPL");
MODULE_ALIAS("lto-test-alias");
EOF
cat > "$ext/provider/deep/er/part.c" <<'EOF'
#include <linux/module.h>
int lto_test_part(int x);
static noinline int helper(int x) { return 2 * x; }
int lto_test_part(int x) { return helper(x); }
EXPORT_SYMBOL_GPL(lto_test_part);
EOF
cat > "$ext/provider/deep/er/asm.S" <<'EOF'
#include <linux/linkage.h>
#include <asm/nospec-branch.h>
SYM_FUNC_START(lto_test_asm)
	movl $7, %eax
	RET
SYM_FUNC_END(lto_test_asm)
EOF
echo 'obj-m := lto-test-user.o' > "$ext/user/Makefile"
cat > "$ext/user/lto-test-user.c" <<'EOF'
#include <linux/module.h>
int lto_test_provide(int x);
static int __init user_init(void) { return lto_test_provide(1) == 2 + 2 + 7 ? 0 : -EINVAL; }
static void __exit user_exit(void) { }
module_init(user_init);
module_exit(user_exit);
MODULE_LICENSE("GPL");
EOF
grep -q '^#define RET\|define RET$' "$src/arch/x86/include/asm/linkage.h" || sed -i 's/RET$/ret/' "$ext/provider/deep/er/asm.S"

m()
{
	kmake "$src" O="$dir" M="$ext/$1" "${@:2}"
}
ok "an external module of several units" m provider modules
ok "one that uses it, with KBUILD_EXTRA_SYMBOLS" m user KBUILD_EXTRA_SYMBOLS="$ext/provider/Module.symvers" modules
ko=$ext/provider/lto-test-provider.ko
is "its units are bitcode" "$(head -c 2 "$ext/provider/main.o")" BC
is "the module is not" "$(head -c 4 "$ko" | tail -c 3)" ELF
is "both static functions have their name" "$("$nm" "$ko" | grep -c ' t helper$')" 2
is "name" "$(modinfo -F name "$ko")" lto_test_provider
is "alias" "$(modinfo -F alias "$ko")" lto-test-alias
is "dependencies of the user, once" "$(modinfo -F depends "$ext/user/lto-test-user.ko")" lto-test-provider
is "no suffix leaks into .mod files" "$(grep -rl '\.lto' "$ext" --include='*.mod' --include='*.mod.c' --include=modules.order)" ""
is "both exports have versions" "$(awk '$1 != "0x00000000"' "$ext/provider/Module.symvers" | wc -l)" 2
is "no trace of the link is left" "$(find "$ext" -name .lto -prune -o -name '.tmp_*' ! -name '*.symversions' ! -name '*.flags' ! -name '*.cmd' -print)" ""

# installed, signed, loaded
cp -r "$dir/root" "$work/root"
# modules_install of the kernel has signed its own
for d in provider user; do
	m $d INSTALL_MOD_PATH="$work/root" modules_install > "$work/install.$d" 2>&1 || fail "modules_install $d" "$(cat "$work/install.$d")"
done
depmod -b "$work/root" "$(cat "$dir/include/config/kernel.release")"
is "installed modules are signed" "$(find "$work/root" -name 'lto-test-*.ko' -exec tail -c 28 {} \; | grep -c 'Module signature appended')" 2
is "the kernel's too, all of them" "$(find "$dir/root" -name '*.ko' -exec sh -c 'tail -c 28 "$1" | grep -q "Module signature appended" || echo "$1"' sh {} \;)" ""
MODROOT=$work/root ok "a kernel with them boots" front/boot "$dir"
ok "external modules load and unload" grep -qx 'ok module lto-test-user loads and unloads' "$dir/boot.log"

# a syntax error in one unit: -k goes on with the others, and nothing is made of the rest
cp -r "$ext/provider" "$ext/broken"
(cd "$ext/broken" && kmake "$src" O="$dir" M="$ext/broken" clean >/dev/null 2>&1)
echo 'syntax error' >> "$ext/broken/deep/er/part.c"
refused "a unit that does not compile" 2 "part.c:.*error" m broken -k modules
is "the others are compiled with -k" "$(head -c 2 "$ext/broken/main.o")" BC
is "there is no module of the rest" "$(ls "$ext/broken/"*.ko "$ext/broken/lto-test-provider.o" 2>/dev/null)" ""
ok "and once mended it builds" sh -c "sed -i '/syntax error/d' $ext/broken/deep/er/part.c; . ./front/lib.sh; llvm_select; kmake $src O=$dir M=$ext/broken modules"

# an undefined symbol is modpost's to report
cp -r "$ext/user" "$ext/undefined"
refused "an undefined symbol" 2 'ERROR: modpost: "lto_test_provide" .*undefined!' m undefined modules

# clean
ok "clean" m provider clean
is "removes all that was made" "$(find "$ext/provider" -type f ! -name '*.[cS]' ! -name Makefile)" ""

# a tree that was prepared only
prep=$work/prepared
mkdir -p "$prep"
cp "$dir/.config" "$prep/"
ok "modules_prepare" kmake "$src" O="$prep" -j"$J" modules_prepare
ok "a module against it" kmake "$src" O="$prep" M="$ext/provider" KBUILD_MODPOST_WARN=1 modules
is "is machine code" "$(head -c 4 "$ko" | tail -c 3)" ELF

done_testing
