// SPDX-License-Identifier: GPL-2.0
/*
 * bitcode - read the records of a unit's bitcode
 *
 * The format is the LLVM bitstream, https://llvm.org/docs/BitCodeFormat.html: blocks of records.
 * Abbreviations say how a record is encoded.  A block defines abbreviations for itself.  The block
 * BLOCKINFO defines abbreviations for all blocks of one kind.
 *
 * Limits: bitcode inside of a wrapper (a file that begins with another magic number) is refused.  A
 * file that cannot be read ends the program.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitcode.h"
#include "util.h"

enum {
	/* BLOCKINFO, and its record that names the kind of block for the next abbreviations */
	BLOCKINFO		= 0,
	BLOCKINFO_SETBID	= 1,
	/* LLVM 23 has fewer than 30 kinds of blocks */
	MAX_BLOCK		= 128,
};

struct abbrev {
	uint64_t		nr_ops;
	struct operand {
		unsigned int	encoding;
		uint64_t	value;
	} *ops;
};

/* The abbreviations of a block: first the ones for its kind, then its own */
struct abbrevs {
	struct abbrev		*abbrev;
	size_t			nr;
};

struct stream {
	const char		*path;
	unsigned char		*data;		/* the file, and at least 8 more bytes */
	uint64_t		pos, end;	/* in bits */
	struct abbrevs		of_block[MAX_BLOCK];
	uint64_t		*ops;	/* of the current record; the first is its code */
	size_t			nr_ops, max_ops;
	const struct bitcode_reader *reader;
	void			*reader_data;
};

static void __attribute__((noreturn)) malformed(const struct stream *s)
{
	die(EXIT_INPUT, "%s: the bitcode cannot be read, at bit %llu of %llu", s->path,
	    (unsigned long long)s->pos, (unsigned long long)s->end);
}

static uint64_t get(struct stream *s, unsigned int width)
{
	uint64_t v, high;

	if (width > 64 || s->end - s->pos < width)
		malformed(s);
	if (!width)
		return 0;
	memcpy(&v, s->data + s->pos / 8, sizeof(v));
	v >>= s->pos % 8;
	if (width > 64 - s->pos % 8) {
		high = s->data[s->pos / 8 + 8];
		v |= high << (64 - s->pos % 8);
	}
	s->pos += width;
	return width == 64 ? v : v & ((1ull << width) - 1);
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

static void define_abbrev(struct stream *s, struct abbrevs *to)
{
	struct abbrev a = { get_vbr(s, 5), NULL };
	uint64_t i;

	if (!a.nr_ops || a.nr_ops > s->end - s->pos)
		malformed(s);
	a.ops = calloc(a.nr_ops, sizeof(*a.ops));
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
		/* after ARRAY comes one last operand: how the elements are encoded */
		if (a.ops[i].encoding == LITERAL || a.ops[i].encoding > BLOB ||
		    (a.ops[i].encoding == ARRAY && i + 2 != a.nr_ops))
			malformed(s);
	}
	to->abbrev = array_grow(to->abbrev, to->nr, sizeof(a));
	to->abbrev[to->nr++] = a;
}

static uint64_t scalar(struct stream *s, const struct operand *op)
{
	static const char char6[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";

	switch (op->encoding) {
	case LITERAL:
		return op->value;
	case FIXED:
		return get(s, op->value);
	case VBR:
		return op->value ? get_vbr(s, op->value) : 0;
	case CHAR6:
		return char6[get(s, 6)];
	default:
		malformed(s);
	}
}

static void put(struct stream *s, uint64_t v)
{
	if (s->nr_ops == s->max_ops) {
		s->ops = array_grow(s->ops, s->nr_ops, sizeof(*s->ops));
		s->max_ops = s->max_ops ? 2 * s->max_ops : 1;
	}
	s->ops[s->nr_ops++] = v;
}

static void abbreviated(struct stream *s, const struct abbrev *a)
{
	struct operand *op;
	uint64_t n;

	for (op = a->ops; op < a->ops + a->nr_ops; op++) {
		switch (op->encoding) {
		case ARRAY:
			/* refuse elements without bits: their number would be unlimited */
			if (op[1].encoding == LITERAL || (op[1].encoding != CHAR6 && !op[1].value))
				malformed(s);
			for (n = get_vbr(s, 6); n; n--)
				put(s, scalar(s, op + 1));
			return;
		case BLOB:
			n = get_vbr(s, 6);
			align32(s);
			for (; n; n--)
				put(s, get(s, 8));
			align32(s);
			break;
		default:
			put(s, scalar(s, op));
		}
	}
}

/* Read a record of a block to s->ops. */
static void record(struct stream *s, uint64_t id, const struct abbrevs *abbrevs)
{
	uint64_t n;

	s->nr_ops = 0;
	if (id == UNABBREV_RECORD) {
		put(s, get_vbr(s, 6));
		for (n = get_vbr(s, 6); n; n--)
			put(s, get_vbr(s, 6));
		return;
	}
	if (id - FIRST_ABBREV >= abbrevs->nr)
		malformed(s);
	abbreviated(s, &abbrevs->abbrev[id - FIRST_ABBREV]);
	if (!s->nr_ops)
		malformed(s);
}

/* Does not free the first @shared: they belong to another list. */
static void free_abbrevs(struct abbrevs *a, size_t shared)
{
	while (a->nr > shared)
		free(a->abbrev[--a->nr].ops);
	free(a->abbrev);
}

/* Read the block behind an ENTER_SUBBLOCK. */
static void block(struct stream *s)
{
	uint64_t id = get_vbr(s, 8), width = get_vbr(s, 4), length, start, n;
	struct abbrevs *for_kind = NULL, own = {};
	size_t shared = 0;

	align32(s);
	length = get(s, 32) * 32;
	start = s->pos;
	if (id >= MAX_BLOCK || (id != BLOCKINFO && !s->reader->enter(s->reader_data, id))) {
		skip(s, length);
		return;
	}
	for (; shared < s->of_block[id].nr; shared++) {
		own.abbrev = array_grow(own.abbrev, own.nr, sizeof(*own.abbrev));
		own.abbrev[own.nr++] = s->of_block[id].abbrev[shared];
	}
	while ((n = get(s, width)) != END_BLOCK) {
		switch (n) {
		case ENTER_SUBBLOCK:
			block(s);
			break;
		case DEFINE_ABBREV:
			if (id == BLOCKINFO && !for_kind)
				malformed(s);
			define_abbrev(s, id == BLOCKINFO ? for_kind : &own);
			break;
		default:
			record(s, n, &own);
			if (id != BLOCKINFO) {
				s->reader->record(s->reader_data, id, s->ops[0], s->ops + 1,
						  s->nr_ops - 1);
			} else if (s->ops[0] == BLOCKINFO_SETBID) {
				if (s->nr_ops != 2 || s->ops[1] >= MAX_BLOCK)
					malformed(s);
				for_kind = &s->of_block[s->ops[1]];
			}
		}
	}
	free_abbrevs(&own, shared);
	align32(s);
	if (s->pos - start != length)
		malformed(s);
}

static void read_file(struct stream *s)
{
	FILE *f = fopen(s->path, "rb");
	long size = -1;

	if (f && !fseek(f, 0, SEEK_END))
		size = ftell(f);
	if (size < 0)
		die(EXIT_INPUT, "%s: %s", s->path, strerror(errno));
	rewind(f);
	s->data = calloc(size + sizeof(uint64_t) + 1, 1);
	if (!s->data)
		die(EXIT_INTERNAL, "out of memory");
	if (fread(s->data, 1, size, f) != (size_t)size)
		die(EXIT_INPUT, "%s: %s", s->path, ferror(f) ? strerror(errno) : "cut off");
	fclose(f);
	if (size < 4 || memcmp(s->data, "BC\xc0\xde", 4)) {
		const char *name = strrchr(s->path, '/');

		fprintf(stderr, "%s: error: lto: the compiler has not written bitcode; "
			"is -flto undone? LTO_%s := n opts out\n",
			s->path, name ? name + 1 : s->path);
		exit(EXIT_INPUT);
	}
	s->pos = 32;
	s->end = (uint64_t)size / 4 * 32;
}

void bitcode__read(const char *path, const struct bitcode_reader *reader, void *data)
{
	struct stream s = { .path = path, .reader = reader, .reader_data = data };
	size_t i;

	read_file(&s);
	while (s.pos < s.end) {
		if (get(&s, TOP_LEVEL_WIDTH) != ENTER_SUBBLOCK)
			malformed(&s);
		block(&s);
	}
	for (i = 0; i < MAX_BLOCK; i++)
		free_abbrevs(&s.of_block[i], 0);
	free(s.ops);
	free(s.data);
}
