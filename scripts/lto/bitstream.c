// SPDX-License-Identifier: GPL-2.0
/*
 * bitstream - read the indices of ThinLTO units, as far as back ends read them
 *
 * Problem: an index also has a count of the basic blocks of all units of the link (FS_BLOCK_COUNT),
 * which is for partial sample profiles.  One more "if" anywhere changes it in every index.
 *
 * Mechanism: a file is read as an LLVM bitstream, to a list of its records without that one; on the way
 * the units, their checksums and what is taken from them are noted.
 *
 * The format: https://llvm.org/docs/BitCodeFormat.html; the numbers of blocks and records:
 * llvm/Bitcode/LLVMBitCodes.h, which only adds to them.
 *
 * Limits: an index with records that are newer than LLVM 22 counts as one that cannot be read.
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bitstream.h"
#include "util.h"

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
	MODULE_STRTAB		= 19,
	MST_CODE_ENTRY		= 1,	/* id, name... */
	MST_CODE_HASH		= 2,	/* of the entry before it: 5 words */
	GLOBALVAL_SUMMARY	= 20,
	FS_COMBINED		= 4,	/* value, unit, ...; and the next three */
	FS_COMBINED_PROFILE	= 5,
	FS_COMBINED_GLOBALVAR_INIT_REFS	= 6,
	FS_COMBINED_ALIAS	= 8,
	FS_VALUE_GUID		= 16,	/* value, GUID (its two halves since LLVM 20) */
	FS_BLOCK_COUNT		= 24,
	FS_LAST			= 32,
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

/* a code or an operand: its place in the file, its width there (0 if that varies), its place among the records */
struct op {
	uint64_t	value, pos;
	unsigned int	width;
	size_t		record;
};

struct stream {
	const unsigned char	*data;
	uint64_t		pos, end;	/* in bits */
	bool			bad;
	struct abbrev		*info[MAX_BLOCK];	/* of BLOCKINFO */
	struct op		*ops;		/* of the record that is being read; the first is its code */
	size_t			nr_ops, max_ops;
	struct index		*index;
};

static uint64_t get(struct stream *s, unsigned int width)
{
	uint64_t v = 0;
	unsigned int got, n;

	if (width > 64 || s->end - s->pos < width) {
		s->bad = true;
		return 0;
	}
	for (got = 0; got < width; got += n, s->pos += n) {
		n = 8 - s->pos % 8;
		if (n > width - got)
			n = width - got;
		v |= (uint64_t)(s->data[s->pos / 8] >> s->pos % 8 & ((1u << n) - 1)) << got;
	}
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
	struct index *x = s->index;

	x->records = array_grow(x->records, x->nr_records, sizeof(*x->records));
	x->records[x->nr_records++] = v;
}

static void put_op(struct stream *s, uint64_t value, uint64_t pos, unsigned int width)
{
	struct op op = { value, pos, width, s->index->nr_records };

	if (s->nr_ops == s->max_ops) {
		s->ops = array_grow(s->ops, s->nr_ops, sizeof(*s->ops));
		s->max_ops = s->max_ops ? 2 * s->max_ops : 1;
	}
	s->ops[s->nr_ops++] = op;
	put(s, value);
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
			/* MaxChunkSize in LLVM's BitstreamReader.h */
			if (a->ops[i].encoding == LITERAL || a->ops[i].encoding > BLOB || a->ops[i].value > 64 ||
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

static unsigned char char6(unsigned int n)
{
	return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"[n];
}

static void scalar(struct stream *s, unsigned int encoding, uint64_t value)
{
	uint64_t pos = s->pos;

	switch (encoding) {
	case LITERAL:
		put_op(s, value, pos, 0);
		break;
	case FIXED:
		put_op(s, get(s, value), pos, value);
		break;
	case VBR:
		put_op(s, value ? get_vbr(s, value) : 0, pos, 0);
		break;
	case CHAR6:
		put_op(s, char6(get(s, 6)), pos, 0);
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

	put_op(s, get_vbr(s, 6), 0, 0);
	n = get_vbr(s, 6);
	put(s, n);
	while (n-- && !s->bad)
		put_op(s, get_vbr(s, 6), 0, 0);
}

static void note_unit(struct stream *s)
{
	struct index *x = s->index;
	struct index_unit *u;
	size_t i;

	x->units = array_grow(x->units, x->nr_units, sizeof(*x->units));
	u = &x->units[x->nr_units++];
	memset(u, 0, sizeof(*u));
	u->id = s->ops[1].value;
	u->name = calloc(1, s->nr_ops - 1);
	if (!u->name)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 2; i < s->nr_ops; i++)
		u->name[i - 2] = s->ops[i].value;
}

static void note_hash(struct stream *s)
{
	struct index *x = s->index;
	unsigned int i;

	if (s->nr_ops != 1 + INDEX_HASH_WORDS || !x->nr_units) {
		s->bad = true;
		return;
	}
	for (i = 0; i < INDEX_HASH_WORDS; i++) {
		x->units[x->nr_units - 1].hash[i].pos = s->ops[i + 1].pos;
		x->units[x->nr_units - 1].hash[i].record = s->ops[i + 1].record;
		if (s->ops[i + 1].width != 32)
			s->bad = true;
	}
	x->units[x->nr_units - 1].hashed = true;
}

/* What the record that has been read says of units, and of what is taken from them */
static void note(struct stream *s, uint64_t block)
{
	uint64_t code = s->ops[0].value;
	struct index *x = s->index;

	if (block == MODULE_STRTAB && code == MST_CODE_ENTRY && s->nr_ops >= 2) {
		note_unit(s);
	} else if (block == MODULE_STRTAB && code == MST_CODE_HASH) {
		note_hash(s);
	} else if (block == GLOBALVAL_SUMMARY && code == FS_VALUE_GUID && s->nr_ops >= 3) {
		x->guids = array_grow(x->guids, x->nr_guids, sizeof(*x->guids));
		x->guids[x->nr_guids].value = s->ops[1].value;
		x->guids[x->nr_guids++].guid = s->nr_ops == 3 ? s->ops[2].value :
			s->ops[2].value << 32 | s->ops[3].value;
	} else if (block == GLOBALVAL_SUMMARY && (code == FS_COMBINED || code == FS_COMBINED_PROFILE ||
		   code == FS_COMBINED_GLOBALVAR_INIT_REFS || code == FS_COMBINED_ALIAS) && s->nr_ops >= 3) {
		x->taken = array_grow(x->taken, x->nr_taken, sizeof(*x->taken));
		x->taken[x->nr_taken].value = s->ops[1].value;
		x->taken[x->nr_taken++].unit = s->ops[2].value;
	} else if (block == GLOBALVAL_SUMMARY && code > FS_LAST) {
		s->bad = true;
	}
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
		size_t start = s->index->nr_records;

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
		s->nr_ops = 0;
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
		if (s->bad || !s->nr_ops)
			break;
		if (id == BLOCKINFO && s->ops[0].value == BLOCKINFO_SETBID && s->nr_ops > 1)
			about = s->ops[1].value;
		else if (id == GLOBALVAL_SUMMARY && s->ops[0].value == FS_BLOCK_COUNT)
			s->index->nr_records = start;
		else
			note(s, id);
	}
	free_abbrevs(abbrevs);
	align32(s);
	put(s, END_BLOCK);
}

struct index *index__read(const void *data, size_t size)
{
	static const unsigned char magic[] = { 'B', 'C', 0xc0, 0xde };
	struct stream s = { .data = data, .pos = 32, .end = 8 * (uint64_t)size };
	unsigned int i;

	if (size < sizeof(magic) || size % 4 || memcmp(data, magic, sizeof(magic)))
		return NULL;
	s.index = calloc(1, sizeof(*s.index));
	if (!s.index)
		die(EXIT_INTERNAL, "out of memory");
	while (!s.bad && s.pos < s.end) {
		if (get(&s, 2) != ENTER_SUBBLOCK)
			s.bad = true;
		else
			block(&s, 0);
	}
	for (i = 0; i < MAX_BLOCK; i++)
		free_abbrevs(s.info[i]);
	free(s.ops);
	if (s.bad) {
		index__free(s.index);
		return NULL;
	}
	return s.index;
}

void index__free(struct index *x)
{
	size_t i;

	if (!x)
		return;
	for (i = 0; i < x->nr_units; i++)
		free(x->units[i].name);
	free(x->units);
	free(x->guids);
	free(x->taken);
	free(x->records);
	free(x);
}

bool index__equal(const struct index *a, const struct index *b)
{
	return a->nr_records == b->nr_records && !memcmp(a->records, b->records, a->nr_records * sizeof(*a->records));
}

void index__set_hash(struct index *x, void *data, struct index_unit *u, unsigned int word, uint32_t value)
{
	unsigned char *bytes = data;
	uint64_t pos = u->hash[word].pos;
	unsigned int i;

	for (i = 0; i < 32; i++, pos++)
		bytes[pos / 8] = (bytes[pos / 8] & ~(1u << pos % 8)) | (value >> i & 1u) << pos % 8;
	x->records[u->hash[word].record] = value;
}
