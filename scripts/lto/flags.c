// SPDX-License-Identifier: GPL-2.0
/*
 * flags - note the flags of a unit's back end (distributed ThinLTO)
 *
 * Problem: a back end has to be called with the flags by which its unit was compiled to bitcode.
 * And it reads more than its command names if assembly in the unit takes in a file (.incbin,
 * .include).  Neither make nor a cache of back ends would notice that this file is another one.
 *
 * Mechanism: the words of the command go to a response file, dir/.tmp_foo.o.flags beside
 * dir/foo.o.  If the bitcode has a word that takes in a file, then there is one more,
 * -frandom-seed=NUMBER, with a new number each time.  clang does nothing with it, and every cache
 * has to take it into account: that is what it is for.  So the back end runs whenever the unit was
 * compiled, and no cache serves it.
 *
 * Bitcode has strings as arrays whose elements may have different widths, and which begin at any
 * bit.  All of them are looked for.
 *
 * Limits: a word that also means nothing (in a string of C) costs a back end.  A file that
 * changes while make does not know that the unit depends on it is taken in when the unit is next
 * compiled, as without LTO.
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
 * https://llvm.org/docs/BitCodeFormat.html: how an array may have a character.  Return: its bits,
 * from the lowest on
 */
static unsigned int as_char6(char c)
{
	return strchr(char6, c) - char6;
}

static unsigned int as_fixed(char c)
{
	return c;
}

/* pieces of 5 bits with one more, which says whether there is another */
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

/* both begin with the same, which has at most 48 bits */
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

/* up to 57 bits.  There are 7 more bytes than bits are asked for. */
static uint64_t bits_at(const unsigned char *data, size_t pos, unsigned int n)
{
	uint64_t v;

	memcpy(&v, data + pos / 8, sizeof(v));
	return v >> pos % 8 & ((1ull << n) - 1);
}

/* @data has PADDING bytes more than @size */
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
	if (fclose(to))
		die(EXIT_INTERNAL, "out of memory");
	*size -= PADDING;
	return (unsigned char *)data;
}

/* The compiler reads a word in double quotes, in which backslashes escape. */
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
	if (fclose(f) || rename(new, path))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	free(data);
	free(path);
	free(new);
	return EXIT_OK;
}
