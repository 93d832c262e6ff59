// SPDX-License-Identifier: GPL-2.0
/*
 * flags - write the flags of a unit's back end to a file (distributed ThinLTO)
 *
 * Problem: a back end needs the flags with which its unit was compiled to bitcode.  And if assembly
 * in the unit includes a file (.incbin, .include), the back end reads a file that its command does
 * not name.  Neither make nor a cache of back ends would notice a change of that file.
 *
 * Mechanism: the flags go to a response file, dir/.tmp_foo.o.flags beside dir/foo.o.  If the
 * bitcode contains the name of such a directive, one more flag is added: -frandom-seed=NUMBER, with
 * a new number each time.  It does not change clang's output, but every cache has to take it into
 * account: that is its purpose.  So the back end runs each time that the unit was compiled, and no
 * cache serves it.
 *
 * Bitcode stores strings as arrays.  Their elements may have different widths, and an array may
 * begin at any bit.  So the search covers all widths at all bits.
 *
 * Limits: the same word in a C string costs a run of the back end for nothing.  If the included
 * file changes, and make does not know that the unit depends on it, the old content stays until the
 * unit is compiled again, as without LTO.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

const char tool_name[] = "flags";

static const char char6[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";

/*
 * The encodings of a character in an array: https://llvm.org/docs/BitCodeFormat.html.  Return: its
 * bits, the lowest first
 */
static unsigned int as_char6(char c)
{
	return strchr(char6, c) - char6;
}

static unsigned int as_fixed(char c)
{
	return c;
}

/* pieces of 5 bits; a sixth bit says whether another piece follows */
static unsigned int as_vbr6(char c)
{
	return (c & 31) | 32 | c >> 5 << 6;
}

static const struct encoding {
	unsigned int	width;
	unsigned int	(*of)(char c);
} encodings[] = {
	{ 6,	as_char6 },
	{ 7,	as_fixed },
	{ 8,	as_fixed },
	{ 12,	as_vbr6 },
};

/* the common begin of both directives: at most 48 bits in any encoding */
static const char begin[] = ".inc";
static const char *const ends[] = { "bin", "lude" };

static uint64_t encode(const struct encoding *e, const char *s)
{
	uint64_t v = 0;
	unsigned int n;

	for (n = 0; *s; s++, n++)
		v |= (uint64_t)e->of(*s) << n * e->width;
	return v;
}

/* Return: @n bits at bit @pos, at most 57.  Reads up to 7 bytes beyond them. */
static uint64_t bits_at(const unsigned char *data, size_t pos, unsigned int n)
{
	uint64_t v;

	memcpy(&v, data + pos / 8, sizeof(v));
	return v >> pos % 8 & ((1ull << n) - 1);
}

/* The data has this many readable bytes behind its @size. */
#define PADDING	16

static bool takes_in_files(const unsigned char *data, size_t size)
{
	uint64_t begins[ARRAY_SIZE(encodings)], masks[ARRAY_SIZE(encodings)];
	size_t i, pos, end;

	for (i = 0; i < ARRAY_SIZE(encodings); i++) {
		begins[i] = encode(&encodings[i], begin);
		masks[i] = (1ull << strlen(begin) * encodings[i].width) - 1;
	}
	for (pos = 0; pos < 8 * size; pos++) {
		uint64_t v = bits_at(data, pos, 57);

		for (i = 0; i < ARRAY_SIZE(encodings); i++) {
			if ((v & masks[i]) != begins[i])
				continue;
			for (end = 0; end < ARRAY_SIZE(ends); end++) {
				unsigned int n = strlen(ends[end]) * encodings[i].width;
				size_t behind = pos + strlen(begin) * encodings[i].width;

				if (behind + n <= 8 * size &&
				    bits_at(data, behind, n) == encode(&encodings[i], ends[end]))
					return true;
			}
		}
	}
	return false;
}

static unsigned char *read_object(const char *path, size_t *size)
{
	FILE *from = fopen(path, "r"), *to;
	char *data, buf[65536] = "";
	size_t n;

	if (!from)
		die(EXIT_INPUT, "%s: %s", path, strerror(errno));
	to = open_memstream(&data, size);
	if (!to)
		die(EXIT_INTERNAL, "out of memory");
	while ((n = fread(buf, 1, sizeof(buf), from)) > 0)
		fwrite(buf, 1, n, to);
	if (ferror(from))
		die(EXIT_INPUT, "%s: %s", path, strerror(errno));
	fclose(from);
	memset(buf, 0, PADDING);
	fwrite(buf, 1, PADDING, to);
	if (close_failed(to))
		die(EXIT_INTERNAL, "out of memory");
	*size -= PADDING;
	return (unsigned char *)data;
}

/* Write a word as the compiler reads it from a response file: in quotes, with escapes. */
static void write_word(FILE *f, const char *word)
{
	putc('"', f);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			putc('\\', f);
		putc(*word, f);
	}
	fputs("\"\n", f);
}

int main(int argc, char **argv)
{
	char *path, *new, *seed;
	unsigned char *data;
	struct timespec now;
	const char *name;
	size_t size;
	FILE *f;
	int i;

	if (argc < 2) {
		fputs("usage: flags dir/foo.o [WORD...]\n"
		      "Write the words, flags of the unit's back end, to dir/.tmp_foo.o.flags.\n",
		      stderr);
		return EXIT_USAGE;
	}
	data = read_object(argv[1], &size);
	name = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
	path = xasprintf("%.*s.tmp_%s.flags", (int)(name - argv[1]), argv[1], name);
	new = xasprintf("%s.new", path);
	f = fopen(new, "w");
	if (!f)
		die(EXIT_INTERNAL, "%s: %s", new, strerror(errno));
	for (i = 2; i < argc; i++)
		write_word(f, argv[i]);
	if (takes_in_files(data, size)) {
		clock_gettime(CLOCK_REALTIME, &now);
		seed = xasprintf("-frandom-seed=%lld.%09ld.%d", (long long)now.tv_sec, now.tv_nsec,
				 (int)getpid());
		write_word(f, seed);
		free(seed);
	}
	if (close_failed(f) || rename(new, path))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	free(data);
	free(path);
	free(new);
	return EXIT_OK;
}
