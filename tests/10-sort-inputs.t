#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/lto/sort-inputs: sorting, the order of the tables, symbol versions, bad inputs
. "$(dirname "$0")/lib/tap.sh"

ar=${llvm_prefix}llvm-ar$llvm_suffix nm=${llvm_prefix}llvm-nm$llvm_suffix
sort_inputs=$work/sort-inputs
ok "compiles without warnings" "$CC" -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes \
	-Werror \
	-O2 -std=gnu89 -o "$sort_inputs" scripts/lto/sort-inputs.c

cd "$work" || exit 1
inc=(-nostdinc "-I$top/include" -I.)
mkdir -p linux sub
printf '#define __stringify_1(x...) #x\n#define __stringify(x...) __stringify_1(x)\n' > linux/stringify.h

# unit NAME [FLAGS]: compile a unit with initcalls at two levels, a PCI fixup and a parameter, all
# of static functions.  Each function returns a number: the code of the last letter of NAME (a is
# 97), and a digit.
unit()
{
	local name=$1 code
	shift
	code=$(printf %d "'${name: -1}")
	cat > "$name.c" <<-EOF
	#include <linux/lto-entry.h>
	#define initcall(fn, l) LTO_ENTRY(".initcall" #l ".init", ".long %c0 - .", fn)
	static int one(void) { return ${code}1; }
	initcall(one, 6)
	static int two(void) { return ${code}2; }
	initcall(two, 3s)
	static int three(void) { return ${code}3; }
	initcall(three, 6)
	LTO_ENTRY(".pci_fixup_final", LTO_PCI_FIXUP(0x8086, (~0), (~0), 0), three)
	static const char param[] = "param";
	static int four(char *s) { return ${code}4; }
	LTO_ENTRY(".init.setup", LTO_SETUP(1), four, "i" (param))
	EOF
	"$CC" --target=x86_64-linux-gnu -O2 "${inc[@]}" -D__LTO_UNIT="$(echo "$name" | tr / _)" \
		"$@" -c -o "$name.o" "$name.c"
}
unit a -flto=thin; unit b; unit sub/c -flto=thin
"$ar" cDPrST z.a b.o sub/c.o
ok "objects and a thin archive are sorted" "$sort_inputs" --output=p --ar="$ar" --nm="$nm" z.a a.o
is "bitcode in link order" "$(tr '\n' ' ' < p.bitcode)" '"sub/c.o" "a.o" '
is "native code" "$(cat p.native)" '"b.o"'
is "initcalls by level, then unit, then place in the unit" \
	"$(sed -n 's/^\t\t\*(\.initcall6\.init\.\.[0-9]*\.\(.*\))/\1/p' p.entries | tr '\n' ' ')" \
	"b b sub_c sub_c a a "
is "a table for each level" "$(grep -o '^	\.[^ ]*' p.entries | tr -d '\t' | tr '\n' ' ')" \
	".init.setup .initcall3s.init .initcall6.init .pci_fixup_final "

# called TABLE: print what the functions in this table of all.o return, in the order of the table
called()
{
	"${llvm_prefix}llvm-objdump$llvm_suffix" -dr --no-show-raw-insn all.o > code
	"${llvm_prefix}llvm-readelf$llvm_suffix" -rW all.o | sed -n "/'\.rela$1/,/^\$/p" | sort |
		perl -ne 'BEGIN { open(my $code, "<", "code") or die; /^ *([0-9a-f]+):\s+movl\s+\$(.*), %eax/ and $returns{hex $1} = $2 for <$code> }
			print $returns{hex($1) + hex($2)} // "?", " " if /R_X86_64_(?:PC32|64) +([0-9a-f]+) +\.text \+ ([0-9a-f]+)$/'
}
for mode in -flto=thin -flto; do
	rm -f lto.o all.o
	unit a $mode; unit sub/c $mode
	"$sort_inputs" --output=p --ar="$ar" --nm="$nm" a.o b.o sub/c.o
	ok "$mode: the bitcode is linked" "$LD" -r -T "$top/scripts/lto/sections.lds" -o lto.o \
		@p.bitcode
	ok "$mode: the native code is linked, too" "$LD" -r -T p.entries -o all.o lto.o b.o
	is "$mode: the linked table refers to the functions of each unit, in order" \
		"$(called .initcall6.init)" "971 973 981 983 991 993 "
	is "$mode: so does the table of parameters" "$(called .init.setup)" "974 984 994 "
	is "$mode: nothing is left over" \
		"$("${llvm_prefix}llvm-readelf$llvm_suffix" -SW all.o |
		grep -c 'init\.\..*PROGBITS')" 0
done
# The check of the order can fail: change the order.
sed -i '/initcall6/{s/\.a)/.x)/;s/\.b)/.a)/;s/\.x)/.b)/}' p.entries
ok "a table in another order is linked" "$LD" -r -T p.entries -o all.o lto.o b.o
is "the check sees the other order" "$(called .initcall6.init)" "981 983 971 973 991 993 "

ok "library archives" "$sort_inputs" --output=p --native-dir=D -- a.o --start-lib sub/c.o b.o
is "native members of library archives are lazy" "$(tr '\n' ' ' < p.native)" \
	'--start-lib "b.o" --end-lib '
is "bitcode of library archives is not lazy" "$(tr '\n' ' ' < p.bitcode)" '"a.o" "sub/c.o" '
is "the native code of that bitcode is lazy" "$(tr '\n' ' ' < p.objects)" \
	'"D/a.o" --start-lib "D/sub/c.o" "b.o" --end-lib '

# versions of exported symbols
for f in start other; do
	echo "int $f(void) { return 1; }" > $f.c
	"$CC" --target=x86_64-linux-gnu -O2 -flto=thin -c $f.c
done
echo 'int wanted(void) { return 1; }' > wanted.c
"$CC" --target=x86_64-linux-gnu -O2 -c wanted.c
echo '__crc_wanted = 0x12345678 ;' > .tmp_wanted.o.symversions
echo '__crc_other = 0x87654321 ;' > .tmp_other.o.symversions
: > .tmp_start.o.symversions
ok "symbol versions are collected" "$sort_inputs" --output=p --versions start.o other.o wanted.o
is "only the versions of bitcode; native objects have their own" "$(cat p.crcs)" \
	'__crc_other = 0x87654321 ;'

rm .tmp_start.o.symversions
refused "a missing file of versions" 1 \
	"sort-inputs: error: .tmp_start.o.symversions: No such file.*; remove start.o and run make again" \
	"$sort_inputs" --output=p --versions start.o other.o

# bad inputs
refused "no arguments" 2 "^usage: sort-inputs" "$sort_inputs"
# several archives are listed at a time
archives=() members=
for i in $(seq 30); do
	cp a.o "m$i.o"
	"$ar" cDPrST "m$i.a" "m$i.o"
	archives+=("m$i.a")
	members="$members\"m$i.o\" "
done
ok "thirty archives" "$sort_inputs" --output=p --ar="$ar" "${archives[@]}"
is "thirty archives: their order is kept" "$(tr '\n' ' ' < p.bitcode)" "$members"
printf '#!/bin/sh\ncase $2 in m20.a) exit 7 ;; esac\nexec %s "$@"\n' "$ar" > failing
chmod +x failing
refused "an archive that cannot be listed" 1 \
	"sort-inputs: error: m20.a: ./failing failed with status 7" \
	"$sort_inputs" --output=p --ar=./failing "${archives[@]}"

refused "no such file" 1 "sort-inputs: error: nothing.o: No such file" "$sort_inputs" --output=p \
	nothing.o
echo "neither nor" > text.o
refused "neither bitcode nor ELF" 1 "sort-inputs: error: text.o: neither bitcode nor ELF" \
	"$sort_inputs" --output=p a.o text.o
: > empty.o
refused "an empty object" 1 "sort-inputs: error: empty.o: too short" "$sort_inputs" --output=p \
	empty.o
"$ar" cDPrS fat.a b.o
refused "an archive that is not thin" 1 "sort-inputs: error: fat.a: not a thin archive" \
	"$sort_inputs" --output=p --ar="$ar" fat.a
printf 'BC\xc0\xdebroken' > broken.o
refused "llvm-nm fails" 1 "broken.o" "$sort_inputs" --output=p --nm="$nm" a.o broken.o
refused "the exit status of llvm-nm counts" 1 \
	"sort-inputs: error: the inputs: false failed with status 1" \
	"$sort_inputs" --output=p --nm=false a.o
refused "llvm-ar fails" 1 "sort-inputs: error: z.a: false failed with status 1" "$sort_inputs" \
	--output=p --ar=false z.a
refused "no such program" 1 "sort-inputs: error: z.a: /nonexistent failed with status 127" \
	"$sort_inputs" --output=p --ar=/nonexistent z.a
refused "output that cannot be written" 3 "sort-inputs: error: nowhere/p.bitcode: No such file" \
	"$sort_inputs" --output=nowhere/p a.o
ln -sf /dev/full full.bitcode
refused "full disk" 3 "sort-inputs: error: full.bitcode: No space left" "$sort_inputs" \
	--output=full a.o
ln -sf /dev/full full-nm.nm
refused "full disk for the list that llvm-nm reads" 3 \
	"sort-inputs: error: full-nm.nm: No space left" \
	"$sort_inputs" --output=full-nm --nm="$nm" a.o
echo 'void f(void) __asm__("__lto.initcall6.init"); void f(void) { }' > odd.c
"$CC" --target=x86_64-linux-gnu -c odd.c
refused "an entry without a counter" 1 \
	"sort-inputs: error: odd.o: symbol __lto.initcall6.init: not a table entry" \
	"$sort_inputs" --output=p --nm="$nm" odd.o
# A whole program: the bitcode of library archives comes before their native code.  The roots list
# the symbols to keep.
printf '%s\n' one two > sub/.tmp_c.o.roots
printf '%s\n' three one > .tmp_a.o.roots
ok "a whole program" "$sort_inputs" --output=p --ar="$ar" --whole-program -- a.o b.o --start-lib \
	b.o sub/c.o
is "a whole program: all inputs" "$(tr '\n' ' ' < p.all)" \
	'"a.o" "b.o" "sub/c.o" --start-lib "b.o" --end-lib '
is "a whole program: the symbols to keep" "$(tr '\n' ' ' < p.roots)" \
	"--undefined=one --undefined=three --undefined=two "
rm p.all p.roots
echo '*' > .tmp_a.o.roots
refused "a unit whose symbols to keep are not known" 0 \
	"^a.o: warning: sort-inputs: the compiler is newer than this kernel" \
	"$sort_inputs" --output=p --ar="$ar" --whole-program -- a.o b.o sub/c.o
is "then no lists are written" "$(ls p.all p.roots 2>/dev/null)" ""
rm .tmp_a.o.roots
refused "a missing list of symbols to keep" 1 \
	".tmp_a.o.roots: No such file or directory; remove a.o and run make again" \
	"$sort_inputs" --output=p --ar="$ar" --whole-program -- a.o b.o sub/c.o

rm -f text.o
cd "$top" || exit 1
done_testing
