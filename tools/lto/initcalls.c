// SPDX-License-Identifier: GPL-2.0
/*
 * Initcalls run in the order of the reference: level by level, function by function.
 *
 * The tables are place-relative references (CONFIG_HAVE_ARCH_PREL32_RELOCATIONS).  The levels and
 * their bounds are those of INIT_CALLS and CON_INITCALL in include/asm-generic/vmlinux.lds.h.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"

static const struct level {
	const char *start, *end;
} levels[] = {
	{ "__initcall_start",		"__initcall0_start" },
	{ "__initcall0_start",		"__initcall1_start" },
	{ "__initcall1_start",		"__initcall2_start" },
	{ "__initcall2_start",		"__initcall3_start" },
	{ "__initcall3_start",		"__initcall4_start" },
	{ "__initcall4_start",		"__initcall5_start" },
	{ "__initcall5_start",		"__initcallrootfs_start" },
	{ "__initcallrootfs_start",	"__initcall6_start" },
	{ "__initcall6_start",		"__initcall7_start" },
	{ "__initcall7_start",		"__initcall_end" },
	{ "__con_initcall_start",	"__con_initcall_end" },
};

/*
 * Read the names of a level's functions.  Returns false if there is no such level.  @r: NULL to
 * report nothing
 */
static bool read_level(const struct elf_file *f, const struct level *l, struct strings *names,
		       struct result *r)
{
	uint64_t addr, end;

	if (!elf__range(f, l->start, l->end, &addr, &end))
		return false;
	for (; addr < end; addr += 4) {
		const unsigned char *p = elf__at(f, addr, 4);
		uint64_t fn = p ? elf__prel32(p, addr) : 0;
		const struct elf_symbol *s = p ? elf__containing(f, fn, false) : NULL;
		char name[256];

		if (!s || s->addr != fn || !elf__is_code(f, fn)) {
			if (r)
				result__error(r, f->path, NULL, "the start of a function",
					      "entry %zu of %s refers to %#llx", names->nr,
					      l->start, (unsigned long long)fn);
			snprintf(name, sizeof(name), "?");
		} else {
			elf__plain_name(s->name, name, sizeof(name));
		}
		strings__add(names, xstrdup(name));
	}
	return true;
}

/*
 * Is this the same function as in the reference?  With LTO, kernels from 5.12 on have stubs in the
 * tables, which call the function: __initstub__<module>__<counter>_<line>_<function><level>.
 */
static bool same_initcall(const char *got, const char *expected)
{
	size_t n = strlen(got), len = strlen(expected), level;

	if (!strcmp(got, expected))
		return true;
	if (strncmp(got, "__initstub__", 12))
		return false;
	/* level: the length of early, 0 to 7, 0s to 7s, rootfs or con */
	for (level = 1; level <= 6 && n > len + level + 12; level++)
		if (!strncmp(got + n - level - len, expected, len) &&
		    got[n - level - len - 1] == '_')
			return true;
	return false;
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	unsigned int i;
	size_t j;

	if (f->module)
		return;
	for (i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		struct strings got = { 0 }, expected = { 0 };

		if (!read_level(f, &levels[i], &got, r)) {
			result__error(r, f->path, NULL, NULL, "no table from %s to %s",
				      levels[i].start, levels[i].end);
			continue;
		}
		r->counted += got.nr;
		if (ref && !read_level(ref, &levels[i], &expected, NULL)) {
			result__error(r, ref->path, NULL, NULL, "no table from %s to %s",
				      levels[i].start, levels[i].end);
		} else if (ref) {
			for (j = 0; j < got.nr && j < expected.nr; j++) {
				if (!same_initcall(got.v[j], expected.v[j])) {
					result__error(r, f->path, got.v[j], expected.v[j],
						      "entry %zu of %s is another", j,
						      levels[i].start);
					break;
				}
			}
			if (j == got.nr || j == expected.nr) {
				if (got.nr != expected.nr)
					result__error(r, f->path, j < got.nr ? got.v[j] : "the end",
						      j < expected.nr ? expected.v[j] : "the end",
						      "%s has %zu entries, the reference %zu",
						      levels[i].start, got.nr, expected.nr);
			}
		}
		strings__free(&got);
		strings__free(&expected);
	}
}

const struct check check_initcalls = {
	.name	= "initcalls",
	.about	= "initcalls are functions, in the order of the reference",
	.unit	= "initcalls",
	.file	= check,
};
