/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __ASM_LTO_CPUCAPS_H
#define __ASM_LTO_CPUCAPS_H

/*
 * The capability that <asm/rwonce.h> needs.  The hook in <asm/cpucaps.h> must fit all releases of
 * 5.10, and releases add capabilities.  So this number is higher than the numbers in any release.
 * The kernel ignores the numbers between, which belong to no capability.
 *
 * Arrays of capabilities are exported.  They keep their symbol versions (__GENKSYMS__), as they
 * only grow at the end: modules use indices below the ARM64_NCAPS of LTO_NONE, or this number.
 */
#if defined(CONFIG_LTO_CLANG) && !defined(__GENKSYMS__)
#if ARM64_NCAPS > 95
#error "ARM64_HAS_LDAPR has a number that this release uses already; choose a higher one here"
#endif
#define ARM64_HAS_LDAPR		95
#undef ARM64_NCAPS
#define ARM64_NCAPS		96
#endif

#endif /* __ASM_LTO_CPUCAPS_H */
