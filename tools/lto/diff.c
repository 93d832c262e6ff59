// SPDX-License-Identifier: GPL-2.0
/*
 * What happened to the functions of one kernel in another kernel?
 *
 * A function is the same if it has the same name and the same path in the sources.  The line may
 * differ.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ltomap.h"

/* A function of one name and file.  If there are several (on other lines), their sum. */
struct state {
	const char	*name, *path;
	uint32_t	bodies, inlined, across;
};

struct states {
	struct state	*v;
	uint32_t	nr;
};

static int compare(const void *va, const void *vb)
{
	const struct state *a = va, *b = vb;
	int d = strcmp(a->name, b->name);

	return d ? d : strcmp(a->path, b->path);
}

static struct states states(const struct map *map)
{
	struct states s = { .v = xcalloc(map->nr_functions, sizeof(*s.v)) };
	uint32_t i, n = 0;

	for (i = 0; i < map->nr_functions; i++) {
		const struct function *f = &map->functions[i];

		if (f->nr_bodies || f->nr_inlined)
			s.v[n++] = (struct state){
				map__string(map, f->name),
				f->file == NONE ? "" : map__path(map, f->file),
				f->nr_bodies, f->nr_inlined, f->nr_across,
			};
	}
	if (n)
		qsort(s.v, n, sizeof(*s.v), compare);
	for (i = 0; i < n; i++) {
		struct state *last = s.nr ? &s.v[s.nr - 1] : NULL;

		if (last && !compare(last, &s.v[i])) {
			last->bodies += s.v[i].bodies;
			last->inlined += s.v[i].inlined;
			last->across += s.v[i].across;
		} else {
			s.v[s.nr++] = s.v[i];
		}
	}
	return s;
}

static bool appeared(const struct state *a, const struct state *b)
{
	return !a && b;
}

static bool vanished(const struct state *a, const struct state *b)
{
	return a && !b;
}

static bool newly_inlined(const struct state *a, const struct state *b)
{
	return a && b && !a->inlined && b->inlined;
}

static bool newly_across(const struct state *a, const struct state *b)
{
	return a && b && a->inlined && !a->across && b->across;
}

static bool only_inlined(const struct state *a, const struct state *b)
{
	return a && b && a->bodies && !b->bodies;
}

static bool out_of_line(const struct state *a, const struct state *b)
{
	return a && b && !a->bodies && b->bodies;
}

static const struct change {
	const char	*key, *about;
	bool		(*is)(const struct state *a, const struct state *b);
} changes[] = {
	{ "appeared",		"appeared",				appeared },
	{ "vanished",		"vanished",				vanished },
	{ "newly_inlined",	"newly inlined",			newly_inlined },
	{ "newly_across",	"newly inlined across files",		newly_across },
	{ "only_inlined",	"nowhere out of line any more",		only_inlined },
	{ "out_of_line",	"newly out of line",			out_of_line },
};

static void report_state(const char *key, const struct state *s, bool json)
{
	if (json) {
		json__open(key, '{');
		json__number("out_of_line", s ? s->bodies : 0);
		json__number("inlined", s ? s->inlined : 0);
		json__number("across", s ? s->across : 0);
		json__close('}');
	} else if (!s) {
		printf("none");
	} else {
		printf("%u out of line, %u inlined", s->bodies, s->inlined);
		if (s->across)
			printf(" (%u across files)", s->across);
	}
}

/*
 * Go through the functions of both kernels in the order of their names.  Returns how many have
 * changed in one way.  @tell: also print them
 */
static uint32_t walk(const struct states *a, const struct states *b, const struct change *change,
		     bool tell, bool json)
{
	uint32_t i = 0, j = 0, n = 0;

	while (i < a->nr || j < b->nr) {
		int d = i == a->nr ? 1 : j == b->nr ? -1 : compare(&a->v[i], &b->v[j]);
		const struct state *sa = d <= 0 ? &a->v[i++] : NULL;
		const struct state *sb = d >= 0 ? &b->v[j++] : NULL;
		const struct state *any = sa ? sa : sb;

		if (!change->is(sa, sb))
			continue;
		n++;
		if (!tell)
			continue;
		if (json) {
			json__open(NULL, '{');
			json__string("function", any->name);
			json__string("file", *any->path ? any->path : NULL);
		} else {
			printf("  %s (%s): ", any->name,
			       *any->path ? any->path : "no debug information");
		}
		report_state("before", sa, json);
		if (!json)
			printf(" -> ");
		report_state("after", sb, json);
		if (json)
			json__close('}');
		else
			putchar('\n');
	}
	return n;
}

void report_diff(const struct map *a, const struct map *b, bool json)
{
	struct states sa = states(a), sb = states(b);
	size_t i;

	if (json)
		json__open(NULL, '{');
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		if (json)
			json__open(changes[i].key, '[');
		else
			printf("%s: %u\n", changes[i].about,
			       walk(&sa, &sb, &changes[i], false, false));
		walk(&sa, &sb, &changes[i], true, json);
		if (json)
			json__close(']');
	}
	if (json)
		json__close('}');
	free(sa.v);
	free(sb.v);
}
