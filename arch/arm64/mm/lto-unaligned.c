// SPDX-License-Identifier: GPL-2.0
/*
 * READ_ONCE() of an object that is not aligned to its size.
 *
 * Problem: in bitcode, READ_ONCE() is LDAR or LDAPR (asm/rwonce.h).  They fault if the address is
 * not a multiple of their size.  LDR, which READ_ONCE() is without LTO, does not.  And the type of
 * an object does not always tell its alignment.  For a member of a structure inside a packed one,
 * __alignof__ says what the declaration of the member promises.  And a pointer may have been cast.
 *
 * Solution: the handler of memory aborts does the load with LDR.  A barrier after it makes it an
 * acquire.  So aligned objects cost nothing.  An unaligned object costs a fault, which perf counts
 * (alignment-faults).
 *
 * Limits: an LDAR of smp_load_acquire() is handled in the same way, but a kernel without LTO oopses
 * there.  On device memory the LDR of this handler faults as well.  Code that must not fault has to
 * be native.
 */
#include <linux/perf_event.h>
#include <linux/ptrace.h>
#include <asm/barrier.h>
#include <asm/esr.h>
#include <asm/lto-unaligned.h>
#include <asm/traps.h>

/* LDAR, LDAPR: size << 30, address register << 5, destination register */
#define LOAD_ACQUIRE_MASK	0x3ffffc00
#define LDAR			0x08dffc00
#define LDAPR			0x38bfc000

/* a fault status code (ESR_ELx_FSC): see fault_info[] in fault.c */
#define ALIGNMENT_FAULT		0x21

/* noinstr: READ_ONCE_NOCHECK() may read memory that KASAN would complain about */
noinstr bool lto_read_unaligned(unsigned int esr, struct pt_regs *regs)
{
	unsigned long addr, val;
	unsigned int base;
	u32 insn;

	if ((esr & ESR_ELx_FSC) != ALIGNMENT_FAULT || user_mode(regs))
		return false;

	insn = le32_to_cpup((__le32 *)instruction_pointer(regs));
	if ((insn & LOAD_ACQUIRE_MASK) != LDAR && (insn & LOAD_ACQUIRE_MASK) != LDAPR)
		return false;

	base = insn >> 5 & 31;
	addr = base == 31 ? kernel_stack_pointer(regs) : pt_regs_read_reg(regs, base);

	switch (insn >> 30) {
	case 1:
		val = *(const volatile u16 *)addr;
		break;
	case 2:
		val = *(const volatile u32 *)addr;
		break;
	case 3:
		val = *(const volatile u64 *)addr;
		break;
	default:
		return false;
	}
	/* load-acquire: what follows must not be done before the load */
	smp_rmb();

	pt_regs_write_reg(regs, insn & 31, val);
	perf_sw_event(PERF_COUNT_SW_ALIGNMENT_FAULTS, 1, regs, addr);
	arm64_skip_faulting_instruction(regs, 4);
	return true;
}
