// SPDX-License-Identifier: GPL-2.0
/* See util.h. */

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void die(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	/* print what was found before */
	fflush(stdout);
	fprintf(stderr, "%s: error: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}

static void *checked(void *p)
{
	if (!p)
		die(EXIT_INTERNAL, "no memory");
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
	return checked(realloc(p, size));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return checked(s);
}

void strings__add(struct strings *l, char *s)
{
	if (l->nr == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->v = xrealloc(l->v, l->room * sizeof(*l->v));
	}
	l->v[l->nr++] = s;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strings__sort(struct strings *l)
{
	if (l->nr)
		qsort(l->v, l->nr, sizeof(*l->v), compare);
}

void strings__free(struct strings *l)
{
	while (l->nr)
		free(l->v[--l->nr]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

bool strings__has(const struct strings *l, const char *s)
{
	return l->nr && bsearch(&s, l->v, l->nr, sizeof(*l->v), compare);
}

int strings__read(struct strings *l, const char *path, char delimiter)
{
	FILE *f = fopen(path, "re");
	char *item = NULL;
	size_t room = 0;
	ssize_t n;
	int err;

	if (!f)
		return errno;
	while ((n = getdelim(&item, &room, delimiter, f)) > 0) {
		if (item[n - 1] == delimiter)
			item[n - 1] = '\0';
		strings__add(l, xstrdup(item));
	}
	err = ferror(f) ? EIO : 0;
	free(item);
	fclose(f);
	return err;
}

void strings__compare(const struct strings *a, const struct strings *b, void *arg,
		      void (*only_a)(void *arg, const char *s),
		      void (*only_b)(void *arg, const char *s))
{
	size_t i = 0, j = 0;

	while (i < a->nr || j < b->nr) {
		int d = i == a->nr ? 1 : j == b->nr ? -1 : strcmp(a->v[i], b->v[j]);

		if (d < 0)
			only_a(arg, a->v[i++]);
		else if (d > 0)
			only_b(arg, b->v[j++]);
		else
			i++, j++;
	}
}

static struct strings *found;
static size_t found_skip;

static int find_module(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t n = strlen(path);

	(void)st;
	(void)ftw;
	if (type == FTW_F && n > 3 && !strcmp(path + n - 3, ".ko"))
		strings__add(found, xstrdup(path + found_skip));
	return 0;
}

void strings__add_modules(struct strings *l, const char *dir)
{
	char *path = xasprintf("%s/modules.order", dir);
	struct strings order = { 0 };
	size_t i;

	/* modules.order has the modules of the last build; other .ko files may be older */
	if (!strings__read(&order, path, '\n')) {
		for (i = 0; i < order.nr; i++) {
			char *dot = strrchr(order.v[i], '.');

			if (dot)
				strings__add(l, xasprintf("%.*s.ko", (int)(dot - order.v[i]),
							  order.v[i]));
		}
		strings__free(&order);
	} else {
		found = l;
		found_skip = strlen(dir) + 1;
		if (nftw(dir, find_module, 64, FTW_PHYS))
			die(EXIT_INTERNAL, "%s: %s", dir, strerror(errno));
	}
	free(path);
	strings__sort(l);
}

void addresses__add(struct addresses *l, uint64_t addr)
{
	if (l->nr == l->room) {
		l->room = l->room ? 2 * l->room : 256;
		l->v = xrealloc(l->v, l->room * sizeof(*l->v));
	}
	l->v[l->nr++] = addr;
}

static int compare_addresses(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;

	return a < b ? -1 : a > b;
}

void addresses__sort(struct addresses *l)
{
	if (l->nr)
		qsort(l->v, l->nr, sizeof(*l->v), compare_addresses);
}

void addresses__free(struct addresses *l)
{
	free(l->v);
	memset(l, 0, sizeof(*l));
}

bool addresses__has(const struct addresses *l, uint64_t addr)
{
	return l->nr && bsearch(&addr, l->v, l->nr, sizeof(*l->v), compare_addresses);
}
