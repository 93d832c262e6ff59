/* SPDX-License-Identifier: GPL-2.0 */
/* The reports of ltomap.  Each is text, or JSON, on standard output. */
#ifndef LTO_LTOMAP_H
#define LTO_LTOMAP_H

#include "map.h"
#include "source-patch.h"

/* Functions, by their numbers in a map */
struct functions {
	uint32_t	*v;
	uint32_t	nr, room;
};

/*
 * Adds the functions that @what names to @l: NAME, FILE:LINE or FILE:NAME, where FILE is the end of
 * a path.  Returns false if there is none, with a message on standard error.
 */
bool functions__find(struct functions *l, const struct map *map, const char *what);
/* The same for exactly one function.  If there are several, lists them in a message and exits. */
bool functions__find_one(struct functions *l, const struct map *map, const char *what);

/* Adds a function by its number, if it is not there. */
void functions__add(struct functions *l, uint32_t function);
/* Returns "fs/file.c:12", or "no debug information"; to be freed. */
char *map__where(const struct map *map, uint32_t function);
/* Returns "0xffffffff81000000", or ".text+0x10" in a module; to be freed. */
char *object__address(const struct map *map, const struct object *o, uint64_t addr);
/* Returns the name of the symbol at the entry of a body, or the name of its function. */
const char *body__name(const struct map *map, const struct object *o, const struct body *b);
/*
 * Is this a weak function for which the linker took another definition?  Its code is left, without
 * a symbol.
 */
bool body__is_replaced(const struct map *map, const struct object *o, const struct body *b);
/* Returns "s", or "" if @n is 1. */
static inline const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

void report_summary(const struct map *map, bool json);
void report_functions(const struct map *map, const struct functions *l, bool json);
void report_into(const struct map *map, const struct functions *l, bool json);
/*
 * Returns how many functions with old code cannot be patched.  @prefix is in front of each line, or
 * is the key of the list; or NULL.
 */
uint32_t report_affected(const struct map *map, const struct functions *l, const char *prefix,
			 bool json);
/* Reports the objects of units with code that is affected.  @prefix as above. */
void report_units(const struct map *map, const struct functions *l, const char *prefix, bool json);
/*
 * Reports what a patch of the sources changes.  @source is the root of the old sources, or NULL:
 * their places in the debug information.  Returns how much of the patch is in no function with
 * code, and adds the number of functions that cannot be patched to *@unpatchable.  Exits with a
 * message if a source cannot be read, or the patch is against another one.
 */
uint32_t report_patch(const struct map *map, const struct source_patch *p, const char *source,
		      uint32_t *unpatchable, bool json);
void report_diff(const struct map *a, const struct map *b, bool json);

#endif /* LTO_LTOMAP_H */
