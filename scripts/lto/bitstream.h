/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_BITSTREAM_H
#define LTO_BITSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INDEX_HASH_WORDS	5	/* of 32 bits, in a checksum */

struct index_unit {
	char		*name;		/* the same as in the thin link */
	uint64_t	id;
	bool		hashed;		/* its checksum has been read */
	struct {
		uint64_t	pos;	/* in bits, in the file */
		size_t		record;	/* in the records */
	} hash[INDEX_HASH_WORDS];
};

/*
 * the index of a unit: the units that it takes something from (itself included), and what it takes
 */
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
 * @why: gets the reason if the index is unknown, else NULL; the caller frees it.  May be NULL.
 *
 * Return: the index, to be freed with index__free(), or NULL if any part of it is unknown.
 */
struct index *index__read(const void *data, size_t size, char **why);
void index__free(struct index *x);

/**
 * index__equal - do both indices tell a back end the same?
 */
bool index__equal(const struct index *a, const struct index *b);

/**
 * index__hash - get a word of a unit's checksum
 */
static inline uint32_t index__hash(const struct index *x, const struct index_unit *u,
				   unsigned int word)
{
	return x->records[u->hash[word].record];
}

/**
 * index__set_hash - set a word of a unit's checksum, in the index and in its file
 * @data: the content of the file that the index was read from
 */
void index__set_hash(struct index *x, void *data, struct index_unit *u, unsigned int word,
		     uint32_t value);

#endif
