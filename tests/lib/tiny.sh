# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests that build the tiny config many times, with ThinLTO.
#
# The compiler runs through ccache: a clean build, to compare with, costs little more than its
# links.  CCACHE_DEPEND: do not look up a unit by its preprocessed source, as preprocessing costs a
# quarter of a compilation.

# Tests of bigger kernels run beside these tests, and must end first: when they run alone, their
# boots leave a processor idle.
renice -n 5 $$ >/dev/null

tiny=$top/build/tests/tiny
compiler_cache
export CCACHE_DEPEND=1
fixed=(KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=lto KBUILD_BUILD_HOST=lto
	KBUILD_BUILD_VERSION=1)

src=$tiny/src
pristine=$tiny/pristine
# A second build at another path: ccache finds nothing of the first build there.
other_src=$tiny/another/place/with/a/longer/name/linux
other=$tiny/another/place/deep/er/obj

# tiny_source DIR: make DIR a copy of the patched kernel, by hard links.  Change files in it only by
# sed -i or mv, which make new files.
tiny_source()
{
	unmount_below "$1"
	rm -rf "$1"
	mkdir -p "$(dirname "$1")"
	cp -rl "$(KSRC='' front/fetch | tail -n 1)" "$1"
}

# tiny_touch FILE: give it a new date, but not to the other hard links of it
tiny_touch()
{
	cp "$1" "$1.new" && mv "$1.new" "$1"
}

tiny_configure()	# SRC OBJ [OPTION]
{
	small_configure tiny "$1" "$2" "${3:-LTO_CLANG_THIN}" >/dev/null
}

tiny_build()	# SRC OBJ [ARGS...]; the log is OBJ.log
{
	kmake "$1" O="$2" "${fixed[@]}" -j"$J" "${@:3}" vmlinux modules > "$2.log" 2>&1
}

# tiny_built_id: print everything that decides the content of a build
tiny_built_id()
{
	cat "$(KSRC='' front/fetch | tail -n 1).id" configs/tiny*.config
	"$CC" --version
}

# tiny_built SRC OBJ: build the unchanged sources with distributed ThinLTO, if that is not done yet.
# Several tests use OBJ.  A test that changes it must remove OBJ.id.
tiny_built()
{
	tiny_source "$1"
	[ ! -d "$2" ] || [ "$(cat "$2.id" 2>/dev/null)" != "$(tiny_built_id)" ] || return 0
	unmount_below "$2"
	rm -rf "$2" "$2.id"
	(
		# $other is there to show that a build is reproducible: compile everything anew.
		[ "$2" != "$other" ] || export CCACHE_RECACHE=1
		tiny_configure "$1" "$2" LTO_CLANG_THIN_DIST && tiny_build "$1" "$2"
	) && tiny_built_id > "$2.id"
}

# tiny_sums OBJ: print the checksums of the products of a build
tiny_sums()
{
	(cd "$1" && find . -name .lto -prune -o -type f \( -name '*.ko' -o -name vmlinux \
		-o -name System.map -o -name Module.symvers -o -name modules.builtin.modinfo \) \
		-print | sort | xargs -r sha256sum)
}

# tiny_clean SRC OBJ: make a clean build with the configuration of OBJ, and write the checksums of
# its products to $work/clean.sums
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

# tiny_edit FILE SED-COMMAND: fails if nothing changes
tiny_edit()
{
	cp "$1" "$work/before" && sed -i "$2" "$1" && ! cmp -s "$1" "$work/before"
}

# compiled: print the objects that the last build of $obj compiled
compiled()
{
	sed -nE 's/^  (CC|AS)( \[M\])? *(.*\.o)$/\3/p' "$obj.log" |
		grep -v '\.mod\.o$\|^\.tmp_vmlinux' | sort | tr '\n' ' '
}

# linked: print the outputs that the last build of $obj linked with LTO
linked()
{
	sed -nE '/ \.lto\//d;s/^  LTO *//p;s/^  LD \[M\] *(.*\.o)$/\1/p' "$obj.log" | sort |
		tr '\n' ' '
}

# back_ends: print the back ends that the last build of $obj ran
back_ends()
{
	sed -nE 's/^  LTO *\.lto\/(.*\.o)$/\1/p' "$obj.log" | sort -u | tr '\n' ' '
}

# importers OUTPUT UNIT: print the back ends of OUTPUT that import from UNIT, a line each
importers()
{
	(cd "$obj/.lto" && grep -rlxF --include='.tmp_*.imports' -- "$2" "$1" |
		sed -E 's,\.tmp_([^/]*)\.imports$,\1,')
}

# takers OUTPUT UNIT FUNCTION: print the back ends of OUTPUT whose index says that they import this
# function, and the back end of UNIT itself
takers()
{
	local guid user
	guid=$("${llvm_prefix}llvm-dis$llvm_suffix" -o - "$obj/$2" |
		sed -n "s/^^.* gv: (name: \"$3\",.* guid = //p")
	echo "$1/$2"
	importers "$1" "$2" | while read -r user; do
		# The GUID is one number.  Since LLVM 20, it is two: its halves.
		"${llvm_prefix}llvm-bcanalyzer$llvm_suffix" --dump \
			"$obj/.lto/$(dirname "$user")/.tmp_$(basename "$user").index" |
			perl -ne '
			$unit = $1 if (m{<ENTRY .*op0=(\d+).*record string = .\Q'"$2"'\E.$});
			$value = $1 if (/<VALUE_GUID .*op0=(\d+) op1=(-?\d+)(?: op2=(\d+))?/ &&
				((defined $3 ? $2 << 32 | $3 : $2) & ~0) == '"$guid"');
			$taken = 1 if (/<COMBINED(?:_PROFILE)? .*op0=(\d+) op1=(\d+)/ &&
				$1 == $value && $2 == $unit);
			END { exit(!$taken) }' && echo "$user"
	done
}

# users FILE: print the objects that depend on this file
users()
{
	(cd "$obj" && grep -rlF --include='.*.o.cmd' --exclude-dir=.lto -- "$1" . |
		sed 's,^\./,,;s,\.\([^/]*\)\.cmd$,\1,' | grep -v '\.mod\.o$' | sort | tr '\n' ' ')
}
