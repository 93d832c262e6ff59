// SPDX-License-Identifier: GPL-2.0
/*
 * bitstream - compare the indices of ThinLTO units by what back ends read of them
 *
 * Problem: an index also has a count of the basic blocks of all units of the link (FS_BLOCK_COUNT),
 * which is for partial sample profiles.  One more "if" anywhere changes it in every index.
 *
 * Mechanism: both files are read as LLVM bitstreams, to a list of their records without that one.
 *
 * The format: https://llvm.org/docs/BitCodeFormat.html; the numbers of blocks and records:
 * llvm/Bitcode/LLVMBitCodes.h, which only adds to them.
 *
 * Limits: whatever cannot be read compares as different.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream.h"

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
	BLOCKINFO		= 0,
	BLOCKINFO_SETBID	= 1,
	GLOBALVAL_SUMMARY	= 20,
	FS_BLOCK_COUNT		= 24,
};

#define MAX_DEPTH	16
#define MAX_BLOCK	64

struct abbrev {
	struct abbrev	*next;
	unsigned int	nr_ops;
	struct {
		unsigned int	encoding;
		uint64_t	value;
	} ops[];
};

struct stream {
	const unsigned char	*data;
	uint64_t		pos, end;	/* in bits */
	bool			bad;
	struct abbrev		*info[MAX_BLOCK];	/* of BLOCKINFO */
	uint64_t		*out;
	size_t			nr_out, max_out;
};

static uint64_t get(struct stream *s, unsigned int width)
{
	uint64_t v = 0;
	unsigned int i;

	if (width > 64 || s->end - s->pos < width) {
		s->bad = true;
		return 0;
	}
	for (i = 0; i < width; i++, s->pos++)
		v |= (uint64_t)(s->data[s->pos / 8] >> s->pos % 8 & 1) << i;
	return v;
}

static uint64_t get_vbr(struct stream *s, unsigned int width)
{
	uint64_t v = 0, chunk, more;
	unsigned int shift = 0;

	if (width < 2 || width > 32) {
		s->bad = true;
		return 0;
	}
	more = 1ull << (width - 1);
	do {
		chunk = get(s, width);
		if (shift < 64)
			v |= (chunk & (more - 1)) << shift;
		shift += width - 1;
	} while (chunk & more && !s->bad);
	return v;
}

static void align32(struct stream *s)
{
	s->pos = (s->pos + 31) / 32 * 32;
	if (s->pos > s->end)
		s->bad = true;
}

static void put(struct stream *s, uint64_t v)
{
	if (s->nr_out == s->max_out) {
		uint64_t *out = realloc(s->out, (s->max_out ? 2 * s->max_out : 1024) * sizeof(*out));

		if (!out) {
			s->bad = true;
			return;
		}
		s->out = out;
		s->max_out = s->max_out ? 2 * s->max_out : 1024;
	}
	s->out[s->nr_out++] = v;
}

/* An abbreviation, to the end of @list */
static void define_abbrev(struct stream *s, struct abbrev **list)
{
	uint64_t n = get_vbr(s, 5), i;
	struct abbrev *a;

	if (s->bad || n > s->end - s->pos) {
		s->bad = true;
		return;
	}
	a = calloc(1, sizeof(*a) + n * sizeof(a->ops[0]));
	if (!a) {
		s->bad = true;
		return;
	}
	a->nr_ops = n;
	for (i = 0; i < n && !s->bad; i++) {
		if (get(s, 1)) {
			a->ops[i].encoding = LITERAL;
			a->ops[i].value = get_vbr(s, 8);
		} else {
			a->ops[i].encoding = get(s, 3);
			if (a->ops[i].encoding == FIXED || a->ops[i].encoding == VBR)
				a->ops[i].value = get_vbr(s, 5);
			if (a->ops[i].encoding == LITERAL || a->ops[i].encoding > BLOB ||
			    (a->ops[i].encoding == ARRAY && i + 2 != n))
				s->bad = true;
		}
	}
	while (*list)
		list = &(*list)->next;
	*list = a;
}

static struct abbrev *copy_abbrevs(struct stream *s, const struct abbrev *from)
{
	struct abbrev *first = NULL, **to = &first;

	for (; from; from = from->next, to = &(*to)->next) {
		size_t size = sizeof(*from) + from->nr_ops * sizeof(from->ops[0]);

		*to = malloc(size);
		if (!*to) {
			s->bad = true;
			break;
		}
		memcpy(*to, from, size);
		(*to)->next = NULL;
	}
	return first;
}

static void free_abbrevs(struct abbrev *a)
{
	while (a) {
		struct abbrev *next = a->next;

		free(a);
		a = next;
	}
}

static void scalar(struct stream *s, unsigned int encoding, uint64_t value)
{
	switch (encoding) {
	case LITERAL:
		put(s, value);
		break;
	case FIXED:
		put(s, get(s, value));
		break;
	case VBR:
		put(s, value ? get_vbr(s, value) : 0);
		break;
	case CHAR6:
		put(s, get(s, 6));
		break;
	default:
		s->bad = true;
	}
}

static void abbreviated(struct stream *s, const struct abbrev *a)
{
	uint64_t n;
	unsigned int i;

	for (i = 0; i < a->nr_ops && !s->bad; i++) {
		switch (a->ops[i].encoding) {
		case ARRAY:
			n = get_vbr(s, 6);
			put(s, n);
			/* elements without bits could be any number */
			if (a->ops[i + 1].encoding == LITERAL ||
			    (a->ops[i + 1].encoding != CHAR6 && !a->ops[i + 1].value))
				s->bad = true;
			while (n-- && !s->bad)
				scalar(s, a->ops[i + 1].encoding, a->ops[i + 1].value);
			return;
		case BLOB:
			n = get_vbr(s, 6);
			put(s, n);
			align32(s);
			while (n-- && !s->bad)
				put(s, get(s, 8));
			align32(s);
			break;
		default:
			scalar(s, a->ops[i].encoding, a->ops[i].value);
		}
	}
}

static void unabbreviated(struct stream *s)
{
	uint64_t n;

	put(s, get_vbr(s, 6));
	n = get_vbr(s, 6);
	put(s, n);
	while (n-- && !s->bad)
		put(s, get_vbr(s, 6));
}

static void block(struct stream *s, unsigned int depth)
{
	uint64_t id = get_vbr(s, 8), width = get_vbr(s, 4), about = MAX_BLOCK, i, n;
	struct abbrev *abbrevs, *a;

	align32(s);
	get(s, 32);	/* its length */
	if (s->bad || depth == MAX_DEPTH || id >= MAX_BLOCK) {
		s->bad = true;
		return;
	}
	put(s, ENTER_SUBBLOCK);
	put(s, id);
	abbrevs = copy_abbrevs(s, s->info[id]);
	while (!s->bad) {
		size_t start = s->nr_out;

		n = get(s, width);
		if (n == END_BLOCK)
			break;
		switch (n) {
		case ENTER_SUBBLOCK:
			block(s, depth + 1);
			continue;
		case DEFINE_ABBREV:
			if (id != BLOCKINFO)
				define_abbrev(s, &abbrevs);
			else if (about < MAX_BLOCK)
				define_abbrev(s, &s->info[about]);
			else
				s->bad = true;
			continue;
		}
		put(s, UNABBREV_RECORD);
		if (n == UNABBREV_RECORD) {
			unabbreviated(s);
		} else {
			for (a = abbrevs, i = FIRST_ABBREV; a && i < n; i++)
				a = a->next;
			if (!a)
				s->bad = true;
			else
				abbreviated(s, a);
		}
		if (s->bad || s->nr_out < start + 2)
			break;
		if (id == BLOCKINFO && s->out[start + 1] == BLOCKINFO_SETBID && s->nr_out > start + 3)
			about = s->out[start + 3];
		if (id == GLOBALVAL_SUMMARY && s->out[start + 1] == FS_BLOCK_COUNT)
			s->nr_out = start;
	}
	free_abbrevs(abbrevs);
	align32(s);
	put(s, END_BLOCK);
}

static bool read_all(struct stream *s, const void *data, size_t size)
{
	static const unsigned char magic[] = { 'B', 'C', 0xc0, 0xde };
	unsigned int i;

	memset(s, 0, sizeof(*s));
	if (size < sizeof(magic) || size % 4 || memcmp(data, magic, sizeof(magic)))
		return false;
	s->data = data;
	s->end = 8 * (uint64_t)size;
	s->pos = 32;
	while (!s->bad && s->pos < s->end) {
		if (get(s, 2) != ENTER_SUBBLOCK)
			s->bad = true;
		else
			block(s, 0);
	}
	for (i = 0; i < MAX_BLOCK; i++)
		free_abbrevs(s->info[i]);
	return !s->bad;
}

bool index__equal(const void *a, size_t a_size, const void *b, size_t b_size)
{
	struct stream x = { 0 }, y = { 0 };
	bool equal;

	equal = read_all(&x, a, a_size) && read_all(&y, b, b_size) && x.nr_out == y.nr_out &&
		!memcmp(x.out, y.out, x.nr_out * sizeof(*x.out));
	free(x.out);
	free(y.out);
	return equal;
}
