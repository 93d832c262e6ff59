/* SPDX-License-Identifier: GPL-2.0 */
/* What ltomap answers.  Each report is text, or JSON, on standard output. */
#ifndef LTO_LTOMAP_H
#define LTO_LTOMAP_H

#include "map.h"

/* Functions, by their numbers in a map */
struct functions {
	uint32_t	*v;
	uint32_t	nr, room;
};

/*
 * The functions that @what names: NAME, FILE:LINE or FILE:NAME, where FILE is the end of a path. 
 * False, with a message on standard error, if there is none.
 */
bool functions__find(struct functions *l, const struct map *map, const char *what);
/* The one function; exits with a message that lists the others, if there are any. */
bool functions__find_one(struct functions *l, const struct map *map, const char *what);

/* "fs/file.c:12", to be freed; "no debug information" if that is so */
char *map__where(const struct map *map, uint32_t function);
/* "0xffffffff81000000", or ".text+0x10" in a module; to be freed */
char *object__address(const struct map *map, const struct object *o, uint64_t addr);
/* The name of the symbol at which a body is entered, or of its function */
const char *body__name(const struct map *map, const struct object *o, const struct body *b);
/*
 * A weak function of which the linker has taken another definition: its code is left, without a
 * symbol
 */
bool body__is_replaced(const struct map *map, const struct object *o, const struct body *b);
/* "s" unless @n is 1 */
static inline const char *plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

void report_summary(const struct map *map, bool json);
void report_functions(const struct map *map, const struct functions *l, bool json);
void report_into(const struct map *map, const struct functions *l, bool json);
/* How many of the functions that have old code cannot be patched */
uint32_t report_affected(const struct map *map, const struct functions *l, bool json);
void report_diff(const struct map *a, const struct map *b, bool json);

#endif /* LTO_LTOMAP_H */
