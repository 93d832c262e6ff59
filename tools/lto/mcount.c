// SPDX-License-Identifier: GPL-2.0
/*
 * __mcount_loc has the call sites of the function tracer: all of them, nothing else, each once, and
 * none in code that must not be traced.
 *
 * On x86, a call site is "call __fentry__", or the no-op of five bytes that newer compilers and
 * objtool put there.  On arm64, it is the no-ops of -fpatchable-function-entry, which may have a
 * landing pad in front of them.
 *
 * recordmcount ignores each object that is called ftrace.o (scripts/recordmcount.c).  So in x86
 * kernels with recordmcount some call sites are missing (arch/x86/kernel/kprobes/ftrace.c).  A few
 * of them are notes.
 */

#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "ltocheck.h"

/* recordmcount may ignore 1/100 of the calls.  In 5.10's boot config it ignores 1/8000. */
#define MAX_UNLISTED	100
#define ARM64_NOP	0xd503201f
#define ARM64_BTI_C	0xd503245f

static bool is_fentry(void *arg, uint64_t target)
{
	const struct elf_symbol *fentry = arg;

	return target == fentry->addr;
}

static struct addresses *sites;

static void found_call(void *arg, const struct elf_file *f, const struct insn *i)
{
	(void)arg;
	(void)f;
	if (i->kind == INSN_CALL)
		addresses__add(sites, i->addr);
}

/*
 * Jump labels: a function may begin with such a no-op as well.  struct jump_entry { s32 code,
 * target; long key; }
 */
static void jump_labels(const struct elf_file *f, struct addresses *out)
{
	uint64_t from = 0, to = 0;

	if (f->module)
		elf__section_range(f, "__jump_table", &from, &to);
	else
		elf__range(f, "__start___jump_table", "__stop___jump_table", &from, &to);
	for (; from + 16 <= to; from += 16) {
		const unsigned char *p = elf__at(f, from, 4);

		if (p)
			addresses__add(out, elf__prel32(p, from));
	}
	addresses__sort(out);
}

static void x86_sites(const struct elf_file *f, const struct addresses *table,
		      struct addresses *out)
{
	const struct elf_symbol *fentry = elf__symbol(f, "__fentry__");
	struct addresses labels = { 0 };
	bool nops = false;
	unsigned int i;

	sites = out;
	for (i = 1; fentry && i < f->nr_sections; i++)
		if (f->sections[i].flags & SHF_EXECINSTR)
			decode__each_branch_to(f, &f->sections[i], (void *)fentry, is_fentry,
					       found_call);
	for (i = 0; i < table->nr; i++)
		if (decode__is_nop5(f, table->v[i]))
			nops = true;
	if (nops)
		jump_labels(f, &labels);
	for (i = 0; nops && i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		uint64_t addr = decode__behind_endbr(f, s->addr);

		if (s->type != STT_FUNC || s->shndx >= f->nr_sections ||
		    (i && s[-1].addr == s->addr && s[-1].type == STT_FUNC))
			continue;
		if (decode__is_nop5(f, addr) && !addresses__has(&labels, addr))
			addresses__add(out, addr);
	}
	addresses__free(&labels);
	addresses__sort(out);
}

/*
 * If each object has its own .text (LTO_NONE), a weak function that another one replaces is still
 * there, without a symbol.  Only its entry in the table tells of it.  Add these call sites to @out.
 * Returns their number.
 */
static unsigned int arm64_replaced(const struct elf_file *f, const struct addresses *table,
				   struct addresses *out)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < table->nr; i++) {
		const unsigned char *p = elf__at(f, table->v[i], 8);

		if (p && elf__u32(p) == ARM64_NOP && elf__u32(p + 4) == ARM64_NOP &&
		    !elf__containing(f, table->v[i], false) &&
		    (!i || table->v[i] != table->v[i - 1])) {
			addresses__add(out, table->v[i]);
			n++;
		}
	}
	return n;
}

static unsigned int arm64_sites(const struct tree *tree, const struct elf_file *f,
				const struct addresses *table, struct addresses *out)
{
	struct addresses alternatives = { 0 };
	unsigned int i, replaced;

	/* assembly functions may begin with the no-ops of an alternative */
	read_alternatives(tree, f, &alternatives);
	addresses__sort(&alternatives);
	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		const unsigned char *p;
		uint64_t addr = s->addr;

		if (s->type != STT_FUNC || s->shndx >= f->nr_sections ||
		    (out->nr && out->v[out->nr - 1] == addr))
			continue;
		p = elf__at(f, addr, 12);
		if (p && elf__u32(p) == ARM64_BTI_C) {
			p += 4;
			addr += 4;
		}
		if (p && elf__u32(p) == ARM64_NOP && elf__u32(p + 4) == ARM64_NOP &&
		    (!out->nr || out->v[out->nr - 1] != addr) &&
		    !addresses__has(&alternatives, addr))
			addresses__add(out, addr);
	}
	addresses__free(&alternatives);
	replaced = arm64_replaced(f, table, out);
	addresses__sort(out);
	return replaced;
}

static const char * const untraced[][2] = {
	{ "__noinstr_text_start",	"__noinstr_text_end" },
	{ "__entry_text_start",		"__entry_text_end" },
};

/* @addr must be in a section with code. */
static bool may_be_traced(const struct elf_file *f, uint64_t addr)
{
	uint64_t from, to;
	size_t i;

	if (f->module)
		return strcmp(elf__section_at(f, addr)->name, ".noinstr.text");
	for (i = 0; i < sizeof(untraced) / sizeof(*untraced); i++)
		if (elf__range(f, untraced[i][0], untraced[i][1], &from, &to) && addr >= from &&
		    addr < to)
			return false;
	return true;
}

static bool table_range(const struct elf_file *f, uint64_t *from, uint64_t *to)
{
	static const char * const names[] = { "__mcount_loc", "__patchable_function_entries" };
	size_t i;

	if (!f->module)
		return elf__range(f, "__start_mcount_loc", "__stop_mcount_loc", from, to);
	for (i = 0; i < 2; i++)
		if (elf__section_range(f, names[i], from, to))
			return true;
	*from = *to = 0;
	return true;
}

/*
 * With DYNAMIC_FTRACE_WITH_CALL_OPS (6.3), arm64 has two more no-ops before each function, and the
 * table refers to them.  Returns the call site, which is behind them, and behind a landing pad.
 */
static uint64_t behind_ops(const struct elf_file *f, uint64_t addr)
{
	const unsigned char *p = elf__at(f, addr + 8, 4);

	return addr + (p && elf__u32(p) == ARM64_BTI_C ? 12 : 8);
}

static void read_table(const struct tree *tree, const struct elf_file *f, uint64_t from,
		       uint64_t to, struct addresses *table, bool *sorted)
{
	bool ops = tree__has(tree, "DYNAMIC_FTRACE_WITH_CALL_OPS");

	*sorted = true;
	for (; from + 8 <= to; from += 8) {
		const unsigned char *p = elf__at(f, from, 8);

		if (p)
			addresses__add(table, ops ? behind_ops(f, elf__u64(p)) : elf__u64(p));
		if (table->nr > 1 && table->v[table->nr - 2] > table->v[table->nr - 1])
			*sorted = false;
	}
	addresses__sort(table);
}

/* Is there an entry of the table at the start of @s, or behind a landing pad there? */
static bool is_listed(const struct elf_symbol *s, const struct addresses *table)
{
	return addresses__has(table, s->addr) || addresses__has(table, s->addr + 4);
}

/* The same, but also true for a call that recordmcount has ignored. */
static bool is_traced(const struct elf_file *f, const struct elf_symbol *s,
		      const struct addresses *table)
{
	const struct elf_symbol *fentry = elf__symbol(f, "__fentry__");
	struct insn i;

	return is_listed(s, table) ||
	       (fentry && decode(f, s->addr, &i) && i.kind == INSN_CALL &&
		i.target == fentry->addr);
}

/* Returns the only function of this name; NULL if there is none, or several. */
static const struct elf_symbol *only_function(const struct elf_file *f, const char *name)
{
	unsigned int n;
	const struct elf_symbol *const *s = elf__symbols_named(f, name, &n);

	return n == 1 && s[0]->type == STT_FUNC && s[0]->size && s[0]->shndx < f->nr_sections ?
	       s[0] : NULL;
}

/*
 * Compare with the reference.  @sorted: is the table of @f sorted?  It need not be, as the kernel
 * sorts it at boot, and a table that the compiler writes (arm64) has the order of the code.  But if
 * the table of the reference is sorted, the table of @f must be sorted, too.
 *
 * The source says whether a function is traced (notrace).  The optimiser does not change that.
 * Functions that share a name are left out, as nothing tells which is which.  @recordmcount: also
 * compare whether the functions are in the table, as a missing call site is no error then.
 */
static void compare_reference(struct result *r, const struct elf_file *f,
			      const struct addresses *table, bool sorted,
			      const struct elf_file *ref, bool recordmcount)
{
	struct addresses ref_table = { 0 };
	bool ref_sorted;
	uint64_t from, to;
	unsigned int i;

	if (!table_range(ref, &from, &to))
		return;
	read_table(r->tree, ref, from, to, &ref_table, &ref_sorted);
	if (!f->module && ref_sorted && !sorted)
		result__error(r, f->path, NULL, NULL,
			      "the table is not sorted, and that of the reference is");
	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = only_function(f, f->symbols[i].name), *t;
		bool here, there;

		t = s == &f->symbols[i] ? only_function(ref, s->name) : NULL;
		if (!t)
			continue;
		here = is_traced(f, s, table);
		there = is_traced(ref, t, &ref_table);
		if (here != there)
			result__error(r, f->path, here ? "traced" : "not traced",
				      there ? "traced" : "not traced", "function %s", s->name);
		else if (recordmcount && is_listed(t, &ref_table) && !is_listed(s, table))
			result__error(r, f->path, "not in the table", "in the table", "function %s",
				      s->name);
	}
	addresses__free(&ref_table);
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	bool recordmcount = f->machine == EM_X86_64 &&
			    !tree__has(r->tree, "FTRACE_MCOUNT_USE_OBJTOOL") &&
			    !tree__has(r->tree, "FTRACE_MCOUNT_USE_CC");
	struct addresses table = { 0 }, calls = { 0 };
	unsigned int replaced = 0, unlisted = 0;
	bool sorted;
	uint64_t from, to;
	char where[256];
	size_t i, j;

	if (!table_range(f, &from, &to)) {
		if (tree__has(r->tree, "FTRACE_MCOUNT_RECORD"))
			result__error(r, f->path, NULL, NULL, "there is no table");
		return;
	}
	read_table(r->tree, f, from, to, &table, &sorted);
	if (!f->module && !sorted && tree__has(r->tree, "BUILDTIME_MCOUNT_SORT"))
		result__error(r, f->path, NULL, NULL, "the table is not sorted");
	if (ref)
		compare_reference(r, f, &table, sorted, ref, recordmcount);
	if (f->machine == EM_X86_64)
		x86_sites(f, &table, &calls);
	else
		replaced = arm64_sites(r->tree, f, &table, &calls);
	if (replaced)
		result__note(r, f->path, "%u call sites are in weak functions that others replace",
			     replaced);
	r->counted += table.nr;

	for (i = j = 0; i < table.nr || j < calls.nr; ) {
		if (i && i < table.nr && table.v[i] == table.v[i - 1]) {
			result__error(r, f->path, NULL, NULL, "%s is in the table twice",
				      elf__describe(f, table.v[i], where, sizeof(where)));
			i++;
		} else if (j == calls.nr || (i < table.nr && table.v[i] < calls.v[j])) {
			result__error(r, f->path, NULL, NULL,
				      "%s is in the table and is no call site",
				      elf__describe(f, table.v[i], where, sizeof(where)));
			i++;
		} else if (i == table.nr || calls.v[j] < table.v[i]) {
			elf__describe(f, calls.v[j++], where, sizeof(where));
			unlisted++;
			if (recordmcount)
				result__note(r, f->path, "call site %s is not in the table", where);
			else
				result__error(r, f->path, NULL, NULL,
					      "call site %s is not in the table", where);
		} else {
			if (!may_be_traced(f, table.v[i]))
				result__error(r, f->path, NULL, NULL, "%s must not be traced",
					      elf__describe(f, table.v[i], where, sizeof(where)));
			i++, j++;
		}
	}
	if (recordmcount && !f->module && unlisted > calls.nr / MAX_UNLISTED)
		result__error(r, f->path, NULL, NULL, "%u of %zu call sites are not in the table",
			      unlisted, calls.nr);
	addresses__free(&table);
	addresses__free(&calls);
}

const struct check check_mcount = {
	.name	= "mcount",
	.about	= "__mcount_loc holds every call site of the function tracer and nothing else",
	.unit	= "call sites",
	.file	= check,
};
