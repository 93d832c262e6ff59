// SPDX-License-Identifier: GPL-2.0
/* See json.h. */

#include <inttypes.h>
#include <stdio.h>

#include "json.h"

/* A value needs a comma if another value of its object or list is in front of it. */
static bool needs_comma;
static unsigned int depth;

void json__quote(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
			printf("\\u%04x", (unsigned char)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (needs_comma)
		putchar(',');
	needs_comma = true;
	if (key) {
		json__quote(key);
		putchar(':');
	}
}

void json__open(const char *key, char bracket)
{
	/* each object is on a line of its own */
	if (bracket == '{' && !key && depth) {
		printf(needs_comma ? ",\n" : "\n");
		needs_comma = false;
	}
	begin(key);
	putchar(bracket);
	needs_comma = false;
	depth++;
}

void json__close(char bracket)
{
	putchar(bracket);
	needs_comma = true;
	if (!--depth)
		putchar('\n');
}

void json__string(const char *key, const char *s)
{
	begin(key);
	if (s)
		json__quote(s);
	else
		printf("null");
}

void json__number(const char *key, uint64_t n)
{
	begin(key);
	printf("%" PRIu64, n);
}

void json__bool(const char *key, bool b)
{
	begin(key);
	printf(b ? "true" : "false");
}
