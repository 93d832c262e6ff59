// SPDX-License-Identifier: GPL-2.0
/*
 * Names: kallsyms has what the symbol table has, and no symbol has the suffix of a promoted
 * function (.llvm.HASH).  Names that end in a number, and functions that the reference does not
 * have, are notes.
 *
 * kallsyms is compressed (scripts/kallsyms.c, kernel/kallsyms.c).  A name is a length and that many
 * bytes.  Each byte stands for a token.  The first character of the result is the type.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"

#define MAX_NAME 1024

static const unsigned char *table(const struct elf_file *f, const char *name, uint64_t *addr,
				  size_t len)
{
	const struct elf_symbol *s = elf__symbol(f, name);

	if (!s)
		return NULL;
	*addr = s->addr;
	return elf__at(f, s->addr, len);
}

/*
 * Read kallsyms: "address type name" for each symbol, sorted.  Returns what is wrong, or NULL.
 * @percpu: CONFIG_KALLSYMS_ABSOLUTE_PERCPU, which makes positive offsets absolute addresses
 */
static const char *read_kallsyms(const struct elf_file *f, bool percpu, struct strings *names)
{
	const unsigned char *num, *base, *offsets, *index, *p, *end;
	const struct elf_section *s;
	uint64_t at, tokens = 0;
	uint32_t i, n;

	num = table(f, "kallsyms_num_syms", &at, 4);
	if (!num)
		return NULL;
	n = elf__u32(num);
	base = table(f, "kallsyms_relative_base", &at, 8);
	offsets = table(f, "kallsyms_offsets", &at, 4 * (size_t)n);
	index = table(f, "kallsyms_token_index", &at, 512);
	p = table(f, "kallsyms_token_table", &tokens, 1);
	p = table(f, "kallsyms_names", &at, 1);
	if (!base || !offsets || !index || !tokens || !p)
		return "a table of kallsyms is missing";
	s = elf__section_at(f, at);
	end = s->data + s->size;

	for (i = 0; i < n; i++) {
		uint32_t word = elf__u32(offsets + 4 * (size_t)i);
		int32_t off = word;
		uint64_t addr = !percpu ? elf__u64(base) + word :
				off >= 0 ? (uint64_t)off : elf__u64(base) - 1 - off;
		char name[MAX_NAME];
		unsigned int len, used = 0;

		if (p >= end)
			return "kallsyms_names ends too early";
		len = *p++;
		if (len & 0x80 && p < end)	/* long names, from 6.1 on */
			len = (len & 0x7f) | *p++ << 7;
		for (; len--; p++) {
			const char *token;

			if (p >= end)
				return "kallsyms_names ends too early";
			token = elf__string_at(f, tokens + elf__u16(index + 2 * *p));
			if (!token || used + strlen(token) >= sizeof(name))
				return "a token of kallsyms is out of bounds";
			used += sprintf(name + used, "%s", token);
		}
		if (!used)
			return "a name of kallsyms is empty";
		strings__add(names, xasprintf("%016llx %c %s", (unsigned long long)addr, name[0],
					      name + 1));
	}
	strings__sort(names);
	return NULL;
}

/* Does kallsyms have this function (t, T, W or w) or variable? */
static bool in_kallsyms(const struct strings *names, const struct elf_symbol *s)
{
	const char *types = s->type == STT_FUNC ? "tTwW" : "dDbBrRvVaA";
	char line[MAX_NAME];
	int i;

	for (i = 0; types[i]; i++) {
		snprintf(line, sizeof(line), "%016llx %c %s", (unsigned long long)s->addr, types[i],
			 s->name);
		if (strings__has(names, line))
			return true;
	}
	return false;
}

/* only these: kallsyms has per-CPU variables by offset, and some others as absolute addresses */
static bool is_data(const char *section)
{
	return !strcmp(section, ".data") || !strcmp(section, ".rodata") || !strcmp(section, ".bss");
}

static void check_kallsyms(struct result *r, struct elf_file *f)
{
	struct strings names = { 0 };
	const char *wrong;
	unsigned int i, n;
	size_t j;

	if (!elf__symbol(f, "kallsyms_num_syms"))
		return;
	wrong = read_kallsyms(f, tree__has(r->tree, "KALLSYMS_ABSOLUTE_PERCPU"), &names);
	if (wrong) {
		result__error(r, f->path, NULL, NULL, "%s", wrong);
		strings__free(&names);
		return;
	}
	r->counted += names.nr;
	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		const struct elf_section *sec;

		if ((s->type != STT_FUNC && s->type != STT_OBJECT) || s->shndx >= f->nr_sections)
			continue;
		sec = &f->sections[s->shndx];
		/* scripts/kallsyms.c lists .text and .init.text, and ignores some names */
		if (s->type == STT_OBJECT ?
		    !tree__has(r->tree, "KALLSYMS_ALL") || !is_data(sec->name) ||
		    !strncmp(s->name, "kallsyms_", 9) :
		    strcmp(sec->name, ".text") && strcmp(sec->name, ".init.text"))
			continue;
		if (!strncmp(s->name, "__efistub_", 10) || !strncmp(s->name, "__kvm_nvhe_", 11) ||
		    !strncmp(s->name, "__AArch64ADRPThunk_", 19) || !strncmp(s->name, "__crc_", 6))
			continue;
		if (!in_kallsyms(&names, s))
			result__error(r, f->path, NULL, NULL, "%s %s is not in kallsyms",
				      s->type == STT_FUNC ? "function" : "variable", s->name);
	}
	for (j = 0; j < names.nr; j++) {
		uint64_t addr = strtoull(names.v[j], NULL, 16);
		const char *name = names.v[j] + 19;
		const struct elf_symbol *const *s = elf__symbols_named(f, name, &n);

		for (i = 0; s && i < n; i++)
			if (s[i]->addr == addr)
				break;
		if (!s || i == n)
			result__error(r, f->path, NULL, NULL,
				      "kallsyms has %s at %#llx, the symbol table has not", name,
				      (unsigned long long)addr);
	}
	strings__free(&names);
}

/* Report promoted (.llvm.HASH) and renamed (.NUMBER) functions. */
static void check_suffixes(struct result *r, struct elf_file *f)
{
	unsigned int i, n;

	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];
		char plain[MAX_NAME];
		bool promoted = strstr(s->name, ".llvm.");

		if (!promoted && s->type != STT_FUNC)
			continue;
		elf__plain_name(s->name, plain, sizeof(plain));
		if (!strcmp(plain, s->name))
			continue;
		elf__symbols_named(f, plain, &n);
		if (promoted)
			result__error(r, f->path, s->name, plain,
				      "a suffix of the optimiser is left; %u other%s plain name", n,
				      n == 1 ? " has the" : "s have the");
		else
			result__note(r, f->path,
				     "%s has a number; %u symbols have its plain name %s", s->name,
				     n, plain);
	}
}

/*
 * A name of the reference may be gone, or be there fewer times (inlined, dropped).  A name that the
 * reference does not have is worth a look: names that the optimiser makes must be made plain.
 */
static void check_reference(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	unsigned int i, n;

	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *s = &f->symbols[i];

		if (s->type != STT_FUNC || s->shndx == SHN_UNDEF || strchr(s->name, '.'))
			continue;
		if (!elf__symbols_named(ref, s->name, &n))
			result__note(r, f->path, "function %s is not in the reference", s->name);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	if (!f->module)
		check_kallsyms(r, f);
	check_suffixes(r, f);
	if (ref)
		check_reference(r, f, ref);
}

const struct check check_names = {
	.name	= "names",
	.about	= "kallsyms as the symbol table; no suffixes of promoted functions",
	.unit	= "names",
	.file	= check,
};
