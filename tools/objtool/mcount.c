// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write the table of calls to the function tracer: __mcount_loc, the address of every
 * "call __fentry__" that may be patched at run time.
 *
 * recordmcount makes an entry for each relocation against __fentry__.  It has to be told which of
 * them are not calls.  Here, an entry is made for each call instruction: the function around the
 * relocation is decoded from its start up to the relocation.
 *
 * The rules are those of recordmcount (scripts/recordmcount.c): which sections are traced
 * (is_mcounted_section_name()), that calls in all other sections become no-ops (nop_mcount()), and
 * the order of the entries.  The kernel sorts the table when it is linked or loaded.
 */

#include <string.h>
#include <stdlib.h>

#include <arch_elf.h>
#include "arch.h"
#include "check.h"
#include "objtool.h"
#include "warn.h"

#define MCOUNT_SECTION	"__mcount_loc"

static bool is_traced_section(const char *name)
{
	static const char * const names[] = {
		".init.text", ".ref.text", ".sched.text", ".spinlock.text", ".irqentry.text",
		".softirqentry.text", ".kprobes.text", ".cpuidle.text",
	};
	unsigned int i;

	if (!strncmp(name, ".text", 5))
		return true;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/*
 * Return: the offset of the call instruction with the operand @reloc, or -1 if that is no call.
 * The loop is short, as a function starts with this call, or nearly so.
 */
static long call_offset(struct objtool_file *file, struct section *sec, struct reloc *reloc)
{
	struct symbol *func = find_func_containing(sec, reloc->offset);
	unsigned long offset, immediate;
	unsigned int len;
	enum insn_type type;

	if (!func)
		return -1;

	for (offset = func->offset; offset < reloc->offset; offset += len) {
		LIST_HEAD(ops);
		struct stack_op *op, *tmp;
		int ret = arch_decode_instruction(file->elf, sec, offset, sec->len - offset,
						  &len, &type, &immediate, &ops);

		list_for_each_entry_safe(op, tmp, &ops, list) {
			list_del(&op->list);
			free(op);
		}
		if (ret || !len)
			return -1;
		if (reloc->offset < offset + len)
			return type == INSN_CALL ? (long)offset : -1;
	}
	return -1;
}

static bool is_fentry(struct reloc *reloc)
{
	return reloc->sym && reloc->sym->name && !strcmp(reloc->sym->name, "__fentry__");
}

/* Make the call a no-op, as nobody will patch it (nop_mcount() of recordmcount). */
static int nop_call(struct objtool_file *file, struct section *sec, struct reloc *reloc,
		    long offset)
{
	unsigned int len = reloc->offset + 4 - offset;

	reloc->type = R_NONE;
	if (elf_write_reloc(file->elf, reloc))
		return -1;
	return elf_write_insn(file->elf, sec, offset, len, arch_nop_insn(len));
}

/*
 * Count the calls to __fentry__ in traced sections.  With @write, also make an entry in @table for
 * each of them, and turn the calls in other sections into no-ops.  Returns -1 on failure.
 */
static int for_each_call(struct objtool_file *file, bool write, struct section *table)
{
	struct section *sec;
	struct reloc *reloc;
	int nr = 0;

	for_each_sec(file, sec) {
		bool traced = is_traced_section(sec->name);

		if (!(sec->sh.sh_flags & SHF_EXECINSTR) || !sec->reloc)
			continue;

		list_for_each_entry(reloc, &sec->reloc->reloc_list, list) {
			long offset;

			if (!is_fentry(reloc))
				continue;
			offset = call_offset(file, sec, reloc);
			if (offset < 0)
				continue;

			if (!traced) {
				if (write && nop_call(file, sec, reloc, offset))
					return -1;
				continue;
			}
			if (write && elf_add_reloc_to_insn(file->elf, table,
							   nr * sizeof(unsigned long), R_X86_64_64,
							   sec, offset))
				return -1;
			nr++;
		}
	}
	return nr;
}

/* Returns 0, or -1 with a warning printed. */
int mcount_create(struct objtool_file *file)
{
	struct section *table = NULL;
	int nr;

	if (find_section_by_name(file->elf, MCOUNT_SECTION)) {
		WARN("file already has a " MCOUNT_SECTION " section");
		return -1;
	}

	nr = for_each_call(file, false, NULL);
	if (nr) {
		table = elf_create_section(file->elf, MCOUNT_SECTION, 0, sizeof(unsigned long), nr);
		if (!table)
			return -1;
		table->sh.sh_addralign = sizeof(unsigned long);
	}
	return for_each_call(file, true, table) < 0 ? -1 : 0;
}
