// SPDX-License-Identifier: GPL-2.0
/*
 * asmdefs - what does the top-level assembly of a unit leave behind in the assembler?
 *
 * Problem: a macro, or a symbol with an assigned value, is there for the rest of the unit: also for
 * the assembly in its functions.  Full LTO makes one unit of all.  The assembler refuses a second
 * macro of the same name, and functions of all units see the last value of a symbol.  With ThinLTO,
 * a function that is imported into another unit does not find the macro there.
 *
 * Mechanism: the assembly is a record in the module block of the bitcode, an LLVM bitstream
 * (https://llvm.org/docs/BitCodeFormat.html).  Other blocks are skipped by their length.  The
 * assembly is read statement by statement.
 *
 * Output: the names of macros that are not purged, and of local symbols with an assigned value, one
 * a line; with --defining=NAME, the units whose top-level assembly defines NAME, as one of these or
 * as a label.
 *
 * Limits: what a macro does when it is used is not seen, nor is the assembly in functions.
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

#include "util.h"

const char tool_name[] = "asmdefs";

/* The bitstream
 * --------------------------------------------------------------------------- */

enum {
	/* abbreviation identifiers */
	END_BLOCK		= 0,
	ENTER_SUBBLOCK		= 1,
	DEFINE_ABBREV		= 2,
	UNABBREV_RECORD		= 3,
	FIRST_ABBREV		= 4,
	/* encodings of an operand of an abbreviation */
	LITERAL			= 0,
	FIXED			= 1,
	VBR			= 2,
	ARRAY			= 3,
	CHAR6			= 4,
	BLOB			= 5,
	/* blocks and records */
	MODULE_BLOCK		= 8,
	MODULE_CODE_ASM		= 4,
	TOP_WIDTH		= 2,
};

struct abbrev {
	uint64_t	nr_ops;
	struct operand {
		unsigned int	encoding;
		uint64_t	value;
	} *ops;
};

struct stream {
	const char	*path;
	unsigned char	*data;
	uint64_t	pos, end;	/* in bits */
	struct abbrev	*abbrevs;	/* of the module block */
	size_t		nr_abbrevs;
	/* the record that is being read, without its code; then the assembly */
	char		*text;
	size_t		len;
};

static void __attribute__((noreturn)) malformed(const struct stream *s)
{
	die(EXIT_INPUT, "%s: the bitcode cannot be read, at bit %llu of %llu", s->path,
	    (unsigned long long)s->pos, (unsigned long long)s->end);
}

static uint64_t get(struct stream *s, unsigned int width)
{
	uint64_t v = 0;
	unsigned int i;

	if (width > 64 || s->end - s->pos < width)
		malformed(s);
	for (i = 0; i < width; i++, s->pos++)
		v |= (uint64_t)(s->data[s->pos / 8] >> s->pos % 8 & 1) << i;
	return v;
}

static uint64_t get_vbr(struct stream *s, unsigned int width)
{
	uint64_t v = 0, chunk, more;
	unsigned int shift = 0;

	if (width < 2 || width > 32)
		malformed(s);
	more = 1ull << (width - 1);
	do {
		chunk = get(s, width);
		if (shift < 64)
			v |= (chunk & (more - 1)) << shift;
		shift += width - 1;
	} while (chunk & more);
	return v;
}

static void skip(struct stream *s, uint64_t bits)
{
	if (bits > s->end - s->pos)
		malformed(s);
	s->pos += bits;
}

static void align32(struct stream *s)
{
	skip(s, -s->pos % 32);
}

static void define_abbrev(struct stream *s)
{
	struct abbrev a = { get_vbr(s, 5), NULL };
	uint64_t i;

	if (a.nr_ops > s->end - s->pos)
		malformed(s);
	a.ops = calloc(a.nr_ops + 1, sizeof(*a.ops));
	if (!a.ops)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0; i < a.nr_ops; i++) {
		if (get(s, 1)) {
			a.ops[i].value = get_vbr(s, 8);
			continue;
		}
		a.ops[i].encoding = get(s, 3);
		if (a.ops[i].encoding == FIXED || a.ops[i].encoding == VBR)
			a.ops[i].value = get_vbr(s, 5);
		if (a.ops[i].encoding == LITERAL || a.ops[i].encoding > BLOB ||
		    (a.ops[i].encoding == ARRAY && i + 2 != a.nr_ops))
			malformed(s);
	}
	s->abbrevs = array_grow(s->abbrevs, s->nr_abbrevs, sizeof(a));
	s->abbrevs[s->nr_abbrevs++] = a;
}

static uint64_t scalar(struct stream *s, const struct operand *op)
{
	switch (op->encoding) {
	case LITERAL:
		return op->value;
	case FIXED:
		return get(s, op->value);
	case VBR:
		return op->value ? get_vbr(s, op->value) : 0;
	case CHAR6:
		return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"[get(s, 6)];
	default:
		malformed(s);
	}
}

static void put(struct stream *s, uint64_t c)
{
	s->text = array_grow(s->text, s->len, 1);
	s->text[s->len++] = c;
}

/* Return: the code of the record; what follows is the text. */
static uint64_t record(struct stream *s, uint64_t id)
{
	uint64_t n, code = 0;
	struct abbrev *a;
	bool first = true;
	struct operand *op;

	s->len = 0;
	if (id == UNABBREV_RECORD) {
		code = get_vbr(s, 6);
		for (n = get_vbr(s, 6); n; n--)
			put(s, get_vbr(s, 6));
		return code;
	}
	if (id - FIRST_ABBREV >= s->nr_abbrevs)
		malformed(s);
	a = &s->abbrevs[id - FIRST_ABBREV];
	for (op = a->ops; op < a->ops + a->nr_ops; op++) {
		if (op->encoding == ARRAY) {
			/* elements without bits could be any number */
			if (op[1].encoding == LITERAL || (op[1].encoding != CHAR6 && !op[1].value))
				malformed(s);
			for (n = get_vbr(s, 6); n; n--)
				put(s, scalar(s, op + 1));
			break;
		}
		if (op->encoding == BLOB) {
			n = get_vbr(s, 6);
			align32(s);
			for (; n; n--)
				put(s, get(s, 8));
			align32(s);
		} else if (first) {
			code = scalar(s, op);
		} else {
			put(s, scalar(s, op));
		}
		first = false;
	}
	return code;
}

/* The assembly of the module block that begins here.  Return: is there any? */
static bool module_asm(struct stream *s, unsigned int width)
{
	uint64_t id;

	while ((id = get(s, width)) != END_BLOCK) {
		switch (id) {
		case ENTER_SUBBLOCK:
			get_vbr(s, 8);
			get_vbr(s, 4);
			align32(s);
			skip(s, 32 * get(s, 32));
			break;
		case DEFINE_ABBREV:
			define_abbrev(s);
			break;
		default:
			if (record(s, id) == MODULE_CODE_ASM)
				return true;
		}
	}
	return false;
}

/* read_asm: the top-level assembly of @path, which is empty if there is none; to be freed */
static char *read_asm(const char *path)
{
	struct stream s = { .path = path };
	FILE *f = fopen(path, "rb");
	bool found = false;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0)
		die(EXIT_INPUT, "%s: %s", path, strerror(errno));
	rewind(f);
	s.data = malloc(size + 1);
	if (!s.data)
		die(EXIT_INTERNAL, "out of memory");
	if (fread(s.data, 1, size, f) != (size_t)size)
		die(EXIT_INPUT, "%s: %s", path, ferror(f) ? strerror(errno) : "cut off");
	fclose(f);
	if (size < 4 || memcmp(s.data, "BC\xc0\xde", 4)) {
		const char *name = strrchr(path, '/');

		fprintf(stderr, "%s: error: lto: the compiler has not written bitcode; "
			"is -flto undone? LTO_%s := n opts out\n", path, name ? name + 1 : path);
		exit(EXIT_INPUT);
	}
	s.pos = 32;
	s.end = (uint64_t)size / 4 * 32;
	while (!found && s.pos < s.end) {
		uint64_t id, width, words;

		if (get(&s, TOP_WIDTH) != ENTER_SUBBLOCK)
			malformed(&s);
		id = get_vbr(&s, 8);
		width = get_vbr(&s, 4);
		align32(&s);
		words = get(&s, 32);
		if (id == MODULE_BLOCK)
			found = module_asm(&s, width);
		else
			skip(&s, 32 * words);
		align32(&s);
	}
	if (!found)
		s.len = 0;
	put(&s, '\0');
	while (s.nr_abbrevs)
		free(s.abbrevs[--s.nr_abbrevs].ops);
	free(s.abbrevs);
	free(s.data);
	return s.text;
}

/* The assembly
 * --------------------------------------------------------------------------- */

enum kind { MACRO, ASSIGNED, LABEL, GLOBAL };

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

/* @p to @end is a statement; @depth counts the macros whose definition it is in. */
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

/* Comments become spaces; what separates statements does so but in strings. */
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
			/* of arm64's assembler, `#' begins an operand */
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

/* Does it last to the end of the unit, and is it no global symbol? */
static bool left_behind(const struct name *n)
{
	return !n->gone &&
	       (n->kind == MACRO || (n->kind == ASSIGNED && !find(GLOBAL, n->name, n->len)));
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: asmdefs UNIT\n       asmdefs --defining=NAME UNIT...\n");
	exit(EXIT_USAGE);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "defining", required_argument, NULL, 'd' },
		{ }
	};
	const char *defining = NULL;
	size_t i, len;
	char *text;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'd')
			usage();
		defining = optarg;
	}
	if (optind == argc || (!defining && optind + 1 != argc))
		usage();

	for (; optind < argc; optind++) {
		text = read_asm(argv[optind]);
		parse(text);
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
		free(text);
	}
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_INTERNAL, "write: %s", strerror(errno));
	return EXIT_OK;
}
