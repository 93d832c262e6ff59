#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# objtool on small sources.  Its mcount pass: which calls get an entry, and what happens to the
# others.  Code after a WARN(): objtool must see it. --fatal-errors: which findings are errors.
. "$(dirname "$0")/lib/tap.sh"

src=$(KSRC='' front/fetch | tail -n 1)
readelf=${llvm_prefix}llvm-readelf$llvm_suffix
objdump=${llvm_prefix}llvm-objdump$llvm_suffix
objtool=$work/objtool/objtool
mkdir "$work/objtool"
ok "objtool builds" make -s -C "$src/tools/objtool" OUTPUT="$work/objtool/" HOSTCC="$CC" \
	HOSTLD="$LD" HOSTAR="${llvm_prefix}llvm-ar$llvm_suffix"

cd "$work" || exit 1
compile()	# FILE.c: with a call of the tracer in each function
{
	"$CC" --target=x86_64-linux-gnu -O2 -pg -mfentry -fno-pie -mcmodel=kernel \
		-c -o "${1%.c}.o" "$1"
}
# entries OBJECT: print the places to which the entries refer, as SECTION+OFFSET
entries()
{
	"$readelf" -rW "$1" | awk '/^Relocation section/ { t = /rela__mcount_loc/ } t && /R_X86_64_64/ { print $5 "+" $7 }' | sort
}
calls()		# the tracer's calls of a section
{
	"$objdump" -dr --no-show-raw-insn -j "$2" "$1" | grep -c 'R_X86_64_PLT32.*__fentry__'
}

cat > a.c <<'EOF2'
#define section(s) __attribute__((section(s), noinline, used))
int text(int x) { return x * 3; }
section(".init.text") static int init(void) { return 1; }
section(".sched.text") static int sched(void) { return 2; }
section(".exit.text") static void leave(void) { }
__attribute__((no_instrument_function)) int quiet(int x) { return x; }
extern void __fentry__(void);
/* references that are no calls */
void *address = __fentry__;
__attribute__((no_instrument_function)) void *load(void) { return __fentry__; }
EOF2
compile a.c
ok "objtool mcount" "$objtool" mcount a.o
is "an entry for each call in a traced section, and for nothing else" \
	"$(entries a.o | tr '\n' ' ')" \
	".init.text+0 .sched.text+0 .text+0 "
is "calls in traced sections stay" "$(calls a.o .init.text)" 1
is "a call in .exit.text becomes a no-op" "$(calls a.o .exit.text)" 0
is "the no-op has the same length" "$("$objdump" -d -j .exit.text a.o | grep -c '0f 1f 44 00 00')" 1
is "the address of the tracer is still taken" \
	"$("$readelf" -rW a.o | grep -c 'R_X86_64_\(64\|32S\?\|PC32\) .*__fentry__')" 2
refused "a second time" 1 "already has a __mcount_loc section" "$objtool" mcount a.o

cat > b.c <<'EOF2'
__attribute__((no_instrument_function)) int quiet(int x) { return x; }
EOF2
compile b.c
ok "an object without calls" "$objtool" mcount b.o
is "an object without calls gets no table" "$("$readelf" -SW b.o | grep -c mcount_loc)" 0

# an instruction before the call, as with -fcf-protection
cat > c.s <<'EOF2'
	.globl f
	.type f, @function
f:	endbr64
	call __fentry__
	ret
	.size f, .-f
	.globl g
	.type g, @function
g:	jmp __fentry__
	.size g, .-g
EOF2
"$CC" --target=x86_64-linux-gnu -c -o c.o c.s
ok "assembly" "$objtool" mcount c.o
is "a call behind another instruction has one, a jump has none" \
	"$(entries c.o | grep -c .) $(entries c.o | grep -c '+4$')" "1 1"

refused "no such file" 1 "nothing.o" "$objtool" mcount nothing.o
echo text > text.o
refused "no object" 1 "text.o" "$objtool" mcount text.o

# A compiler may put code between the trap of a WARN() and annotate_reachable().
cat > warn.c <<'EOF2'
#include "asm/lto-warn.h"
int state;
int f(int x);
int f(int x)
{
	if (x) {
		asm volatile(".byte 0x0f, 0x0b" LTO_ASM_REACHABLE);
		asm volatile("nop\n1:\t.pushsection .discard.reachable\n\t.long 1b - .\n\t.popsection");
		state = x;
	}
	return x;
}
EOF2
warn()	# OPTION...
{
	"$CC" --target=x86_64-linux-gnu -O2 -fno-pie -mcmodel=kernel \
		-fno-asynchronous-unwind-tables \
		-I"$src/arch/x86/include" "$@" -c -o warn.o warn.c &&
		"$objtool" orc generate --no-fp warn.o
}
unseen="warn.o: warning: objtool: f()+0x9: unreachable instruction"
is "objtool does not see code behind a trap" "$(warn 2>&1)" "$unseen"
is "nor does it without LTO" "$(warn -DCONFIG_STACK_VALIDATION 2>&1)" "$unseen"
is "there is a hole in the ORC" "$("$objtool" orc dump warn.o | grep -c 'sp:(und)')" 2
is "with LTO it sees the code" "$(warn -DCONFIG_STACK_VALIDATION -D__LTO__ 2>&1)" ""
is "there is no hole in the ORC, but an end" "$("$objtool" orc dump warn.o | grep -c 'sp:(und)')" 1

# A conditional tail call of a static call is one byte longer than the code that the kernel writes.
cat > jcc.s <<'EOF2'
	.globl f
	.type f, @function
f:	test %edi, %edi
	jne __SCT__x
	ret
	.size f, .-f
	.globl g
	.type g, @function
g:	jmp __SCT__x
	.size g, .-g
	.section .discard, "aw"
	.quad __SCK__x
EOF2
"$CC" --target=x86_64-linux-gnu -c -o jcc.o jcc.s
cp jcc.o jcc.before
refused "a conditional tail call of a static call" 255 \
	"jcc.o: warning: objtool: f()+0x2: conditional tail call of __SCT__x, .*; compile the file with -fno-optimize-sibling-calls" \
	"$objtool" check --no-fp --fatal-errors jcc.o
same "the object stays as it is" jcc.before jcc.o
is "there is no other warning" "$("$objtool" check --no-fp --fatal-errors jcc.o 2>&1 | grep -c .)" 1
is "without --fatal-errors it prints nothing" "$("$objtool" check --no-fp jcc.o 2>&1; echo $?)" 0
is "both tail calls are in the table" "$("$readelf" -rW jcc.o | grep -c ' __SCK__x + 1$')" 2

# In vmlinux.o, objtool looks for calls that leave .noinstr.text.
cat > noinstr.s <<'EOF2'
	.section .noinstr.text, "ax"
	.type f, @function
f:	call g
	ret
	.size f, .-f
	.text
	.globl g
	.type g, @function
g:	ret
	.size g, .-g
EOF2
"$CC" --target=x86_64-linux-gnu -c -o noinstr.o noinstr.s
is "a call that leaves .noinstr.text is no error" \
	"$("$objtool" check --vmlinux --no-fp --fatal-errors noinstr.o 2>&1; echo $?)" \
	"noinstr.o: warning: objtool: f()+0x0: call to g() leaves .noinstr.text section
0"
sed 's/^g:/g:	.byte 0xeb, 0x7f\n/' noinstr.s > nowhere.s
"$CC" --target=x86_64-linux-gnu -c -o nowhere.o nowhere.s
refused "a jump to nowhere is an error" 255 "can't find jump dest" \
	"$objtool" check --vmlinux --no-fp --fatal-errors nowhere.o

cd "$top" || exit 1
done_testing
