/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_LTO_RENDEZVOUS_H
#define __ASM_LTO_RENDEZVOUS_H

/*
 * For a function that stop_machine() runs on all processors, and that replaces instructions on the
 * first of them.  Returns @cpu, the number of the processor: on the first processor when all others
 * have called this, on the others at once.
 */
#ifdef CONFIG_LTO_CLANG
int lto_rendezvous(int cpu);
#else
#define lto_rendezvous(cpu)	(cpu)
#endif

#endif /* __ASM_LTO_RENDEZVOUS_H */
