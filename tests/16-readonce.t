#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# READ_ONCE() on arm64: a load-acquire in bitcode, of each size; LDAPR as its alternative.
. "$(dirname "$0")/tap.sh"

ARCH=arm64
src=$(KSRC='' front/fetch | tail -n 1)
obj=$work/obj mod=$work/mod
objdump=${llvm_prefix}llvm-objdump$llvm_suffix
ok "configuration" small_configure tiny "$src" "$obj" LTO_CLANG_THIN
ok "modules_prepare" kmake "$src" O="$obj" -j"$J" modules_prepare

# One module of two units, which are bitcode, and one of one unit, which is not.
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
# What could go wrong.  A writer fills in `only.value` and then publishes the object:
#
#	only.value = 1;					p = READ_ONCE(shared);
#	smp_store_release(&shared, &only);		if (p) value = p->value;
#
# The reader must never see the pointer and value == 0, and has no barrier: the load of p->value needs
# the value of p.  An optimiser that knows that `shared` is &only or NULL makes of it
#
#	p = READ_ONCE(shared);				if (p == &only) value = only.value;
#
# where the second load needs nothing of the first: the processor may do it earlier, speculating on
# the branch, and then finds p set and value 0.  An acquire is not overtaken by later loads.
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
# KASAN's check, under another name, as the configuration has no KASAN
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

# the instructions of a function that load or order loads, but for those of the stack, where copies are, and the
# alternatives at its end
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

# a line for each check, of the function that has it
"$objdump" -dr "$linked" | sed -nE 's/^[0-9a-f]+ <(.*)>:$/\1/;T reloc;h;b
	:reloc;/R_AARCH64_CALL26[[:space:]]*checked$/{g;p}' | tr '\n' ',' > "$work/checked"
is "KASAN sees each read once, but not READ_ONCE_NOCHECK" "$(cat "$work/checked")" \
	"read_checked,read_nested,read_nested,read_checked_packed,"
is "a member of a packed structure, with KASAN" "$(loads "$linked" read_checked_packed | grep -oE 'lda[a-z]*|dmb ishld')" "dmb ishld"

# struct alt_instr: two place-relative references, capability, two lengths
"$objdump" -d --mattr=+rcpc --no-show-raw-insn "$linked" | grep -oE 'ldapr[bh]?' | sort | uniq -c | tr -s ' ' > "$work/ldapr"
is "each has its LDAPR" "$(tr '\n' ',' < "$work/ldapr")" " 11 ldapr, 3 ldaprb, 1 ldaprh,"
"${llvm_prefix}llvm-objcopy$llvm_suffix" --dump-section .altinstructions="$work/alt" "$linked" /dev/null
cap=$(sed -n 's/^#define ARM64_HAS_LDAPR[^0-9]*//p' "$src/arch/arm64/include/asm/lto-cpucaps.h")
is "as an alternative of 4 bytes for 4" \
	"$(od -An -v -tu2 -w12 "$work/alt" | awk '{ print $5, $6 }' | sort | uniq -c | tr -s ' ')" " 15 $cap $((4 + 4 * 256))"

done_testing
