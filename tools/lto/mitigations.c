// SPDX-License-Identifier: GPL-2.0
/*
 * Mitigations on x86: each indirect branch uses a retpoline (CONFIG_RETPOLINE), and each return
 * uses the return thunk (CONFIG_RETHUNK), except where the kernel does not on purpose.
 *
 * Not checked, as they are on purpose: the thunks; alternatives and their replacements, which have
 * a retpoline if they need one (CALL_NOSPEC); paravirt calls, which are patched at boot
 * (.parainstructions, alternatives from Linux 6.8 on); the init sections, whose code runs before
 * user space.  Other exceptions are marked ANNOTATE_RETPOLINE_SAFE in the source, but the linked
 * file does not have the mark.  They are in assembly or inline assembly, so the reference has them
 * as well.  Without a reference they are notes.
 *
 * Mitigations on arm64: a function that saves its return address on the stack also signs it
 * (CONFIG_ARM64_PTR_AUTH), and puts it on the shadow call stack (CONFIG_SHADOW_CALL_STACK).
 * Assembly does neither, here and in the reference.  Nor does the EFI stub, which is in the init
 * sections.
 *
 * On both: stack protectors (stack.c).
 */

#include <string.h>

#include "decode.h"
#include "ltocheck.h"

#define ARM64_PACIASP	0xd503233f
#define ARM64_PACIBSP	0xd503237f
#define ARM64_SCS_PUSH	0xf800865e	/* str x30, [x18], #8 */

/*
 * Is x30 stored to the stack?  (stp x29, x30, [sp, #n] or [sp, #n]!; stp x30, xN and str x30
 * likewise)
 */
static bool saves_return_address(uint32_t insn)
{
	bool pair = (insn & 0xfe400000) == 0xa8000000, single = (insn & 0xffe00000) == 0xf8000000 ||
		    (insn & 0xffc00000) == 0xf9000000;

	if ((insn >> 5 & 31) != 31)
		return false;
	return (pair && ((insn & 31) == 30 || (insn >> 10 & 31) == 30)) ||
	       (single && (insn & 31) == 30);
}

struct bare {
	struct strings	branches, returns;	/* plain names of functions, one for each branch */
	bool		retpoline, rethunk;
	uint64_t	thunks, thunks_end;
	struct addresses patched;
};

/* struct paravirt_patch_site { u8 *instr; u8 type, len; }, aligned to 8; the last has no padding */
static void read_paravirt(const struct elf_file *f, struct bare *b)
{
	const struct elf_section *s = elf__section(f, ".parainstructions");
	uint64_t at;

	if (!s || !s->data)
		return;
	for (at = 0; at + 10 <= s->size; at += 16)
		addresses__add(&b->patched, elf__u64(s->data + at));
}

static void visit(void *arg, const struct elf_file *f, const struct insn *i,
		  const struct elf_symbol *func, bool certain)
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
	if (addresses__has(&b->patched, i->addr))
		return;
	strings__add(l, xstrdup(elf__plain_name(func->name, name, sizeof(name))));
}

static void find_bare(const struct tree *tree, const struct elf_file *f, struct bare *b,
		      unsigned long *functions)
{
	unsigned int i;

	read_paravirt(f, b);
	read_alternatives(tree, f, &b->patched);
	addresses__sort(&b->patched);
	if (!f->module)
		elf__range(f, "__indirect_thunk_start", "__indirect_thunk_end", &b->thunks,
			   &b->thunks_end);
	for (i = 1; i < f->nr_sections; i++) {
		const struct elf_section *s = &f->sections[i];

		if (!(s->flags & SHF_EXECINSTR) || !s->data ||
		    !strcmp(s->name, ".altinstr_replacement") || strstr(s->name, "init"))
			continue;
		decode__each(f, s, b, visit);
	}
	for (i = 0; functions && i < f->nr_symbols; i++)
		*functions += f->symbols[i].type == STT_FUNC && f->symbols[i].shndx != SHN_UNDEF;
	strings__sort(&b->branches);
	strings__sort(&b->returns);
	addresses__free(&b->patched);
}

/*
 * Find functions that save their return address, but do not sign it, or do not put it on the shadow
 * call stack.
 */
static void find_unprotected(const struct elf_file *f, struct strings *unsigned_,
			     struct strings *unshadowed, unsigned long *functions)
{
	unsigned int i;
	uint64_t at;

	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		const unsigned char *p;
		bool saves = false, signs = false, shadows = false;
		char name[256];

		if (s->type != STT_FUNC || s->shndx >= f->nr_sections ||
		    strstr(f->sections[s->shndx].name, "init"))
			continue;
		p = elf__at(f, s->addr, s->size);
		for (at = 0; p && at + 4 <= s->size; at += 4) {
			uint32_t insn = elf__u32(p + at);

			saves = saves || saves_return_address(insn);
			signs = signs || insn == ARM64_PACIASP || insn == ARM64_PACIBSP;
			shadows = shadows || insn == ARM64_SCS_PUSH;
		}
		if (functions)
			*functions += !!p;
		if (saves && !signs)
			strings__add(unsigned_,
				     xstrdup(elf__plain_name(s->name, name, sizeof(name))));
		if (saves && !shadows)
			strings__add(unshadowed,
				     xstrdup(elf__plain_name(s->name, name, sizeof(name))));
	}
	strings__sort(unsigned_);
	strings__sort(unshadowed);
}

static void compare_functions(struct result *r, struct elf_file *f, bool have_ref,
			      const struct strings *got, const struct strings *expected,
			      const char *what)
{
	size_t i;

	for (i = 0; i < got->nr; i++) {
		if (i && !strcmp(got->v[i], got->v[i - 1]))
			continue;
		if (!have_ref)
			result__note(r, f->path, "%s has %s", got->v[i], what);
		else if (!strings__has(expected, got->v[i]))
			result__error(r, f->path, NULL, NULL, "%s has %s, and not in the reference",
				      got->v[i], what);
	}
}

static void check_arm64(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	struct strings got[2] = { 0 }, expected[2] = { 0 };
	const struct {
		const char *option, *what;
	} protections[] = {
		{ tree__version(r->tree) >= VERSION(5, 14) ?
		  "ARM64_PTR_AUTH_KERNEL" : "ARM64_PTR_AUTH",
		  "a return address that is not signed" },
		{ "SHADOW_CALL_STACK", "a return address that is not on the shadow call stack" },
	};
	unsigned int i;

	if (!tree__has(r->tree, protections[0].option) &&
	    !tree__has(r->tree, protections[1].option))
		return;
	find_unprotected(f, &got[0], &got[1], &r->counted);
	if (ref)
		find_unprotected(ref, &expected[0], &expected[1], NULL);
	for (i = 0; i < 2; i++) {
		if (tree__has(r->tree, protections[i].option))
			compare_functions(r, f, ref, &got[i], &expected[i], protections[i].what);
		strings__free(&got[i]);
		strings__free(&expected[i]);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	struct bare got = { 0 }, expected = { 0 };

	check_stack(r, f, ref);
	if (f->machine == EM_AARCH64) {
		check_arm64(r, f, ref);
		return;
	}
	got.retpoline = expected.retpoline = tree__has(r->tree, "RETPOLINE");
	got.rethunk = expected.rethunk = tree__has(r->tree, "RETHUNK");
	if (!got.retpoline && !got.rethunk)
		return;
	find_bare(r->tree, f, &got, &r->counted);
	if (ref)
		find_bare(r->tree, ref, &expected, NULL);
	compare_functions(r, f, ref, &got.branches, &expected.branches,
			  "an indirect branch without retpoline");
	compare_functions(r, f, ref, &got.returns, &expected.returns, "a return without thunk");
	strings__free(&got.branches);
	strings__free(&got.returns);
	strings__free(&expected.branches);
	strings__free(&expected.returns);
}

const struct check check_mitigations = {
	.name	= "mitigations",
	.about	= "no indirect branch without retpoline, no return without thunk, no unprotected "
		  "return address, as configured; stack protectors",
	.unit	= "functions",
	.file	= check,
};
