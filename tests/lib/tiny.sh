# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Whole kernels for the tests that build many of them: the tiny config with ThinLTO.  The compiler
# goes through ccache, so that a clean build to compare with costs little more than its links; what is
# not there is not looked for by preprocessed source, which costs a quarter of a compilation.
# What several of the tests look at and do is here too.

# Whole kernels first: when they are alone, their boots leave a processor idle.
renice -n 5 $$ >/dev/null

tiny=$top/build/tests/tiny
compiler_cache
export CCACHE_DEPEND=1
fixed=(KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=lto KBUILD_BUILD_HOST=lto KBUILD_BUILD_VERSION=1)

src=$tiny/src
pristine=$tiny/pristine
# where ccache knows nothing of the first
other_src=$tiny/another/place/with/a/longer/name/linux
other=$tiny/another/place/deep/er/obj

# tiny_source DIR: a copy of the patched kernel, of hard links (sed -i and mv make new files)
tiny_source()
{
	unmount_below "$1"
	rm -rf "$1"
	mkdir -p "$(dirname "$1")"
	cp -rl "$(KSRC='' front/fetch | tail -n 1)" "$1"
}

tiny_touch()	# FILE: a new date, not through the hard link
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

# what decides the content of a build
tiny_built_id()
{
	cat "$(KSRC='' front/fetch | tail -n 1).id" configs/tiny*.config
	"$CC" --version
}

# tiny_built SRC OBJ: the sources as they are, with distributed ThinLTO, for several tests.  One that changes it
# removes OBJ.id.
tiny_built()
{
	tiny_source "$1"
	[ ! -d "$2" ] || [ "$(cat "$2.id" 2>/dev/null)" != "$(tiny_built_id)" ] || return 0
	unmount_below "$2"
	rm -rf "$2" "$2.id"
	(
		# the other shows that a build is reproducible: nothing of it is older
		[ "$2" != "$other" ] || export CCACHE_RECACHE=1
		tiny_configure "$1" "$2" LTO_CLANG_THIN_DIST && tiny_build "$1" "$2"
	) && tiny_built_id > "$2.id"
}

# what a build is for, and a checksum of each
tiny_sums()	# OBJ
{
	(cd "$1" && find . -name .lto -prune -o -type f \( -name '*.ko' -o -name vmlinux -o -name System.map \
		-o -name Module.symvers -o -name modules.builtin.modinfo \) -print | sort | xargs -r sha256sum)
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

tiny_edit()	# FILE SED-COMMAND: which must change it
{
	cp "$1" "$work/before" && sed -i "$2" "$1" && ! cmp -s "$1" "$work/before"
}

# Of the last build of $obj: the objects that were compiled
compiled()
{
	sed -nE 's/^  (CC|AS)( \[M\])? *(.*\.o)$/\3/p' "$obj.log" | grep -v '\.mod\.o$\|^\.tmp_vmlinux' | sort | tr '\n' ' '
}

# what was linked with LTO
linked()
{
	sed -nE '/ \.lto\//d;s/^  LTO *//p;s/^  LD \[M\] *(.*\.o)$/\1/p' "$obj.log" | sort | tr '\n' ' '
}

# and the back ends that ran
back_ends()
{
	sed -nE 's/^  LTO *\.lto\/(.*\.o)$/\1/p' "$obj.log" | sort -u | tr '\n' ' '
}

# importers OUTPUT UNIT: the back ends of OUTPUT that import from UNIT, a line each
importers()
{
	(cd "$obj/.lto" && grep -rlxF --include='.tmp_*.imports' -- "$2" "$1" | sed -E 's,\.tmp_([^/]*)\.imports$,\1,')
}

# takers OUTPUT UNIT FUNCTION: those whose index says that they take this function, and the unit's own
takers()
{
	local guid user
	guid=$("${llvm_prefix}llvm-dis$llvm_suffix" -o - "$obj/$2" | sed -n "s/^^.* gv: (name: \"$3\",.* guid = //p")
	echo "$1/$2"
	importers "$1" "$2" | while read -r user; do
		# the GUID is one number or, since LLVM 20, its halves
		"${llvm_prefix}llvm-bcanalyzer$llvm_suffix" --dump \
			"$obj/.lto/$(dirname "$user")/.tmp_$(basename "$user").index" |
			perl -ne 'if (m{<ENTRY .*op0=(\d+).*record string = .\Q'"$2"'\E.$}) { $unit = $1 }
				if (/<VALUE_GUID .*op0=(\d+) op1=(-?\d+)(?: op2=(\d+))?/ &&
					((defined $3 ? $2 << 32 | $3 : $2) & ~0) == '"$guid"') { $value = $1 }
				$taken = 1 if (/<COMBINED(?:_PROFILE)? .*op0=(\d+) op1=(\d+)/ && $1 == $value && $2 == $unit);
				END { exit(!$taken) }' && echo "$user"
	done
}

# the objects that a file went into
users()
{
	(cd "$obj" && grep -rlF --include='.*.o.cmd' --exclude-dir=.lto -- "$1" . |
		sed 's,^\./,,;s,\.\([^/]*\)\.cmd$,\1,' | grep -v '\.mod\.o$' | sort | tr '\n' ' ')
}
