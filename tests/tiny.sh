# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Whole kernels for the tests that build many of them: the tiny config with ThinLTO.  The compiler
# goes through ccache, so that a clean build to compare with costs little more than its links.

tiny=$top/build/tests/tiny
export CCACHE_DIR=$tiny/ccache LAUNCHER=ccache
fixed=(KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=lto KBUILD_BUILD_HOST=lto KBUILD_BUILD_VERSION=1)

src=$tiny/src

# tiny_source DIR: a copy of the patched kernel, of hard links (sed -i and mv make new files)
tiny_source()
{
	rm -rf "$1"
	mkdir -p "$(dirname "$1")"
	cp -rl "$(KSRC='' front/fetch | tail -n 1)" "$1"
}

tiny_touch()	# FILE: a new date, not through the hard link
{
	cp "$1" "$1.new" && mv "$1.new" "$1"
}

tiny_configure()	# SRC OBJ
{
	small_configure tiny "$1" "$2" LTO_CLANG_THIN >/dev/null
}

tiny_build()	# SRC OBJ [ARGS...]; the log is OBJ.log
{
	kmake "$1" O="$2" "${fixed[@]}" -j"$J" "${@:3}" vmlinux modules > "$2.log" 2>&1
}

# what a build is for, and a checksum of each
tiny_sums()	# OBJ
{
	(cd "$1" && find . -name '*.ko' -o -name vmlinux -o -name System.map -o -name Module.symvers \
		-o -name modules.builtin.modinfo | sort | xargs sha256sum)
}

# tiny_clean SRC OBJ: what a build from the start gives with the configuration of OBJ -> $work/clean.sums
tiny_clean()
{
	rm -rf "$work/clean"
	mkdir "$work/clean"
	cp "$2/.config" "$work/clean/"
	tiny_build "$1" "$work/clean"
	tiny_sums "$work/clean" > "$work/clean.sums"
}

equals_clean()	# NAME SRC OBJ
{
	tiny_clean "$2" "$3"
	tiny_sums "$3" > "$work/got.sums"
	same "$1: equals a clean build" "$work/clean.sums" "$work/got.sums"
}
