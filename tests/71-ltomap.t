#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tools/lto/ltomap tells where functions went.  It is tested on small programs whose inlining is
# known, compiled by both compilers and with both versions of DWARF, and on a real kernel, for which
# llvm-symbolizer must give the same answer.
. "$(dirname "$0")/lib/tap.sh"

symbolizer=${llvm_prefix}llvm-symbolizer$llvm_suffix
objdump=${llvm_prefix}llvm-objdump$llvm_suffix
objcopy=${llvm_prefix}llvm-objcopy$llvm_suffix

mkdir "$work/tool"
ok "ltomap compiles without warnings" make -s -C tools/lto OUTPUT="$work/tool/" CC="$CC" \
	CFLAGS="-O1 -g -Werror -fsanitize=address,undefined -fno-sanitize-recover" \
	LDFLAGS=-fsanitize=address,undefined "$work/tool/ltomap"
ltomap=$work/tool/ltomap
# The sanitizers end the tool with a status that the tool itself does not use.
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99

# --- programs -----------------------------------------------------------------------------------

mkdir "$work/src"
cat > "$work/src/one.c" <<'E2'
#define noinline __attribute__((noinline))
#define inline inline __attribute__((always_inline))
int ext(int x);
static inline int deep(int x) { return ext(x) * 3; }
static inline int mid(int x) { return deep(x + 1) + ext(2); }
noinline int outer(int x) { return mid(x) + deep(x); }
int shared(int x) { return ext(x) + 17; }
noinline int tail(int x) { return outer(x + 1); }
static noinline int namesake(int x) { return ext(x) + 1; }
int one(int x) { return namesake(x) + 1; }
int unused(int x) { return ext(x) - 55; }
E2
cat > "$work/src/two.c" <<'E2'
#define noinline __attribute__((noinline))
#include "header.h"
int outer(int x), shared(int x), one(int x), tail(int x);
static noinline int namesake(int x) { return ext(x) + 2; }
noinline int user(int x) { return shared(x) + outer(x) + namesake(x) + tail(x); }
noinline int other(int x) { return shared(x) + header(x); }
void _start(void) { user(other(one(1))); }
E2
cat > "$work/src/header.h" <<'E2'
int ext(int x);
static inline __attribute__((always_inline)) int header(int x)
{
	return ext(x) ^ 5;
}
E2
cat > "$work/src/ext.s" <<'E2'
.text
.globl ext
.type ext, @function
ext:	mov %edi, %eax
	ret
.size ext, . - ext
.section .note.GNU-stack, "", @progbits
E2

# answer ARGS...: print what ltomap says of $program, without the numbers that a compiler is free to
# choose
answer()
{
	"$ltomap" --kernel "$program" "$@" 2>&1 | sed -E 's/0x[0-9a-f]+-0x[0-9a-f]+/RANGE/g
		s/RANGE(, RANGE)+/RANGE/; s/0x[0-9a-f]+, [0-9]+ bytes/PLACE/'
}

# truth: print what is true of a $program that is made of these sources
truth()
{
	is "$name: nested" "$(answer deep)" "deep (one.c:4)
  inlined at 2 places, and nowhere out of line:
    outer in vmlinux: RANGE
      called by mid at one.c:5
      called by outer at one.c:6
    outer in vmlinux: RANGE
      called by outer at one.c:6"
	# A copy that nobody calls may be left out of line.  With gcc, no code of one inlined copy is
	# left.
	is "$name: across files" "$(answer shared | sed '/^  out of line: shared in/d
		s/, and nowhere out of line//; s/no code left/RANGE/' | sort)" "$(sort <<< 'shared (one.c:7)
  inlined at 2 places, 2 in other files:
    user in vmlinux, another file: RANGE
      called by user at two.c:5
    other in vmlinux, another file: RANGE
      called by other at two.c:6')"
	is "$name: forbidden, and called last" "$(answer outer)" "outer (one.c:6)
  out of line: outer in vmlinux, PLACE"
	is "$name: of a header: not across files" "$(answer header)" "header (header.h:2)
  inlined at 1 place, and nowhere out of line:
    other in vmlinux: RANGE
      called by other at two.c:6"
	is "$name: assembly" "$(answer ext | sed '1s/ (.*//')" "ext
  out of line: ext in vmlinux, PLACE"
	is "$name: what outer has in it" "$(answer --into one.c:6)" "outer (one.c:6)
  outer in vmlinux has 3 inlined copies:
    mid (one.c:5) called at one.c:6: RANGE
      deep (one.c:4) called at one.c:5: RANGE
    deep (one.c:4) called at one.c:6: RANGE"
	is "$name: namesakes" "$(answer namesake | sed 's/namesake\.[._a-z0-9]*/N/' | sort)" \
		"$(sort <<< "namesake (one.c:9)
namesake (two.c:4)
$namesakes")"
	is "$name: a line of one" "$(answer two.c:4 | head -n 1)" "namesake (two.c:4)"
	is "$name: a line in a function" "$(answer header.h:4 | head -n 1)" "header (header.h:2)"
	is "$name: the name and the file" "$(answer src/one.c:namesake | head -n 1)" \
		"namesake (one.c:9)"
	refused "$name: no such function" 1 "error: no such function: nobody; " "$ltomap" --kernel \
		"$program" nobody
	is "$name: dropped" "$(answer unused)" "$dropped"
	ok "$name: llvm-symbolizer says the same" \
		tests/inlined "$ltomap" "$symbolizer" "$objdump" "$program"
}


"$CC" -c -o "$work/ext.o" "$work/src/ext.s"
gcc=gcc
command -v gcc > /dev/null || gcc=
clang_says="ltomap: error: no such function: unused; if the sources have it, nothing calls it, and \
the compiler has dropped it"
for version in 4 5; do
	for lto in full thin; do
		name="clang, $lto, DWARF $version" program=$work/clang-$lto-$version
		dropped=$clang_says
		namesakes="  out of line: namesake in vmlinux, PLACE
  renamed: N in vmlinux, PLACE"
		ok "$name: compiles" sh -c "set -e; cd '$work/src'
			for f in one two; do
				'$CC' -O2 -gdwarf-$version -flto=$lto -ffreestanding -c -o ../\$f.o \$f.c
			done
			'$LD' --lto-O2 -o '$program' ../one.o ../two.o ../ext.o"
		truth
	done
	name="gcc, DWARF $version" program=$work/gcc-$version
	if [ -z "$gcc" ]; then
		skip "$name" "there is no gcc"
		continue
	fi
	namesakes="  renamed: N in vmlinux, PLACE
  renamed: N in vmlinux, PLACE"
	dropped="unused (one.c:11)
  dropped: nothing calls it"
	ok "$name: compiles" sh -c "cd '$work/src' && gcc -O2 -gdwarf-$version -flto \
		-flto-partition=none -fno-ipa-sra -fno-ipa-cp -ffreestanding -nostdlib -static -no-pie \
		-o '$program' one.c two.c ../ext.o"
	truth
done

# --- pieces and clones --------------------------------------------------------------------------

# compiled NAME COMPILER FLAG...: compile standard input to an object
compiled()
{
	program=$work/$1.o
	cat > "$work/src/$1.c"
	(cd "$work/src" && "${@:2}" -O2 -g -c -o "$program" "$1.c") || fail "$1 compiles"
}
# symbols NAME: print the kinds and symbols that a function has
symbols()
{
	"$ltomap" --kernel "$program" "$1" | sed -n 's/^  \([a-z ]*: [a-z0-9_.]*\) in .*/\1/p' |
		sort
}
pieces='int ext(int x);
void slow(int x) __attribute__((cold));
extern int v[];
int split(int x)
{
	for (int i = 0; i < x; i++) { if (v[i] == 3) slow(i); v[i] += ext(i); }
	return v[2];
}
static int outlined(int *p)
{
	if (__builtin_expect(!p, 1)) return 0;
	ext(*p); ext(p[1]); ext(p[2]); ext(p[3]); ext(p[4]);
	for (int i = 0; i < *p; i++) ext(p[i] * 3);
	return ext(p[2]);
}
int user1(int *p) { return outlined(p) + 1; }
int user2(int *p) { return outlined(p) + 2; }
static __attribute__((noinline)) int special(int a, int b) { return ext(a) + ext(b) * b; }
int user3(int a) { return special(a, 3) + 1; }
int user4(int a) { return special(a, 3) + 2; }
static int factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1) + ext(n); }
int user5(int n) { return factorial(n); }'
if [ -n "$gcc" ]; then
	compiled gcc-pieces gcc <<< "$pieces"
	is "gcc: cold code" "$(symbols split)" "out of line: split
part: split.cold"
	is "gcc: partial inlining" "$(symbols outlined)" "part: outlined.part.0"
	is "gcc: where the rest is inlined" \
		"$(answer outlined | sed -n 's/^ *called by //p' | sort)" \
		"user1 at gcc-pieces.c:16
user2 at gcc-pieces.c:17"
	is "gcc: a clone" "$(symbols special)" "clone: special.constprop.0"
	is "gcc: by its name" "$(answer special.constprop.0 | head -n 1)" \
		"special (gcc-pieces.c:18)"
	is "gcc: a piece of the code to patch is with its function" \
		"$(answer --affected split | cut -f 1-4)" \
		"gcc_pieces.o	split	0	gcc-pieces.c:4
ltomap: error: 1 function with old code cannot be patched"
	is "gcc: recursion, inlined in itself" \
		"$(answer factorial | sed -n 's/^ *called by //p' | sort -u)" \
		"factorial at gcc-pieces.c:21
user5 at gcc-pieces.c:22"
fi
compiled clang-pieces "$CC" -mllvm -hot-cold-split -mllvm -hotcoldsplit-threshold=0 \
	-mllvm -enable-partial-inlining -mllvm -skip-partial-inlining-cost-analysis <<< "$pieces"
is "clang: cold code" "$(symbols split)" "out of line: split
part: split.cold.1"
is "clang: partial inlining" "$(symbols outlined | sed 's/outlined\..*/PART/')" "part: PART"
is "clang: where the rest is inlined" "$(answer outlined | sed -n 's/^ *called by //p' | sort -u)" \
	"user1 at clang-pieces.c:16
user2 at clang-pieces.c:17"
ok "clang: a part is not called dropped" grep -q "^ *0 functions were dropped" <<< "$(answer)"

# --- what has to be patched ---------------------------------------------------------------------

# Functions that have a copy: traced, not traced, __init, by way of another inlined function.  And a
# function that only calls.
patched='#define noinline __attribute__((noinline))
#define inline inline __attribute__((always_inline))
int ext(int x);
static inline int changed(int x) { return ext(x) + 3; }
static inline int middle(int x) { return changed(x) * 7; }
noinline int traced(int x) { return changed(x) + changed(x + 1); }
noinline int untraced(int x) { return changed(x) + 1; }
noinline __attribute__((section(".init.text"))) int starts(int x) { return changed(x) + 2; }
noinline int nested(int x) { return middle(x); }
noinline int innocent(int x) { return traced(x); }
__asm__(".section __mcount_loc, \"a\"\n.balign 8\n.quad traced, starts, nested, innocent\n.previous");'
compiled patched4 "$CC" -ffreestanding -gdwarf-4 <<< "$patched"
is "a module, DWARF 4" "$(answer --affected changed middle | cut -f 2,4 | grep patched4)" \
	"traced	patched4.c:6
untraced	patched4.c:7
starts	patched4.c:8
nested	patched4.c:9"
compiled patched "$CC" -ffreestanding -gdwarf-5 <<< "$patched"
module=$work/some-module.ko vmlinux=$work/vmlinux
"$LD" -r -o "$module" "$work/patched.o"
bounds="--defsym=__start_mcount_loc=__start___mcount_loc --defsym=__stop_mcount_loc=__stop___mcount_loc"
# shellcheck disable=SC2086 # options
"$LD" -e innocent $bounds -o "$vmlinux" "$work/patched.o" "$work/ext.o"
program=$module
is "affected, in a module" "$(answer --affected changed)" \
	"some_module	traced	0	patched.c:6	2 inlined copies
some_module	untraced	0	patched.c:7	1 inlined copy; cannot be patched: it does not call the tracer (notrace)
some_module	starts	0	patched.c:8	1 inlined copy; cannot be patched: it is __init, and runs before it can be patched
some_module	nested	0	patched.c:9	1 inlined copy
ltomap: error: 2 functions with old code cannot be patched"
ok "affected, all of which can be patched" "$ltomap" --kernel "$module" --affected middle traced
is "affected, the union" "$(answer --affected middle traced)" \
	"some_module	traced	0	patched.c:6	itself
some_module	nested	0	patched.c:9	1 inlined copy"
program=$vmlinux
is "affected, in vmlinux" "$(answer --affected changed | sed -n 's/.*; cannot be patched//p')" \
	": it does not call the tracer (notrace)
: it is __init, and has run"
refused "affected: one cannot be patched" 1 "error: 1 function with old code cannot be patched" \
	"$ltomap" --kernel "$vmlinux" --affected changed
is "affected, in both" \
	"$("$ltomap" --kernel "$vmlinux" --kernel "$module" --affected middle | cut -f 1,2)" \
	"vmlinux	nested
some_module	nested"
compiled untraced "$CC" -ffreestanding <<< "${patched%__asm__*}"
refused "affected: without tracer" 1 \
	"cannot be patched: no function calls the tracer (CONFIG_FUNCTION_TRACER)" \
	"$ltomap" --kernel "$program" --affected middle

compiled weak1 "$CC" -ffreestanding <<< 'int ext(int x);
static inline __attribute__((always_inline)) int middle(int x) { return ext(x) * 7; }
int nested(int x) { return middle(x); }
__attribute__((weak)) int weak(int x) { return middle(x); }
__asm__(".section __mcount_loc, \"a\"\n.quad nested\n.previous");'
compiled weak2 "$CC" -ffreestanding <<< 'int weak(int x) { return x; }'
program=$work/weak
# shellcheck disable=SC2086 # options
"$LD" -e nested $bounds -o "$program" "$work/weak1.o" "$work/weak2.o" "$work/ext.o"
is "affected: old code in a weak function that another replaces" \
	"$(answer --affected middle | cut -f 2,5)" "nested	1 inlined copy
weak	1 inlined copy; cannot be patched: it is weak, and another is used"
ok "affected: which is no obstacle" "$ltomap" --kernel "$program" --affected middle
is "which one is which" "$(answer weak | sed 's/:.*//')" "weak (weak1.c
  weak, and replaced
weak (weak2.c
  out of line"

# arm64, where the compiler lists the calls
"$CC" --target=aarch64-linux-gnu -O2 -g -ffreestanding -fpatchable-function-entry=2 -c \
	-o "$work/arm64.o" -x c - <<< "${patched%__asm__*}"
"$LD" -r -o "$work/arm64.ko" "$work/arm64.o"
program=$work/arm64.ko
is "arm64" "$(answer --affected middle | cut -f 2,3,5)" "nested	0	1 inlined copy"

# debug information that was removed from its module
"$objcopy" --only-keep-debug "$module" "$work/some-module.ko.debug"
program=$work/some-module.ko.debug
is "debug information alone: the places" "$(answer middle | sed 1d)" \
	"$(program=$module && answer middle | sed 1d)"
is "and who can be patched is not known" "$(answer --affected middle | sed -n 's/.*; //p')" \
	"cannot be patched: the file has debug information alone, and no table of traced functions"

# Two functions with the same name, and a variable.  The second function is linked before the first.
for n in 1 2; do
	compiled twin$n "$CC" -ffreestanding <<< "int ext(int x);
static __attribute__((noinline)) int twin(int x) { return ext(x) + $n; }
int user$n(int x) { return twin(x) + 1; }"
done
"$CC" -c -o "$work/twin3.o" -x assembler - <<< '.section .rodata, "a"
twin: .quad 5
.type twin, @object
.size twin, 8'
echo 'SECTIONS { .rodata : { *(.rodata) } .text : { *twin2.o(.text) *twin1.o(.text) *(.text) } }' > "$work/lds"
(cd "$work" && "$LD" -r -T lds -o twins.ko twin1.o twin2.o twin3.o &&
	"$LD" -e user1 -T lds -o twins twin1.o twin2.o twin3.o ext.o)
numbers()
{
	answer "$1" | sed -n 's/.*, number \(.\) of this name/\1/p'
}
program=$work/twins.ko
is "sympos in a module: the order of its symbol table" "$(numbers twin1.c:2) $(numbers twin2.c:2)" \
	"1 2"
program=$work/twins
is "sympos in vmlinux: the order of addresses" "$(numbers twin1.c:2) $(numbers twin2.c:2)" "3 2"
is "sympos for a patch" "$(answer --affected twin1.c:2 | cut -f 2,3 | head -n 1)" "twin	3"
refused "affected: which of two is meant" 2 \
	"error: 2 functions are meant by twin; name one of these:" \
	"$ltomap" --kernel "$program" --affected twin
is "which can be named" "$(answer --affected twin | sed -n 's/^	//p' | sort)" "twin1.c:2
twin2.c:2"

# --- two kernels --------------------------------------------------------------------------------

program=$work/none
(cd "$work/src" && for f in one two; do "$CC" -O2 -g -ffreestanding -c -o "../$f-none.o" $f.c ||
	exit; done) &&
	"$LD" -o "$program" "$work/one-none.o" "$work/two-none.o" "$work/ext.o"
is "diff" "$("$ltomap" --diff "$work/none" "$work/clang-full-4")" "appeared: 0
vanished: 1
  unused (one.c): 1 out of line, 0 inlined -> none
newly inlined: 2
  one (one.c): 1 out of line, 0 inlined -> 0 out of line, 1 inlined (1 across files)
  shared (one.c): 1 out of line, 0 inlined -> 0 out of line, 2 inlined (2 across files)
newly inlined across files: 0
nowhere out of line any more: 2
  one (one.c): 1 out of line, 0 inlined -> 0 out of line, 1 inlined (1 across files)
  shared (one.c): 1 out of line, 0 inlined -> 0 out of line, 2 inlined (2 across files)
newly out of line: 0"
is "diff with itself" "$("$ltomap" --diff "$work/none" "$work/none" | grep -v ': 0$')" ""

# --- JSON, and a kernel's summary -----------------------------------------------------------------

json()
{
	"$ltomap" --json "$@" |
		perl -MJSON::PP -0777 -ne 'print JSON::PP->new->canonical->encode(decode_json($_)), "\n"'
}
program=$work/clang-full-4
is "JSON of a summary" "$(json --kernel "$program" | grep -o '"inlined_copies":[0-9]*')" \
	'"inlined_copies":7'
is "JSON of a function" "$(json --kernel "$program" header | sed 's/0x[0-9a-f]*/0x/g')" \
	'[{"dropped":false,"file":"header.h","function":"header","inlined":[{"across":false,'\
'"calls":[{"caller":"other","file":"two.c","line":6}],"in":"other","object":"vmlinux",'\
'"ranges":[["0x","0x"]]}],"line":2,"symbols":[]}]'
is "JSON of --into" "$(json --kernel "$program" --into other |
	grep -o '"depth":[0-9]*\|"function":"[a-z]*"' | sort | paste -sd ' ')" \
	'"depth":1 "depth":1 "function":"header" "function":"other" "function":"shared"'
is "JSON of --affected" "$(json --kernel "$module" --affected middle)" \
	'[{"copies":1,"function":"nested","harmless":false,"itself":false,"object":"some_module",'\
'"obstacle":null,"symbol":"nested","sympos":0,"where":"patched.c:9"}]'
is "JSON of --diff" "$(json --diff "$work/none" "$program" | grep -o '"vanished":.*')" \
	'"vanished":[{"after":{"across":0,"inlined":0,"out_of_line":0},'\
'"before":{"across":0,"inlined":0,"out_of_line":1},"file":"one.c","function":"unused"}]}'

# --- patches of the sources -----------------------------------------------------------------------

# The old sources are in a, the new ones in b.
mkdir "$work/patch" "$work/patch/a"
cat > "$work/patch/a/p.h" <<'E2'
#define TWICE(x) (2 * (x))
int ext(int x);
static inline __attribute__((always_inline)) int
in_header(int x)
{
	return ext(x) ^ 5;
}
static inline __attribute__((always_inline)) int neighbour(int x)
{
	return ext(x) ^ 7;
}
E2
cat > "$work/patch/a/types.h" <<'E2'
/* no function */
struct pair {
	int first;
};
E2
cat > "$work/patch/a/a.c" <<'E2'
#include "p.h"
#include "types.h"
static const int table[] = {
	1,
	2,
};

static __attribute__((noinline)) int plain(int x)
{
	return ext(table[x & 1]) + in_header(x);
}

/* It is inlined into b.c. */
int across(int x)
{
	int y = ext(x);

	/* nothing */
	return y + TWICE(x);
}

__asm__(".globl label\n"
	"label:");

#ifdef NOT_DEFINED
static int variant(int x)
{
	return ext(x) - 1;
}
#else
static int variant(int x)
{
	if (x > 3) {
		x = ext(x);
#include "middle.inc"
	}
	return ext(x) - 2;
}
#endif
static inline int nowhere(int x)
{
	return ext(x) + 3;
}
#define DEFINE(name) __attribute__((noinline)) int sys_##name(int x)
DEFINE(call)
{
	return plain(x) + variant(x);
}
E2
echo '	x += ext(4);' > "$work/patch/a/middle.inc"
cat > "$work/patch/a/b.c" <<'E2'
#include "p.h"
int across(int x), sys_call(int x);
__attribute__((noinline)) int b(int x)
{
	return across(x) + in_header(x);
}
__attribute__((noinline)) int other(int x)
{
	return neighbour(x);
}
void _start(void) { b(other(sys_call(ext(1)))); }
E2
echo 'int never(void) { return 1; }' > "$work/patch/a/never.c"
program=$work/patch/kernel diff=$work/patch/diff
ok "a kernel to patch" sh -c "set -e; cd '$work/patch/a'
	for f in a b; do '$CC' -O2 -g -flto -ffreestanding -c -o ../\$f.o \$f.c; done
	'$LD' --lto-O2 -o '$program' ../a.o ../b.o '$work/ext.o'"

# edited FILE SED: write the diff of an edit to $diff
edited()
{
	rm -rf "$work/patch/b"
	cp -r "$work/patch/a" "$work/patch/b"
	sed -i "$2" "$work/patch/b/$1"
	differ
}
differ()
{
	(cd "$work/patch" && diff -Nru a b) > "$diff"
	[ -s "$diff" ] || fail "there is nothing to patch"
}
# changes [OPTION...]: print what ltomap says of $diff, without the reasons of --affected
changes()
{
	"$ltomap" --kernel "$program" "$@" --patch "$diff" 2>&1 |
		sed 's/^affected: vmlinux	\([^	]*\)	.*/affected: \1/
			s/^object: vmlinux	/object: /
			/with old code cannot/d;s/^ltomap: error: \([0-9]*\) change.*/others: \1/'
}
edited a.c '/table\[x/s/+/-/'
is "patch: a static function" "$(changes)" "changed: a.c:8: plain
affected: plain
object: a.o"
edited a.c '/table\[x/s/+/-/;/\*.*b.c/d'
is "patch: a neighbour in the context" "$(changes; grep -c '^ int across' "$diff")" \
	"changed: a.c:8: plain
affected: plain
object: a.o
1"
edited a.c '/int y = /s/x)/x + 1)/'
is "patch: a function that was inlined into another file" "$(changes)" "changed: a.c:14: across
affected: b
object: b.o"
edited p.h '/\^ 5/s/5/6/'
is "patch: a function of a header, in two units" "$(changes)" "changed: p.h:4: in_header
affected: plain
affected: b
object: a.o
object: b.o"
edited p.h '3s/int/long/'
is "patch: its type, on a line before its name" "$(changes | head -n 1)" "changed: p.h:4: in_header"
edited a.c '/plain(x) +/s/+/-/'
is "patch: a function whose head is a macro" "$(changes)" "changed: a.c:45: sys_call
affected: sys_call
object: a.o"
edited a.c '/ext(x) - 2/s/2/4/'
is "patch: one of two variants" "$(changes)" "changed: a.c:31: variant
affected: sys_call
object: a.o"
no_code="not configured, dropped, or no instruction is left where it was inlined"
edited a.c '/ext(x) - 1/s/1/4/'
is "patch: the variant that is not configured" "$(changes)" "no code: a.c:26: variant ($no_code)
others: 1"
edited a.c '/ext(x) + 3/s/3/4/'
is "patch: a function that was dropped" "$(changes)" "no code: a.c:40: nowhere ($no_code)
others: 1"
edited middle.inc 's/4/5/'
is "patch: lines that are included in a function" "$(changes)" "changed: a.c:31: variant
not in a function: middle.inc:1: -x += ext(4);
not in a function: middle.inc:1: +x += ext(5);
affected: sys_call
object: a.o
others: 2"
edited a.c 's/2,$/3,/;/label:/s/label/lable/;/^#ifdef/s/NOT/NO/'
is "patch: data, assembly, a condition" "$(changes)" \
	"not in a function: a.c:5: -2, (in: static const int table[] = {)
not in a function: a.c:23: -\"label:\"); (in: __asm__(\".globl label\\n\")
not in a function: a.c:25: -#ifdef NOT_DEFINED
not in a function: a.c:5: +3, (in: static const int table[] = {)
not in a function: a.c:23: +\"lable:\"); (in: __asm__(\".globl label\\n\")
not in a function: a.c:25: +#ifdef NO_DEFINED
others: 6"
edited p.h '1s/2/3/;2d'
is "patch: a macro and a declaration of a header" "$(changes)" \
	"not in a function: p.h:1: -#define TWICE(x) (2 * (x))
not in a function: p.h:2: -int ext(int x);
not in a function: p.h:1: +#define TWICE(x) (3 * (x))
others: 3"
edited types.h '/first/d'
is "patch: a type" "$(changes)" "not in a function: types.h:3: -int first; (in: struct pair {)
others: 1"
edited a.c 's/It is/This is/;s/nothing/nothing at all/;s/^int across/\n&/'
is "patch: comments and empty lines" "$(changes)" "no code is changed"
edited a.c '/return y/i #define Y y'
is "patch: a macro in a function" "$(changes)" "changed: a.c:14: across
not in a function: a.c:19: +#define Y y
affected: b
object: b.o
others: 1"

edited a.c '/^DEFINE(/i static int added(int x)\n{\n\treturn ext(x) + 3;\n}\n'
echo 'int q;' > "$work/patch/b/q.h"
rm "$work/patch/b/never.c"
differ
is "patch: a new function and file, and one that is not compiled" "$(changes)" \
	"new function: a.c:45: added (has no old copy)
new file: q.h (has no old copy)
not compiled: never.c (or no code of it)
others: 1"
cat > "$diff" <<'E2'
diff --git a/p.h b/p.h
--- a/p.h
+++ b/p.h
@@ -4,5 +4,10 @@ in_header
 in_header(int x)
 {
+	return ext(x) ^ 4;
+}
+static inline __attribute__((always_inline)) int in_header2(int x)
+{
 	return ext(x) ^ 5;
 }
 static inline __attribute__((always_inline)) int neighbour(int x)
E2
sed -i 's/^@@.*/@@ -4,5 +4,9 @@ in_header/' "$diff"
is "patch: an end and a beginning in the middle of a function" "$(changes | head -n 2)" \
	"changed: p.h:4: in_header
new function: p.h:8: in_header2 (has no old copy)"
sed -i '/^+.*4;$/s/4/5/' "$diff"
is "patch: a new function by the lines of its neighbour" "$(changes)" \
	"new function: p.h:8: in_header2 (has no old copy)"
edited b.c '/other(int x)$/,/^}/d;s/other(//;s/))));/)));/'
is "patch: a function is removed" "$(changes)" "removed: b.c:7: other
changed: b.c:11: _start
affected: other
affected: _start
object: b.o"
edited a.c 's/plain/renamed/'
is "patch: a function is renamed" "$(changes)" "removed: a.c:8: plain
changed: a.c:45: sys_call
new function: a.c:8: renamed (has no old copy)
affected: sys_call
affected: plain
object: a.o"
printf '%s\n' 'diff --git a/b.c b/c.c' 'similarity index 100%' 'rename from b.c' \
	'rename to c.c' > "$diff"
is "patch: a file is renamed" "$(changes)" "not in a function: b.c: is renamed to c.c
others: 1"

# a module whose functions are traced, as a mail
mkdir -p "$work/patch/m/a"
cp "$work/src/patched.c" "$work/patch/m/a/"
printf '%s\n' 'Subject: [PATCH] x' '' '---' ' patched.c | 1 +' '' '--- a/patched.c' \
	'+++ b/patched.c' '@@ -9 +9 @@' '-noinline int nested(int x) { return middle(x); }' \
	'+noinline int nested(int x) { return middle(x) + 1; }' '-- ' '2.30' > "$diff"
is "patch: a mail, of a module" "$("$ltomap" --kernel "$module" --patch - < "$diff")" \
	"changed: patched.c:9: nested
affected: some_module	nested	0	patched.c:9	itself
object: some_module	patched.o"
ok "patch: all can be patched" "$ltomap" --kernel "$module" --patch "$diff"
is "JSON of --patch" "$(json --kernel "$module" --patch "$diff")" \
	'{"affected":[{"copies":0,"function":"nested","harmless":false,"itself":true,'\
'"object":"some_module","obstacle":null,"symbol":"nested","sympos":0,"where":"patched.c:9"}],'\
'"changed":[{"file":"patched.c","function":"nested","line":9,"removed":false}],"new_files":[],'\
'"new_functions":[],"not_compiled":[],"not_in_a_function":[],'\
'"units":[{"file":"patched.o","object":"some_module"}],"without_code":[]}'

# the sources are not those of the kernel any more
edited a.c '/table\[x/s/+/-/'
mv "$work/patch/a" "$work/patch/old"
refused "patch: no sources" 2 "a/a.c: No such file.*; name the directory of the old sources" \
	"$ltomap" --kernel "$program" --patch "$diff"
is "patch: their directory" "$(changes --source "$work/patch/old" | head -n 1)" \
	"changed: a.c:8: plain"
mv "$work/patch/b" "$work/patch/a"
refused "patch: it was applied" 2 \
	"diff:4: line 10 of .*a/a.c is another one; the diff is against other sources" \
	"$ltomap" --kernel "$program" --patch "$diff"
mv "$work/patch/old/"* "$work/patch/a/"
program=$work/clang-full-4
# bad NAME MESSAGE LINE...: a diff that cannot be read
bad()
{
	printf '%s\n' "${@:3}" > "$diff"
	refused "patch: $1" 2 "^ltomap: error: $diff:*[0-9]*: $2" "$ltomap" --kernel "$program" \
		--patch "$diff"
}
names=('--- a/p.h' '+++ b/p.h')
bad "it is none" "it changes no file" "@@ nothing @@"
bad "of two lines, one is there" "the diff ends in the hunk of line 3 (got 1 old" "${names[@]}" \
	"@@ -1,2 +1,2 @@" " #define TWICE(x) (2 * (x))"
bad "more lines than the head says" "the lines of a hunk are not as many" "${names[@]}" \
	"@@ -2 +2 @@" "-int ext(int x);" "+int ext(int y);" "+int ext2(int y);"
bad "fewer lines than the head says" "the lines of a hunk are not as many" "${names[@]}" \
	"@@ -1,2 +1,2 @@" "-int ext(int x);" "+int ext(int y);" "diff --git a/a.c b/a.c"
bad "its head is damaged" "the head of a hunk cannot be read" "${names[@]}" "@@ -2,x +2 @@"
bad "no hunk" "expected a hunk" "${names[@]}" "Index"
bad "no names" "a hunk without the names of its file" "@@ -2 +2 @@"
bad "no component to leave out" "the file name must have a component" "--- p.h" "+++ p.h" "@@ -1"
bad "it goes out of the sources" "the file name has an empty component, or" "--- a/../p.h" \
	"+++ b/../p.h" "@@ -1"
bad "it goes back" "a hunk begins before the end" "${names[@]}" "@@ -2 +1,0 @@" "-int ext(int x);" \
	"@@ -1 +1,0 @@" "-#define TWICE(x) (2 * (x))"
bad "binary" "a binary diff cannot be read" "diff --git a/x b/x" "GIT binary patch"
bad "of a merge" "the diff of a merge cannot be read" "@@@ -1 -1 +1 @@@"
bad "a file twice" "p.h is changed twice" "${names[@]}" "@@ -2 +1,0 @@" "-int ext(int x);" \
	"${names[@]}" "@@ -2 +1,0 @@" "-int ext(int x);"
refused "patch: no diff" 2 "expected a diff" "$ltomap" --kernel "$program" --patch
refused "patch: a diff that is not there" 3 "nowhere: No such file" "$ltomap" --kernel "$program" \
	--patch nowhere
refused "--source is for --patch" 2 "source is for --patch only" "$ltomap" --source . --affected b

# --- bad usage, and bad files -------------------------------------------------------------------

cp "$program" "$work/stripped"
"$objcopy" --strip-debug "$work/stripped"
refused "no debug information" 2 \
	"stripped: there is no debug information; build with CONFIG_DEBUG_INFO=y" \
	"$ltomap" --kernel "$work/stripped"
is "which is one line" "$("$ltomap" --kernel "$work/stripped" 2>&1 | wc -l)" 1
mkdir -p "$work/tree/drivers"
cp "$vmlinux" "$work/tree/vmlinux"
cp "$module" "$work/tree/drivers/some-module.ko"
is "a build tree" "$("$ltomap" --kernel "$work/tree/" --affected middle | cut -f 1)" "vmlinux
some_module"
is "this directory" "$(cd "$work/tree" && "$ltomap" --affected middle | cut -f 1)" "vmlinux
some_module"
echo drivers/none.ko > "$work/tree/modules.order"
refused "a module that is not there" 3 "drivers/none.ko: No such file" "$ltomap" --kernel \
	"$work/tree"
rm "$work/tree/vmlinux"
refused "no vmlinux" 2 "tree/vmlinux: No such file.*expected a build tree, vmlinux or a module" \
	"$ltomap" --kernel "$work/tree"
refused "no kernel" 2 "nowhere: No such file" "$ltomap" --kernel nowhere
refused "no function" 2 "expected a function" "$ltomap" --kernel "$program" --affected
refused "one kernel to compare" 2 "^usage: ltomap" "$ltomap" --diff "$program"
refused "a third" 2 "takes its two kernels as arguments" \
	"$ltomap" --diff --kernel "$program" "$program" "$program"
refused "two modes" 2 "expected one of --affected, --patch, --into and --diff" "$ltomap" --into \
	--affected deep
refused "no such option" 2 "^usage: ltomap" "$ltomap" --frobs
refused "one of two is not there" 1 "no such function: nobody" "$ltomap" --kernel "$program" \
	nobody deep
refused "and the other is told" 1 "^deep (" "$ltomap" --kernel "$program" nobody deep
compiled dwo "$CC" -gsplit-dwarf <<< "int f(void) { return 1; }"
refused "split debug information" 2 "build without CONFIG_DEBUG_INFO_SPLIT" "$ltomap" --kernel \
	"$program"
program=$work/compressed
cp "$work/clang-full-4" "$program"
"$objcopy" --compress-debug-sections=zlib "$program"
is "compressed debug information" "$(answer deep)" "$(program=$work/clang-full-4 && answer deep)"

# Damaged bytes of debug information must give an error or an answer, but no crash.
RANDOM=28 survived=0
for ((i = 0; i < 120; i++)); do
	case $((i % 4)) in
	0)	of=clang-full-4 section=.debug_info ;;
	1)	of=clang-thin-5 section=.debug_abbrev ;;
	2)	of=some-module.ko section=.debug_info ;;
	3)	of=clang-full-5 section=.debug_line ;;
	esac
	cp "$work/$of" "$work/mutant"
	size=$("$objdump" -h "$work/$of" | awk -v s="$section" '$2 == s { print $3 }')
	printf -v byte %02x $((RANDOM % 256))
	tests/lib/damage "$work/mutant" "$section:$((RANDOM % 0x$size))" bytes "$byte"
	status=0
	timeout 20 "$ltomap" --kernel "$work/mutant" deep > "$work/mutant.log" 2>&1 || status=$?
	[ $status -le 3 ] && survived=$((survived + 1)) ||
		printf '%s\n' "status $status: $of $section $i" "$(head -n 20 "$work/mutant.log")" \
		>> "$work/mutants"
done
is "$i mutants" "$survived $(cat "$work/mutants" 2>/dev/null)" "$i "

# --- the checker can fail -------------------------------------------------------------------------

program=$work/clang-full-4
# lies NAME PERL [PERL]: change each place $_ in ltomap's answer (or @$answer), or with the second
# program the answer %$answer to --patch; the checker must notice
lies()
{
	cat > "$work/liar" <<E2
#!/usr/bin/perl
use JSON::PP;
my \$answer = decode_json(scalar(\`'$ltomap' @{[map { "'\$_'" } @ARGV]}\`));
if (ref(\$answer) eq 'HASH') {
	${3:-}
} else {
	for (map { @{\$_->{inlined} // [{}]} } @\$answer) { $2 }
}
print encode_json(\$answer);
E2
	chmod +x "$work/liar"
	refused "the comparison finds $1" 1 "only ltomap\|only the symbolizer\|says so" \
		tests/inlined "$work/liar" "$symbolizer" "$objdump" "$program"
}
# shellcheck disable=SC2016 # perl's variables
{
lies "a place that is not said" '@{$_->{ranges}} = ();'
lies "another line" '$_->{calls}[0]{line}++;'
lies "a caller that is not said" 'pop(@{$_->{calls}}) if @{$_->{calls} // []} > 1;'
lies "a range that is too long" \
	'$_->{ranges}[0][1] = sprintf("0x%x", hex($_->{ranges}[0][1] // 0) + 1);'
lies "a function that is not affected" \
	'@$answer = grep { ($_->{symbol} // "") ne "outer" } @$answer;'
lies "a changed function that is not said" '' 'pop(@{$answer->{changed}});'
lies "a function that is not changed" '' 'push(@{$answer->{changed}}, { function => "f", file => "f.c",
	line => 1 });'
}

# --- a real kernel ------------------------------------------------------------------------------

CONFIG=debug
there_is_a_kernel thin-dist
if name=$(tests/inlined "$ltomap" "$symbolizer" "$objdump" "$dir/vmlinux" 200 \
	2> "$work/inlined.log"); then
	pass "a kernel: llvm-symbolizer says the same: $name"
else
	fail "a kernel: llvm-symbolizer says the same" "$name
$(tail -n 3 "$work/inlined.log")"
fi
make -s -C tools/lto OUTPUT="$work/tool/fast-" CC="$CC" CFLAGS=-O2 LDFLAGS= "$work/tool/fast-ltomap"
used=$({ command time -f '%U %S %M' "$work/tool/fast-ltomap" --kernel "$dir/vmlinux" \
	> "$work/summary"; } 2>&1)
echo "# user and system seconds, KiB: $used"
ok "a kernel: within 15 seconds and 1 GiB" awk '{ exit !($1 + $2 < 15 && $3 < 1024 * 1024) }' \
	<<< "$used"
sed 's/^/# /' "$work/summary"
# old_sympos must be as the kernel counts: in the order of System.map, which is the order of
# kallsyms.
mapfile -t twins < <(awk '$2 ~ /^[tT]$/ { print $3 }' "$dir/System.map" | sort | uniq -d |
	grep '^[a-z_]*$' | head -n 60)
"$ltomap" --json --kernel "$dir/vmlinux" "${twins[@]}" | perl -MJSON::PP -0777 -ne '
	for (map { @{$_->{symbols}} } @{decode_json($_)}) {
		print substr("0" x 16 . substr($_->{address}, 2), -16), " $_->{symbol} $_->{sympos}\n";
	}' | sort > "$work/positions"
awk '{ print $1, $3, ++n[$3] }' "$dir/System.map" | sort > "$work/expected"
is "a kernel: positions of $(wc -l < "$work/positions") symbols in System.map" \
	"$(comm -23 "$work/positions" "$work/expected")" ""
ok "a kernel: there are some" test -s "$work/positions"
is "a kernel: modules, too" "$("$ltomap" --kernel "$dir" ext4_fill_super |
	sed -n 's/^  out of line: ext4_fill_super in \([a-z0-9]*\),.*/\1/p')" ext4

done_testing
