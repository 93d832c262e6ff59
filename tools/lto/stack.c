// SPDX-License-Identifier: GPL-2.0
/*
 * Stack protectors: which functions have lost the calls of __stack_chk_fail() that the reference
 * has?
 *
 * Problem: from version 14 on, Clang inlines functions with a stack protector into functions of
 * units without one.  Then the protector is lost.
 *
 * Mechanism: the calls are counted for each function, here and in the reference.  A function that
 * has lost all of them is a note.  A function without any call is also a note if it has inlined a
 * function with some.  How to know that: the inlined function is gone, and in the reference this
 * function calls it, directly or through others that are gone.
 *
 * Limits: both may be right.  Inlined code often needs no array on the stack, and then no
 * protector.  And a function may be gone because nothing called it.  So the only error is a vmlinux
 * that has lost all of the calls.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "ltocheck.h"

#define MAX_DEPTH	4	/* functions that were inlined into each other */

struct edges {
	const struct elf_file *f, *other;
	struct addresses targets;	/* sorted */
	struct strings calls;		/* "callee caller" */
};

static const char *function_at(const struct elf_file *f, uint64_t addr, char *buf, size_t len)
{
	const struct elf_symbol *s = elf__containing(f, addr, false);

	return s ? elf__plain_name(s->name, buf, len) : NULL;
}

static bool is_target(void *arg, uint64_t addr)
{
	const struct edges *e = arg;

	return addresses__has(&e->targets, addr);
}

static void found(void *arg, const struct elf_file *f, const struct insn *i)
{
	struct edges *e = arg;
	unsigned int n, j;
	const struct elf_symbol *s = elf__symbols_at(f, i->target, &n);
	char caller[256], callee[256];

	if (!function_at(f, i->addr, caller, sizeof(caller)))
		return;
	for (j = 0; s && j < n; j++)
		if (s[j].type != STT_OBJECT &&
		    strcmp(elf__plain_name(s[j].name, callee, sizeof(callee)), caller))
			strings__add(&e->calls, xasprintf("%s %s", callee, caller));
}

static void read_calls(struct edges *e)
{
	unsigned int i;

	addresses__sort(&e->targets);
	for (i = 1; e->targets.nr && i < e->f->nr_sections; i++)
		if (e->f->sections[i].flags & SHF_EXECINSTR)
			decode__each_branch_to(e->f, &e->f->sections[i], e, is_target, found);
	strings__sort(&e->calls);
	addresses__free(&e->targets);
}

/* List the functions that call __stack_chk_fail(), once for each call, sorted. */
static void read_protected(const struct elf_file *f, struct strings *names)
{
	const struct elf_symbol *s = elf__symbol(f, "__stack_chk_fail");
	struct edges e = { .f = f };
	size_t i;

	if (!s)
		return;
	addresses__add(&e.targets, s->addr);
	read_calls(&e);
	for (i = 0; i < e.calls.nr; i++)
		if (!strncmp(e.calls.v[i], "__stack_chk_fail ", 17))
			strings__add(names, xstrdup(e.calls.v[i] + 17));
	strings__free(&e.calls);
	strings__sort(names);
}

static bool is_function(const struct elf_file *f, const char *name)
{
	unsigned int n, i;
	const struct elf_symbol *const *s = elf__symbols_named(f, name, &n);

	for (i = 0; s && i < n; i++)
		if (s[i]->type == STT_FUNC && s[i]->shndx != SHN_UNDEF)
			return true;
	return false;
}

/* Returns how often @name is in a sorted list. */
static size_t count(const struct strings *names, const char *name)
{
	size_t lo = 0, hi = names->nr, n = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(names->v[mid], name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + n < names->nr && !strcmp(names->v[lo + n], name))
		n++;
	return n;
}

/*
 * Add the callers of @name in the reference to @hosts.  If a caller is gone as well, add its
 * callers.
 */
static void add_hosts(const struct edges *e, const char *name, unsigned int depth,
		      struct strings *hosts)
{
	size_t lo = 0, hi = e->calls.nr, len = strlen(name);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strncmp(e->calls.v[mid], name, len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < e->calls.nr && !strncmp(e->calls.v[lo], name, len); lo++) {
		const char *caller = e->calls.v[lo] + len;

		if (*caller++ != ' ' || (lo && !strcmp(e->calls.v[lo], e->calls.v[lo - 1])))
			continue;
		if (is_function(e->other, caller))
			strings__add(hosts, xstrdup(caller));
		else if (depth)
			add_hosts(e, caller, depth - 1, hosts);
	}
}

/* Which functions without protection have inlined a protected function that is gone? */
static void check_gone(struct result *r, const struct elf_file *f, const struct elf_file *ref,
		       const struct strings *got, const struct strings *gone)
{
	struct edges e = { .f = ref, .other = f };
	char name[256];
	unsigned int n;
	size_t i, j;

	for (n = 0; gone->nr && n < ref->nr_symbols; n++) {
		const struct elf_symbol *s = &ref->symbols[n];

		if (s->type == STT_FUNC && s->shndx != SHN_UNDEF &&
		    !is_function(f, elf__plain_name(s->name, name, sizeof(name))))
			addresses__add(&e.targets, s->addr);
	}
	read_calls(&e);
	for (i = 0; i < gone->nr; i++) {
		struct strings hosts = { 0 };

		add_hosts(&e, gone->v[i], MAX_DEPTH, &hosts);
		strings__sort(&hosts);
		for (j = 0; j < hosts.nr; j++)
			if ((!j || strcmp(hosts.v[j], hosts.v[j - 1])) && !count(got, hosts.v[j]))
				result__note(r, f->path, "%s does not call __stack_chk_fail, as %s "
					     "does in the reference, which it has taken in",
					     hosts.v[j], gone->v[i]);
		strings__free(&hosts);
	}
	strings__free(&e.calls);
}

void check_stack(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	struct strings got = { 0 }, expected = { 0 }, gone = { 0 };
	size_t i;

	if (!ref || !tree__has(r->tree, "STACKPROTECTOR"))
		return;
	read_protected(f, &got);
	read_protected(ref, &expected);
	if (!f->module && !got.nr && expected.nr)
		result__error(r, f->path, NULL, NULL,
			      "there is no call of __stack_chk_fail, and the reference has %zu",
			      expected.nr);
	for (i = 0; i < expected.nr; i++) {
		if (i && !strcmp(expected.v[i], expected.v[i - 1]))
			continue;
		if (!is_function(f, expected.v[i]))
			strings__add(&gone, xstrdup(expected.v[i]));
		else if (!count(&got, expected.v[i]))
			result__note(r, f->path, "%s does not call __stack_chk_fail, "
				     "and does so %zu times in the reference",
				     expected.v[i], count(&expected, expected.v[i]));
	}
	check_gone(r, f, ref, &got, &gone);
	strings__free(&got);
	strings__free(&expected);
	strings__free(&gone);
}
