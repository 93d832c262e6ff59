// SPDX-License-Identifier: GPL-2.0
/*
 * Mitigations of x86: no indirect branch without retpoline (CONFIG_RETPOLINE), and no return but
 * through the return thunk (CONFIG_RETHUNK), except where the kernel has them on purpose.
 *
 * On purpose are: the thunks; replacements of alternatives; paravirt calls, which are patched at
 * boot (.parainstructions); code of the init sections, which runs before user space does.  What else
 * there is (marked ANNOTATE_RETPOLINE_SAFE in the source, and gone from the linked file) is in
 * assembly or inline assembly, and so in the reference as well; without a reference it is a note.
 */

#include <string.h>

#include "decode.h"
#include "ltocheck.h"

struct bare {
	struct strings	branches, returns;	/* plain names of functions, as often as they have one */
	bool		retpoline, rethunk;
	uint64_t	thunks, thunks_end;
	struct addresses paravirt;
};

/* struct paravirt_patch_site { u8 *instr; u8 type, len; }, aligned to 8; the last is not filled up */
static void read_paravirt(const struct elf_file *f, struct bare *b)
{
	const struct elf_section *s = elf__section(f, ".parainstructions");
	uint64_t at;

	if (!s || !s->data)
		return;
	for (at = 0; at + 10 <= s->size; at += 16)
		addresses__add(&b->paravirt, elf__u64(s->data + at));
	addresses__sort(&b->paravirt);
}

static void visit(void *arg, const struct elf_file *f, const struct insn *i, const struct elf_symbol *func, bool certain)
{
	struct bare *b = arg;
	struct strings *l;
	char name[256];

	(void)f;
	if (!certain)
		return;
	if ((i->kind == INSN_CALL_INDIRECT || i->kind == INSN_JUMP_INDIRECT) && b->retpoline)
		l = &b->branches;
	else if (i->kind == INSN_RETURN && b->rethunk)
		l = &b->returns;
	else
		return;
	if (i->addr >= b->thunks && i->addr < b->thunks_end)
		return;
	if (addresses__has(&b->paravirt, i->addr))
		return;
	strings__add(l, xstrdup(elf__plain_name(func->name, name, sizeof(name))));
}

static void find_bare(const struct elf_file *f, struct bare *b, unsigned long *functions)
{
	unsigned int i;

	read_paravirt(f, b);
	if (!f->module)
		elf__range(f, "__indirect_thunk_start", "__indirect_thunk_end", &b->thunks, &b->thunks_end);
	for (i = 1; i < f->nr_sections; i++) {
		const struct elf_section *s = &f->sections[i];

		if (!(s->flags & SHF_EXECINSTR) || !s->data || !strcmp(s->name, ".altinstr_replacement") ||
		    strstr(s->name, "init"))
			continue;
		decode__each(f, s, b, visit);
	}
	for (i = 0; functions && i < f->nr_symbols; i++)
		*functions += f->symbols[i].type == STT_FUNC && f->symbols[i].shndx != SHN_UNDEF;
	strings__sort(&b->branches);
	strings__sort(&b->returns);
	addresses__free(&b->paravirt);
}

static void compare_functions(struct result *r, struct elf_file *f, bool have_ref, const struct strings *got,
			      const struct strings *expected, const char *what)
{
	size_t i;

	for (i = 0; i < got->nr; i++) {
		if (i && !strcmp(got->v[i], got->v[i - 1]))
			continue;
		if (!have_ref)
			result__note(r, f->path, "%s has %s", got->v[i], what);
		else if (!strings__has(expected, got->v[i]))
			result__error(r, f->path, NULL, NULL, "%s has %s, and not in the reference", got->v[i], what);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	struct bare got = { 0 }, expected = { 0 };

	got.retpoline = expected.retpoline = tree__has(r->tree, "RETPOLINE");
	got.rethunk = expected.rethunk = tree__has(r->tree, "RETHUNK");
	if (f->machine != EM_X86_64 || (!got.retpoline && !got.rethunk))
		return;
	find_bare(f, &got, &r->counted);
	if (ref)
		find_bare(ref, &expected, NULL);
	compare_functions(r, f, ref, &got.branches, &expected.branches, "an indirect branch without retpoline");
	compare_functions(r, f, ref, &got.returns, &expected.returns, "a return without thunk");
	strings__free(&got.branches);
	strings__free(&got.returns);
	strings__free(&expected.branches);
	strings__free(&expected.returns);
}

const struct check check_branches = {
	.name	= "branches",
	.about	= "no indirect branch without retpoline, no return without thunk, where they are configured",
	.unit	= "functions",
	.file	= check,
};
