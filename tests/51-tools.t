#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 An object tree knows the tools that built the kernel, and modules
# are built with them.  Other tools must not change a configuration that asks for LTO.
. "$(dirname "$0")/lib/tap.sh"

front/packages check libncurses-dev > "$work/packages.log" 2>&1 ||
	fail "menuconfig can be built" "$(cat "$work/packages.log")"
llvm_check
src=$(KSRC='' front/fetch | tail -n 1)
nm=${llvm_prefix}llvm-nm$llvm_suffix

# Tools without a suffix: the LLVM tools are those of $LLVM, and the GNU tools fail.  No compiler of
# the host is needed.
mkdir "$work/bin" "$work/gnu-bin"
for t in clang ld.lld llvm-ar llvm-nm llvm-objcopy llvm-objdump llvm-readelf llvm-strip; do
	ln -s "$(command -v "$llvm_prefix$t$llvm_suffix")" "$work/bin/$t"
done
for t in gcc as ld nm ar objcopy; do
	printf '#!/bin/sh\nexit 1\n' > "$work/gnu-bin/$t"
	chmod +x "$work/gnu-bin/$t"
done
# The variables that lib.sh exports must not reach the kernel's make.
plain()
{
	env -u LLVM -u ARCH -u LTO -u CONFIG PATH="$work/bin:$PATH" make "$@"
}

# A module of two units with two exports, and with two static functions of one name.
ext=$work/ext
mkdir "$ext"
echo 'obj-m := lto-test-tools.o
lto-test-tools-y := a.o b.o' > "$ext/Makefile"
cat > "$ext/a.c" <<'EOT'
#include <linux/module.h>
int lto_test_b(int x);
int lto_test_a(int x);
static noinline int twin(int x) { return x * 3 + 1; }
int lto_test_a(int x) { return lto_test_b(x) + twin(x); }
EXPORT_SYMBOL_GPL(lto_test_a);
MODULE_LICENSE("GPL");
EOT
cat > "$ext/b.c" <<'EOT'
#include <linux/module.h>
int lto_test_b(int x);
static noinline int twin(int x) { return x * 5 + jiffies; }
int lto_test_b(int x) { return twin(x) + x; }
EXPORT_SYMBOL(lto_test_b);
EOT
ko=$ext/lto-test-tools.ko

# module NAME MAKE-ARGUMENT...: build the module; it must be equal to the module that the named
# tools make
module()
{
	local name=$1
	shift
	plain -C "$o" M="$ext" clean > /dev/null
	PATH=$work/gnu-bin:$PATH ok "$name: a module" plain -C "$o" M="$ext" \
		KBUILD_MODPOST_WARN=1 "$@"
	same "$name: is that of the named tools" "$ext/lto-test-tools.ko" "$work/named.ko"
	same "$name: and so are its versions" "$ext/Module.symvers" "$work/named.symvers"
}

o=$work/o
record=$o/include/config/lto-tools.mk
ok "a configuration" small_configure tiny "$src" "$o" LTO_CLANG_FULL
for mode in FULL THIN THIN_DIST; do
	ok "$mode: a configuration" lto_select "$src" "$o" LTO_CLANG_$mode
	ok "$mode: a prepared tree" kmake "$src" O="$o" -j"$J" modules_prepare
	ok "$mode: a module with all tools named" kmake "$src" O="$o" M="$ext" KBUILD_MODPOST_WARN=1
	is "$mode: has versions" "$(grep -c '^0x0*[1-9a-f]' "$ext/Module.symvers")" 2
	is "$mode: both functions have their name" "$("$nm" "$ko" | grep -c ' t twin$')" 2
	mv "$ko" "$work/named.ko"
	mv "$ext/Module.symvers" "$work/named.symvers"
	module "$mode, no word of tools"
	module "$mode, as Debian's dkms" CC=clang LD=ld.lld
done
module "LLVM=1" LLVM=1
module "LLVM=1 LLVM_IAS=1" LLVM=1 LLVM_IAS=1
CC=gcc NM=nm module "CC and NM in the environment, of which a kernel's make takes none"
is "the launcher is not recorded" "$(sed -n 's/^CC = //p' "$record")" "$CC"

# wrong tools, by themselves
stand_in()	# TOOL WHAT-IT-SAYS [STATUS]
{
	printf '#!/bin/sh\necho "%s"\nexit %s\n' "$2" "${3:-0}" > "$work/$1"
	chmod +x "$work/$1"
}
stand_in nm12 "LLVM version 12.0.1"
stand_in any99 "LLVM version 99.0.1"
stand_in ld99 "LLD 99.0.1 (compatible with GNU linkers)"
stand_in clang99 99
stand_in broken "error while loading shared libraries" 127
tools()	# MESSAGE NAME=TOOL...: one line, instead of the right tools
{
	local message=$1
	shift
	is "$*: ${message:-nothing}" "$(sh scripts/lto/tools.sh "$@")" "$message"
}
is "what the right tools give" \
	"$(sh scripts/lto/tools.sh CC="$LAUNCHER $CC -O2" LD="$LD" NM="$nm")" ""
tools "CC=gcc is not clang" CC=gcc LD=ld
tools "CC=nonexistent is not installed" CC=nonexistent
tools "CC=$work/broken does not run" CC="$work/broken"
tools "LD=ld is not LLD" CC="$CC" LD=ld
tools "LD=$work/ld99 is LLD 99, and not $llvm_major" CC="$CC" LD="$work/ld99"
for t in AR NM OBJCOPY; do
	tools "$t=nm is not LLVM's" CC="$CC" LD="$LD" $t=nm
	tools "$t=$work/nm12 is LLVM 12, and 13 is the oldest that will do" \
		CC="$CC" LD="$LD" $t="$work/nm12"
	tools "$t=$work/any99 is LLVM 99, and not $llvm_major" CC="$CC" LD="$LD" $t="$work/any99"
done

# The same for a module
says="modules of this kernel need clang, lld and llvm of version $llvm_major"
wrong()	# NAME MESSAGE MAKE-ARGUMENT...: said in one line
{
	local name=$1 message=$2 out got=0
	shift 2
	out=$(plain -C "$o" M="$ext" KBUILD_MODPOST_WARN=1 "$@" 2>&1) || got=$?
	is "$name: status and lines" "$got $(grep -vc '^make' <<< "$out")" "2 1"
	ok "$name: message" grep -q ": \*\*\* lto: $message" <<< "$out"
}
wrong "gcc" "CC=gcc is not clang; $says: install these and name no others" CC=gcc
wrong "GNU nm" "NM=nm is not LLVM's; $says" CC=clang LD=ld.lld NM=nm
wrong "a compiler of another version" "CC=$work/clang99 is clang 99, and not $llvm_major; $says" \
	CC="$work/clang99"
wrong "GNU as" "LLVM_IAS=0 is GNU as; modules of this kernel need the integrated assembler" \
	LLVM_IAS=0
for t in LD AR OBJCOPY; do
	wrong "$t" "$t=nonexistent is not installed; $says" $t=nonexistent
done
cp -p "$record" "$work/record"

# dkms names clang and ld.lld, whatever their version.
sed -i "s,^CC = .*,CC = $(command -v "$CC"),;s,^LD = .*,LD = $(command -v "$LD")," "$record"
for t in clang ld.lld; do
	mv "$work/bin/$t" "$work/bin/$t.kept"
done
cp "$work/clang99" "$work/bin/clang"
cp "$work/ld99" "$work/bin/ld.lld"
module "dkms, where clang and ld.lld have another version" CC=clang LD=ld.lld
is "it is compiled by the recorded tool" \
	"$(sed -n 's/^cmd_[^ ]* := \([^ ]*\) .*/\1/p' "$ext/.a.o.cmd")" "$(command -v "$CC")"
sed -i 's/^CC = .*/CC = clang-nonexistent/' "$record"
wrong "dkms, where the recorded compiler is not installed" \
	"CC=clang is clang 99, and not $llvm_major; $says: install these and name no others" \
	CC=clang
for t in clang ld.lld; do
	mv "$work/bin/$t.kept" "$work/bin/$t"
done
ok "dkms, where clang has the right version, and the recorded one is not installed" \
	plain -C "$o" M="$ext" CC=clang LD=ld.lld KBUILD_MODPOST_WARN=1
wrong "the kernel's compiler is not installed" \
	"CC=clang-nonexistent is not installed; $says: install these and name no others"
ok "clean needs no compiler" plain -C "$o" M="$ext" clean
rm "$record"
wrong "a tree without the record" \
	"CC=gcc is not clang; $says: name these or run make modules_prepare in $o"
module "named tools, without the record" CC="$CC" LD="$LD" AR="${llvm_prefix}llvm-ar$llvm_suffix" \
	NM="$nm" OBJCOPY="${llvm_prefix}llvm-objcopy$llvm_suffix"
cp -p "$work/record" "$record"

# A package of headers, as scripts/package/builddeb makes it: read-only, and used by another user,
# who can write nowhere but in the directory of the module.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
touch "$o/Module.symvers"
mkdir "$o/debian"
ok "headers as in a package" \
	sh -ec 'cd "$1"; srctree=$2 SRCARCH=x86 KCONFIG_CONFIG=.config version=lto
	eval "$(sed -n "/^is_enabled()/,/^}/p; /^deploy_kernel_headers /,/^}/p" "$srctree/scripts/package/builddeb")"
	deploy_kernel_headers debian/headers' sh "$o" "$src"
mv "$o/debian/headers/usr/src/linux-headers-lto" "$place/headers"
cp -r "$ext" "$place/ext"
cp -rL "$work/bin/." "$place/bin" 2>/dev/null
plain -C "$o" M="$place/ext" clean > /dev/null
user=()
cat > "$place/sandbox" <<'EOT'
#!/bin/sh
# sandbox DIR COMMAND...: all but DIR is read-only
set -e
dir=$1
shift
mount --bind "$dir" "$dir"
for place in $(cut -d ' ' -f 2 /proc/mounts); do
	[ "$place" = "$dir" ] || mount -o remount,bind,ro "$place"
done
exec "$@"
EOT
if [ "$(id -u)" = 0 ]; then
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	chown -R 65534:65534 "$place/ext"
	if unshare -m sh "$place/sandbox" "$place/ext" true 2>/dev/null; then
		user=(unshare -m sh "$place/sandbox" "$place/ext" "${user[@]}")
		refused "headers: the sandbox has walls" 1 "Read-only file system" "${user[@]}" \
			mktemp -p /tmp
	else
		skip "a sandbox" "no filesystems can be mounted here"
	fi
else
	skip "the user is another" "only root can become one"
fi
chmod -R a+rX,a-w "$place/headers"
chmod 755 "$place"
headers()
{
	env -u LLVM -u ARCH -u LTO -u CONFIG "${user[@]}" \
		make -C "$place/headers" M="$place/ext" KBUILD_MODPOST_WARN=1 "$@"
}
find "$place/ext" -printf '%P %y\n' | sort > "$work/before"
# The package can be unpacked without the packages that it depends on.
cp -p "$place/headers/include/config/lto-tools.mk" "$work/record.headers"
sed -i 's/^CC = .*/CC = clang-nonexistent/' "$place/headers/include/config/lto-tools.mk"
refused "headers without their clang" 2 \
	" lto: CC=clang-nonexistent is not installed; $says: install these and name no others" \
	headers
find "$place/ext" -printf '%P %y\n' | sort > "$work/after"
same "headers without their clang: leave nothing behind" "$work/before" "$work/after"
cp -p "$work/record.headers" "$place/headers/include/config/lto-tools.mk"
ok "headers: a module" headers
is "headers: has its versions" "$(cut -f 1,2 "$place/ext/Module.symvers")" \
	"$(cut -f 1,2 "$work/named.symvers")"
is "headers: nothing is written there" \
	"$(find "$place/headers" -newer "$place/ext/Makefile" -type f | head -n 3)" ""
ok "headers: clean" headers clean
find "$place/ext" -printf '%P %y\n' | sort > "$work/after"
same "headers: clean leaves nothing behind" "$work/before" "$work/after"

# The record of the tools is written again when the tools change.
# With the host compiler of the first build, the host tools are not built again.
host=(HOSTCC="$LAUNCHER $CC" HOSTCXX="${llvm_prefix}clang++$llvm_suffix")
kmake "$src" O="$o" modules_prepare > /dev/null 2>&1
is "the record keeps its time" "$(stat -c %Y "$record")" "$(stat -c %Y "$work/record")"
ok "LLVM=1 prepares too" plain -C "$o" LLVM=1 "${host[@]}" -j"$J" modules_prepare < /dev/null
is "and is recorded" "$(sed -n 's/^NM = //p' "$record")" llvm-nm
assembler()
{
	sed -n 's/.* \(-f[a-z-]*integrated-as\) .*/\1/p' "$1" | sort -u
}
is "with the integrated assembler" "$(assembler "$o/scripts/mod/.empty.o.cmd")" -fintegrated-as
ok "a unit of the kernel" plain -C "$o" LLVM=1 "${host[@]}" lib/ctype.o < /dev/null
is "is bitcode" "$(head -c 2 "$o/lib/ctype.o")" BC

# Kconfig in a tree with LTO: every target that reads .config
cp "$o/.config" "$work/lto.config"
asks()	# NAME MESSAGE MAKE-ARGUMENT...
{
	local name=$1 message=$2
	shift 2
	cp "$work/lto.config" "$o/.config"
	refused "$name" 2 \
		"^[^ ]*: error: CONFIG_LTO_CLANG_THIN_DIST cannot be had: $message; mend that, or choose LTO_NONE$" \
		plain -C "$o" LLVM=1 "$@" < /dev/null
	same "$name: leaves .config" "$o/.config" "$work/lto.config"
}
asks "oldconfig with GNU nm" "NM=nm is not LLVM's" NM=nm oldconfig
asks "savedefconfig with GNU as" "LLVM_IAS=0 is GNU as (leave LLVM_IAS out)" \
	LLVM_IAS=0 savedefconfig
asks "an objcopy of another version" "OBJCOPY=$work/any99 is LLVM 99, and not $llvm_major" \
	OBJCOPY="$work/any99" olddefconfig
for n in first second; do
	asks "a build with gcc, for the $n time" "CC=gcc is not clang" CC=gcc modules_prepare
done
cp "$work/lto.config" "$o/.config"
refused "a fragment that asks for LTO, with gcc" 2 "cannot be had: CC=gcc is not clang" \
	env KCONFIG_ALLCONFIG="$work/lto.config" make -C "$src" O="$work/none" CC=gcc allnoconfig
is "makes no configuration" "$(ls "$work/none/.config" 2>/dev/null)" ""
# defconfig does not read .config
cp "$work/lto.config" "$work/none/.config"
ok "defconfig with gcc" plain -C "$src" O="$work/none" CC=gcc defconfig
cp "$work/lto.config" "$work/none/.config"
ok "defconfig with LLVM=1" plain -C "$src" O="$work/none" LLVM=1 defconfig
is "has the assembler of 5.10, and offers LTO" \
	"$(grep -c '^CONFIG_AS_IS_GNU=y\|^CONFIG_LTO_NONE=y\|^# CONFIG_LTO_CLANG_THIN is not set' \
	"$work/none/.config")" 3

# menuconfig shows the configuration, and says what is gone.
seen()	# STRING: on the screen; curses moves the cursor over spaces
{
	local _
	for _ in $(seq 600); do
		! grep -qs "$1" "$work/screen" || return 0
		sleep 0.1
	done
}
cp "$work/lto.config" "$work/none/.config"
cat > "$work/menu.sh" <<EOT
stty rows 40 cols 120
env -u LLVM -u ARCH -u LTO -u CONFIG PATH="$work/bin:$PATH" make -C "$src" O="$work/none" LLVM=1 NM=nm menuconfig
EOT
{ seen setup; printf '\033\033'; seen wish; printf '\n'; seen 'Leaving directory'; } |
	TERM=linux timeout 200 script -qefc "sh $work/menu.sh" "$work/screen" > /dev/null
is "menuconfig warns" \
	"$(grep -ac 'warning: CONFIG_LTO_CLANG_THIN_DIST cannot be had: NM=nm is not LLVM' \
	"$work/screen")" 1
is "and writes what there is" "$(grep -c '^CONFIG_LTO_NONE=y' "$work/none/.config")" 1

# The user changes the choice in menuconfig.  Without LTO, the record of the tools does not matter.
sed -i 's/^CC = .*/CC = clang-nonexistent/' "$record"
"$src/scripts/config" --file "$o/.config" -d LTO_CLANG_THIN_DIST -e LTO_NONE
ok "LTO_NONE with LLVM=1" plain -C "$o" LLVM=1 "${host[@]}" -j"$J" modules_prepare < /dev/null
is "has the assembler of 5.10" "$(assembler "$o/scripts/mod/.empty.o.cmd")" -fno-integrated-as
ok "a module for it" plain -C "$o" M="$ext" LLVM=1 KBUILD_MODPOST_WARN=1
is "is built with what is named" \
	"$(assembler "$ext/.a.o.cmd") $(grep -c '^cmd_[^ ]* := clang ' "$ext/.a.o.cmd")" \
	"-fno-integrated-as 1"
"$src/scripts/config" --file "$o/.config" -d LTO_NONE -e LTO_CLANG_THIN
ok "LTO with LLVM=1" plain -C "$o" LLVM=1 "${host[@]}" -j"$J" modules_prepare < /dev/null
is "has the integrated assembler" "$(assembler "$o/scripts/mod/.empty.o.cmd")" -fintegrated-as
is "which Kconfig has tested" "$(grep -c '^CONFIG_AS_IS_LLVM=y' "$o/include/config/auto.conf")" 1
is "and is recorded again" "$(sed -n 's/^CC = //p' "$record")" clang

done_testing
