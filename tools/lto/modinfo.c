// SPDX-License-Identifier: GPL-2.0
/*
 * The information of modules (.modinfo), and the lists of what is built in, are as in the
 * reference.  No name in them has a suffix from the build.  Modules were built in the same way as
 * vmlinux.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"
#include "note.h"

/*
 * Sort the list of dependencies: modpost writes it in the order of symbols, which follows the code.
 */
static char *sort_depends(const char *s)
{
	char *copy = xstrdup(strchr(s, '=') + 1), *p, *save = NULL, *old;
	char *text = xstrdup("depends=");
	struct strings names = { 0 };
	size_t i;

	for (p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save))
		strings__add(&names, xstrdup(p));
	strings__sort(&names);
	for (i = 0; i < names.nr; i++) {
		old = text;
		text = xasprintf("%s%s%s", old, i ? "," : "", names.v[i]);
		free(old);
	}
	strings__free(&names);
	free(copy);
	return text;
}

/*
 * On arm64, vermagic says whether the kernel has LTO, as other kernels would take a capability of
 * such modules for another one.  Remove it.
 */
static void strip_lto(char *s)
{
	size_t n = strlen(s);

	if (n > 12 && !strcmp(s + n - 12, " aarch64 lto"))
		s[n - 4] = '\0';
}

static void split(struct strings *l, const unsigned char *data, size_t len)
{
	const char *p = (const char *)data, *end = p + len;

	while (p < end) {
		size_t n = strnlen(p, end - p);

		char *s = xasprintf("%.*s", (int)n, p);

		if (!strncmp(s, "vermagic=", 9))
			strip_lto(s);
		if (!strncmp(s, "depends=", 8))
			strings__add(l, sort_depends(s));
		else if (n)
			strings__add(l, xstrdup(s));
		free(s);
		p += n + 1;
	}
	strings__sort(l);
}

/* strings in modules.builtin.modinfo end with a 0, as in .modinfo; the other files have lines */
static bool read_list(const struct tree *t, const char *name, struct strings *l)
{
	char *path = xasprintf("%s/%s", t->dir, name);
	int err = strings__read(l, path, strstr(name, "modinfo") ? '\0' : '\n');

	free(path);
	return !err;
}

/* Report modules that only the reference has: check() does not see them. */
static void check_missing(struct result *r)
{
	size_t i;

	for (i = 0; r->ref && i < r->ref->modules.nr; i++) {
		const char *module = r->ref->modules.v[i];
		char *path = xasprintf("%s/%s", r->tree->dir, module);

		if (!strings__has(&r->tree->modules, module))
			result__error(r, path, NULL, NULL,
				      "the module is missing, and is in the reference");
		free(path);
	}
}

static void check_lists(struct result *r)
{
	static const char * const lists[] = {
		"modules.order", "modules.builtin", "modules.builtin.modinfo",
	};
	size_t i, j;

	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct strings got = { 0 }, expected = { 0 };
		char *path = xasprintf("%s/%s", r->tree->dir, lists[i]);

		if (!read_list(r->tree, lists[i], &got)) {
			if (r->ref && read_list(r->ref, lists[i], &expected))
				result__error(r, path, NULL, NULL, "cannot be read");
		} else if (r->ref && !read_list(r->ref, lists[i], &expected)) {
			result__note(r, path, "the reference has none");
		} else if (r->ref) {
			bool reordered = got.nr == expected.nr;

			for (j = 0; reordered && j < got.nr; j++)
				reordered = !strcmp(got.v[j], expected.v[j]);
			reordered = !reordered;
			strings__sort(&got);
			strings__sort(&expected);
			result__compare(r, path, "the list", &got, &expected);
			if (reordered)
				result__note(r, path, "another order or number of entries than "
					     "in the reference");
		}
		r->counted += got.nr;
		for (j = 0; j < got.nr; j++)
			if (strstr(got.v[j], ".lto"))
				result__error(r, path, got.v[j], NULL,
					      "a suffix of the build's is left");
		strings__free(&got);
		strings__free(&expected);
		free(path);
	}
	check_missing(r);
}

static void check_built(struct result *r, const struct elf_file *f)
{
	const char *got = note__lto_build(f), *expected = r->tree->built;

	if (!got)
		got = "no note";
	if (!expected)
		expected = "no note";
	if (strcmp(got, expected))
		result__error(r, f->path, got, expected, "the module was built otherwise than vmlinux");
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	const struct elf_section *s = elf__section(f, ".modinfo");
	const struct elf_section *t = ref ? elf__section(ref, ".modinfo") : NULL;
	struct strings got = { 0 }, expected = { 0 };
	size_t i;

	if (!f->module)
		return;
	if (!s || !s->data) {
		result__error(r, f->path, NULL, NULL, "the module has no .modinfo");
		return;
	}
	split(&got, s->data, s->size);
	r->counted += got.nr;
	for (i = 0; i < got.nr; i++)
		if ((!strncmp(got.v[i], "name=", 5) || !strncmp(got.v[i], "depends=", 8) ||
		     !strncmp(got.v[i], "alias=", 6)) &&
		    strstr(got.v[i], ".lto"))
			result__error(r, f->path, got.v[i], NULL,
				      "a suffix of the build's is left");
	if (t && t->data) {
		split(&expected, t->data, t->size);
		result__compare(r, f->path, ".modinfo", &got, &expected);
	} else if (r->ref) {
		result__error(r, f->path, NULL, NULL, "the reference has no such module");
	}
	strings__free(&got);
	strings__free(&expected);
	check_built(r, f);
}

const struct check check_modinfo = {
	.name	= "modinfo",
	.about	= "the information of modules, and the lists of what is built in, are as in the "
		  "reference",
	.unit	= "entries",
	.tree	= check_lists,
	.file	= check,
};
