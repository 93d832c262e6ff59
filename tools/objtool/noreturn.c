// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problem: the compiler may know that a call does not return when objtool cannot know it.  In a
 * back end of ThinLTO, the compiler has seen functions of other units.  One of them may end in a
 * loop, or in a call of panic().  The compiler leaves out the code behind a call of such a
 * function.  For objtool, the caller then falls through to the next function.
 *
 * Mechanism: with --noreturn-calls, a call by the very last instruction of a function counts as a
 * dead end if the callee is undefined in this object.  If it is defined there, objtool finds out by
 * itself; with in-linker LTO and in vmlinux.o, that is always so.
 *
 * Limits: objtool does not complain about a function that really falls through after such a call.
 */

#include "check.h"
#include "objtool.h"

/* Call this after the destinations of calls are known, and before branches are validated. */
void mark_noreturn_calls(struct objtool_file *file)
{
	struct instruction *insn;

	for_each_insn(file, insn) {
		if (insn->type != INSN_CALL || !insn->func || !insn->call_dest)
			continue;
		if (insn->call_dest->sym.st_shndx == SHN_UNDEF &&
		    insn->offset + insn->len == insn->func->offset + insn->func->len)
			insn->dead_end = true;
	}
}
