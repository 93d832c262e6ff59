#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which LLVM versions need -fvisibility=hidden? scripts/lto/unhide makes hidden symbols visible,
# leaves the rest of the file as it is, and refuses bad inputs.
. "$(dirname "$0")/lib/tap.sh"

readelf=${llvm_prefix}llvm-readelf$llvm_suffix
unhide=$work/unhide
ok "compiles without warnings" "$CC" -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes \
	-Werror \
	-O2 -std=gnu89 -o "$unhide" scripts/lto/unhide.c

cd "$work" || exit 1
cat > a.c <<'EOF2'
extern int elsewhere;
static __attribute__((noinline)) int quiet(int x) { return x + elsewhere; }
int hidden(int x) { return quiet(x); }
__attribute__((weak)) int weak(void) { return 1; }
EOF2
"$CC" --target=x86_64-linux-gnu -fvisibility=hidden -O2 -c -o a.o a.c
# symbols: print name, binding and visibility of the symbols
symbols() { "$readelf" -sW a.o | awk '/hidden|weak|quiet|elsewhere/ { print $8, $5, $6 }' | sort |
	tr '\n' ' '; }
is "the compiler hides what it defines" "$(symbols)" \
	"elsewhere GLOBAL DEFAULT hidden GLOBAL HIDDEN quiet LOCAL DEFAULT weak WEAK HIDDEN "
cp a.o before.o
ok "an object" "$unhide" a.o
is "nothing is hidden any more, bindings stay" "$(symbols)" \
	"elsewhere GLOBAL DEFAULT hidden GLOBAL DEFAULT quiet LOCAL DEFAULT weak WEAK DEFAULT "
is "two bytes have changed, one for each symbol" "$(cmp -l before.o a.o | wc -l)" 2
cp a.o once.o
ok "an object, a second time" "$unhide" a.o
same "the second time changes nothing" once.o a.o

refused "no arguments" 2 "^usage: unhide" "$unhide"
refused "an option" 2 "^usage: unhide" "$unhide" --help
refused "no such file" 3 "nothing.o: error: unhide: No such file" "$unhide" nothing.o
: > empty.o
refused "an empty file" 1 "empty.o: error: unhide: empty file" "$unhide" empty.o
echo text > text.o
refused "text" 1 "text.o: error: unhide: not a relocatable 64-bit object" "$unhide" text.o
"$CC" --target=i386-linux-gnu -c -o 32.o a.c
refused "a 32-bit object" 1 "not a relocatable 64-bit object" "$unhide" 32.o
"$LD" -e hidden --defsym elsewhere=0 -o linked before.o
refused "a linked file" 1 "not a relocatable 64-bit object" "$unhide" linked
head -c 200 before.o > short.o
refused "a file that is cut off" 1 "no section headers" "$unhide" short.o
head -c -100 before.o > short.o
refused "a file that is cut off in its section headers" 1 "section headers beyond the end" \
	"$unhide" short.o
# sh_offset of the symbol table
n=$("$readelf" -SW before.o | sed -n 's/^ *\[ *\([0-9]*\)\] \.symtab .*/\1/p')
shoff=$("$readelf" -h before.o | sed -n 's/.*Start of section headers: *\([0-9]*\).*/\1/p')
cp before.o far.o
printf '\377\377\377\177' | dd of=far.o bs=1 seek=$((shoff + 64 * n + 24)) conv=notrunc status=none
refused "symbols beyond the end" 1 "symbols beyond the end" "$unhide" far.o

# --- is it needed? ------------------------------------------------------------------------------

# The loader of modules does not know relocations by a global offset table (GOT).  With ThinLTO a
# unit can get one: it takes the address of a function, it has a weak definition of the function,
# and the definition of another unit prevails.  Then the weak definition becomes a declaration,
# which could be in a shared library unless it is hidden.  If a version fails the test "needs it",
# it does not need the flag: change scripts/Makefile.lto.
cat > caller.c <<'EOF2'
__attribute__((weak)) int overridden(int x) { return x; }
__attribute__((weak)) int variable = 1;
extern int elsewhere(int x);
int call(int x) { return overridden(x) + elsewhere(x) + variable; }
void *functions(int x) { return x ? (void *)overridden : (void *)elsewhere; }
int *variables(void) { return &variable; }
EOF2
cat > other.c <<'EOF2'
int overridden(int x) { return x * 77 / 3; }
int variable = 2;
int elsewhere(int x) { return x + 1; }
EOF2
# got VERSION ARCH MODE [FLAG]: compiled as modules are; the symbols that go through the table
got()
{
	local clang=clang$1 lld=ld.lld$1 dir=got$1-$2-$3 flags lto='' unit
	shift
	case $1 in
	x86_64)	flags="-mcmodel=kernel -mno-red-zone -mno-sse" ;;
	*)	flags="-mgeneral-regs-only" ;;
	esac
	flags="--target=${1/arm64/aarch64}-linux-gnu -O2 -fno-PIE -ffreestanding $flags"
	case $2 in
	full)	lto=-flto ;;
	thin*)	lto=-flto=thin ;;
	esac
	rm -rf "$dir" && mkdir "$dir" || return
	for unit in caller other; do
		# shellcheck disable=SC2086
		"$clang" $flags $lto ${3:-} -c -o "$dir/$unit.o" $unit.c || return
	done
	if [ "$2" = thin-dist ]; then
		"$lld" -r --thinlto-index-only="$dir/list" -o "$dir/out" "$dir"/{caller,other}.o ||
			return
		for unit in caller other; do
			# shellcheck disable=SC2086
			"$clang" $flags -fthinlto-index="$dir/$unit.o.thinlto.bc" \
				-c -o "$dir/$unit.n" -x ir "$dir/$unit.o" &&
				mv "$dir/$unit.n" "$dir/$unit.o" || return
		done
	fi
	"$lld" -r -o "$dir/linked.o" "$dir"/{caller,other}.o || return
	"$readelf" -rW "$dir/linked.o" | awk '$3 ~ /GOT/ { print $5 }' | sort -u | tr '\n' ' '
}
versions=0
for version in $(compgen -c clang- | sed -n 's/^clang\(-[0-9]*\)$/\1/p' | sort -u); do
	[ "${version#-}" -ge "$MIN_CLANG" ] && command -v "ld.lld$version" >/dev/null || continue
	versions=$((versions + 1))
	for arch in x86_64 arm64; do
		is "clang$version, $arch, no LTO" "$(got "$version" $arch none 2>&1)" ""
		is "clang$version, $arch, full LTO does without" \
			"$(got "$version" $arch full 2>&1)" ""
		for mode in thin thin-dist; do
			is "clang$version, $arch, $mode: needs it" \
				"$(got "$version" $arch $mode 2>&1)" "overridden "
			is "clang$version, $arch, $mode: is right with it" \
				"$(got "$version" $arch $mode -fvisibility=hidden 2>&1)" ""
		done
	done
done
[ $versions -gt 0 ] || skip "which versions need it" "there is no clang-N with its ld.lld-N"

cd "$top" || exit 1
done_testing
