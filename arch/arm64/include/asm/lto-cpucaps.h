/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_LTO_CPUCAPS_H
#define __ASM_LTO_CPUCAPS_H

/*
 * The capability that <asm/rwonce.h> needs.  Its number is above those of any release of 5.10:
 * releases add capabilities, and the hook in <asm/cpucaps.h> must fit all of them.  The kernel
 * passes over the numbers between, which belong to no capability.
 *
 * Arrays of capabilities are exported and keep their versions, as they only grow at their end:
 * modules index them with numbers below ARM64_NCAPS of LTO_NONE, or with this one.
 */
#if defined(CONFIG_LTO_CLANG) && !defined(__GENKSYMS__)
#if ARM64_NCAPS > 95
#error "The number of ARM64_HAS_LDAPR is another capability's in this release; choose a higher one here"
#endif
#define ARM64_HAS_LDAPR		95
#undef ARM64_NCAPS
#define ARM64_NCAPS		96
#endif

#endif /* __ASM_LTO_CPUCAPS_H */
