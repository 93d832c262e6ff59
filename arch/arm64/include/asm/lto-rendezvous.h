/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_LTO_RENDEZVOUS_H
#define __ASM_LTO_RENDEZVOUS_H

/*
 * For the function that stop_machine() runs on all processors, the first of which replaces instructions.
 * Returns @cpu, the number of the processor: on the first when all others have come here, on these at once.
 */
#ifdef CONFIG_LTO_CLANG
int lto_rendezvous(int cpu);
#else
#define lto_rendezvous(cpu)	(cpu)
#endif

#endif /* __ASM_LTO_RENDEZVOUS_H */
