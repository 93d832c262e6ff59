#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Wrong tools, trees and machines give one clear line and a status; no half-written file passes for
# a complete one.
. "$(dirname "$0")/lib/tap.sh"

# Not in the directory where other tests build.
kernel()
{
	env O="$work/out" "$@" make -s kernel
}

refused "an unknown mode" 2 "LTO=slim: expected none, full, thin or thin-dist" kernel LTO=slim
refused "a foreign architecture" 2 "ARCH=mips is not supported" kernel ARCH=mips
refused "no such configuration" 2 "CONFIG=/nonexistent: no such file" kernel CONFIG=/nonexistent
refused "a launcher that is not there" 2 "LAUNCHER=nonexistent: no such program" kernel \
	LAUNCHER=nonexistent
refused "an LLVM that is no version" 2 "LLVM=new: expected 1, a version like -19" kernel LLVM=new

selected=$LLVM
# A directory of links and stand-ins has the tools under other names.
tools()
{
	rm -rf "$work/tools"
	mkdir -p "$work/tools"
	for t in clang clang++ ld.lld llvm-ar llvm-nm llvm-objcopy llvm-objdump llvm-readelf \
		llvm-strip llvm-size; do
		ln -s "$(command -v "$llvm_prefix$t$llvm_suffix")" "$work/tools/$t"
	done
	LLVM=$work/tools/
}
stand_in()	# TOOL WHAT-IT-SAYS [STATUS]
{
	rm -f "$work/tools/$1"
	printf '#!/bin/sh\necho "%s"\nexit %s\n' "$2" "${3:-0}" > "$work/tools/$1"
	chmod +x "$work/tools/$1"
}
tools; stand_in clang "gcc (Debian 12.2.0-14) 12.2.0"
refused "gcc" 2 "tools/clang is not clang (gcc .*); LTO needs clang" kernel
tools; stand_in clang "Debian clang version 11.0.1-2"
refused "a clang that is too old" 2 "is clang 11.0.1; LTO needs clang 13 or newer" kernel
tools; stand_in ld.lld "GNU ld (GNU Binutils for Debian) 2.40"
refused "GNU ld" 2 "tools/ld.lld is not LLD" kernel
tools; stand_in llvm-ar "GNU ar (GNU Binutils for Debian) 2.40"
refused "GNU ar" 2 "tools/llvm-ar is missing or not LLVM" kernel
tools; stand_in llvm-nm "GNU nm (GNU Binutils for Debian) 2.40"
refused "GNU nm" 2 "tools/llvm-nm is missing or not LLVM" kernel
tools; stand_in llvm-nm "LLVM version 12.0.1"
refused "tools of two versions" 2 "tools/llvm-nm is version 12 and .*: use tools of one version" \
	kernel
tools; rm "$work/tools/llvm-objcopy"
refused "a missing tool" 2 "tools/llvm-objcopy is missing" kernel
# by a path relative to the top of this repository
tools; stand_in clang "no libLLVM" 127
refused "a clang that does not start" 2 \
	"$work/tools/clang is not clang (no libLLVM); LTO needs clang" kernel \
	LLVM="${work#"$top"/}/tools/"
LLVM=$selected

# sources
refused "sources that git does not list" 2 "git does not list the files of this repository" kernel \
	GIT_DIR=/nonexistent
refused "KSRC that is not there" 2 "KSRC=/nonexistent: no such file or directory" kernel \
	KSRC=/nonexistent
refused "KSRC that is no kernel" 2 "is not a kernel source" kernel KSRC="$work"
tar -cJf - patches | head -c 20000 > "$work/cut.tar.xz"
refused "a tarball that is cut off" 2 "cut.tar.xz cannot be unpacked: .*nexpected end of input" \
	kernel KSRC="$work/cut.tar.xz"
is "is not taken for a tree" "$(ls -d build/linux-cut* 2>/dev/null)" ""
mkdir -p "$work/linux-5.4/x"
printf 'VERSION = 5\nPATCHLEVEL = 4\nSUBLEVEL = 200\n' > "$work/linux-5.4/Makefile"
: > "$work/linux-5.4/Kbuild"
tar -C "$work" -cJf "$work/old.tar.xz" linux-5.4
refused "an unsupported version" 2 "is Linux 5.4.200; the series is for 5.10" kernel \
	KSRC="$work/old.tar.xz"
is "is not taken for a tree either" "$(ls -d build/linux-old* 2>/dev/null)" ""
touch "$work/linux-5.4/.config"
refused "a tree that was built in" 2 "run make mrproper there" kernel KSRC="$work/linux-5.4"
rm "$work/linux-5.4/.config"
refused "an unsupported version, as a directory" 2 "is Linux 5.4.200" kernel KSRC="$work/linux-5.4"

# A machine without network: apt and curl are sent to a port where nobody listens.  The cache is
# empty, or has a damaged file.  A fresh clone has no source.
mkdir -p "$work/cache/linux-clang-lto" "$work/clone"
git ls-files -co --exclude-standard | xargs -d '\n' cp --parents -t "$work/clone"
git -C "$work/clone" init -q
fresh()
{
	env -C "$work/clone" O="$work/out" XDG_CACHE_HOME="$work/cache" make -s kernel
}
# A proxy in apt's configuration would take precedence over that.
echo 'Dir::Etc::Main "/dev/null"; Dir::Etc::Parts "/dev/null";' > "$work/apt.conf"
export APT_CONFIG=$work/apt.conf https_proxy=http://127.0.0.1:9 http_proxy=http://127.0.0.1:9
unset no_proxy NO_PROXY
refused "no network" 2 "can be had neither from Debian .* nor from kernel.org (curl: " fresh
echo damaged > "$work/cache/linux-clang-lto/$BASE_TARBALL"
refused "a damaged download is not used" 2 "is damaged, fetching it again" fresh
is "a damaged download is removed" "$(ls "$work/cache/linux-clang-lto/"*.xz 2>/dev/null)" ""
unset APT_CONFIG https_proxy http_proxy

# A full disk, if we may mount one
if mkdir "$work/small" && mount -t tmpfs -o size=3m tmpfs "$work/small" 2>/dev/null; then
	refused "a full disk" 2 "No space left" kernel O="$work/small/o" LTO=thin
	is "a full disk leaves no kernel" "$(ls "$work/small/o/vmlinux" 2>/dev/null)" ""
	umount "$work/small"
else
	skip "a full disk" "only root may mount one"
fi

# the test machine
refused "nothing built to boot" 2 "no kernel has been built there" make -s boot O="$work"
refused "commands in a value" 2 "^boot: error: .*shell touch.*: no kernel has been built there" \
	make -s boot O="\$(shell touch $work/run)\`touch $work/run\`\"; touch $work/run; \""
is "commands in a value are not run" "$(ls "$work/run" 2>/dev/null)" ""
mkdir -p "$work/built" "$work/bin"
: > "$work/built/vmlinux"
refused "modules that were not installed" 2 \
	"built/root: the kernel's modules have not been installed there" make -s boot \
	O="$work/built"
mkdir "$work/built/root"
for t in dirname basename cat sed grep env bash sh make git flock; do
	ln -s "$(command -v $t)" "$work/bin/$t"
done
refused "no QEMU" 2 "qemu-system-x86_64 is not installed" env PATH="$work/bin" make -s boot \
	O="$work/built"

printf '#!/bin/sh\nexit 3\n' > "$work/bin/qemu-system-x86_64"
chmod +x "$work/bin/qemu-system-x86_64"
: > "$work/built/.config"
# the results of an earlier boot that went well
printf 'LTO ok all\nLTO end\n' > "$work/built/console.log"
refused "a QEMU that does not start" 2 \
	"not ok the boot went to its end (QEMU ended with status 3)" \
	env PATH="$work/bin:$PATH" make -s boot O="$work/built"

src=$(front/fetch | tail -n 1)
# A QEMU that never ends, and later a compiler that never ends: a signal must stop them.
cat > "$work/bin/qemu-system-x86_64" <<EOF
#!/bin/sh
echo \$\$ > "$work/endless.pid"
exec sleep 600
EOF
cp "$work/bin/qemu-system-x86_64" "$work/bin/endless"
gone()
{
	! kill -0 "$(cat "$work/endless.pid")" 2>/dev/null
}
# ends_with WHAT SIGNAL-AND-PROCESS COMMAND...: start COMMAND.  When the signal is sent, the
# processes that it has started must end. % stands for the process of COMMAND.
ends_with()
{
	local what=$1 to=$2 started
	shift 2
	rm -f "$work/endless.pid"
	setsid "$@" >/dev/null 2>&1 & started=$!
	ok "$what: it runs" comes_true test -s "$work/endless.pid"
	# shellcheck disable=SC2086 # options of kill
	kill ${to//%/$started}
	ok "$what: it ends" comes_true gone
	wait $started
}
ends_with "QEMU, a signal to all" "-TERM -- -%" env PATH="$work/bin:$PATH" \
	make -s boot O="$work/built"
ends_with "QEMU, a signal to make" "-TERM %" env PATH="$work/bin:$PATH" make -s boot O="$work/built"
ends_with "QEMU, a signal to front/boot" "-TERM %" \
	env PATH="$work/bin:$PATH" O="$work/built" front/boot
ends_with "a compiler, a signal to make" "-TERM %" make -s kernel KSRC="$src" O="$work/endless" \
	LAUNCHER="$work/bin/endless"
ends_with "a compiler, a signal to front/kernel" "-HUP %" \
	env --default-signal=HUP KSRC="$src" O="$work/endless" \
	LAUNCHER="$work/bin/endless" V=1 front/kernel

# two builds at once
mkdir -p "$work/busy"
exec 8>"$work/busy/.lock"
flock -n 8
refused "another build in the same place" 2 "another build is using" kernel O="$work/busy"
mkdir "$work/busy/root"
: > "$work/busy/vmlinux"
refused "a build in the place of a boot" 2 "another build or boot is using" make -s boot \
	O="$work/busy"
exec 8>&-

# Kconfig must refuse a configuration that asks for LTO if the tools or options do not allow LTO.
cfg=$work/cfg
mkdir -p "$cfg"
kmake "$src" O="$cfg" defconfig >/dev/null 2>&1
"$src/scripts/config" --file "$cfg/.config" -d LTO_NONE -e LTO_CLANG_THIN
cp "$cfg/.config" "$work/asks"
# cannot NAME REASON OPTIONS-OF-scripts/config MAKE-ARGUMENT...
cannot()
{
	local name=$1 reason=$2 extra=$3
	shift 3
	cp "$work/asks" "$cfg/.config"
	# shellcheck disable=SC2086
	"$src/scripts/config" --file "$cfg/.config" -e LTO_CLANG_THIN $extra
	refused "$name" 2 \
		"^.config: error: CONFIG_LTO_CLANG_THIN cannot be had: $reason; mend that, or choose LTO_NONE$" \
		kmake "$src" O="$cfg" "$@" olddefconfig
}
ok "LTO can be had" kmake "$src" O="$cfg" olddefconfig
is "and is there" "$(grep -c '^CONFIG_LTO_CLANG_THIN=y' "$cfg/.config")" 1
cannot "not with gcc" "CC=gcc is not clang" '' CC=gcc
cannot "not with GNU ld" "LD=ld is not LLD" '' LD=ld
cannot "not with GNU nm" "NM=nm is not LLVM's" '' NM=nm
cannot "not with GNU ar" "AR=ar is not LLVM's" '' AR=ar
cannot "not with GNU objcopy" "OBJCOPY=objcopy is not LLVM's" '' OBJCOPY=objcopy
cannot "not with the GNU assembler" "LLVM_IAS=0 is GNU as (leave LLVM_IAS out)" '' LLVM_IAS=0
cannot "not with GCOV_KERNEL" "GCOV_KERNEL is on" '-e DEBUG_FS -e GCOV_KERNEL'
cannot "not with DEBUG_INFO_SPLIT" "DEBUG_INFO_SPLIT is on" '-e DEBUG_INFO -e DEBUG_INFO_SPLIT'
cannot "not on 32 bits" "this architecture does not have it" '-d 64BIT' ARCH=i386
kmake "$src" O="$cfg" allmodconfig >/dev/null 2>&1
is "allmodconfig leaves LTO off" "$(grep -c '^CONFIG_LTO_NONE=y' "$cfg/.config")" 1
kmake "$src" O="$cfg" allyesconfig >/dev/null 2>&1
is "allyesconfig too" "$(grep -c '^CONFIG_LTO_NONE=y' "$cfg/.config")" 1
"$src/scripts/config" --file "$cfg/.config" -d LTO_NONE -e LTO_CLANG_FULL
refused "LTO= for the kernel's own make" 2 "hides the .LTO := n. of kernel Makefiles" \
	sh -c '. ./front/lib.sh; llvm_select; d=$1; s=$2; kmake "$s" O="$d" defconfig && "$s/scripts/config" --file "$d/.config" -d LTO_NONE -e LTO_CLANG_FULL && kmake "$s" O="$d" LTO=full prepare' \
	sh "$cfg" "$src"

done_testing
