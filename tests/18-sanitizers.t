#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sanitizers with debug information: the functions that instrumented code calls are native code, and
# link with instrumented units in each mode.  (tests/full/17-kasan.t has a kernel with KASAN.)
. "$(dirname "$0")/lib/tap.sh"

ARCH=x86_64
src=$(KSRC='' front/fetch | tail -n 1)
obj=$work/obj mod=$work/mod
ok "configuration" small_configure tiny "$src" "$obj" LTO_CLANG_THIN
ok "modules_prepare" kmake "$src" O="$obj" -j"$J" modules_prepare

# The optimiser moves the load of *sum out of the loop.  There it has no line number.  Nor has the
# call of KASAN or KCSAN that clang 14 puts before it.
mkdir "$mod"
cat > "$mod/Makefile" <<'EOF'
obj-m := instrumented.o
instrumented-y := sum.o other.o
EOF
cat > "$mod/sum.c" <<'EOF'
void add(int *__restrict sum, const int *__restrict values, int n);
void add(int *__restrict sum, const int *__restrict values, int n)
{
	int i;

	for (i = 0; i < n; i++)
		*sum += values[i];
}
EOF
cat > "$mod/other.c" <<'EOF'
int table[8];
int look(unsigned int i, int shift);
int look(unsigned int i, int shift)
{
	return table[i] << shift;
}
EOF

# options SYMBOL...: configure these options, and turn off the others of this test
options()
{
	local symbol
	# shellcheck disable=SC2046
	"$src/scripts/config" --file "$obj/.config" -d KASAN -d KCSAN -d KCOV -d UBSAN \
		-e DEBUG_INFO -e DEBUG_FS $(printf ' -e %s' "$@")
	kmake "$src" O="$obj" olddefconfig || return
	for symbol in DEBUG_INFO "$@"; do
		grep -qx "CONFIG_$symbol=y" "$obj/.config" || { echo "no $symbol"; return 1; }
	done
}

# link MODE OBJECT...: compile bitcode to machine code, as scripts/lto/link.sh does
link()
{
	local mode=$1 unit
	shift
	if [ "$mode" != thin-dist ]; then
		"$LD" -m elf_x86_64 -r -o "$work/linked.o" "$@"
		return
	fi
	find "$work" -name '*.thinlto.bc' -delete
	"$LD" -m elf_x86_64 -r --thinlto-index-only -o "$work/linked.o" "$@" || return
	for unit; do
		[ -f "$unit.thinlto.bc" ] || continue
		"$CC" --target=x86_64-linux-gnu -O2 -fthinlto-index="$unit.thinlto.bc" -c \
			-o "$work/linked.o" -x ir "$unit" || return
	done
}

# tried SANITIZERS OBJECT...: build and link; the objects define the functions that instrumented
# units call
tried()
{
	local name=$1 lto mode object
	shift
	for lto in full thin; do
		ok "$name, $lto: option" lto_select "$src" "$obj" "LTO_CLANG_${lto^^}"
		rm -f "$mod"/*.o
		ok "$name, $lto: objects" kmake "$src" O="$obj" -j"$J" "$@" &&
			ok "$name, $lto: instrumented units" \
				kmake "$src" O="$obj" M="$mod" sum.o other.o
		is "$name, $lto: they are bitcode" "$(head -qc 2 "$mod"/{sum,other}.o)" BCBC
		is "$name, $lto: what they call is native" \
			"$(for object; do
				[ "$(head -c 4 "$obj/$object")" = $'\177ELF' ] || echo "$object"
			done)" ""
		[ "$lto" = full ] && modes=full || modes="thin thin-dist"
		for mode in $modes; do
			ok "$name, $mode: links" \
				link "$mode" "$mod/sum.o" "$mod/other.o" "${@/#/$obj/}"
		done
	done
}

ok "KASAN, KCOV and UBSAN" options \
	KASAN KASAN_GENERIC KASAN_OUTLINE KCOV UBSAN UBSAN_BOUNDS UBSAN_MISC
tried "KASAN, KCOV and UBSAN" kernel/kcov.o lib/ubsan.o \
	mm/kasan/{common,generic,generic_report,init,quarantine,report}.o
ok "KCSAN and UBSAN" options KCSAN UBSAN UBSAN_MISC
tried "KCSAN and UBSAN" kernel/kcsan/{core,debugfs,report}.o lib/ubsan.o

done_testing
