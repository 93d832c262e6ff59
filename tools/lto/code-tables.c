// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that follow the code are well-formed: jump labels, static calls, retpolines, returns,
 * exceptions, bugs, alternatives.  Each static call, retpoline and return is in its table.
 * missing-entries.c looks for missing entries in the other tables.
 *
 * The layouts are those of Linux 5.10: include/linux/jump_label.h and static_call_types.h,
 * arch/x86/include/asm/alternative.h and extable.h, include/asm-generic/bug.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "ltocheck.h"

#define MAX_UNSEEN	20	/* 1/20 of the branches; 5.10 and 6.1 lack fewer than 1/1000 */

struct range {
	uint64_t from, to;
};

/* Find a table: in vmlinux by its symbols, in a module by its section. */
static bool find_table(const struct elf_file *f, const char *start, const char *end,
		       const char *section, struct range *t)
{
	if (!f->module)
		return elf__range(f, start, end, &t->from, &t->to);
	return elf__section_range(f, section, &t->from, &t->to);
}

static void bad(struct result *r, struct elf_file *f, uint64_t addr, const char *table,
		const char *what)
{
	char where[256];

	result__error(r, f->path, NULL, NULL, "%s: %s %s", table,
		      elf__describe(f, addr, where, sizeof(where)), what);
}

static uint64_t field(const struct elf_file *f, uint64_t addr)
{
	const unsigned char *p = elf__at(f, addr, 4);

	return p ? elf__prel32(p, addr) : 0;
}

/* Check that the size of a table is a multiple of the size of an entry. */
static bool fits(struct result *r, struct elf_file *f, const struct range *t, unsigned int entry,
		 const char *table)
{
	char got[32];

	if ((t->to - t->from) % entry == 0) {
		r->counted += (t->to - t->from) / entry;
		return true;
	}
	snprintf(got, sizeof(got), "%llu bytes", (unsigned long long)(t->to - t->from));
	result__error(r, f->path, got, NULL, "%s is no whole number of entries of %u bytes", table,
		      entry);
	return false;
}

/*
 * As jump_label_type() in kernel/jump_label.c: before the kernel runs, there is a jump if either
 * the key is enabled or the branch is likely (bit 0 of the key's address), but not both.  The key
 * is a counter of 32 bits.
 */
static bool has_to_jump(const struct elf_file *f, uint64_t key, bool likely)
{
	const unsigned char *enabled = elf__at(f, key, 4);	/* NULL in .bss */

	return (enabled && elf__u32(enabled)) != likely;
}

/* struct jump_entry { s32 code, target; long key; } */
static void check_jump_labels(struct result *r, struct elf_file *f)
{
	static const char name[] = "__jump_table";
	struct range t;
	uint64_t at;

	if (!find_table(f, "__start___jump_table", "__stop___jump_table", name, &t) ||
	    !fits(r, f, &t, 16, name))
		return;
	for (at = t.from; at < t.to; at += 16) {
		const unsigned char *p = elf__at(f, at + 8, 8);
		uint64_t code = field(f, at), target = field(f, at + 4);
		uint64_t key = p ? at + 8 + elf__u64(p) : 0;
		bool likely = key & 1;
		struct insn i;

		key &= ~3ULL;

		if (!elf__is_code(f, code) || !decode(f, code, &i) || !decode__starts_at(f, code))
			bad(r, f, code, name, "is no instruction");
		else if (i.kind != INSN_NOP && !(i.kind == INSN_JUMP && i.target == target))
			bad(r, f, code, name, "is neither a no-op nor a jump to its target");
		else if (elf__section_at(f, key) &&
			 (i.kind == INSN_JUMP) != has_to_jump(f, key, likely))
			bad(r, f, code, name, i.kind == INSN_JUMP ?
			    "is a jump, and its key says that it is none" :
			    "is no jump, and its key says that it is one");
		/* JUMP_LABEL_NOP_SIZE; from 5.14 on also 2, if the target is near */
		else if (f->machine == EM_X86_64 && i.size != 5 && i.size != 2)
			bad(r, f, code, name, "is of a length that the kernel cannot patch");
		if (!elf__is_code(f, target))
			bad(r, f, target, name, "is a target that is no code");
		if (!elf__section_at(f, key) && !elf__undefined(f, key))
			bad(r, f, key, name, "is a key that is not there");
	}
}

/* --- calls and jumps to thunks and trampolines, which have to be in a table ------------------ */

struct targets {
	struct addresses v;		/* sorted */
	struct addresses sites;		/* sorted: what is in the table */
	struct range	own;		/* the thunks themselves */
	struct strings	unseen;		/* functions with unlisted branches, sorted */
};

static bool is_target(void *arg, uint64_t addr)
{
	const struct targets *t = arg;

	return addresses__has(&t->v, addr);
}

/* Note the function of a branch that is not in its table. */
static void found_branch(void *arg, const struct elf_file *f, const struct insn *i)
{
	struct targets *t = arg;
	const struct elf_section *s = elf__section_at(f, i->addr);
	const struct elf_symbol *func = elf__containing(f, i->addr, false);
	char name[256];

	if (addresses__has(&t->sites, i->addr) || (i->addr >= t->own.from && i->addr < t->own.to))
		return;
	/* (replacements do not run in place: they are copied to the code) */
	if (s && !strcmp(s->name, ".altinstr_replacement"))
		return;
	strings__add(&t->unseen,
		     xstrdup(func ? elf__plain_name(func->name, name, sizeof(name)) : s->name));
}

/* Do symbols at @a and @b have the same name, after @prefix_a and @prefix_b? */
static bool are_pair(const struct elf_file *f, uint64_t a, const char *prefix_a, uint64_t b,
		     const char *prefix_b)
{
	const struct elf_symbol *sa, *sb;
	unsigned int na, nb, i, j;
	size_t la = strlen(prefix_a), lb = strlen(prefix_b);

	sa = elf__symbols_at(f, a, &na);
	sb = elf__symbols_at(f, b, &nb);
	for (i = 0; sa && i < na; i++)
		for (j = 0; sb && j < nb; j++)
			if (!strncmp(sa[i].name, prefix_a, la) &&
			    !strncmp(sb[j].name, prefix_b, lb) &&
			    !strcmp(sa[i].name + la, sb[j].name + lb))
				return true;
	return false;
}

/*
 * A symbol at @a is called @prefix_a, then a name.  Is there also a symbol @prefix_b with this
 * name?
 */
static bool has_other(const struct elf_file *f, uint64_t a, const char *prefix_a,
		      const char *prefix_b)
{
	size_t la = strlen(prefix_a);
	unsigned int n, i;
	const struct elf_symbol *s = elf__symbols_at(f, a, &n);
	bool has = false;

	for (i = 0; s && i < n && !has; i++) {
		if (!strncmp(s[i].name, prefix_a, la)) {
			char *name = xasprintf("%s%s", prefix_b, s[i].name + la);

			has = elf__symbol(f, name);
			free(name);
		}
	}
	return has;
}

static const struct branch_table {
	const char *option, *start, *end, *section;
	unsigned int entry;		/* bytes; the first 4 are the reference to the branch */
	const char *prefix;		/* of the symbols that are branched to */
	const char *key;		/* prefix of the second symbol (in vmlinux), or NULL */
} branch_tables[] = {
	{ "HAVE_STATIC_CALL_INLINE", "__start_static_call_sites", "__stop_static_call_sites",
	  ".static_call_sites", 8, "__SCT__", "__SCK__" },
	{ "RETPOLINE", "__retpoline_sites", "__retpoline_sites_end",
	  ".retpoline_sites", 4, "__x86_indirect_thunk_", NULL },
	{ "RETHUNK", "__return_sites", "__return_sites_end",
	  ".return_sites", 4, "__x86_return_thunk", NULL },
};

/*
 * Check that each entry of the table is a branch.  Branches that are not in the table are added to
 * t->unseen.  @r: NULL to report nothing
 */
static void read_branches(struct result *r, struct elf_file *f, const struct branch_table *table,
			  struct targets *t)
{
	struct range range;
	struct insn i;
	uint64_t at;
	size_t n;

	*t = (struct targets){ 0 };
	if (!f->module)
		elf__range(f, "__indirect_thunk_start", "__indirect_thunk_end", &t->own.from,
			   &t->own.to);
	if (!find_table(f, table->start, table->end, table->section, &range))
		range.from = range.to = 0;
	if (r && !fits(r, f, &range, table->entry, table->section))
		return;
	for (n = 0; n < f->nr_symbols; n++)
		if (!strncmp(f->symbols[n].name, table->prefix, strlen(table->prefix)))
			addresses__add(&t->v, f->symbols[n].addr);
	addresses__sort(&t->v);
	for (at = range.from; at + table->entry <= range.to; at += table->entry) {
		uint64_t site = field(f, at);

		addresses__add(&t->sites, site);
		if (!r)
			continue;
		/* lkdtm has a function in .rodata, to test that it cannot run */
		if (!elf__is_code(f, site) && elf__containing(f, site, false))
			continue;
		if (!elf__is_code(f, site) || !decode(f, site, &i) || !decode__starts_at(f, site))
			bad(r, f, site, table->section, "is no instruction");
		else if ((i.kind != INSN_CALL && i.kind != INSN_JUMP) || !is_target(t, i.target))
			bad(r, f, site, table->section, "is another instruction");
		/*
		 * a conditional jump may end a function that is optimised for size; kernels from
		 * 5.15 patch it
		 */
		else if (table->key && i.size != 5 && tree__version(r->tree) < VERSION(5, 15))
			bad(r, f, site, table->section,
			    "is no call or jump of 5 bytes, and this kernel patches no other");
		/* the lowest two bits of the key's address are flags */
		else if (table->key && !f->module &&
			 !are_pair(f, i.target, table->prefix, field(f, at + 4) & ~3ULL,
				   table->key))
			bad(r, f, site, table->section, "calls another than that of its key");
		/*
		 * A module that does not know the key has the trampoline here instead.  The kernel
		 * does not load a module that knows both.
		 */
		else if (table->key && f->module && (field(f, at + 4) & ~3ULL) == i.target &&
			 has_other(f, i.target, table->prefix, table->key))
			bad(r, f, site, table->section, "has no key, and the module has it");
	}
	addresses__sort(&t->sites);
	for (n = 1; n < f->nr_sections; n++)
		if (f->sections[n].flags & SHF_EXECINSTR)
			decode__each_branch_to(f, &f->sections[n], t, is_target, found_branch);
	strings__sort(&t->unseen);
}

static void free_branches(struct targets *t)
{
	addresses__free(&t->v);
	addresses__free(&t->sites);
	strings__free(&t->unseen);
}

/*
 * Has the kernel objtool, which writes these tables?  (the names of the option before and from
 * 5.19)
 */
static bool has_objtool(const struct tree *tree)
{
	return tree__has(tree, "STACK_VALIDATION") || tree__has(tree, "OBJTOOL");
}

/*
 * Code that objtool does not see on purpose (OBJECT_FILES_NON_STANDARD) is not in the tables.  Its
 * thunks are never patched, which does no harm.  So without a reference, such code is a note.
 */
static void check_mitigations_of(struct result *r, struct elf_file *f, struct elf_file *ref,
				 const struct branch_table *table)
{
	struct targets got, expected = { 0 };
	size_t i;

	read_branches(r, f, table, &got);
	if (ref)
		read_branches(NULL, ref, table, &expected);
	for (i = 0; i < got.unseen.nr; i++) {
		if (i && !strcmp(got.unseen.v[i], got.unseen.v[i - 1]))
			continue;
		if (!ref)
			result__note(r, f->path, "%s lacks a branch in %s: objtool has not seen it",
				     table->section, got.unseen.v[i]);
		else if (!strings__has(&expected.unseen, got.unseen.v[i]))
			result__error(r, f->path, NULL, NULL,
				      "%s lacks a branch in %s: objtool has not seen it, "
				      "and it has in the reference",
				      table->section, got.unseen.v[i]);
	}
	if (!ref && has_objtool(r->tree) && is_passed_over(f, got.sites.nr, got.unseen.nr))
		result__error(r, f->path, NULL, NULL,
			      "there is no %s, with %zu branches: objtool has not seen the module",
			      table->section, got.unseen.nr);
	if (!ref && !f->module && has_objtool(r->tree) &&
	    got.unseen.nr > (got.unseen.nr + got.sites.nr) / MAX_UNSEEN)
		result__error(r, f->path, NULL, NULL, "%s lacks %zu of %zu branches",
			      table->section, got.unseen.nr, got.unseen.nr + got.sites.nr);
	free_branches(&got);
	free_branches(&expected);
}

/* --- tables that the compiler and assembly make ---------------------------------------------- */

/* struct exception_table_entry: insn, fixup, kind of handler (on x86, and on arm64 from 5.16 on) */
static void check_exceptions(struct result *r, struct elf_file *f)
{
	static const char name[] = "__ex_table";
	unsigned int entry =
		f->machine == EM_X86_64 || tree__version(r->tree) >= VERSION(5, 16) ? 12 : 8;
	uint64_t at, last = 0;
	struct range t;

	if (!find_table(f, "__start___ex_table", "__stop___ex_table", name, &t) ||
	    !fits(r, f, &t, entry, name))
		return;
	for (at = t.from; at < t.to; at += entry) {
		uint64_t insn = field(f, at), fixup = field(f, at + 4);

		if (!elf__is_code(f, insn) || !decode__starts_at(f, insn))
			bad(r, f, insn, name, "is no instruction");
		if (!elf__is_code(f, fixup))
			bad(r, f, fixup, name, "is a fixup that is no code");
		/* the kernel sorts the table of a module when it loads that */
		if (!f->module && insn < last)
			bad(r, f, insn, name, "is not in order");
		last = insn;
	}
}

unsigned int sizeof_bug_entry(const struct tree *tree)
{
	return tree__has(tree, "DEBUG_BUGVERBOSE") ? 12 : 8;
}

static void check_bugs(struct result *r, struct elf_file *f)
{
	static const char name[] = "__bug_table";
	unsigned int entry = sizeof_bug_entry(r->tree);
	struct range t;
	struct insn i;
	uint64_t at;

	if (!tree__has(r->tree, "GENERIC_BUG_RELATIVE_POINTERS") ||
	    !find_table(f, "__start___bug_table", "__stop___bug_table", name, &t) ||
	    !fits(r, f, &t, entry, name))
		return;
	for (at = t.from; at < t.to; at += entry) {
		uint64_t addr = field(f, at);

		if (!elf__is_code(f, addr) || !decode(f, addr, &i) || !listed__is_bug(f, &i) ||
		    !decode__starts_at(f, addr))
			bad(r, f, addr, name, "is no trap");
	}
}

unsigned int sizeof_alternative(const struct tree *tree, uint16_t machine)
{
	/* on x86, the feature has 2 bytes; 4 from 6.3 on */
	return machine == EM_X86_64 && tree__version(tree) >= VERSION(6, 3) ? 14 : 12;
}

void read_alternatives(const struct tree *tree, const struct elf_file *f, struct addresses *out)
{
	const struct elf_section *s = elf__section(f, ".altinstructions");
	unsigned int entry = sizeof_alternative(tree, f->machine);
	uint64_t at;

	if (!s || !s->data)
		return;
	for (at = 0; at + entry <= s->size; at += entry)
		addresses__add(out, elf__prel32(s->data + at, s->addr + at));
}

/* struct alt_instr: place, replacement, feature, length of the place, length of the replacement */
static void check_alternatives(struct result *r, struct elf_file *f)
{
	static const char name[] = ".altinstructions";
	unsigned int entry = sizeof_alternative(r->tree, f->machine);
	struct range t;
	uint64_t at;

	if (!find_table(f, "__alt_instructions", "__alt_instructions_end", name, &t) ||
	    !fits(r, f, &t, entry, name))
		return;
	for (at = t.from; at < t.to; at += entry) {
		const unsigned char *p = elf__at(f, at, entry), *lengths = p ? p + entry - 2 : NULL;
		uint64_t insn = field(f, at), repl = field(f, at + 4), end;
		struct insn i;

		if (!p || !elf__is_code(f, insn) || !decode__starts_at(f, insn)) {
			bad(r, f, insn, name, "is no instruction");
			continue;
		}
		if (lengths[1] && !elf__at(f, repl, lengths[1]))
			bad(r, f, insn, name, "has no replacement");
		if (lengths[1] > lengths[0])
			bad(r, f, insn, name, "has a replacement that is too long");
		for (end = insn; end < insn + lengths[0]; end += i.size)
			if (!decode(f, end, &i))
				break;
		if (end > insn + lengths[0])
			bad(r, f, insn, name, "ends inside of an instruction");
	}
}

/* x86: places of lock prefixes, which the kernel removes on a machine with one processor */
static void check_locks(struct result *r, struct elf_file *f)
{
	static const char name[] = ".smp_locks";
	struct range t;
	uint64_t at;

	if (!find_table(f, "__smp_locks", "__smp_locks_end", name, &t) || !fits(r, f, &t, 4, name))
		return;
	for (at = t.from; at < t.to; at += 4) {
		const unsigned char *p = elf__at(f, at, 4);
		uint64_t insn = field(f, at);

		/* the table of vmlinux is filled up with zeros to the end of the page */
		if (!f->module && p && !elf__u32(p))
			continue;
		p = elf__at(f, insn, 1);
		if (!p || !elf__is_code(f, insn) || *p != 0xf0)
			bad(r, f, insn, name, "is no lock prefix");
	}
}

static const struct table {
	const char *start, *end, *section;
	const char *option;		/* vmlinux has this table if the option is on; "": always */
	bool may_be_empty;
} tables[] = {
	{ "__start___jump_table", "__stop___jump_table", "__jump_table", "JUMP_LABEL", false },
	{ "__start_static_call_sites", "__stop_static_call_sites", ".static_call_sites",
	  "HAVE_STATIC_CALL_INLINE", true },
	{ "__return_sites", "__return_sites_end", ".return_sites", "RETHUNK", false },
	{ "__start___ex_table", "__stop___ex_table", "__ex_table", "", false },
	{ "__start___bug_table", "__stop___bug_table", "__bug_table", "GENERIC_BUG", false },
	{ "__alt_instructions", "__alt_instructions_end", ".altinstructions", "", false },
};

static void check_presence(struct result *r, const struct elf_file *f)
{
	struct range t;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const char *option = tables[i].option;

		if (*option && !tree__has(r->tree, option))
			continue;
		if (!find_table(f, tables[i].start, tables[i].end, tables[i].section, &t))
			result__error(r, f->path, NULL, NULL,
				      "table %s is missing, or one of its bounds",
				      tables[i].section);
		else if (t.from == t.to && !tables[i].may_be_empty)
			result__error(r, f->path, NULL, NULL, "table %s is empty",
				      tables[i].section);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	size_t i;

	if (!f->module)
		check_presence(r, f);
	check_jump_labels(r, f);
	for (i = 0; f->machine == EM_X86_64 && i < sizeof(branch_tables) / sizeof(*branch_tables);
	     i++)
		if (tree__has(r->tree, branch_tables[i].option))
			check_mitigations_of(r, f, ref, &branch_tables[i]);
	check_exceptions(r, f);
	check_bugs(r, f);
	check_alternatives(r, f);
	if (f->machine == EM_X86_64)
		check_locks(r, f);
	check_missing_entries(r, f, ref);
}

const struct check check_code_tables = {
	.name	= "code-tables",
	.about	= "tables of jump labels, static calls, retpolines, returns, exceptions, bugs and "
		  "alternatives are well-formed; no entry is missing, as far as the code shows",
	.unit	= "sites",
	.file	= check,
};
