/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_LTO_WARN_H
#define _ASM_X86_LTO_WARN_H

/*
 * WARN() is a trap after which the code goes on, and objtool has to be told so.  annotate_reachable() is a
 * statement of its own, and says it of the instruction that happens to be before it: the compiler may put
 * others between the two (clang 22 does), and then objtool does not see what follows the trap: there is no
 * ORC for it.  Without LTO objtool warns of that.  What is linked with LTO has other code that it takes for
 * unreachable (--no-unreachable).  So in units that take part in LTO the trap itself says it.
 */
#if defined(__LTO__) && defined(CONFIG_STACK_VALIDATION)
#define LTO_ASM_REACHABLE						\
	"\n3:\t.pushsection .discard.reachable\n"			\
	"\t.long 3b - .\n"						\
	"\t.popsection"
#else
#define LTO_ASM_REACHABLE
#endif

#endif /* _ASM_X86_LTO_WARN_H */
