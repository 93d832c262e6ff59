// SPDX-License-Identifier: GPL-2.0
/*
 * compare - has anything changed that a unit imports from other units?
 *
 * Problem: an index has a checksum for each unit that it imports from.  The checksum covers all of
 * that unit's bitcode.  So a back end runs again after any change in such a unit.  Most often the
 * change is not in what the back end imports.
 *
 * Mechanism: a checksum has five words.  LLVM uses the first two for the names of static functions
 * that other units import (name.llvm.NUMBER).  Here these two words come from the unit's path.  The
 * other three words stay as the back end last saw them, as long as its imports are the same
 * (irtext.c).  When the imports change, the index gets the new words.  So the index is different
 * for each version of the imports, and caches of back ends can rely on it.
 *
 * Limits: this reads indices (bitstream.c) and the output of llvm-dis (irtext.c).  LLVM promises
 * nothing about either format.  So the answer may be DONT_KNOW.
 */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bitstream.h"
#include "compare.h"
#include "irtext.h"
#include "util.h"

bool compare__knows(const char *unit, const struct content *new)
{
	char *why;
	struct index *x = index__read(new->data, new->size, &why);

	if (!x)
		warn_once(unit, why);
	free(why);
	index__free(x);
	return x;
}

/*
 * Return: the GUIDs of what the index @x takes from the unit @from.  *@nr is their number.  The
 * caller frees the array.
 */
static uint64_t *taken_from(const struct index *x, const struct index_unit *from, size_t *nr)
{
	uint64_t *guids = calloc(x->nr_taken + 1, sizeof(*guids));
	size_t i, j;

	if (!guids)
		die(EXIT_INTERNAL, "out of memory");
	*nr = 0;
	for (i = 0; i < x->nr_taken; i++) {
		if (x->taken[i].unit != from->id)
			continue;
		for (j = 0; j < x->nr_guids && x->guids[j].value != x->taken[i].value; j++)
			;
		/* 0 is no unit's GUID: makes the answer DONT_KNOW */
		guids[(*nr)++] = j < x->nr_guids ? x->guids[j].guid : 0;
	}
	return guids;
}

static void read_versions(const char *dis, const char *dir, struct unit *u)
{
	char *kept = beside(dir, u->name, ".bc"), *why = NULL;

	u->read = true;
	/* no copy: the unit is new, and nothing was taken from it before */
	if (!access(kept, R_OK)) {
		u->old = ir__read(dis, kept, &why);
		if (u->old)
			u->new = ir__read(dis, u->name, &why);
	}
	if (why)
		warn_once(u->name, why);
	free(why);
	free(kept);
}

/* Has what the index @x takes from the unit @from changed since the back ends last ran? */
static enum answer taken_changed(const char *dis, const char *dir, const struct index *x,
				 struct index_unit *from)
{
	struct unit *u = find_unit(from->name);
	enum answer answer;
	uint64_t *guids;
	size_t nr;

	if (!u)
		return DONT_KNOW;
	if (!u->changed)
		return NO;
	if (!dis)
		return DONT_KNOW;
	if (!u->read)
		read_versions(dis, dir, u);
	if (!u->old || !u->new)
		return DONT_KNOW;
	guids = taken_from(x, from, &nr);
	answer = ir__changed(u->old, u->new, guids, nr);
	if (answer == DONT_KNOW)
		warn_once(u->name, "llvm-dis does not show all that is taken from it");
	free(guids);
	return answer;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t path_hash(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3;
	return hash;
}

static struct index_unit *find_in(struct index *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nr_units; i++)
		if (!strcmp(x->units[i].name, name))
			return &x->units[i];
	return NULL;
}

enum answer compare__index(const char *dis, const char *dir, const struct unit *unit,
			   struct content *new_file, const struct content *kept_file)
{
	struct index *new = index__read(new_file->data, new_file->size, NULL);
	struct index *kept = kept_file ? index__read(kept_file->data, kept_file->size, NULL) : NULL;
	uint32_t (*hashes)[INDEX_HASH_WORDS];
	enum answer answer;
	struct index_unit *u, *was;
	unsigned int word;
	size_t i;

	if (!new)
		die(EXIT_INTERNAL, "%s: its index could be read before", unit->name);
	hashes = calloc(new->nr_units + 1, sizeof(*hashes));
	if (!hashes)
		die(EXIT_INTERNAL, "out of memory");
	/* put the checksums of @kept_file into the new index: is anything else new? */
	for (i = 0, u = new->units; i < new->nr_units; i++, u++) {
		uint64_t path = path_hash(u->name);

		index__set_hash(new, new_file->data, u, 0, path >> 32);
		index__set_hash(new, new_file->data, u, 1, path);
		was = kept ? find_in(kept, u->name) : NULL;
		for (word = 2; word < INDEX_HASH_WORDS; word++) {
			hashes[i][word] = index__hash(new, u, word);
			if (was)
				index__set_hash(new, new_file->data, u, word,
						index__hash(kept, was, word));
		}
	}
	answer = kept && index__equal(new, kept) ? NO : YES;
	for (i = 0, u = new->units; answer == NO && i < new->nr_units; i++, u++) {
		/* (make itself sees changes of the unit's own bitcode) */
		if (strcmp(u->name, unit->name))
			answer = unit->changed ? YES : taken_changed(dis, dir, new, u);
	}
	for (i = 0, u = new->units; answer != NO && i < new->nr_units; i++, u++)
		for (word = 2; word < INDEX_HASH_WORDS; word++)
			index__set_hash(new, new_file->data, u, word, hashes[i][word]);
	free(hashes);
	index__free(new);
	index__free(kept);
	return answer;
}
