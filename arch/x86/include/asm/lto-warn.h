/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_LTO_WARN_H
#define _ASM_X86_LTO_WARN_H

/*
 * WARN() is a trap, but the code goes on behind it. objtool has to be told so. annotate_reachable()
 * is a separate statement, and marks the instruction that happens to be in front of it.  But the
 * compiler may put other instructions between the trap and the statement (clang 22 does).  Then
 * objtool does not follow the code behind the trap, and makes no ORC for it.  Without LTO, objtool
 * warns about that.  With LTO it does not, because of --no-unreachable: after an LTO link, other
 * code looks unreachable to it, too.  So in LTO units the assembly of the trap itself has the mark.
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
