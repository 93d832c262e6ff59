// SPDX-License-Identifier: GPL-2.0
/*
 * Is an entry missing?  Tables that follow the code must list all sites in the code.
 *
 * Problem: the number of entries says nothing, as inlining copies and drops code.
 *
 * Mechanism: some instructions in compiled functions can only come from the kernel's own macros.
 * Each of them must have an entry:
 *   __bug_table		ud2; brk #0x800 on arm64
 *   __jump_table		x86: the no-op of five bytes, unless it may align a loop
 *   .smp_locks			x86: a lock prefix, except for the one of __smp_mb()
 * And some code is only reached through a table.  An entry must lead to it:
 *   .altinstructions		x86: each byte of .altinstr_replacement belongs to an entry
 *   __ex_table			x86: an entry or a jump leads to each piece of code in .fixup
 *
 * Limits: assembly may have such instructions without an entry, but then the reference has them,
 * too.  Some sanitizers also write ud2 (has_other_traps()).  An optimiser that finds undefined
 * behaviour does so as well, which is worth a look.  Nothing shows missing entries for jump labels
 * that are jumps.  On arm64 only __bug_table is checked.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "ltocheck.h"

#define MAX_UNLISTED	20	/* 1/20 of them */
#define LOOP_ALIGNMENT	16	/* bytes, or a multiple */
#define BUG_BRK		0xd4210000	/* brk #0x800, BUG_BRK_IMM */

enum site { BUG, BRANCH, LOCK, NR_SITES };

static const struct site_table {
	const char *start, *end, *section, *what;
} site_tables[NR_SITES] = {
	[BUG]	 = { "__start___bug_table", "__stop___bug_table", "__bug_table", "trap" },
	[BRANCH] = { "__start___jump_table", "__stop___jump_table", "__jump_table",
		     "no-op of five bytes" },
	[LOCK]	 = { "__smp_locks", "__smp_locks_end", ".smp_locks", "lock prefix" },
};

struct sites {
	struct addresses listed[NR_SITES];	/* sorted */
	struct addresses calls;			/* of the tracer (may be no-ops), sorted */
	struct strings unlisted[NR_SITES];	/* functions; for locks opcodes; sorted */
	size_t found[NR_SITES];
};

bool listed__is_bug(const struct elf_file *f, const struct insn *i)
{
	return i->kind == INSN_TRAP && (f->machine == EM_X86_64 || elf__u32(i->bytes) == BUG_BRK);
}

/*
 * ud2, then the name of a hypervisor: it emulates the next instruction (x86 asm/emulate_prefix.h)
 */
static bool is_emulate_prefix(const struct elf_file *f, const struct insn *i)
{
	const unsigned char *p = elf__at(f, i->addr, 5);

	return f->machine == EM_X86_64 && p &&
	       (!memcmp(p + 2, "xen", 3) || !memcmp(p + 2, "kvm", 3));
}

/* __smp_mb() in arch/x86/include/asm/barrier.h: lock; addl $0, -4(%rsp) */
static bool is_barrier(const struct insn *i)
{
	static const unsigned char barrier[] = { 0xf0, 0x83, 0x44, 0x24, 0xfc, 0x00 };

	return i->size == sizeof(barrier) && !memcmp(i->bytes, barrier, sizeof(barrier));
}

/* Returns the opcode of an instruction with a lock prefix, as text: "0f b1" */
static char *opcode(const struct insn *i)
{
	const unsigned char *p = i->bytes + 1, *end = i->bytes + i->size;

	while (p < end && (*p == 0x66 || (*p & 0xf0) == 0x40))
		p++;
	if (end - p > 1 && *p == 0x0f)
		return xasprintf("0f %02x", p[1]);
	return xasprintf("%02x", p < end ? *p : 0);
}

static void found(struct sites *s, enum site site, uint64_t addr, char *what)
{
	s->found[site]++;
	if (addresses__has(&s->listed[site], addr))
		free(what);
	else
		strings__add(&s->unlisted[site], what);
}

static void visit(void *arg, const struct elf_file *f, const struct insn *i,
		  const struct elf_symbol *func, bool certain)
{
	struct sites *s = arg;
	char name[256];

	if (!certain)
		return;
	if (listed__is_bug(f, i) && !is_emulate_prefix(f, i))
		found(s, BUG, i->addr, xstrdup(elf__plain_name(func->name, name, sizeof(name))));
	if (f->machine != EM_X86_64)
		return;
	if (i->size == 5 && decode__is_nop5(f, i->addr) && (i->addr + 5) % LOOP_ALIGNMENT &&
	    !addresses__has(&s->calls, i->addr))
		found(s, BRANCH, i->addr, xstrdup(elf__plain_name(func->name, name, sizeof(name))));
	if (*i->bytes == 0xf0 && !is_barrier(i))
		found(s, LOCK, i->addr, opcode(i));
}

static bool find_table(const struct elf_file *f, const char *start, const char *end,
		       const char *section, uint64_t *from, uint64_t *to)
{
	if (f->module)
		return elf__section_range(f, section, from, to);
	return elf__range(f, start, end, from, to);
}

/* Returns the size of an entry.  Its first 4 bytes are the reference to the site. */
static unsigned int entry_size(const struct tree *tree, enum site site)
{
	return site == BUG ? sizeof_bug_entry(tree) : site == BRANCH ? 16 : 4;
}

static void read_sites(const struct tree *tree, const struct elf_file *f, struct sites *s)
{
	uint64_t at, to;
	unsigned int i;

	for (i = 0; i < NR_SITES; i++) {
		const struct site_table *t = &site_tables[i];
		unsigned int entry = entry_size(tree, i);

		if (find_table(f, t->start, t->end, t->section, &at, &to))
			for (; at + entry <= to; at += entry)
				addresses__add(&s->listed[i], elf__prel32(elf__at(f, at, 4), at));
		addresses__sort(&s->listed[i]);
	}
	if (find_table(f, "__start_mcount_loc", "__stop_mcount_loc", "__mcount_loc", &at, &to))
		for (; at + 8 <= to; at += 8)
			addresses__add(&s->calls, elf__u64(elf__at(f, at, 8)));
	addresses__sort(&s->calls);
	for (i = 1; i < f->nr_sections; i++)
		/* (replacements do not run in place: they are copied to the code) */
		if (f->sections[i].flags & SHF_EXECINSTR && f->sections[i].data &&
		    strcmp(f->sections[i].name, ".altinstr_replacement"))
			decode__each(f, &f->sections[i], s, visit);
	for (i = 0; i < NR_SITES; i++)
		strings__sort(&s->unlisted[i]);
}

static void free_sites(struct sites *s)
{
	unsigned int i;

	for (i = 0; i < NR_SITES; i++) {
		addresses__free(&s->listed[i]);
		strings__free(&s->unlisted[i]);
	}
	addresses__free(&s->calls);
}

static void check_site(struct result *r, struct elf_file *f, enum site site,
		       const struct sites *got, const struct sites *expected)
{
	const struct site_table *t = &site_tables[site];
	const struct strings *unlisted = &got->unlisted[site];
	const char *of = site == LOCK ? "of the instruction " : "in ";
	size_t i;

	for (i = 0; i < unlisted->nr; i++) {
		if (i && !strcmp(unlisted->v[i], unlisted->v[i - 1]))
			continue;
		if (!expected)
			result__note(r, f->path, "%s lacks a %s %s%s", t->section, t->what, of,
				     unlisted->v[i]);
		else if (!strings__has(&expected->unlisted[site], unlisted->v[i]))
			result__error(r, f->path, NULL, NULL,
				      "%s lacks a %s %s%s, and does not in the reference",
				      t->section, t->what, of, unlisted->v[i]);
	}
	if (!expected && !f->module && unlisted->nr > got->found[site] / MAX_UNLISTED)
		result__error(r, f->path, NULL, NULL, "%s lacks %zu of %zu sites: %s", t->section,
			      unlisted->nr, got->found[site], t->what);
}

/* x86: a lost entry leaves its replacement behind. */
static void check_replacements(struct result *r, struct elf_file *f)
{
	const struct elf_section *s = elf__section(f, ".altinstr_replacement");
	unsigned int entry = sizeof_alternative(r->tree, f->machine), len;
	unsigned char *of_entry;
	uint64_t at, end, repl, lost;

	if (!s || !s->data)
		return;
	of_entry = xcalloc(1, s->size);
	if (!find_table(f, "__alt_instructions", "__alt_instructions_end", ".altinstructions",
			&at, &end))
		at = end = 0;
	for (; at + entry <= end; at += entry) {
		const unsigned char *p = elf__at(f, at, entry);

		repl = elf__prel32(p + 4, at + 4) - s->addr;
		len = p[entry - 1];
		if (repl < s->size && len <= s->size - repl)
			memset(of_entry + repl, 1, len);
	}
	for (at = lost = 0; at < s->size; at++)
		lost += !of_entry[at];
	if (lost)
		result__error(r, f->path, NULL, NULL,
			      ".altinstructions lacks entries: %llu of %llu bytes of "
			      "replacements have none",
			      (unsigned long long)lost, (unsigned long long)s->size);
	free(of_entry);
}

static bool is_end(const struct insn *i)
{
	return i->kind == INSN_RETURN || i->kind == INSN_JUMP_INDIRECT ||
	       (i->kind == INSN_JUMP && (*i->bytes == 0xe9 || *i->bytes == 0xeb));
}

/* x86: a lost entry leaves its fixup behind, and nothing else leads there. */
static void check_fixups(struct result *r, struct elf_file *f)
{
	struct addresses known = { 0 };
	uint64_t from, to, at, end;
	bool ended = true;
	struct insn i;
	unsigned long lost = 0, nr = 0;

	/*
	 * in vmlinux, .fixup is between these symbols (vmlinux.lds.S of x86); 5.17 and later have
	 * none
	 */
	if (tree__version(r->tree) >= VERSION(5, 17) ||
	    !find_table(f, "__static_call_text_end", "__indirect_thunk_start", ".fixup",
			&from, &to))
		return;
	if (find_table(f, "__start___ex_table", "__stop___ex_table", "__ex_table", &at, &end))
		for (; at + 12 <= end; at += 12)
			addresses__add(&known, elf__prel32(elf__at(f, at + 4, 4), at + 4));
	for (at = from; at < to && decode(f, at, &i); at += i.size)
		if (i.kind == INSN_JUMP)
			addresses__add(&known, i.target);
	addresses__sort(&known);
	for (at = from; at < to && decode(f, at, &i); at += i.size) {
		nr += ended;
		lost += ended && !addresses__has(&known, at);
		ended = is_end(&i);
	}
	if (lost)
		result__error(r, f->path, NULL, NULL,
			      "__ex_table lacks entries: nothing leads to %lu of %lu fixups",
			      lost, nr);
	addresses__free(&known);
}

static bool has_other_traps(const struct tree *tree)
{
	return tree__has(tree, "UBSAN_TRAP") || tree__has(tree, "UBSAN_LOCAL_BOUNDS") ||
	       tree__has(tree, "CFI_CLANG");
}

void check_missing_entries(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	struct sites got = { 0 }, expected = { 0 };

	read_sites(r->tree, f, &got);
	if (ref)
		read_sites(r->tree, ref, &expected);
	if (tree__has(r->tree, "GENERIC_BUG_RELATIVE_POINTERS") && !has_other_traps(r->tree))
		check_site(r, f, BUG, &got, ref ? &expected : NULL);
	if (f->machine == EM_X86_64) {
		if (tree__has(r->tree, "JUMP_LABEL"))
			check_site(r, f, BRANCH, &got, ref ? &expected : NULL);
		if (tree__has(r->tree, "SMP"))
			check_site(r, f, LOCK, &got, ref ? &expected : NULL);
		check_replacements(r, f);
		check_fixups(r, f);
	}
	free_sites(&got);
	free_sites(&expected);
}
