#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# READ_ONCE() on arm64 is a load-acquire in bitcode, for each size, with LDAPR as its alternative.
# The handler of its faults works.  (tests/full/15-arm64.t tests it in a kernel that boots.)
. "$(dirname "$0")/lib/tap.sh"

ARCH=arm64
src=$(KSRC='' front/fetch | tail -n 1)
obj=$work/obj mod=$work/mod
objdump=${llvm_prefix}llvm-objdump$llvm_suffix
ok "configuration" small_configure tiny "$src" "$obj" LTO_CLANG_THIN
keep_unused "$src" "$obj"
ok "modules_prepare" kmake "$src" O="$obj" -j"$J" modules_prepare

# A module of two units, which are bitcode, and a module of one unit, which is not.
mkdir "$mod"
cat > "$mod/Makefile" <<'EOF'
obj-m := linked.o alone.o
linked-y := reads.o order.o kasan.o
CFLAGS_kasan.o := -fsanitize=kernel-address
ccflags-y := -Werror
EOF
cat > "$mod/reads.c" <<'EOF'
#include <linux/module.h>
struct word { u64 w; };
struct halves { u32 a, b; };		/* 8 bytes, aligned to 4 */
struct big { u64 a, b; };
struct packed { u8 a; u32 b; } __packed;
enum colour { RED, GREEN };

u8 read1(u8 *p)				{ return READ_ONCE(*p); }
u16 read2(const u16 *p)			{ return READ_ONCE(*p); }
u32 read4(volatile u32 *p)		{ return READ_ONCE(*p); }
u64 read8(const volatile u64 *p)	{ return READ_ONCE(*p); }
bool read_bool(bool *p)			{ return READ_ONCE(*p); }
s8 read_signed(const s8 *p)		{ return READ_ONCE(*p); }
enum colour read_enum(const enum colour *p)	{ return READ_ONCE(*p); }
const struct word *read_pointer(const struct word *const volatile *p)	{ return READ_ONCE(*p); }
struct word read_struct(const struct word *p)	{ return READ_ONCE(*p); }
struct halves read_halves(const struct halves *p)	{ return __READ_ONCE(*p); }
struct big read_big(const volatile struct big *p)	{ return __READ_ONCE(*p); }
u32 read_packed(const struct packed *p)	{ return READ_ONCE(p->b); }
unsigned long read_nocheck(unsigned long *p)	{ return READ_ONCE_NOCHECK(*p); }
MODULE_LICENSE("GPL");
EOF
# What could go wrong?  A writer fills in `only.value`, and then publishes the object:
#
#	only.value = 1;					p = READ_ONCE(shared);
#	smp_store_release(&shared, &only);		if (p) value = p->value;
#
# The reader must never see the pointer and value == 0.  It has no barrier: the load of p->value
# depends on the value of p.  An optimiser that knows that `shared` is &only or NULL turns this into
#
#	p = READ_ONCE(shared);				if (p == &only) value = only.value;
#
# Now the second load does not depend on the first.  The processor may speculate on the branch and
# do the second load early.  Then it finds p set, and value 0.  With an acquire, no later load can
# be done before it.
cat > "$mod/order.c" <<'EOF'
#include <linux/module.h>
struct object { int value; };
static struct object only;
static struct object *shared;
void publish(int value)
{
	only.value = value;
	smp_store_release(&shared, &only);
}
int consume(void)
{
	struct object *p = READ_ONCE(shared);

	return p == &only ? only.value : -1;
}
EOF
# The check of KASAN, under another name, as the configuration has no KASAN
cat > "$mod/kasan.c" <<'EOF'
#include <linux/module.h>
#undef kasan_check_read
#define kasan_check_read checked
bool checked(const volatile void *p, unsigned int size);
u32 read_checked(const u32 **p)			{ return READ_ONCE(*(*p)++); }
u32 read_nested(const u32 **p)			{ return READ_ONCE(*READ_ONCE(*p)); }
struct packed { u8 a; u32 b; } __packed;
u32 read_checked_packed(const struct packed *p)	{ return READ_ONCE(p->b); }
unsigned long read_unchecked(unsigned long *p)	{ return READ_ONCE_NOCHECK(*p); }
EOF
cat > "$mod/alone.c" <<'EOF'
#include <linux/module.h>
u64 read_native(u64 *p) { return READ_ONCE(*p); }
MODULE_LICENSE("GPL");
EOF
ok "compiles without a warning" kmake "$src" O="$obj" M="$mod" KBUILD_MODPOST_WARN=1 modules
is "is bitcode" "$(head -c 2 "$mod/reads.o")" BC

# loads OBJECT FUNCTION: print the instructions that load data or order loads.  Leave out loads from
# the stack (it has copies), and the alternatives at the end.
loads()
{
	"$objdump" -d --no-show-raw-insn --disassemble-symbols="$2" "$1" |
		sed -nE '/\tldapr|\[sp[],]/d;s/^ *[0-9a-f]+: *[\t ](ld[a-z]*|dmb)[\t ]+([wx]?)(ishld)?.*/\1 \2\3/p' | sed 's/ $//' | tr '\n' ','
}
linked=$mod/linked.o
is "1 byte" "$(loads "$linked" read1)" "ldarb w,"
is "2 bytes" "$(loads "$linked" read2)" "ldarh w,"
is "4 bytes" "$(loads "$linked" read4)" "ldar w,"
is "8 bytes" "$(loads "$linked" read8)" "ldar x,"
is "bool" "$(loads "$linked" read_bool)" "ldarb w,"
is "a signed type" "$(loads "$linked" read_signed)" "ldarb w,"
is "an enumeration" "$(loads "$linked" read_enum)" "ldar w,"
is "a volatile pointer to const" "$(loads "$linked" read_pointer)" "ldar x,"
is "a structure of one word" "$(loads "$linked" read_struct)" "ldar x,"
is "a structure that need not be aligned" "$(loads "$linked" read_halves)" "ldr x,dmb ishld,"
is "a larger object" "$(loads "$linked" read_big)" "ldr x,ldr x,dmb ishld,"
is "a member of a packed structure" "$(loads "$linked" read_packed)" "ldur w,dmb ishld,"
is "READ_ONCE_NOCHECK" "$(loads "$linked" read_nocheck)" "ldar x,"
is "the load that follows is not before it" "$(loads "$linked" consume)" "ldar x,ldr w,"
is "native code has a plain load" "$(loads "$mod/alone.o" read_native)" "ldr x,"

# Each line is a function that calls a check.
"$objdump" -dr "$linked" | sed -nE 's/^[0-9a-f]+ <(.*)>:$/\1/;T reloc;h;b
	:reloc;/R_AARCH64_CALL26[[:space:]]*checked$/{g;p}' | tr '\n' ',' > "$work/checked"
is "KASAN sees each read once, but not READ_ONCE_NOCHECK" "$(cat "$work/checked")" \
	"read_checked,read_nested,read_nested,read_checked_packed,"
is "a member of a packed structure, with KASAN" \
	"$(loads "$linked" read_checked_packed | grep -oE 'lda[a-z]*|dmb ishld')" "dmb ishld"

# struct alt_instr: two place-relative references, capability, two lengths
"$objdump" -d --mattr=+rcpc --no-show-raw-insn "$linked" | grep -oE 'ldapr[bh]?' | sort |
	uniq -c | tr -s ' ' > "$work/ldapr"
is "each has its LDAPR" "$(tr '\n' ',' < "$work/ldapr")" " 11 ldapr, 3 ldaprb, 1 ldaprh,"
"${llvm_prefix}llvm-objcopy$llvm_suffix" --dump-section .altinstructions="$work/alt" "$linked" \
	/dev/null
cap=$(sed -n 's/^#define ARM64_HAS_LDAPR[^0-9]*//p' "$src/arch/arm64/include/asm/lto-cpucaps.h")
is "as an alternative of 4 bytes for 4" \
	"$(od -An -v -tu2 -w12 "$work/alt" | awk '{ print $5, $6 }' | sort | uniq -c | tr -s ' ')" \
	" 15 $cap $((4 + 4 * 256))"

# --- objects that are not aligned, although their type says so --------------------------------

ok "objects of the kernel" kmake "$src" O="$obj" arch/arm64/mm/{fault,lto-unaligned}.o \
	arch/arm64/kernel/probes/simulate-insn.o
nm=${llvm_prefix}llvm-nm$llvm_suffix
"$nm" "$obj"/arch/arm64/mm/{fault,lto-unaligned}.o |
	grep -o '[TU] lto_read_unaligned$' > "$work/calls"
is "the handler of memory aborts asks who knows these loads" "$(tr '\n' , < "$work/calls")" \
	"U lto_read_unaligned,T lto_read_unaligned,"
is "what kprobes simulate is native, and does not fault" \
	"$(head -c 4 "$obj/arch/arm64/kernel/probes/simulate-insn.o")" $'\177ELF'

# The handler on this machine: the instructions are real, the registers are a structure.
host=$work/host
mkdir -p "$host"/{linux,asm}
touch "$host"/{linux/{perf_event,ptrace,types},asm/{barrier,esr,traps}}.h
cat > "$host/kernel.h" <<'EOF'
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
typedef uint16_t u16;
typedef uint32_t u32, __le32;
typedef uint64_t u64;
struct pt_regs { u64 regs[31], sp, pc; bool user; };
#define noinstr
#define ESR_ELx_FSC			0x3f
#define user_mode(r)			((r)->user)
#define instruction_pointer(r)		((r)->pc)
#define kernel_stack_pointer(r)		((r)->sp)
#define le32_to_cpup(p)			(*(p))
#define pt_regs_read_reg(r, n)		((n) == 31 ? 0 : (r)->regs[n])
#define pt_regs_write_reg(r, n, v)	do { if ((n) != 31) (r)->regs[n] = (v); } while (0)
#define arm64_skip_faulting_instruction(r, n)	((r)->pc += (n))
#define perf_sw_event(event, n, r, addr)	(faults += (n), fault = (addr))
#define smp_rmb()			(barriers++)
extern unsigned long faults, fault, barriers;
EOF
# main FILE BYTES: all are loads of this size, with each base register one to each other.
# main FILE 0: none is such a load.
cat > "$host/main.c" <<'EOF'
#include "asm/lto-unaligned.h"
unsigned long faults, fault, barriers;
static u32 code[1024];
static unsigned char data[16] = { 0xee, 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88, 0xee };
static struct pt_regs regs, expected;

static void set(u32 *insn, int base)
{
	memset(&regs, 0x55, sizeof(regs));
	*(base == 31 ? &regs.sp : &regs.regs[base]) = (u64)(data + 1);
	regs.pc = (u64)insn;
	regs.user = false;
	faults = barriers = 0;
}

/* data aborts of the kernel: an alignment fault, and a translation fault */
#define ALIGNMENT	0x96000021
#define TRANSLATION	0x96000007

static int refused(unsigned int esr)
{
	expected = regs;
	return !lto_read_unaligned(esr, &regs) && !memcmp(&regs, &expected, sizeof(regs)) && !faults;
}

static int loaded(int dest, u64 value)
{
	expected = regs;
	expected.pc += 4;
	if (dest != 31)
		expected.regs[dest] = value;
	return lto_read_unaligned(ALIGNMENT, &regs) && !memcmp(&regs, &expected, sizeof(regs)) &&
		faults == 1 && fault == (u64)(data + 1) && barriers == 1;
}

int main(int argc, char **argv)
{
	static const u64 value[] = { [2] = 0xe2f1, [4] = 0xc4d3e2f1, [8] = 0x8897a6b5c4d3e2f1 };
	FILE *f = fopen(argv[1], "r");
	size_t n = fread(code, 4, 1024, f), right = 0;
	int bytes = argv[argc - 1][0] - '0';

	for (size_t i = 0; i < n; i++) {
		int base = bytes ? i / 32 : 1, others_refused;

		set(&code[i], base);
		others_refused = refused(TRANSLATION);
		regs.user = true;
		others_refused &= refused(ALIGNMENT);
		set(&code[i], base);
		if (others_refused && (bytes ? loaded(i % 32, value[bytes]) : refused(ALIGNMENT)))
			right++;
		else
			printf("%#x\n", code[i]);
	}
	printf("%zu of %zu right\n", right, n);
	return 0;
}
EOF
ok "that is compiled" "$CC" -O2 -Wall -Werror -DCONFIG_LTO_CLANG -include "$host/kernel.h" \
	-I"$host" -idirafter arch/arm64/include -o "$host/main" "$host/main.c" \
	arch/arm64/mm/lto-unaligned.c
try()	# BYTES: the instructions of standard input
{
	"$CC" --target=aarch64-linux-gnu -march=armv8.4-a -c -x assembler - -o "$host/code.o" &&
		"${llvm_prefix}llvm-objcopy$llvm_suffix" -O binary "$host/code.o" "$host/code" &&
		"$host/main" "$host/code" "$1"
}
while read -r bytes insn r; do
	for base in x{0..30} sp; do
		for dest in {0..30} zr; do
			echo "$insn $r$dest, [$base]"
		done
	done | try "$bytes" > "$host/out"
	is "$insn $r: each register" "$(tail -n 20 "$host/out")" "1024 of 1024 right"
done <<'EOF'
2 ldarh w
4 ldar w
8 ldar x
2 ldaprh w
4 ldapr w
8 ldapr x
EOF
{
	printf '%s x0, [x1]\n' ldr ldxr ldaxr ldlar stlr str ldapur ldtr ldapursw
	printf '%s w0, [x1]\n' ldarb ldaprb ldxrh ldaxrb ldlarh stlrh ldrsh
	printf '%s x0, x2, [x1]\n' ldaxp casa swpa ldadda
	echo nop
} | try 0 > "$host/out"
is "no other instruction" "$(cat "$host/out")" "21 of 21 right"

done_testing
