/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a tool ends, memory (these functions end the program if there is none), lists of strings and
 * of addresses, files of lines.
 */
#ifndef LTO_UTIL_H
#define LTO_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_code {
	EXIT_OK		= 0,	/* every check passed, everything asked for was found */
	EXIT_CHECK	= 1,	/* a check found errors, or something is not there */
	EXIT_USAGE	= 2,	/* bad usage, or nothing to read */
	EXIT_INTERNAL	= 3,	/* a file cannot be read, no memory */
};

/* "ltocheck: error: ..." on standard error, and exit. */
void die(enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* These exit with EXIT_INTERNAL when there is no memory. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct strings {
	char		**v;
	size_t		nr, room;
};

/* Takes over @s, which must be allocated. */
void strings__add(struct strings *l, char *s);
void strings__sort(struct strings *l);
void strings__free(struct strings *l);
/* @l must be sorted. */
bool strings__has(const struct strings *l, const char *s);

/*
 * Add the items of a file, without the @delimiter at the end of each ('\n' for lines).  Returns 0,
 * or the errno of the failure.
 */
int strings__read(struct strings *l, const char *path, char delimiter);

/*
 * Compare two sorted lists.  Call @only_a for each string that @a has more of than @b, else
 * @only_b.
 */
void strings__compare(const struct strings *a, const struct strings *b, void *arg,
		      void (*only_a)(void *arg, const char *s),
		      void (*only_b)(void *arg, const char *s));

/* Add the modules of a build tree, as paths below @dir, sorted. */
void strings__add_modules(struct strings *l, const char *dir);

struct addresses {
	uint64_t	*v;
	size_t		nr, room;
};

void addresses__add(struct addresses *l, uint64_t addr);
void addresses__sort(struct addresses *l);
void addresses__free(struct addresses *l);
/* @l must be sorted. */
bool addresses__has(const struct addresses *l, uint64_t addr);

#endif /* LTO_UTIL_H */
