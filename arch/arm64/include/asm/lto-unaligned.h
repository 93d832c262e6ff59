/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_LTO_UNALIGNED_H
#define __ASM_LTO_UNALIGNED_H

#include <linux/types.h>

struct pt_regs;

/*
 * For the handler of memory aborts.  If this is an alignment fault of a READ_ONCE() in bitcode, do
 * the load, let the kernel go on behind the instruction, and return true.  The reason is in
 * mm/lto-unaligned.c.
 */
#ifdef CONFIG_LTO_CLANG
bool lto_read_unaligned(unsigned int esr, struct pt_regs *regs);
#else
static inline bool lto_read_unaligned(unsigned int esr, struct pt_regs *regs)
{
	return false;
}
#endif

#endif /* __ASM_LTO_UNALIGNED_H */
