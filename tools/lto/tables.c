// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that the linker makes of sections have the same entries as in the reference.
 *
 * In vmlinux, a table lies between two symbols of the linker script with suitable names (__start_X
 * and __stop_X, X_start and X_end, ...).  In a module it is a section.  Addresses in an entry are
 * compared by what they refer to: the string, or the plain name of the symbol.  So tables are equal
 * although the code differs and lies elsewhere.  An entry has the size of its variable.  layouts[]
 * describes entries without a variable (entries written in assembly).
 *
 * An ELF image (the vDSOs of arm64, vdso_start to vdso_end) is compared without its build ID.  The
 * build ID depends on debug information, which has the name of the build directory.
 *
 * Initcalls and exports have checks of their own.  Tables that follow the code (one entry for each
 * call, branch or bug) differ when the code does.  The checks `code-tables`, `mcount` and `orc`
 * look at them.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"

/* Ranges that are no tables here: memory, code, and tables that follow the code */
static const char * const no_tables[] = {
	/* memory */
	"rodata", "init_task", "ro_after_init", "bss", "per_cpu", "nosave", "initdata", "brk",
	"init", "init_scratch", "vvar", "notes", "BTF", "initramfs", "end_of_kernel_reserve",
	"bss_decrypted", "init_stack", "dtb", "once", "mmuoff_data", "data", "rodata_hpage_align",
	"rodata_aligned", "indirect_thunk",
	/* included files: the configuration has the LTO options, and keys are random */
	"kernel_config_data", "kernel_headers_data", "cert_list", "system_certificate_list",
	/* these follow the code */
	"ex_table", "kvm_ex_table", "bug_table", "alt_instructions", "jump_table",
	"static_call_sites", "static_call_tramp_key", "mcount_loc",
	"orc_unwind", "orc_unwind_ip", "orc_lookup", "orc_header",
	"retpoline_sites", "return_sites", "call_sites", "smp_locks", "parainstructions",
	"cfi_sites", "ibt_endbr_seal", "rela", "annotated_branch_profile", "branch_profile",
	/* compared by the checks `initcalls` and `exports` */
	"initcall", "con_initcall", "ksymtab", "ksymtab_gpl", "kcrctab", "kcrctab_gpl",
	/* only for 32-bit ARM: elsewhere it is empty and has no end */
	"cpu_method_of_table",
	/* one entry for each pr_debug(), TRACE_RESUME() and the like that is left in the code */
	"_trace_bprintk_fmt", "printk_index", "tracedata",
};

/*
 * These have an entry for each pr_debug().  When the optimiser sees the callers, it may find that
 * some code never runs.  Then the entry goes, too.  It never adds one.
 */
static const char * const may_lose[] = { "dyndbg", "verbose" };

/*
 * A table must have the order of the reference: its first entry is called, tried or listed first.
 * In the tables below the kernel only searches, and at most one entry matches.  There, another
 * order is a note.
 */
static const struct {
	const char *name, *why;
} unordered[] = {
	/*
	 * __within_kprobe_blacklist(), within_error_injection_list(),
	 * trace_is_tracepoint_string()
	 */
	{ "kprobe_blacklist",		"searched by address" },
	{ "error_injection_whitelist",	"searched by address" },
	{ "tracepoint_str",		"searched by address" },
	/* find_syscall_meta(), bpf_get_raw_tracepoint(), fw_get_builtin_firmware() */
	{ "syscalls_metadata",		"searched by name" },
	{ "bpf_raw_tp",			"searched by name" },
	{ "bpf_raw_tp_map",		"searched by name" },
	{ "builtin_fw",			"searched by name" },
	/* parse_one(); there is only one of each name, as sysfs has a file for each */
	{ "param",			"searched by name" },
	/*
	 * find_event_file(); events get their numbers in this order, but users read these from
	 * files
	 */
	{ "ftrace_events",		"searched by name" },
	/* for_each_tracepoint_range() handles each entry separately */
	{ "tracepoints_ptrs",		"walked over as a whole" },
	/* ddebug_change(); these follow the code: see may_lose[] */
	{ "dyndbg",			"walked over as a whole" },
	{ "verbose",			"walked over as a whole" },
};

/*
 * Layouts of entries without a symbol of their own, one character for each word.  r: place-relative
 * address of 4 bytes; 8: address or number of 8 bytes; 4, 2: number
 */
static const struct layout {
	const char *name;	/* how the name of the table starts */
	const char *words;
} layouts[] = {
	{ "tracepoints_ptrs",	"r" },
	{ "pci_fixups",		"2244r" },	/* struct pci_fixup */
	{ "setup",		"8844" },	/* struct obs_kernel_param */
};

/* The tables of modules, which are sections. */
static const char * const module_tables[] = {
	"__param", "__modver", "__tracepoints_ptrs", "__tracepoints_strings", "_ftrace_events",
	"_ftrace_eval_map", "_error_injection_whitelist", "_kprobe_blacklist", "__bpf_raw_tp_map",
	"__dyndbg", "__verbose", "__syscalls_metadata", ".kunit_test_suites",
	".gnu.linkonce.this_module", "___srcu_struct_ptrs", "__obsparm", ".init_array", ".ctors",
};

/*
 * Makes "param" of "__start___param", and the possible names of the end.  Returns false if this is
 * no start.
 */
static bool table_name(const char *name, char *table, char *end1, char *end2, size_t len)
{
	size_t n = strlen(name);
	const char *p = name;

	if (!strncmp(name, "__begin_", 8)) {
		p += 8;
		snprintf(end1, len, "__end_%s", p);
		snprintf(end2, len, "__stop_%s", p);
		snprintf(table, len, "%s", p);
	} else if (!strncmp(name, "__start_", 8)) {
		p += 8;
		snprintf(end1, len, "__stop_%s", p);
		snprintf(end2, len, "__end_%s", p);
		snprintf(table, len, "%s", p);
	} else if (n > 6 && !strcmp(name + n - 6, "_start")) {
		snprintf(end1, len, "%.*s_end", (int)n - 6, name);
		snprintf(end2, len, "%.*s_stop", (int)n - 6, name);
		snprintf(table, len, "%.*s", (int)n - 6, name);
	} else if (n > 6 && !strcmp(name + n - 6, "_begin")) {
		snprintf(end1, len, "%.*s_end", (int)n - 6, name);
		snprintf(end2, len, "%.*s_stop", (int)n - 6, name);
		snprintf(table, len, "%.*s", (int)n - 6, name);
	} else {
		snprintf(end1, len, "%s_end", name);
		snprintf(end2, len, "%s_stop", name);
		snprintf(table, len, "%s", name);
	}
	n = strspn(table, "_");
	memmove(table, table + n, strlen(table + n) + 1);
	return *table;
}

static bool is_table(const char *table)
{
	size_t i;

	for (i = 0; i < sizeof(no_tables) / sizeof(*no_tables); i++)
		if (!strcmp(table, no_tables[i]))
			return false;
	return !strstr(table, "_text") && strcmp(table, "text");
}

/*
 * In __UNIQUE_ID_name123, the number comes from __COUNTER__.  With LTO, kernels from 5.12 on put
 * functions with such names into the table of PCI fixups.  They only call the function that the
 * reference has there.
 */
#define UNIQUE	"__UNIQUE_ID_"

static void strip_stub(char *name, const struct elf_file *ref)
{
	char stub[256];
	size_t n = strlen(name);

	if (strncmp(name, UNIQUE, strlen(UNIQUE)))
		return;
	snprintf(stub, sizeof(stub), "%s", name + strlen(UNIQUE));
	for (n -= strlen(UNIQUE); n && isdigit((unsigned char)stub[n - 1]); ) {
		stub[--n] = '\0';
		if (elf__symbol(ref, stub)) {
			strcpy(name, stub);
			return;
		}
	}
}

/*
 * Writes the name of @s to @buf.  Cuts off only as many of LTO's suffixes as it takes to get a name
 * of the reference.  @ref: NULL for the names of the reference itself
 */
static void known_name(const struct elf_symbol *s, const struct elf_file *ref, char *buf,
		       size_t len)
{
	char plain[256], *dot;

	snprintf(buf, len, "%s", s->name);
	if (!ref || elf__symbol(ref, buf))
		return;
	elf__plain_name(s->name, plain, sizeof(plain));
	while (strlen(buf) > strlen(plain) && (dot = strrchr(buf, '.'))) {
		*dot = '\0';
		if (elf__symbol(ref, buf))
			return;
	}
	strip_stub(buf, ref);
}

static bool is_text(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!isprint((unsigned char)s[n]) && !isspace((unsigned char)s[n]))
			return false;
	return n >= 3;
}

static char *content(const struct elf_file *f, const struct elf_file *ref,
		     const struct elf_symbol *s);

/*
 * Returns what @value refers to, as text to be freed.  The text does not depend on where things
 * are.  @value may be a number: the per-CPU section of x86 is at 0, where small numbers are, so
 * only a @certain address refers there.  @follow: print the content of a variable that has no name
 * of its own
 */
static char *name_value(const struct elf_file *f, const struct elf_file *ref, uint64_t value,
			bool certain, bool follow)
{
	const struct elf_section *sec = NULL;
	const struct elf_symbol *s, *best = NULL;
	unsigned int n, i;
	char name[256];
	const char *str;

	certain = certain || value >= 0x1000000;
	if (certain)
		sec = elf__section_at(f, value);
	s = certain ? elf__symbols_at(f, value, &n) : NULL;
	if (!sec && !elf__undefined(f, value))
		return xasprintf("%#llx", (unsigned long long)value);
	str = sec && !(sec->flags & SHF_EXECINSTR) ? elf__string_at(f, value) : NULL;
	if (str && !is_text(str))
		str = NULL;
	for (i = 0; s && i < n; i++)
		/* ignore .L: labels of the assembler, which are left in modules of arm64 */
		if (s[i].shndx != SHN_ABS && strncmp(s[i].name, ".L", 2) &&
		    (!best || (!best->size && s[i].size)))
			best = &s[i];
	/* an array with a string, or a string without a name */
	if (str && (!best || best->size == strlen(str) + 1))
		return xasprintf("\"%s\"", str);
	if (best && best->type == STT_OBJECT && !strncmp(best->name, UNIQUE, strlen(UNIQUE)))
		return follow ? content(f, ref, best) : xstrdup(UNIQUE);
	if (best) {
		known_name(best, ref, name, sizeof(name));
		return xstrdup(name);
	}
	best = sec ? elf__containing(f, value, !(sec->flags & SHF_EXECINSTR)) :
		     elf__undefined(f, value);
	if (best) {
		known_name(best, ref, name, sizeof(name));
		return xasprintf("%s+%#llx", name, (unsigned long long)(value - best->addr));
	}
	/* constants and literals have no names */
	return xasprintf("<%s>", sec->flags & SHF_EXECINSTR ? "code" : "data");
}

static void append(char **text, char *word)
{
	char *old = *text;

	*text = xasprintf("%s%s%s", old, *old ? " " : "", word);
	free(old);
	free(word);
}

/* Returns the entry at @addr, as text.  @ref: see known_name() */
static char *entry(const struct elf_file *f, const struct elf_file *ref, uint64_t addr,
		   uint64_t size, const char *words, bool follow)
{
	char *text = xstrdup("");
	const unsigned char *p = elf__at(f, addr, size);
	uint64_t at = 0;

	if (!p) {
		free(text);
		return xstrdup("no data");
	}
	while (at < size) {
		char w = words && *words ? *words++ :
			 size - at >= 8 ? '8' : size - at >= 4 ? '4' : '1';
		uint64_t len = w == 'r' ? 4 : (uint64_t)(w - '0');

		/* the table does not have a whole number of entries, and this is the rest */
		if (len > size - at) {
			w = '1';
			len = 1;
		}
		switch (w) {
		case 'r':
			/* 0 is no reference: an example is a symbol without namespace */
			if (elf__u32(p + at))
				append(&text, name_value(f, ref, elf__prel32(p + at, addr + at),
							 true, follow));
			else
				append(&text, xstrdup("none"));
			break;
		case '8':
			append(&text, name_value(f, ref, elf__u64(p + at), false, follow));
			break;
		case '4':
			append(&text, xasprintf("%#x", elf__u32(p + at)));
			break;
		case '2':
			append(&text, xasprintf("%#x", elf__u16(p + at)));
			break;
		default:
			append(&text, xasprintf("%#x", p[at]));
			break;
		}
		at += len;
	}
	return text;
}

/*
 * Returns the content of a variable that is called __UNIQUE_ID_name123.  (Its name does not help:
 * nothing tells the number from digits at the end of the name.)  The content is the string at its
 * start, if there is one, and all of its words.
 */
static char *content(const struct elf_file *f, const struct elf_file *ref,
		     const struct elf_symbol *s)
{
	const char *str = elf__string_at(f, s->addr);
	const unsigned char *first = elf__at(f, s->addr, 8);
	char *words = entry(f, ref, s->addr, s->size, NULL, false), *text;

	/* the bytes of an address may look like text */
	if (!str || strlen(str) >= s->size || !is_text(str) ||
	    (first && elf__section_at(f, elf__u64(first))))
		str = "";
	text = xasprintf("%s{ %s }", str, words);
	free(words);
	return text;
}

static void read_entries(const struct elf_file *f, const struct elf_file *ref, const char *table,
			 uint64_t from, uint64_t to, struct strings *entries)
{
	const char *words = NULL;
	uint64_t addr, size, i, id = 0, id_len = elf__image_build_id(f, from, to - from, &id);

	for (i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		if (!strncmp(table, layouts[i].name, strlen(layouts[i].name)))
			words = layouts[i].words;

	for (addr = from; addr < to; addr += size) {
		const struct elf_symbol *s;

		if (id_len && addr == id) {
			size = id_len;
			continue;
		}
		if (words) {
			for (size = 0, i = 0; words[i]; i++)
				size += words[i] == 'r' ? 4 : words[i] - '0';
			if (size > to - addr)
				size = to - addr;
		} else {
			s = elf__containing(f, addr, true);
			size = s && s->addr == addr && s->size <= to - addr ? s->size :
			       to - addr < 8 ? to - addr : 8;
			if (id_len && addr < id && size > id - addr)
				size = id - addr;
		}
		strings__add(entries, entry(f, ref, addr, size, words, true));
	}
}

struct loss {
	struct result	*r;
	const char	*file, *table;
};

static void added(void *arg, const char *entry)
{
	const struct loss *l = arg;

	result__error(l->r, l->file, entry, NULL, "table %s has an entry that the reference lacks",
		      l->table);
}

static void lost(void *arg, const char *entry)
{
	const struct loss *l = arg;

	result__note(l->r, l->file, "table %s lost an entry with its code: %s", l->table, entry);
}

static void compare_entries(struct result *r, const char *file, const char *table,
			    const struct strings *got, const struct strings *expected)
{
	struct loss l = { r, file, table };
	char *what;
	size_t i;

	for (i = 0; i < sizeof(may_lose) / sizeof(*may_lose); i++) {
		if (!strcmp(table, may_lose[i])) {
			strings__compare(got, expected, &l, added, lost);
			return;
		}
	}
	what = xasprintf("table %s", table);
	result__compare(r, file, what, got, expected);
	free(what);
}

/* Report the first entry that differs. */
static void compare_order(struct result *r, const char *file, const char *table,
			  const struct strings *got, const struct strings *expected)
{
	size_t i, j;

	for (i = 0; i < got->nr && i < expected->nr && !strcmp(got->v[i], expected->v[i]); i++)
		;
	/* other numbers of entries are reported elsewhere */
	if (i == got->nr || got->nr != expected->nr)
		return;
	for (j = 0; j < sizeof(unordered) / sizeof(*unordered); j++) {
		if (!strcmp(table, unordered[j].name)) {
			result__note(r, file,
				     "table %s is in another order than in the reference, "
				     "and is %s", table, unordered[j].why);
			return;
		}
	}
	result__error(r, file, got->v[i], expected->v[i], "entry %zu of table %s is another", i,
		      table);
}

static void compare(struct result *r, const struct elf_file *f, uint64_t from, uint64_t to,
		    const struct elf_file *ref, uint64_t ref_from, uint64_t ref_to,
		    const char *table)
{
	struct strings got = { 0 }, expected = { 0 };

	read_entries(f, ref, table, from, to, &got);
	r->counted += got.nr;
	if (ref) {
		read_entries(ref, NULL, table, ref_from, ref_to, &expected);
		compare_order(r, f->path, table, &got, &expected);
		strings__sort(&got);
		strings__sort(&expected);
		compare_entries(r, f->path, table, &got, &expected);
	}
	strings__free(&got);
	strings__free(&expected);
}

/*
 * __irqchip_of_table and the like (OF_TABLE in include/asm-generic/vmlinux.lds.h) have no end
 * symbol, but a last entry of zeros.  Each entry before it is a variable, __of_table_<name>.
 */
static bool of_table_range(const struct elf_file *f, const struct elf_symbol *start, uint64_t *from,
			   uint64_t *to)
{
	size_t n = strlen(start->name);
	unsigned int i, count;
	uint64_t size;

	if (n < 9 || strcmp(start->name + n - 9, "_of_table") || start->shndx == SHN_UNDEF)
		return false;
	*from = *to = start->addr;
	do {
		const struct elf_symbol *s = elf__symbols_at(f, *to, &count);

		for (i = 0, size = 0; i < count && !size; i++)
			if (s[i].type == STT_OBJECT && !strncmp(s[i].name, "__of_table_", 11))
				size = s[i].size;
		if (size > -*to)
			return false;
		*to += size;
	} while (size);
	return true;
}

static bool table_at(const struct elf_file *f, const struct elf_symbol *start, char *table,
		     uint64_t *from, uint64_t *to)
{
	char end1[256], end2[256];
	const struct elf_section *sec;

	/* symbols of the linker script have no type */
	if (start->type != STT_NOTYPE || start->bind != STB_GLOBAL || strlen(start->name) > 200)
		return false;
	if (!table_name(start->name, table, end1, end2, sizeof(end1)) || !is_table(table))
		return false;
	if (!elf__range(f, start->name, end1, from, to) &&
	    !elf__range(f, start->name, end2, from, to) && !of_table_range(f, start, from, to))
		return false;
	if (*from == *to)
		return true;
	sec = elf__section_at(f, *from);
	return sec && sec->data && !(sec->flags & SHF_EXECINSTR) && *to <= sec->addr + sec->size;
}

static void check_vmlinux(struct result *r, const struct elf_file *f, const struct elf_file *ref)
{
	unsigned int i;

	for (i = 0; i < f->nr_symbols; i++) {
		const struct elf_symbol *ref_start;
		uint64_t from, to, ref_from = 0, ref_to = 0;
		char table[256], ref_table[256];

		if (!table_at(f, &f->symbols[i], table, &from, &to))
			continue;
		if (ref) {
			ref_start = elf__symbol(ref, f->symbols[i].name);
			if (!ref_start ||
			    !table_at(ref, ref_start, ref_table, &ref_from, &ref_to)) {
				result__error(r, f->path, NULL, NULL,
					      "table %s is not in the reference", table);
				continue;
			}
		}
		compare(r, f, from, to, ref, ref_from, ref_to, table);
	}
	for (i = 0; ref && i < ref->nr_symbols; i++) {
		const struct elf_symbol *start;
		uint64_t from, to;
		char table[256];

		if (!table_at(ref, &ref->symbols[i], table, &from, &to))
			continue;
		start = elf__symbol(f, ref->symbols[i].name);
		if (!start || !table_at(f, start, table, &from, &to))
			result__error(r, f->path, NULL, NULL,
				      "table %s is missing, or one of its bounds", table);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	size_t i;

	if (!f->module) {
		check_vmlinux(r, f, ref);
		return;
	}
	for (i = 0; i < sizeof(module_tables) / sizeof(*module_tables); i++) {
		const struct elf_section *s = elf__section(f, module_tables[i]);
		const struct elf_section *t = ref ? elf__section(ref, module_tables[i]) : NULL;

		if (!s && !t)
			continue;
		compare(r, f, s ? s->addr : 0, s ? s->addr + s->size : 0, ref, t ? t->addr : 0,
			t ? t->addr + t->size : 0,
			module_tables[i] + strspn(module_tables[i], "_."));
	}
}

const struct check check_tables = {
	.name	= "tables",
	.about	= "tables bounded by the linker script have the entries of the reference",
	.unit	= "entries",
	.file	= check,
};
