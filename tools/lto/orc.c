// SPDX-License-Identifier: GPL-2.0
/*
 * ORC unwind data (arch/x86/include/asm/orc_types.h): the tables are sorted, have the same number
 * of entries, and cover each function that was compiled.
 *
 * If a function has no ORC, objtool has not seen it.  The kernel has such functions on purpose:
 * assembly, and code that is marked OBJECT_FILES_NON_STANDARD or STACK_FRAME_NON_STANDARD.  So a
 * function must have ORC if it has it in the reference.  If the reference does not have the
 * function, compiled code (it calls the tracer) without ORC, or with a hole in it, is a note.  It
 * is an error if that is true of much of vmlinux, or of a whole module.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "ltocheck.h"

#define ORC_ENTRY	6	/* sizeof(struct orc_entry) */
#define INT3		0xcc
#define LOOKUP_BLOCK	256	/* LOOKUP_BLOCK_SIZE */
#define MAX_UNSEEN	50	/* 1/50 of the functions; 1/220 in 5.10's boot config */

#define ORC_AT_CALL	0x0008	/* sp_offset at the first instruction: the return address */
#define ORC_SP		5	/* ORC_REG_SP */
#define ORC_CALL	0x200	/* ORC_TYPE_CALL from Linux 6.4 on; 0 before */

struct orc {
	uint64_t addr;
	bool undefined;		/* nothing is known from here on */
	bool entry;		/* as at the start of a function: the return address is at SP */
};

struct orc_table {
	struct orc *v;
	size_t nr;
	bool sorted;
};

static int compare(const void *va, const void *vb)
{
	const struct orc *a = va, *b = vb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	/* if a function ends where the next one starts, the start counts */
	return b->undefined - a->undefined;
}

/* Returns what is wrong with the tables, or NULL. */
static const char *read_tables(const struct tree *tree, const struct elf_file *f,
			       struct orc_table *t)
{
	unsigned int at_entry = tree__version(tree) >= VERSION(6, 4) ? ORC_SP | ORC_CALL : ORC_SP;
	uint64_t ip, ip_end, orc, orc_end;
	size_t i;

	memset(t, 0, sizeof(*t));
	if (f->module) {
		bool a = elf__section_range(f, ".orc_unwind_ip", &ip, &ip_end),
		     b = elf__section_range(f, ".orc_unwind", &orc, &orc_end);

		if (!a && !b)
			return NULL;
		if (!a || !b)
			return "one of .orc_unwind and .orc_unwind_ip is missing";
	} else if (!elf__range(f, "__start_orc_unwind_ip", "__stop_orc_unwind_ip", &ip, &ip_end) ||
		   !elf__range(f, "__start_orc_unwind", "__stop_orc_unwind", &orc, &orc_end)) {
		return NULL;
	}
	if ((ip_end - ip) % 4 || (orc_end - orc) % ORC_ENTRY ||
	    (ip_end - ip) / 4 != (orc_end - orc) / ORC_ENTRY)
		return ".orc_unwind and .orc_unwind_ip do not have the same number of entries";

	t->nr = (ip_end - ip) / 4;
	t->v = xcalloc(t->nr, sizeof(*t->v));
	t->sorted = true;
	for (i = 0; i < t->nr; i++) {
		const unsigned char *p = elf__at(f, ip + 4 * i, 4);
		const unsigned char *q = elf__at(f, orc + ORC_ENTRY * i, ORC_ENTRY);

		if (!p || !q)
			return "the tables have no data";
		t->v[i].addr = elf__prel32(p, ip + 4 * i);
		t->v[i].undefined = !elf__u16(q + 4);
		/*
		 * s16 sp_offset, bp_offset; 4 bits: sp_reg, bp_reg; 3: type (before 6.4: 2, then 1
		 * for the end)
		 */
		t->v[i].entry = elf__u16(q) == ORC_AT_CALL && (elf__u16(q + 4) & 0x7ff) == at_entry;
		if (i && t->v[i].addr < t->v[i - 1].addr)
			t->sorted = false;
	}
	if (!t->sorted)
		qsort(t->v, t->nr, sizeof(*t->v), compare);
	return NULL;
}

/* Returns the entry for @addr, NULL if there is none. */
static const struct orc *find(const struct orc_table *t, uint64_t addr)
{
	size_t lo = 0, hi = t->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && !t->v[lo - 1].undefined ? &t->v[lo - 1] : NULL;
}

static bool is_known(const struct orc_table *t, uint64_t addr)
{
	return find(t, addr);
}

/*
 * Can anything in [@from, @to) run?  Compilers put int3 (SLS) and no-ops behind jumps and returns.
 */
static bool runs(const struct elf_file *f, uint64_t from, uint64_t to)
{
	struct insn i;

	for (; from < to; from += i.size)
		if (!decode(f, from, &i) ||
		    (i.kind != INSN_NOP && i.kind != INSN_TRAP && *i.bytes != INT3))
			return true;
	return false;
}

/*
 * Does the function at @addr have neither a return nor a jump out of it?  (A return through the
 * thunk is such a jump.)
 */
static bool never_returns(const struct elf_file *f, uint64_t addr)
{
	const struct elf_symbol *s = elf__containing(f, addr, false);
	struct insn i;

	if (!s || s->addr != addr)
		return false;
	for (; addr < s->addr + s->size; addr += i.size)
		if (!decode(f, addr, &i) || i.kind == INSN_RETURN || i.kind == INSN_JUMP_INDIRECT ||
		    (i.kind == INSN_JUMP && i.target - s->addr >= s->size))
			return false;
	return true;
}

/*
 * Is [@from, @to) of function @s behind a call that does not return, with no jump to it from
 * elsewhere in the function?  The compiler knows of few functions that they do not return.  objtool
 * finds that out for all functions that it sees.  With LTO these are all functions of vmlinux.
 */
static bool is_dead(const struct elf_file *f, const struct elf_symbol *s, uint64_t from,
		    uint64_t to)
{
	bool after_call = false;
	uint64_t at;
	struct insn i;

	for (at = s->addr; at < s->addr + s->size; at += i.size) {
		if (!decode(f, at, &i))
			return false;
		if (at + i.size == from)
			after_call = i.kind == INSN_CALL && never_returns(f, i.target);
		if (i.kind == INSN_JUMP && i.target >= from && i.target < to &&
		    (at < from || at >= to))
			return false;
	}
	return after_call;
}

/* Can any code of the function run that has no ORC? */
static bool has_hole(const struct elf_file *f, const struct orc_table *t,
		     const struct elf_symbol *s)
{
	const struct orc *o = find(t, s->addr), *end = t->v + t->nr;
	uint64_t func_end = s->addr + s->size;

	for (; o && o < end && o->addr < func_end; o++) {
		uint64_t to = o + 1 < end && o[1].addr < func_end ? o[1].addr : func_end;

		if (o->undefined && runs(f, o->addr, to) && !is_dead(f, s, o->addr, to))
			return true;
	}
	return false;
}

/*
 * Does the function at @addr begin with a call of the tracer, or with the no-op in its place?  (The
 * no-op may also be a static branch at the start of the function.)
 */
static bool calls_tracer(const struct elf_file *f, uint64_t addr)
{
	const struct elf_symbol *fentry = elf__symbol(f, "__fentry__");
	struct insn i;

	addr = decode__behind_endbr(f, addr);
	return fentry && (decode__is_nop5(f, addr) ||
			  (decode(f, addr, &i) && i.kind == INSN_CALL && i.target == fentry->addr));
}

/*
 * Is this compiled code?  (objtool must know all of it.)  Compiled code calls the function tracer.
 * In a kernel without the tracer, all functions of .text count.
 */
static bool is_compiled(const struct elf_file *f, const struct elf_symbol *s)
{
	return elf__symbol(f, "__fentry__") ? calls_tracer(f, s->addr) :
	       !strcmp(f->sections[s->shndx].name, ".text");
}

/* Does the reference, if there is one, have a symbol of this name? */
static bool there_is(const struct elf_file *ref, const char *name)
{
	unsigned int n = 0;

	if (ref)
		elf__symbols_named(ref, name, &n);
	return n;
}

static bool known_in(const struct elf_file *ref, const struct orc_table *t, const char *name)
{
	const struct elf_symbol *const *s;
	unsigned int n, i;

	s = elf__symbols_named(ref, name, &n);
	for (i = 0; i < n; i++)
		if (!s[i] || s[i]->type != STT_FUNC || !is_known(t, s[i]->addr))
			return false;
	return n;
}

static bool hole_in(const struct elf_file *ref, const struct orc_table *t, const char *name)
{
	const struct elf_symbol *const *s;
	unsigned int n, i;

	s = elf__symbols_named(ref, name, &n);
	for (i = 0; i < n; i++)
		if (s[i]->type == STT_FUNC && has_hole(ref, t, s[i]))
			return true;
	return false;
}

static void check_lookup(struct result *r, struct elf_file *f)
{
	uint64_t from, to, text, etext;
	char got[32], expected[32];

	if (!elf__range(f, "orc_lookup", "orc_lookup_end", &from, &to) ||
	    !elf__range(f, "_stext", "_etext", &text, &etext))
		return;
	/* ORC_UNWIND_TABLE in vmlinux.lds.h: one more than the blocks of the text */
	snprintf(got, sizeof(got), "%llu", (unsigned long long)(to - from) / 4);
	snprintf(expected, sizeof(expected), "%llu",
		 (unsigned long long)(etext - text + LOOKUP_BLOCK - 1) / LOOKUP_BLOCK + 1);
	if (strcmp(got, expected))
		result__error(r, f->path, got, expected, "blocks of orc_lookup");
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	struct orc_table t, ref_t = { 0 };
	unsigned int i, compiled = 0, unseen = 0;
	const char *wrong;

	if (!tree__has(r->tree, "UNWINDER_ORC"))
		return;
	wrong = read_tables(r->tree, f, &t);
	if (wrong) {
		result__error(r, f->path, NULL, NULL, "%s", wrong);
		goto out;
	}
	if (!f->module && !t.nr)
		result__error(r, f->path, NULL, NULL, "there are no ORC tables");
	if (!f->module && !t.sorted)
		result__error(r, f->path, NULL, NULL, "__start_orc_unwind_ip is not sorted");
	if (!f->module)
		check_lookup(r, f);
	wrong = ref ? read_tables(r->tree, ref, &ref_t) : NULL;
	if (wrong)
		result__error(r, ref->path, NULL, NULL, "%s", wrong);

	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		char plain[256];
		const char *name = s->name;
		bool is_ours, compare;

		if (s->type != STT_FUNC || !s->size || s->shndx >= f->nr_sections ||
		    !(f->sections[s->shndx].flags & SHF_EXECINSTR))
			continue;
		r->counted++;
		if (!there_is(ref, name))
			name = elf__plain_name(name, plain, sizeof(plain));
		compare = there_is(ref, name);
		is_ours = is_compiled(f, s);
		compiled += is_ours;
		if (is_known(&t, s->addr)) {
			if (calls_tracer(f, s->addr) && !find(&t, s->addr)->entry)
				result__error(r, f->path, NULL, NULL,
					      "%s does not begin with its return address", s->name);
			if (!has_hole(f, &t, s))
				continue;
			/* objtool may not understand assembly in a function */
			if (compare && known_in(ref, &ref_t, name) && !hole_in(ref, &ref_t, name))
				result__error(r, f->path, NULL, NULL,
					      "ORC of %s has a hole, and not in the reference",
					      s->name);
			else if (!compare && is_ours)
				result__note(r, f->path, "ORC of %s has a hole", s->name);
			unseen += is_ours;
			continue;
		}
		unseen += is_ours;
		if (compare && known_in(ref, &ref_t, name))
			result__error(r, f->path, NULL, NULL,
				      "%s has no ORC, and has it in the reference", s->name);
		else if (!compare && is_ours)
			result__note(r, f->path, "%s is compiled code without ORC", s->name);
	}
	if (is_passed_over(f, t.nr, unseen))
		result__error(r, f->path, NULL, NULL,
			      "no ORC for %u compiled functions: objtool has not seen the module",
			      unseen);
	if (!f->module && unseen > compiled / MAX_UNSEEN)
		result__error(r, f->path, NULL, NULL,
			      "%u of %u compiled functions have no ORC, or a hole in it", unseen,
			      compiled);
out:
	free(t.v);
	free(ref_t.v);
}

const struct check check_orc = {
	.name	= "orc",
	.about	= "ORC tables are sorted and match, and know all compiled functions",
	.unit	= "functions",
	.file	= check,
};
