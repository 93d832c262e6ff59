/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_BITSTREAM_H
#define LTO_BITSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_HASH_WORDS	5	/* of 32 bits, in a checksum */

struct index_unit {
	char		*name;		/* as in the thin link */
	uint64_t	id;
	bool		hashed;		/* its checksum has been read */
	struct {
		uint64_t	pos;	/* in bits, in the file */
		size_t		record;	/* in the records */
	} hash[INDEX_HASH_WORDS];
};

/* the index of a unit: the units that it takes something from, itself included, and what that is */
struct index {
	struct index_unit *units;
	size_t		nr_units;
	struct { uint64_t value, guid; } *guids;
	size_t		nr_guids;
	struct { uint64_t value, unit; } *taken;
	size_t		nr_taken;
	uint64_t	*records;
	size_t		nr_records;
};

/**
 * index__read - read the index of a ThinLTO unit
 * @data, @size: the file, and its size in bytes
 * @why: NULL, or where to say what was not as expected: to be freed
 *
 * Return: NULL if anything is not known for certain.  To be freed with index__free().
 */
struct index *index__read(const void *data, size_t size, char **why);
void index__free(struct index *x);

/**
 * index__equal - do two indices tell a back end the same?
 */
bool index__equal(const struct index *a, const struct index *b);

/**
 * index__hash - a word of the checksum of a unit
 */
static inline uint32_t index__hash(const struct index *x, const struct index_unit *u, unsigned int word)
{
	return x->records[u->hash[word].record];
}

/**
 * index__set_hash - write it, in the index and in the file that it was read from
 * @data: the file's content
 */
void index__set_hash(struct index *x, void *data, struct index_unit *u, unsigned int word, uint32_t value);

#endif
