// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls that the compiler knows not to return, and objtool could not know of: in a back end of
 * ThinLTO the compiler has seen functions of other units, and what is behind a call of one that
 * ends in a loop, or in a call of panic(), is not there.  Such a function falls through to the next
 * one as far as objtool can tell.
 *
 * With --noreturn-calls, a call of another unit's function by the very last instruction of a function
 * is taken for a dead end.  That is an object's own business: with all callees in the object, which is
 * how in-linker LTO and vmlinux.o come to objtool, it finds them out itself.
 *
 * Limit: a function that really falls through after such a call is not complained of.
 */

#include "check.h"
#include "objtool.h"

/* Needs the destinations of calls; before the branches are validated. */
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
