# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Functions and settings that the scripts of the front end share.  They run from the top of this
# repository.

set -eu

die()
{
	echo >&2 "${me:-lto}: error: $*"
	exit 1
}

# lock FD WHAT: lock the file; if it is locked already, print WHAT and wait
lock()
{
	flock -n "$1" || { echo "${me:-lto}: waiting for $2" >&2; flock "$1"; }
}

# end_with_us: from here on, a signal to this script also ends the command that attend runs.
# A shell does not handle a signal while a command runs in the foreground; so attend runs it in the
# background and waits.
end_with_us()
{
	attended=
	trap '[ -z "$attended" ] || kill -- "-$attended" 2>/dev/null; exit 130' INT TERM HUP
}

# attend COMMAND...: run it in a process group of its own, so that one signal ends all its
# processes; return its status
attend()
{
	set -m
	"$@" </dev/null &
	attended=$!
	set +m
	_status=0
	wait "$attended" || _status=$?
	attended=
	return $_status
}

# The defaults of the Makefile, for scripts that are called by hand
: "${LTO:=thin}" "${ARCH:=x86_64}" "${CONFIG:=boot}" "${LLVM:=-14}" "${J:=$(nproc)}"

# The scripts and the tests read messages, sorted lists and decimal points: these must not depend on
# the user's language.  LC_ALL is not enough, as the kernel's Makefile unsets it.
export LC_ALL=C LANG=C LC_MESSAGES=C

# V=0 and SUITE=0 mean off.
[ "${V:-}" != 0 ] || V=
[ "${SUITE:-}" != 0 ] || SUITE=

# The variables of the calling make must not reach the kernel's make: LTO=thin on our command line
# would override `LTO := n` in a kernel Makefile.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

top=$(pwd)
cache=${XDG_CACHE_HOME:-${HOME:-$top/build}/.cache}/linux-clang-lto
base_dir=$top/patches/5.10
# shellcheck source=/dev/null
. "$base_dir/BASE"

# modinfo, depmod and mkfs are in /usr/sbin.  Not every user has that in PATH.
case :$PATH: in
*:/usr/sbin:*) ;;
*) PATH=$PATH:/usr/sbin:/sbin ;;
esac

# overlay_files [DIR...]: print the files of the overlay, and those in DIR.  In a tarball of this
# repository, without git, all files count.
overlay_files()
{
	set -- arch include init kernel scripts tools Documentation "$@"
	if [ -e .git ]; then
		_files=$(git ls-files -co --exclude-standard "$@" 2>/dev/null | sort)
		[ -n "$_files" ] ||
			die "git does not list the files of this repository ($top):" \
				"is it a clone that belongs to you?"
	else
		_files=$(find "$@" -type f ! -name '*.o' 2>/dev/null | sort)
	fi
	printf '%s\n' "$_files"
}

# git_alone: from here on, git ignores the configuration of user and system, and variables like
# GIT_DIR of the caller
git_alone()
{
	# shellcheck disable=SC2046 # names of variables
	unset $(git rev-parse --local-env-vars)
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
}

# llvm_select: set $llvm_prefix, $llvm_suffix, $CC and $LD.  LLVM is 1, a version like -19, or a
# directory with a slash at its end.
llvm_select()
{
	llvm_prefix= llvm_suffix= llvm_major=
	case $LLVM in
	1)	;;
	/*/)	llvm_prefix=$LLVM ;;
	*/)	llvm_prefix=$top/$LLVM ;;
	-[0-9]*) llvm_suffix=$LLVM ;;
	*)	die "LLVM=$LLVM: expected 1, a version like -19," \
			"or a directory that ends in a slash" ;;
	esac
	CC=${llvm_prefix}clang$llvm_suffix
	LD=${llvm_prefix}ld.lld$llvm_suffix
}

# llvm_check: set $llvm_version and $llvm_major; die if a tool is missing, too old or not of LLVM.
# Ask the tools for their version: their names can mislead.
llvm_check()
{
	command -v "$CC" >/dev/null || die "$CC is not installed"
	llvm_version=$("$CC" --version 2>/dev/null |
		sed -n '1s/.*clang version \([0-9.]*\).*/\1/p') || :
	[ -n "$llvm_version" ] ||
		die "$CC is not clang ($("$CC" --version 2>&1 | sed 1q)); LTO needs clang"
	llvm_major=${llvm_version%%.*}
	[ "$llvm_major" -ge "$MIN_CLANG" ] ||
		die "$CC is clang $llvm_version; LTO needs clang $MIN_CLANG or newer: try LLVM=-14"
	"$LD" --version 2>/dev/null | grep -q LLD || die "$LD is not LLD; LTO needs it"
	for tool in llvm-ar llvm-nm llvm-objcopy llvm-objdump llvm-readelf llvm-strip; do
		"$llvm_prefix$tool$llvm_suffix" --version 2>/dev/null | grep -q LLVM ||
			die "$llvm_prefix$tool$llvm_suffix is missing or not LLVM's:" \
				"install llvm$llvm_suffix"
	done
	# A tool cannot read the bitcode of a newer version.
	for tool in ld.lld llvm-ar llvm-nm llvm-objcopy; do
		_v=$("$llvm_prefix$tool$llvm_suffix" --version |
			sed -n 's/.*\(LLD\|LLVM version\) \([0-9]*\).*/\2/p' | sed 1q) || :
		[ "$_v" = "$llvm_major" ] ||
			die "$llvm_prefix$tool$llvm_suffix is version $_v" \
				"and $CC is $llvm_version: use tools of one version"
	done
}

# arch_select: from ARCH, set $image (the file that boots), $triplet, and $cross (the prefix of
# the tools, if ARCH is not the architecture of this machine)
arch_select()
{
	cross=
	case $ARCH in
	x86_64)	image=arch/x86/boot/bzImage triplet=x86_64-linux-gnu ;;
	arm64)	image=arch/arm64/boot/Image triplet=aarch64-linux-gnu ;;
	*)	die "ARCH=$ARCH is not supported; expected x86_64 or arm64" ;;
	esac
	[ "${triplet%%-*}" = "$(uname -m)" ] || cross=$triplet-
}

# name_by_path PATH SUFFIX: print a name for build/.  Files of the user with the same base name in
# two directories get two names.
name_by_path()
{
	echo "$(basename "$1" "$2")-$(printf '%s' "$1" | cksum | cut -d' ' -f1)"
}

# objdir_select: set $objdir, the object tree, from O, or from CONFIG, ARCH and LTO; set
# $config_name
objdir_select()
{
	config_name=$(basename "$CONFIG" .config)
	case $CONFIG in
	bench | boot | debug | profile | suite | tiny | defconfig) _name=$CONFIG ;;
	*)	_name=$(name_by_path "$(realpath -m "$CONFIG")" .config) ;;
	esac
	objdir=${O:-$top/build/$ARCH-$_name-$LTO}
}

# kmake DIR ARGS...: run make in a kernel tree, with the selected tools
kmake()
{
	_dir=$1
	shift
	arch_select
	make -C "$_dir" ARCH="$ARCH" CROSS_COMPILE="$cross" LLVM=1 LLVM_IAS=1 \
		CC="${LAUNCHER:+$LAUNCHER }$CC" HOSTCC="${LAUNCHER:+$LAUNCHER }$CC" \
		HOSTCXX="${llvm_prefix}clang++$llvm_suffix" \
		LD="$LD" AR="${llvm_prefix}llvm-ar$llvm_suffix" \
		NM="${llvm_prefix}llvm-nm$llvm_suffix" \
		OBJCOPY="${llvm_prefix}llvm-objcopy$llvm_suffix" \
		OBJDUMP="${llvm_prefix}llvm-objdump$llvm_suffix" \
		READELF="${llvm_prefix}llvm-readelf$llvm_suffix" \
		STRIP="${llvm_prefix}llvm-strip$llvm_suffix" "$@"
}

# lto_option LTO: print the name of the Kconfig option
lto_option()
{
	case $1 in
	none)	echo LTO_NONE ;;
	full)	echo LTO_CLANG_FULL ;;
	thin)	echo LTO_CLANG_THIN ;;
	thin-dist) echo LTO_CLANG_THIN_DIST ;;
	*)	die "LTO=$1: expected none, full, thin or thin-dist" ;;
	esac
}

# lto_select SRC OBJ OPTION: choose this LTO option in the configuration of OBJ.  Fails if Kconfig
# does not allow it.
lto_select()
{
	"$1/scripts/config" --file "$2/.config" -d LTO_NONE -d LTO_CLANG_FULL -d LTO_CLANG_THIN \
		-d LTO_CLANG_THIN_DIST -e "$3" &&
		kmake "$1" O="$2" olddefconfig && grep -qx "CONFIG_$3=y" "$2/.config"
}

# small_fragments NAME: print the files of configs/ that make up this configuration
small_fragments()
{
	case $1 in
	bench)	_names="boot bench" ;;
	debug)	_names="boot debug" ;;
	profile)	_names="boot bench profile" ;;
	suite)	_names="boot suite" ;;
	*)	_names=$1 ;;
	esac
	for _name in $_names; do
		for _file in "$top/configs/$_name.config" "$top/configs/$_name-$ARCH.config"; do
			[ ! -f "$_file" ] || printf '%s\n' "$_file"
		done
	done
}

# small_configure NAME SRC OBJ OPTION: configure OBJ with a configuration of configs/ and this LTO
# option
small_configure()
{
	mkdir -p "$3" && small_fragments "$1" | xargs -d '\n' cat > "$3/.config.small" &&
		KCONFIG_ALLCONFIG=$3/.config.small kmake "$2" O="$3" allnoconfig &&
		lto_select "$2" "$3" "$4"
}

# ltocheck_build: build tools/lto, and set $ltocheck
ltocheck_build()
{
	ltocheck=$top/build/tools/lto/ltocheck
	mkdir -p "$top/build/tools/lto" &&
		flock "$top/build/tools/lto" make -s -C tools/lto OUTPUT="$top/build/tools/lto/" \
			CC="$CC" >&2 || die "tools/lto does not build"
}
