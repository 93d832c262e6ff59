// SPDX-License-Identifier: GPL-2.0
/*
 * Exported symbols: Module.symvers as in the reference, the tables of vmlinux and of the modules as
 * in Module.symvers, no version 0, and what modules want is exported.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"

static void check_symvers(struct result *r)
{
	char *path = xasprintf("%s/Module.symvers", r->tree->dir);
	size_t i;

	if (!r->tree->has_symvers) {
		result__error(r, path, NULL, NULL, "cannot be read");
		free(path);
		return;
	}
	r->counted = r->tree->symvers.nr;
	for (i = 0; i < r->tree->symvers.nr; i++) {
		const char *line = r->tree->symvers.v[i], *tab = strchr(line, '\t');
		size_t n = tab ? (size_t)(tab - line) : 0;

		if (!n) {
			result__error(r, path, line, NULL, "not \"version symbol module type\"");
			continue;
		}
		if (tree__has(r->tree, "MODVERSIONS") && !strtoul(tab + 1, NULL, 16))
			result__error(r, path, NULL, NULL, "%.*s has no version", (int)n, line);
		if (i && !strncmp(line, r->tree->symvers.v[i - 1], n + 1))
			result__error(r, path, NULL, NULL, "%.*s is exported twice", (int)n, line);
	}
	if (r->ref)
		result__compare(r, path, "the file", &r->tree->symvers, &r->ref->symvers);
	free(path);
}

/* The line of @symbol in Module.symvers: "symbol\tversion\tmodule\ttype...", or NULL. */
static const char *find_export(const struct tree *t, const char *symbol)
{
	size_t lo = 0, hi = t->symvers.nr, n = strlen(symbol);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const char *line = t->symvers.v[mid];
		int d = strncmp(line, symbol, n);

		/* a tab sorts before all that a name can go on with */
		if (!d && line[n] != '\t')
			d = 1;
		if (!d)
			return line + n + 1;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/*
 * arm64's hypervisor object has its own copies of some assembly functions, with a prefix put before
 * the symbols by objcopy; in 5.10 EXPORT_SYMBOL() of that assembly is among them.
 */
static bool is_nvhe(const char *symbol, const char *name)
{
	return !strncmp(symbol, "__kvm_nvhe_", 11) && !strcmp(symbol + 11, name);
}

/* An entry is three references: value, name, namespace; its version is at the same index of @crcs. */
static void check_table(struct result *r, const struct elf_file *f, uint64_t from, uint64_t to,
			uint64_t crc_from, uint64_t crc_to)
{
	uint64_t addr, i;

	for (addr = from, i = 0; addr + 12 <= to; addr += 12, i++) {
		const unsigned char *p = elf__at(f, addr, 12);
		const char *name = p ? elf__string_at(f, elf__prel32(p + 4, addr + 4)) : NULL, *line;
		const struct elf_symbol *s;
		unsigned int n, j, k;
		bool nvhe;

		if (!name) {
			result__error(r, f->path, NULL, NULL, "entry %llu of the export table has no name",
				      (unsigned long long)i);
			continue;
		}
		s = elf__symbols_at(f, elf__prel32(p, addr), &n);
		for (j = 0; s && j < n; j++)
			if (!strcmp(s[j].name, name))
				break;
		for (nvhe = false, k = 0; s && k < n; k++)
			nvhe = nvhe || is_nvhe(s[k].name, name);
		if (s && j == n && nvhe)
			result__note(r, f->path, "export %s is there twice, the other is the nVHE hypervisor's", name);
		else if (!s || j == n)
			result__error(r, f->path, NULL, NULL, "export %s refers to something else", name);
		line = find_export(r->tree, name);
		if (r->tree->has_symvers && !line)
			result__error(r, f->path, NULL, NULL, "export %s is not in Module.symvers", name);
		if (line && crc_from < crc_to) {
			const unsigned char *crc = elf__at(f, crc_from + 4 * i, 4);
			char got[16], expected[16];

			snprintf(got, sizeof(got), "%#x", crc ? elf__u32(crc) : 0);
			snprintf(expected, sizeof(expected), "%#lx", strtoul(line, NULL, 16));
			if (crc_to - crc_from == (to - from) / 3 && strcmp(got, expected))
				result__error(r, f->path, got, expected, "version of the export %s", name);
		}
	}
}

static void check_vmlinux(struct result *r, const struct elf_file *f)
{
	static const char * const suffixes[] = { "", "_gpl" };
	uint64_t from, to, crc_from, crc_to;
	size_t i;

	for (i = 0; i < 2; i++) {
		char *names[4] = {
			xasprintf("__start___ksymtab%s", suffixes[i]), xasprintf("__stop___ksymtab%s", suffixes[i]),
			xasprintf("__start___kcrctab%s", suffixes[i]), xasprintf("__stop___kcrctab%s", suffixes[i]),
		};

		if (!elf__range(f, names[2], names[3], &crc_from, &crc_to))
			crc_from = crc_to = 0;
		if (elf__range(f, names[0], names[1], &from, &to))
			check_table(r, f, from, to, crc_from, crc_to);
		free(names[0]);
		free(names[1]);
		free(names[2]);
		free(names[3]);
	}
}

/* struct modversion_info: the version of each symbol that a module takes from others */
static void check_versions(struct result *r, const struct elf_file *f)
{
	const struct elf_section *s = elf__section(f, "__versions");
	uint64_t i;

	if (!s || !s->data)
		return;
	for (i = 0; i + 64 <= s->size; i += 64) {
		const char *name = (const char *)s->data + i + 8, *line;
		uint64_t crc = elf__u64(s->data + i);
		char got[32], expected[32];

		if (!memchr(name, 0, 56)) {
			result__error(r, f->path, NULL, NULL, "a name in __versions has no end");
			continue;
		}
		line = find_export(r->tree, name);
		if (!line)
			continue;	/* module_layout has no user */
		snprintf(got, sizeof(got), "%#llx", (unsigned long long)crc);
		snprintf(expected, sizeof(expected), "%#lx", strtoul(line, NULL, 16));
		if (strcmp(got, expected))
			result__error(r, f->path, got, expected, "version wanted of %s", name);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	static const char * const suffixes[] = { "", "_gpl" };
	unsigned int i;

	(void)ref;
	if (!f->module) {
		check_vmlinux(r, f);
		return;
	}
	for (i = 0; i < 2; i++) {
		char *tab = xasprintf("__ksymtab%s", suffixes[i]), *crctab = xasprintf("__kcrctab%s", suffixes[i]);
		const struct elf_section *s = elf__section(f, tab), *c = elf__section(f, crctab);

		if (s)
			check_table(r, f, s->addr, s->addr + s->size, c ? c->addr : 0, c ? c->addr + c->size : 0);
		free(tab);
		free(crctab);
	}
	check_versions(r, f);
	for (i = 0; r->tree->has_symvers && i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];

		if (s->shndx != SHN_UNDEF || s->bind == STB_WEAK)
			continue;
		/* the module loader makes this one */
		if (!strcmp(s->name, "_GLOBAL_OFFSET_TABLE_"))
			continue;
		if (!find_export(r->tree, s->name))
			result__error(r, f->path, NULL, NULL, "%s is undefined, and nobody exports it", s->name);
	}
}

const struct check check_exports = {
	.name	= "exports",
	.about	= "Module.symvers as in the reference, tables and modules as in Module.symvers, no version 0",
	.unit	= "exported symbols",
	.tree	= check_symvers,
	.file	= check,
};
