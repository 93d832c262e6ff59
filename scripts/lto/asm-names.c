// SPDX-License-Identifier: GPL-2.0
/*
 * asm-names - find the names in a unit's assembly that its bitcode does not list
 *
 * Problem: top-level assembly may define a macro, or assign a value to a symbol.  Both last to the
 * end of the unit, also for the assembly in its functions.  Full LTO merges all units into one: the
 * assembler refuses a second macro of the same name, and the functions of all units see the last
 * value of a symbol.  With ThinLTO, a function that another unit imports does not find the macro
 * there.
 *
 * The linker does not know either which functions the assembly in a function names.  If nothing
 * else uses such a function, it would be dropped, or called in another way than the assembly calls
 * it.  (Names in top-level assembly are in the symbol table.)  Three more kinds of names have this
 * problem: a function whose number in BTF top-level assembly asks for; an entry of a table (a
 * global variable in a section of its own) that is not marked as used; and the second name of a
 * table of devices, of which modpost makes the aliases of a module.
 *
 * Mechanism: top-level assembly is a record in the module block of the bitcode.  It is read
 * statement by statement.  The assembly in functions is among the constants.  All of its words are
 * taken.
 *
 * Output: the names of macros that are not purged, and of local symbols with an assigned value, one
 * a line.  With --defining=NAME: the units whose top-level assembly defines NAME as a macro, as a
 * symbol with an assigned value, or as a label.  With --roots=FILE, FILE gets what a whole program
 * has to keep, one name a line: each word of the assembly in functions, and the other names
 * above.  A line with a star says that this is not known: the bitcode has a kind of
 * constant that is newer than LLVM 22.
 *
 * Limits: macros are not expanded, so what they define where they are used is not seen.
 */

#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcode.h"
#include "util.h"

const char tool_name[] = "asm-names";

/* --- The bitcode ----------------------------------------------------------------------------- */

enum {
	/* records of the module block, the string table, and a block of constants */
	MODULE_CODE_VERSION		= 1,
	MODULE_CODE_ASM			= 4,	/* the text */
	MODULE_CODE_SECTIONNAME		= 5,	/* the text */
	/*
	 * offset and length of the name, type, is it constant, initial value or 0, linkage,
	 * alignment, section or 0
	 */
	MODULE_CODE_GLOBALVAR		= 7,
	MODULE_CODE_ALIAS		= 14,	/* offset and length of the name, and more */
	LINKAGE_APPENDING		= 2,	/* LLVM's own */
	LINKAGE_INTERNAL		= 3,
	LINKAGE_PRIVATE			= 9,
	STRTAB_BLOB			= 1,
	/*
	 * The assembly in a function: one or two numbers, then the length of the text and the text,
	 * then the same for the constraints
	 */
	CST_CODE_INLINEASM_OLD2		= 23,	/* LLVM 12 and before */
	CST_CODE_INLINEASM_OLD3		= 28,	/* 13 */
	CST_CODE_INLINEASM		= 30,	/* from 14 on */
	CST_CODE_KNOWN			= 34,	/* the last of LLVM 22 */
};

struct text {
	char	*text;
	size_t	len;
};

/* what is read from a unit */
struct unit {
	const char	*path;
	struct text	top_level, in_functions, strtab;
	bool		strange;	/* a constant of unknown kind may be assembly */
	struct text	*sections;
	size_t		nr_sections;
	struct entry {
		uint64_t	name, len;	/* in strtab */
	} *entries;		/* variables in sections of their own */
	size_t		nr_entries;
	struct entry	*data;	/* all variables, and second names */
	size_t		nr_data;
};

static void put(struct text *t, char c)
{
	t->text = array_grow(t->text, t->len, 1);
	t->text[t->len++] = c;
}

static void put_ops(struct text *t, const uint64_t *ops, size_t nr)
{
	while (nr--)
		put(t, *ops++);
	put(t, '\n');
}

static bool enter(void *data, unsigned int block)
{
	(void)data;
	return block == BITCODE_MODULE || block == BITCODE_FUNCTION ||
	       block == BITCODE_CONSTANTS || block == BITCODE_STRTAB;
}

/* These sections say when or how data is used.  All others are tables. */
static bool plain_section(const char *name)
{
	static const char *const plain[] = {
		".init.data", ".init.rodata", ".exit.data", ".ref.data", ".ref.rodata",
		".meminit.data", ".meminit.rodata", ".memexit.data", ".memexit.rodata",
	};
	static const char *const begins[] = { ".data", ".bss", ".rodata" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strcmp(name, plain[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(begins); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static void note_data(struct unit *u, const uint64_t *ops)
{
	u->data = array_grow(u->data, u->nr_data, sizeof(*u->data));
	u->data[u->nr_data++] = (struct entry){ ops[0], ops[1] };
}

static void global_variable(struct unit *u, const uint64_t *ops, size_t nr)
{
	if (nr < 8 || ops[7] > u->nr_sections)
		die(EXIT_INPUT, "%s: the bitcode has a variable in an unknown form", u->path);
	note_data(u, ops);
	if (!ops[7] || !ops[4] || ops[5] == LINKAGE_APPENDING || ops[5] == LINKAGE_INTERNAL ||
	    ops[5] == LINKAGE_PRIVATE || plain_section(u->sections[ops[7] - 1].text))
		return;
	u->entries = array_grow(u->entries, u->nr_entries, sizeof(*u->entries));
	u->entries[u->nr_entries++] = (struct entry){ ops[0], ops[1] };
}

static void module_record(struct unit *u, uint64_t code, const uint64_t *ops, size_t nr)
{
	struct text section = {};

	switch (code) {
	case MODULE_CODE_VERSION:
		if (nr != 1 || ops[0] != 2)
			die(EXIT_INPUT, "%s: the bitcode is of an unknown version", u->path);
		break;
	case MODULE_CODE_ASM:
		put_ops(&u->top_level, ops, nr);
		break;
	case MODULE_CODE_SECTIONNAME:
		put_ops(&section, ops, nr);
		section.text[section.len - 1] = '\0';
		u->sections = array_grow(u->sections, u->nr_sections, sizeof(*u->sections));
		u->sections[u->nr_sections++] = section;
		break;
	case MODULE_CODE_GLOBALVAR:
		global_variable(u, ops, nr);
		break;
	case MODULE_CODE_ALIAS:
		if (nr < 2)
			die(EXIT_INPUT, "%s: the bitcode has an alias in an unknown form", u->path);
		note_data(u, ops);
		break;
	}
}

static void constant(struct unit *u, uint64_t code, const uint64_t *ops, size_t nr)
{
	size_t skip = 1;

	switch (code) {
	case CST_CODE_INLINEASM:
		skip++;	/* the type of the function as which it is called */
		/* fall through */
	case CST_CODE_INLINEASM_OLD2:
	case CST_CODE_INLINEASM_OLD3:
		if (nr < skip + 2 || ops[skip] > nr - skip - 2)
			die(EXIT_INPUT, "%s: the bitcode has assembly in an unknown form", u->path);
		put_ops(&u->in_functions, ops + skip + 1, ops[skip]);
		break;
	default:
		u->strange = u->strange || code > CST_CODE_KNOWN;
	}
}

static void record(void *data, unsigned int block, uint64_t code, const uint64_t *ops, size_t nr)
{
	struct unit *u = data;

	if (block == BITCODE_MODULE)
		module_record(u, code, ops, nr);
	else if (block == BITCODE_CONSTANTS)
		constant(u, code, ops, nr);
	else if (block == BITCODE_STRTAB && code == STRTAB_BLOB)
		put_ops(&u->strtab, ops, nr);
}

static void read_unit(struct unit *u, const char *path)
{
	static const struct bitcode_reader reader = { enter, record };

	memset(u, 0, sizeof(*u));
	u->path = path;
	bitcode__read(path, &reader, u);
	put(&u->top_level, '\0');
	put(&u->in_functions, '\0');
}

static void free_unit(struct unit *u)
{
	while (u->nr_sections)
		free(u->sections[--u->nr_sections].text);
	free(u->sections);
	free(u->entries);
	free(u->data);
	free(u->top_level.text);
	free(u->in_functions.text);
	free(u->strtab.text);
}

/* --- The assembly ---------------------------------------------------------------------------- */

enum kind { MACRO, ASSIGNED, LABEL, GLOBAL, ROOT };

struct name {
	enum kind	kind;
	const char	*name;
	size_t		len;
	bool		gone;		/* purged */
};

static struct name *names;
static size_t nr_names;

static void note(enum kind kind, const char *name, size_t len)
{
	if (!len || (len == 1 && *name == '.'))
		return;
	names = array_grow(names, nr_names, sizeof(*names));
	names[nr_names++] = (struct name){ kind, name, len, false };
}

static struct name *find(enum kind kind, const char *name, size_t len)
{
	size_t i = nr_names;

	while (i--) {
		if (names[i].kind == kind && !names[i].gone && names[i].len == len &&
		    !memcmp(names[i].name, name, len))
			return &names[i];
	}
	return NULL;
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *skip_word(const char *p, const char *end)
{
	if (p < end && *p == '"') {
		for (p++; p < end && *p != '"'; p++)
			;
		return p < end ? p + 1 : p;
	}
	while (p < end && (isalnum((unsigned char)*p) || strchr("._$@", *p)))
		p++;
	return p;
}

static bool is(const char *word, size_t len, const char *const *list)
{
	for (; *list; list++) {
		if (len == strlen(*list) && !strncasecmp(word, *list, len))
			return true;
	}
	return false;
}

/* Note what the statement [@p, @end) defines.  @depth: number of macro definitions around it. */
static void statement(const char *p, const char *end, unsigned int *depth)
{
	static const char *const macro[] = { ".macro", NULL };
	static const char *const endm[] = { ".endm", ".endmacro", NULL };
	static const char *const purge[] = { ".purgem", NULL };
	static const char *const set[] = { ".set", ".equ", ".equiv", NULL };
	static const char *const global[] = { ".globl", ".global", ".weak", NULL };
	const char *word, *arg, *arg_end;
	struct name *old;
	size_t len;

	for (;;) {
		word = skip_space(p, end);
		p = skip_word(word, end);
		len = p - word;
		p = skip_space(p, end);
		if (!len || p == end || *p != ':')
			break;
		if (!*depth)
			note(LABEL, word, len);
		p++;
	}
	arg = p;
	arg_end = skip_word(arg, end);

	if (is(word, len, macro)) {
		if (!(*depth)++)
			note(MACRO, arg, arg_end - arg);
	} else if (is(word, len, endm)) {
		if (*depth)
			--*depth;
	} else if (*depth) {
		return;
	} else if (is(word, len, purge)) {
		old = find(MACRO, arg, arg_end - arg);
		if (old)
			old->gone = true;
	} else if (is(word, len, set)) {
		note(ASSIGNED, arg, arg_end - arg);
	} else if (is(word, len, global)) {
		while (arg < arg_end) {
			note(GLOBAL, arg, arg_end - arg);
			arg = skip_space(arg_end, end);
			if (arg == end || *arg != ',')
				break;
			arg = skip_space(arg + 1, end);
			arg_end = skip_word(arg, end);
		}
	} else if (len && p < end && *p == '=') {
		note(ASSIGNED, word, len);
	}
}

/*
 * Note what @p defines, statement by statement.  Overwrites comments with spaces.  Separators
 * inside strings do not count.
 */
static void parse(char *p)
{
	unsigned int depth = 0;
	char *start = p;
	bool more = true;

	nr_names = 0;
	for (; more; p++) {
		if (*p == '"') {
			for (p++; *p && *p != '"'; p++) {
				if (*p == '\\' && p[1])
					p++;
			}
			if (*p)
				continue;
		} else if (p[0] == '/' && p[1] == '*') {
			for (; *p && (p[0] != '*' || p[1] != '/'); p++)
				*p = ' ';
			if (*p) {
				p[0] = p[1] = ' ';
				continue;
			}
		} else if (p[0] == '#' || (p[0] == '/' && p[1] == '/')) {
			/* on arm64 `#' also begins an operand */
			if (p[0] == '/' || skip_space(start, p) == p) {
				while (*p && *p != '\n')
					*p++ = ' ';
			}
		}
		if (*p && *p != '\n' && *p != ';')
			continue;
		more = *p;
		statement(start, p, &depth);
		start = p + 1;
	}
}

/* Is this a macro or a local symbol that lasts to the end of the unit? */
static bool left_behind(const struct name *n)
{
	return !n->gone &&
	       (n->kind == MACRO || (n->kind == ASSIGNED && !find(GLOBAL, n->name, n->len)));
}

/* --- What a whole program has to keep -------------------------------------------------------- */

static bool in_symbol(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* Note the words that may be symbols: not numbers, directives or registers */
static void note_words(const char *text)
{
	const char *p = text, *start;

	for (start = p; *p; start = p) {
		while (in_symbol(*p))
			p++;
		if (p == start)
			p++;
		else if ((isalpha((unsigned char)*start) || *start == '_') &&
			 (start == text || start[-1] != '%'))
			note(ROOT, start, p - start);
	}
}

/* include/linux/btf_ids.h: __BTF_ID__func__NAME__NUMBER */
static void note_btf_ids(const char *p)
{
	static const char begin[] = "__BTF_ID__func__";
	const char *end;

	while ((p = strstr(p, begin))) {
		p += strlen(begin);
		for (end = p; in_symbol(*end); end++)
			;
		while (end > p && isdigit((unsigned char)end[-1]))
			end--;
		if (end > p + 2)
			note(ROOT, p, end - p - 2);
	}
}

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int cmp = strncmp(x->name, y->name, x->len < y->len ? x->len : y->len);

	return cmp ? cmp : (int)x->len - (int)y->len;
}

static const char *entry_name(const struct unit *u, const struct entry *e)
{
	if (e->len > u->strtab.len || e->name > u->strtab.len - e->len)
		die(EXIT_INPUT, "%s: the bitcode has a name that is not there", u->path);
	return u->strtab.text + e->name;
}

static void note_entries(const struct unit *u)
{
	size_t i;

	for (i = 0; i < u->nr_entries; i++)
		note(ROOT, entry_name(u, &u->entries[i]), u->entries[i].len);
}

/*
 * include/linux/module.h: MODULE_DEVICE_TABLE() declares __mod_TYPE__NAME_device_table, an alias.
 * LLVM makes it the name of the table if nothing else uses the table.
 */
static void note_device_tables(const struct unit *u)
{
	static const char begin[] = "__mod_", end[] = "_device_table";
	size_t i, begin_len = strlen(begin), end_len = strlen(end);

	for (i = 0; i < u->nr_data; i++) {
		const char *name = entry_name(u, &u->data[i]);
		size_t len = u->data[i].len;

		if (len > begin_len + end_len && !memcmp(name, begin, begin_len) &&
		    !memcmp(name + len - end_len, end, end_len))
			note(ROOT, name, len);
	}
}

/* Each unit gets this file.  It is empty if there is nothing to keep. */
static void write_roots(const struct unit *u, const char *path)
{
	char *new = xasprintf("%s.new", path);
	FILE *f = fopen(new, "w");
	size_t i;

	nr_names = 0;
	note_words(u->in_functions.text);
	note_btf_ids(u->top_level.text);
	note_entries(u);
	note_device_tables(u);
	if (nr_names)
		qsort(names, nr_names, sizeof(*names), compare_names);
	if (f && u->strange)
		fputs("*\n", f);
	for (i = 0; f && i < nr_names; i++) {
		if (!i || compare_names(&names[i - 1], &names[i]))
			fprintf(f, "%.*s\n", (int)names[i].len, names[i].name);
	}
	if (!f || close_failed(f) || rename(new, path))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	free(new);
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: asm-names [--roots=FILE] UNIT\n"
			"       asm-names --defining=NAME UNIT...\n");
	exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "defining", required_argument, NULL, 'd' },
		{ "roots", required_argument, NULL, 'r' },
		{ }
	};
	const char *defining = NULL, *roots_file = NULL;
	struct unit unit;
	size_t i, len;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			defining = optarg;
			break;
		case 'r':
			roots_file = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind == argc || (defining && roots_file) || (!defining && optind + 1 != argc))
		usage();

	for (; optind < argc; optind++) {
		read_unit(&unit, argv[optind]);
		/* before parse(), which overwrites comments: they may contain names */
		if (roots_file)
			write_roots(&unit, roots_file);
		parse(unit.top_level.text);
		if (defining) {
			len = strlen(defining);
			if (find(MACRO, defining, len) || find(ASSIGNED, defining, len) ||
			    find(LABEL, defining, len))
				printf("%s\n", argv[optind]);
		} else {
			for (i = 0; i < nr_names; i++) {
				if (left_behind(&names[i]))
					printf("%.*s\n", (int)names[i].len, names[i].name);
			}
		}
		free_unit(&unit);
	}
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_INTERNAL, "write: %s", strerror(errno));
	return EXIT_OK;
}
