/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LTO_UTIL_H
#define LTO_UTIL_H

/* How the tools of this directory end, and strings and arrays for them */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum exit_code {
	EXIT_OK		= 0,
	EXIT_INPUT	= 1,	/* a bad input, or a failed child that reads it */
	EXIT_USAGE	= 2,
	EXIT_INTERNAL	= 3,	/* no memory, or an error with our own files */
};

/* the name in messages ("sort-inputs: error: ..."); each tool defines it */
extern const char tool_name[];

static inline void __attribute__((noreturn, format(printf, 2, 3)))
die(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: error: ", tool_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}

static inline char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int ret;

	va_start(ap, fmt);
	ret = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (ret < 0)
		die(EXIT_INTERNAL, "out of memory");
	return s;
}

/*
 * Close a file that was written.  Return: true if not all of it could be written, and errno says
 * why.  (fclose() says nothing about earlier failures.)
 */
static inline int close_failed(FILE *f)
{
	int failed = ferror(f);

	return fclose(f) || failed;
}

/*
 * Make room for element @nr.  Call it for each new element: it grows the array at 0 and at each
 * power of 2.
 */
static inline void *array_grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		die(EXIT_INTERNAL, "out of memory");
	return array;
}

#endif
