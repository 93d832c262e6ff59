// SPDX-License-Identifier: GPL-2.0
/*
 * bitstream - read the parts of a ThinLTO index that a back end reads
 *
 * Problem: two indices that tell a back end the same can differ.  Each index has a count of the
 * basic blocks of all units in the link (FS_BLOCK_COUNT), for partial sample profiles.  One more
 * "if" in any unit changes this count in every index.  And LLVM promises nothing about the format:
 * a new version may add a record that says what a back end takes from other units.
 *
 * Mechanism: this reads the file as an LLVM bitstream into a list of its records, without
 * FS_BLOCK_COUNT.  It also notes the units, their checksums, and what is taken from them.  If a
 * block or a record is not in the tables below, or does not look as they say, the whole index
 * counts as unknown.
 *
 * The format: https://llvm.org/docs/BitCodeFormat.html; the numbers of blocks and records:
 * llvm/Bitcode/LLVMBitCodes.h.  The tables have what clang 13 to 16, 19, 21, 22 and 23 write.
 *
 * Limits: an index with records of type checks (CFI), heap profiles or stack safety is unknown.
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bitcode.h"
#include "bitstream.h"
#include "util.h"

enum {
	/* blocks */
	TOP_LEVEL		= ~0,
	MODULE			= 8,
	MODULE_STRTAB		= 19,
	GLOBALVAL_SUMMARY	= 20,
	STRTAB			= 23,
	/* records */
	MODULE_VERSION		= 1,
	MST_ENTRY		= 1,	/* id, name... */
	MST_HASH		= 2,	/* checksum of the entry before it: 5 words */
	FS_COMBINED		= 4,	/* value, unit, ...; and the next three */
	FS_COMBINED_PROFILE	= 5,
	FS_COMBINED_GLOBALVAR_INIT_REFS	= 6,
	FS_COMBINED_ALIAS	= 8,
	FS_COMBINED_ORIGINAL_NAME	= 9,
	FS_VERSION		= 10,
	FS_VALUE_GUID		= 16,	/* value, GUID */
	FS_FLAGS		= 20,
	FS_BLOCK_COUNT		= 24,
	STRTAB_BLOB		= 1,
};

static const struct {
	unsigned int	block, parent;
} known_blocks[] = {
	{ MODULE,		TOP_LEVEL },
	{ STRTAB,		TOP_LEVEL },
	{ MODULE_STRTAB,	MODULE },
	{ GLOBALVAL_SUMMARY,	MODULE },
};

static const struct known_record {
	unsigned int	block, code, min, max;	/* number of operands */
} known_records[] = {
	{ MODULE,		MODULE_VERSION,			1, 1 },
	{ MODULE_STRTAB,	MST_ENTRY,			2, ~0u },
	{ MODULE_STRTAB,	MST_HASH,			5, 5 },
	{ GLOBALVAL_SUMMARY,	FS_VERSION,			1, 1 },
	{ GLOBALVAL_SUMMARY,	FS_FLAGS,			1, 1 },
	{ GLOBALVAL_SUMMARY,	FS_VALUE_GUID,			2, 3 },
	{ GLOBALVAL_SUMMARY,	FS_COMBINED,			9, ~0u },
	{ GLOBALVAL_SUMMARY,	FS_COMBINED_PROFILE,		9, ~0u },
	{ GLOBALVAL_SUMMARY,	FS_COMBINED_GLOBALVAR_INIT_REFS, 4, ~0u },
	{ GLOBALVAL_SUMMARY,	FS_COMBINED_ALIAS,		4, 4 },
	{ GLOBALVAL_SUMMARY,	FS_COMBINED_ORIGINAL_NAME,	1, 1 },
	{ GLOBALVAL_SUMMARY,	FS_BLOCK_COUNT,			1, 1 },
	{ STRTAB,		STRTAB_BLOB,			0, 0 },
};

/* FS_VERSION, and the number of operands that hold a GUID */
static const struct {
	unsigned int	version, guid_ops;
} known_summaries[] = {
	{  9, 1 },	/* clang 13 to 16 */
	{ 10, 1 },	/* 19 */
	{ 12, 2 },	/* 21 and 22 */
	{ 14, 2 },	/* 23 */
};

struct abbrev {
	struct abbrev	*next;
	unsigned int	nr_ops;
	struct {
		unsigned int	encoding;
		uint64_t	value;
	} ops[];
};

/*
 * a code or an operand: its value, its place in the file, its width there (0 if that varies), its
 * place among the records
 */
struct op {
	uint64_t	value, pos;
	unsigned int	width;
	size_t		record;
};

struct stream {
	const unsigned char	*data;
	uint64_t		pos, end;	/* in bits */
	char			*why;		/* why the index is unknown, or NULL */
	unsigned int		seen;		/* which of known_blocks[] were read: bits */
	unsigned int		guid_ops;	/* from known_summaries[]; 0 before FS_VERSION */
	struct op		*ops;		/* of the current record; the first is its code */
	size_t			nr_ops, max_ops;
	struct index		*index;
};

static void __attribute__((format(printf, 2, 3))) unknown(struct stream *s, const char *fmt, ...)
{
	va_list ap;

	if (s->why)
		return;
	va_start(ap, fmt);
	if (vasprintf(&s->why, fmt, ap) < 0)
		die(EXIT_INTERNAL, "out of memory");
	va_end(ap);
}

static void damaged(struct stream *s)
{
	unknown(s, "its index is cut or damaged at bit %llu", (unsigned long long)s->pos);
}

static uint64_t get(struct stream *s, unsigned int width)
{
	uint64_t v = 0;
	unsigned int got, n;

	if (s->why || width > 64 || s->end - s->pos < width) {
		damaged(s);
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
		damaged(s);
		return 0;
	}
	more = 1ull << (width - 1);
	do {
		chunk = get(s, width);
		if (shift > 63 || (chunk & (more - 1)) << shift >> shift != (chunk & (more - 1)))
			damaged(s);
		else
			v |= (chunk & (more - 1)) << shift;
		shift += width - 1;
	} while (chunk & more && !s->why);
	return v;
}

static void align32(struct stream *s)
{
	uint64_t pos = (s->pos + 31) / 32 * 32;

	if (pos > s->end)
		damaged(s);
	else
		s->pos = pos;
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

/* Read an abbreviation, and append it to @list. */
static void define_abbrev(struct stream *s, struct abbrev **list)
{
	uint64_t n = get_vbr(s, 5), i;
	struct abbrev *a;

	if (!n || n > s->end - s->pos)
		damaged(s);
	if (s->why)
		return;
	a = calloc(1, sizeof(*a) + n * sizeof(a->ops[0]));
	if (!a)
		die(EXIT_INTERNAL, "out of memory");
	a->nr_ops = n;
	for (i = 0; i < n && !s->why; i++) {
		if (get(s, 1)) {
			a->ops[i].encoding = LITERAL;
			a->ops[i].value = get_vbr(s, 8);
			continue;
		}
		a->ops[i].encoding = get(s, 3);
		if (a->ops[i].encoding == FIXED || a->ops[i].encoding == VBR)
			a->ops[i].value = get_vbr(s, 5);
		/* 64: MaxChunkSize in LLVM's BitstreamReader.h; the code of a record is a number */
		if (a->ops[i].encoding == LITERAL || a->ops[i].encoding > BLOB ||
		    a->ops[i].value > 64 || (a->ops[i].encoding == ARRAY && i + 2 != n) ||
		    (a->ops[i].encoding >= ARRAY && a->ops[i].encoding != CHAR6 && !i))
			damaged(s);
	}
	while (*list)
		list = &(*list)->next;
	*list = a;
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
		damaged(s);
	}
}

static void abbreviated(struct stream *s, const struct abbrev *a)
{
	uint64_t n;
	unsigned int i;

	for (i = 0; i < a->nr_ops && !s->why; i++) {
		switch (a->ops[i].encoding) {
		case ARRAY:
			n = get_vbr(s, 6);
			put(s, n);
			/* refuse elements without bits: their number would be unlimited */
			if (a->ops[i + 1].encoding == LITERAL ||
			    (a->ops[i + 1].encoding != CHAR6 && !a->ops[i + 1].value))
				damaged(s);
			while (n-- && !s->why)
				scalar(s, a->ops[i + 1].encoding, a->ops[i + 1].value);
			return;
		case BLOB:
			n = get_vbr(s, 6);
			put(s, n);
			align32(s);
			while (n-- && !s->why)
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
	while (n-- && !s->why)
		put_op(s, get_vbr(s, 6), 0, 0);
}

static void note_version(struct stream *s)
{
	uint64_t version = s->ops[1].value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_summaries); i++)
		if (known_summaries[i].version == version)
			s->guid_ops = known_summaries[i].guid_ops;
	if (!s->guid_ops)
		unknown(s, "its index has a summary of version %llu, which is not known",
			(unsigned long long)version);
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
	struct index_unit *u;
	unsigned int i;

	if (!x->nr_units || x->units[x->nr_units - 1].hashed) {
		unknown(s, "its index has a checksum of no unit");
		return;
	}
	u = &x->units[x->nr_units - 1];
	for (i = 0; i < INDEX_HASH_WORDS; i++) {
		u->hash[i].pos = s->ops[i + 1].pos;
		u->hash[i].record = s->ops[i + 1].record;
		if (s->ops[i + 1].width != 32)
			unknown(s, "its index has a checksum of another width");
	}
	u->hashed = true;
}

static void note_guid(struct stream *s)
{
	struct index *x = s->index;

	if (s->nr_ops != 2 + s->guid_ops) {
		unknown(s, "its index has a GUID of %zu words", s->nr_ops - 2);
		return;
	}
	x->guids = array_grow(x->guids, x->nr_guids, sizeof(*x->guids));
	x->guids[x->nr_guids].value = s->ops[1].value;
	x->guids[x->nr_guids++].guid = s->guid_ops == 1 ? s->ops[2].value :
		s->ops[2].value << 32 | s->ops[3].value;
}

static void note_taken(struct stream *s)
{
	struct index *x = s->index;

	x->taken = array_grow(x->taken, x->nr_taken, sizeof(*x->taken));
	x->taken[x->nr_taken].value = s->ops[1].value;
	x->taken[x->nr_taken++].unit = s->ops[2].value;
}

/* Note what the current record says about units, and about what is taken from them. */
static void note(struct stream *s, unsigned int block)
{
	const struct known_record *r = known_records, *end = r + ARRAY_SIZE(known_records);

	while (r < end && (r->block != block || r->code != s->ops[0].value))
		r++;
	if (r == end || s->nr_ops - 1 < r->min || s->nr_ops - 1 > r->max) {
		unknown(s, "its index has a record %llu of %zu numbers in a block %u",
			(unsigned long long)s->ops[0].value, s->nr_ops - 1, block);
		return;
	}
	switch (block) {
	case MODULE:
		if (s->ops[1].value != 2)
			unknown(s, "its index is bitcode of version %llu",
				(unsigned long long)s->ops[1].value);
		return;
	case MODULE_STRTAB:
		r->code == MST_ENTRY ? note_unit(s) : note_hash(s);
		return;
	case STRTAB:
		return;
	}
	if (!s->guid_ops && r->code != FS_VERSION) {
		unknown(s, "its index has a summary without a version");
		return;
	}
	switch (r->code) {
	case FS_VERSION:
		note_version(s);
		break;
	case FS_VALUE_GUID:
		note_guid(s);
		break;
	case FS_COMBINED:
	case FS_COMBINED_PROFILE:
	case FS_COMBINED_GLOBALVAR_INIT_REFS:
	case FS_COMBINED_ALIAS:
		note_taken(s);
		break;
	}
}

/* Note that this block was entered.  Each block must be there once, and in its place. */
static void enter(struct stream *s, uint64_t id, unsigned int parent)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(known_blocks) &&
	       (known_blocks[i].block != id || known_blocks[i].parent != parent))
		i++;
	if (i == ARRAY_SIZE(known_blocks) || s->seen & 1u << i)
		unknown(s, "its index has a block %llu that is not expected there",
			(unsigned long long)id);
	else
		s->seen |= 1u << i;
	put(s, ENTER_SUBBLOCK);
	put(s, id);
}

static void record(struct stream *s, unsigned int block, uint64_t id, const struct abbrev *a)
{
	size_t start = s->index->nr_records;

	put(s, UNABBREV_RECORD);
	s->nr_ops = 0;
	if (id == UNABBREV_RECORD) {
		unabbreviated(s);
	} else {
		for (; a && id > FIRST_ABBREV; id--)
			a = a->next;
		if (a)
			abbreviated(s, a);
		else
			damaged(s);
	}
	if (!s->why)
		note(s, block);
	if (!s->why && block == GLOBALVAL_SUMMARY && s->ops[0].value == FS_BLOCK_COUNT)
		s->index->nr_records = start;
}

static void block(struct stream *s, unsigned int parent)
{
	uint64_t id = get_vbr(s, 8), width = get_vbr(s, 4), length, start, n;
	struct abbrev *abbrevs = NULL;

	align32(s);
	length = get(s, 32);
	start = s->pos;
	enter(s, id, parent);
	while (!s->why && (n = get(s, width)) != END_BLOCK) {
		switch (n) {
		case ENTER_SUBBLOCK:
			block(s, id);
			break;
		case DEFINE_ABBREV:
			define_abbrev(s, &abbrevs);
			break;
		default:
			record(s, id, n, abbrevs);
		}
	}
	free_abbrevs(abbrevs);
	align32(s);
	if (s->pos - start != 32 * length)
		damaged(s);
	put(s, END_BLOCK);
}

/* Check that units, checksums and what is taken refer to each other. */
static void check(struct stream *s)
{
	const struct index *x = s->index;
	size_t i, j;

	if (s->seen != (1u << ARRAY_SIZE(known_blocks)) - 1)
		unknown(s, "its index lacks a block");
	for (i = 0; i < x->nr_units; i++) {
		if (!x->units[i].hashed)
			unknown(s, "its index has no checksum of %s", x->units[i].name);
		for (j = 0; j < i; j++)
			if (x->units[i].id == x->units[j].id ||
			    !strcmp(x->units[i].name, x->units[j].name))
				unknown(s, "its index has %s more than once", x->units[i].name);
	}
	for (i = 0; i < x->nr_taken; i++) {
		for (j = 0; j < x->nr_units && x->units[j].id != x->taken[i].unit; j++)
			;
		if (j == x->nr_units)
			unknown(s, "its index takes something from a unit that it does not name");
	}
}

static const unsigned char magic[] = { 'B', 'C', 0xc0, 0xde };

struct index *index__read(const void *data, size_t size, char **why)
{
	struct stream s = { .data = data, .pos = 32, .end = 8 * (uint64_t)size };

	s.index = calloc(1, sizeof(*s.index));
	if (!s.index)
		die(EXIT_INTERNAL, "out of memory");
	if (size <= sizeof(magic) || size % 4 || memcmp(data, magic, sizeof(magic)))
		damaged(&s);
	while (!s.why && s.pos < s.end) {
		if (get(&s, TOP_LEVEL_WIDTH) == ENTER_SUBBLOCK)
			block(&s, TOP_LEVEL);
		else
			damaged(&s);
	}
	check(&s);
	free(s.ops);
	if (s.why) {
		index__free(s.index);
		s.index = NULL;
	}
	if (why)
		*why = s.why;
	else
		free(s.why);
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
	return a->nr_records == b->nr_records &&
	       !memcmp(a->records, b->records, a->nr_records * sizeof(*a->records));
}

void index__set_hash(struct index *x, void *data, struct index_unit *u, unsigned int word,
		     uint32_t value)
{
	unsigned char *bytes = data;
	uint64_t pos = u->hash[word].pos;
	unsigned int i;

	for (i = 0; i < 32; i++, pos++)
		bytes[pos / 8] = (bytes[pos / 8] & ~(1u << pos % 8)) | (value >> i & 1u) << pos % 8;
	x->records[u->hash[word].record] = value;
}
