// SPDX-License-Identifier: GPL-2.0
/*
 * compare - did what a unit takes from other units change?
 *
 * Problem: with each unit that something is imported from an index has the checksum of its
 * bitcode, all of it.  By that a back end runs again when anything changes in such a unit, which
 * most often is not what it takes.
 *
 * Mechanism: of the five words of a checksum LLVM needs the first two, with which it names static
 * functions that other units import (name.llvm.NUMBER): here they come from the unit's path.  The
 * other three are those of the version that the back end was last told of, as long as what it
 * takes is the same (irtext.c).  So an index still has other words for each other version of what
 * is taken, as caches of back ends want it.
 *
 * Limits: this reads indices (bitstream.c) and what llvm-dis writes (irtext.c).  LLVM promises
 * nothing about either, and so the answer may be DONT_KNOW.
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

/* What an index says is taken from a unit.  Return: GUIDs, to be freed; *@nr of them */
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
		/* 0 is in no unit */
		guids[(*nr)++] = j < x->nr_guids ? x->guids[j].guid : 0;
	}
	return guids;
}

static void read_versions(const char *dis, const char *dir, struct unit *u)
{
	char *kept = beside(dir, u->name, ".bc"), *why = NULL;

	u->read = true;
	/* one that is new was not taken from */
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

/* Is what an index takes from a unit other than when the back ends last ran? */
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
	/* with the checksums of the last one, so far as it has them: is anything else new? */
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
		/* of its own bitcode make sees what has changed */
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
