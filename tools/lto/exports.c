// SPDX-License-Identifier: GPL-2.0
/*
 * Exported symbols: Module.symvers is as in the reference.  The tables of vmlinux and of modules
 * are as in Module.symvers.  No version is 0.  All symbols that modules want are exported.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"

static void check_symvers(struct result *r)
{
	char *path;
	size_t i;

	if (!tree__has(r->tree, "MODULES"))
		return;
	path = xasprintf("%s/Module.symvers", r->tree->dir);
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

/*
 * Returns the line of @symbol in Module.symvers, from the version on ("version\tmodule\ttype..."),
 * or NULL.  (Lines here begin with the symbol.)
 */
static const char *find_export(const struct tree *t, const char *symbol)
{
	size_t lo = 0, hi = t->symvers.nr, n = strlen(symbol);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const char *line = t->symvers.v[mid];
		int d = strncmp(line, symbol, n);

		/* a tab sorts before all characters of a name */
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
 * The hypervisor object of arm64 has its own copies of some assembly functions.  objcopy puts a
 * prefix before their symbols.  In 5.10, the EXPORT_SYMBOL() of that assembly gets there, too.
 */
static bool is_nvhe(const char *symbol, const char *name)
{
	return !strncmp(symbol, "__kvm_nvhe_", 11) && !strcmp(symbol + 11, name);
}

/* The tables of include/linux/export.h, and the types of their entries in Module.symvers */
static const struct kind {
	const char *suffix, *type;
} kinds[] = {
	{ "",			"EXPORT_SYMBOL" },
	{ "_gpl",		"EXPORT_SYMBOL_GPL" },
	{ "_unused",		"EXPORT_UNUSED_SYMBOL" },
	{ "_unused_gpl",	"EXPORT_UNUSED_SYMBOL_GPL" },
	{ "_gpl_future",	"EXPORT_SYMBOL_GPL_FUTURE" },
};

#define NR_KINDS (sizeof(kinds) / sizeof(*kinds))

/*
 * Returns the name of a file in Module.symvers: "vmlinux", or a module without its suffix, in @buf.
 */
static const char *owner(const struct tree *t, const struct elf_file *f, char *buf, size_t len)
{
	size_t n = strlen(t->dir);

	if (!f->module)
		return "vmlinux";
	snprintf(buf, len, "%s", strncmp(f->path, t->dir, n) ? f->path : f->path + n + 1);
	n = strlen(buf);
	if (n > 3 && !strcmp(buf + n - 3, ".ko"))
		buf[n - 3] = '\0';
	return buf;
}

/* Returns what follows the version of an export in Module.symvers: "module\ttype\tnamespace". */
static char *described(const struct result *r, const struct elf_file *f, const struct kind *kind,
		       const char *namespace)
{
	char module[256];

	return xasprintf("%s\t%s\t%s", owner(r->tree, f, module, sizeof(module)), kind->type,
			 namespace);
}

/*
 * Does @line say the same as @description?  Without a namespace, there may be a tab at the end or
 * not.
 */
static bool same_description(const char *line, const char *description)
{
	size_t n = strlen(description);

	while (n && description[n - 1] == '\t')
		n--;
	return !strncmp(line, description, n) && !line[n + strspn(line + n, "\t")];
}

/*
 * Checks a table.  An entry is three references: value, name, namespace.  Its version has the same
 * index in the table of versions.  The names found are added to @names.
 */
static void check_table(struct result *r, const struct elf_file *f, const struct kind *kind,
			uint64_t from, uint64_t to, uint64_t crc_from, uint64_t crc_to,
			struct strings *names)
{
	const char *last = "";
	uint64_t addr, i;

	if (tree__has(r->tree, "MODVERSIONS") && crc_to - crc_from != (to - from) / 3) {
		char got[32], expected[32];

		snprintf(got, sizeof(got), "%llu", (unsigned long long)(crc_to - crc_from) / 4);
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)(to - from) / 12);
		result__error(r, f->path, got, expected, "versions in the table of %s", kind->type);
		crc_from = crc_to = 0;
	}
	for (addr = from, i = 0; addr + 12 <= to; addr += 12, i++) {
		const unsigned char *p = elf__at(f, addr, 12);
		const char *name = p ? elf__string_at(f, elf__prel32(p + 4, addr + 4)) : NULL;
		const char *line, *rest, *namespace;
		const struct elf_symbol *s;
		unsigned int n, j, k;
		bool nvhe;

		if (!name) {
			result__error(r, f->path, NULL, NULL,
				      "entry %llu of the export table has no name",
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
			result__note(r, f->path,
				     "export %s is there twice, the other is the nVHE hypervisor's",
				     name);
		else if (!s || j == n)
			result__error(r, f->path, NULL, NULL, "export %s refers to something else",
				      name);
		else
			strings__add(names, xstrdup(name));
		/* the kernel finds names by binary search */
		if (strcmp(last, name) > 0)
			result__error(r, f->path, NULL, NULL, "export %s is behind %s", name, last);
		last = name;
		line = find_export(r->tree, name);
		if (r->tree->has_symvers && !line)
			result__error(r, f->path, NULL, NULL, "export %s is not in Module.symvers",
				      name);
		rest = line ? strchr(line, '\t') : NULL;
		namespace = elf__u32(p + 8) ? elf__string_at(f, elf__prel32(p + 8, addr + 8)) : "";
		if (rest) {
			char *got = described(r, f, kind, namespace ? namespace : "?");

			if (!same_description(rest + 1, got))
				result__error(r, f->path, got, rest + 1,
					      "export %s is another than in Module.symvers", name);
			free(got);
		}
		if (line && crc_from < crc_to) {
			const unsigned char *crc = elf__at(f, crc_from + 4 * i, 4);
			char got[16], expected[16];

			snprintf(got, sizeof(got), "%#x", crc ? elf__u32(crc) : 0);
			snprintf(expected, sizeof(expected), "%#lx", strtoul(line, NULL, 16));
			if (strcmp(got, expected))
				result__error(r, f->path, got, expected, "version of the export %s",
					      name);
		}
	}
}

/* Gets the table of @kind, and the table of its versions: empty ranges if there is none. */
static void find_tables(const struct elf_file *f, const struct kind *kind, uint64_t range[4])
{
	static const char * const what[] = { "__ksymtab", "__kcrctab" };
	size_t i;

	for (i = 0; i < 2; i++) {
		char *section = xasprintf("%s%s", what[i], kind->suffix),
		     *start = xasprintf("__start_%s", section),
		     *stop = xasprintf("__stop_%s", section);

		if (!(f->module ? elf__section_range(f, section, &range[2 * i], &range[2 * i + 1])
				: elf__range(f, start, stop, &range[2 * i], &range[2 * i + 1])))
			range[2 * i] = range[2 * i + 1] = 0;
		free(section);
		free(start);
		free(stop);
	}
}

/* Checks that each export that Module.symvers has for this file is in its tables, once. */
static void check_complete(struct result *r, const struct elf_file *f, const struct strings *names)
{
	char module[256];
	const char *who = owner(r->tree, f, module, sizeof(module));
	size_t i, n = strlen(who);

	for (i = 1; i < names->nr; i++)
		if (!strcmp(names->v[i], names->v[i - 1]))
			result__error(r, f->path, NULL, NULL, "export %s is there twice",
				      names->v[i]);
	for (i = 0; i < r->tree->symvers.nr; i++) {
		const char *line = r->tree->symvers.v[i], *crc = strchr(line, '\t'),
			   *rest = crc ? strchr(crc + 1, '\t') : NULL;
		char *name;

		if (!rest || strncmp(rest + 1, who, n) || rest[1 + n] != '\t')
			continue;
		name = xasprintf("%.*s", (int)(crc - line), line);
		if (!strings__has(names, name))
			result__error(r, f->path, NULL, NULL,
				      "%s is in Module.symvers, and is not exported", name);
		free(name);
	}
}

/*
 * Checks struct modversion_info: the version of each symbol that a module takes from others.  Adds
 * their names to @wanted.
 */
static void check_versions(struct result *r, const struct elf_file *f, struct strings *wanted)
{
	const struct elf_section *s = elf__section(f, "__versions");
	uint64_t i;

	for (i = 0; s && s->data && i + 64 <= s->size; i += 64) {
		const char *name = (const char *)s->data + i + 8, *line;
		uint64_t crc = elf__u64(s->data + i);
		char got[32], expected[32];

		if (!memchr(name, 0, 56)) {
			result__error(r, f->path, NULL, NULL, "a name in __versions has no end");
			continue;
		}
		strings__add(wanted, xstrdup(name));
		line = find_export(r->tree, name);
		if (!line)
			continue;	/* module_layout has no user */
		snprintf(got, sizeof(got), "%#llx", (unsigned long long)crc);
		snprintf(expected, sizeof(expected), "%#lx", strtoul(line, NULL, 16));
		if (strcmp(got, expected))
			result__error(r, f->path, got, expected, "version wanted of %s", name);
	}
	strings__sort(wanted);
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	bool versions = tree__has(r->tree, "MODVERSIONS");
	struct strings names = { 0 }, wanted = { 0 };
	uint64_t range[4];
	unsigned int i;

	/* check_symvers() has already compared Module.symvers with the reference */
	(void)ref;
	for (i = 0; i < NR_KINDS; i++) {
		find_tables(f, &kinds[i], range);
		check_table(r, f, &kinds[i], range[0], range[1], range[2], range[3], &names);
	}
	strings__sort(&names);
	check_complete(r, f, &names);
	strings__free(&names);
	if (!f->module)
		return;

	check_versions(r, f, &wanted);
	for (i = 0; r->tree->has_symvers && i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];

		if (s->shndx != SHN_UNDEF || s->bind == STB_WEAK)
			continue;
		/* the module loader provides this symbol */
		if (!strcmp(s->name, "_GLOBAL_OFFSET_TABLE_"))
			continue;
		if (!find_export(r->tree, s->name))
			result__error(r, f->path, NULL, NULL,
				      "%s is undefined, and nobody exports it", s->name);
		else if (versions && !strings__has(&wanted, s->name))
			result__error(r, f->path, NULL, NULL, "no version is wanted of %s",
				      s->name);
	}
	strings__free(&wanted);
}

const struct check check_exports = {
	.name	= "exports",
	.about	= "Module.symvers is as in the reference, tables and modules are as in "
		  "Module.symvers, and no version is 0",
	.unit	= "exported symbols",
	.tree	= check_symvers,
	.file	= check,
};
