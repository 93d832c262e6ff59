// SPDX-License-Identifier: GPL-2.0
/* How much of a kernel was inlined. */

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "ltomap.h"

#define MOST	20

struct counts {
	uint32_t functions, out_of_line, undescribed;
	uint32_t inlined, everywhere, across, dropped;
	uint32_t copies, across_copies, modules;
};

static const struct line {
	const char	*key;
	size_t		at;
	const char	*about;
} lines[] = {
#define COUNT(key, member, about) { key, offsetof(struct counts, member), about }
	COUNT("functions", functions, "functions that have code"),
	COUNT("out_of_line", out_of_line, "of them are out of line"),
	COUNT("no_debug_info", undescribed, "of them have no debug information (assembly)"),
	COUNT("inlined", inlined, "functions were inlined"),
	COUNT("everywhere", everywhere, "of them are nowhere out of line"),
	COUNT("across", across, "of them were inlined across files"),
	COUNT("inlined_copies", copies, "inlined copies"),
	COUNT("across_copies", across_copies, "of them are in another file than the function"),
	COUNT("dropped", dropped, "functions were dropped, and are known nevertheless"),
	COUNT("modules", modules, "modules"),
#undef COUNT
};

static const struct map *sorted;
static int by_copies(const void *va, const void *vb)
{
	uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
	uint32_t na = sorted->functions[a].nr_inlined, nb = sorted->functions[b].nr_inlined;

	return na != nb ? (na < nb ? 1 : -1) : a < b ? -1 : a > b;
}

void report_summary(const struct map *map, bool json)
{
	uint32_t *most = xcalloc(map->nr_functions, sizeof(*most)), i;
	struct counts c = { 0 };

	for (i = 0; i < map->nr_functions; i++) {
		const struct function *f = &map->functions[i];

		most[i] = i;
		if (!f->nr_bodies && !f->nr_inlined) {
			c.dropped += !f->part;
			continue;
		}
		c.functions++;
		c.out_of_line += f->nr_bodies > 0;
		c.undescribed += f->file == NONE;
		c.copies += f->nr_inlined;
		c.inlined += f->nr_inlined > 0;
		c.across_copies += f->nr_across;
		c.across += f->nr_across > 0;
		c.everywhere += !f->nr_bodies;
	}
	for (i = 0; i < map->nr_objects; i++)
		c.modules += map->objects[i].module;
	sorted = map;
	if (map->nr_functions)
		qsort(most, map->nr_functions, sizeof(*most), by_copies);

	if (json)
		json__open(NULL, '{');
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		uint32_t n = *(const uint32_t *)((const char *)&c + lines[i].at);

		if (json)
			json__number(lines[i].key, n);
		else
			printf("%10u %s\n", n, lines[i].about);
	}
	if (json)
		json__open("most", '[');
	else
		printf("\nthe most inlined:\n%10s %10s\n", "copies", "across");
	for (i = 0; i < MOST && i < map->nr_functions && map->functions[most[i]].nr_inlined; i++) {
		const struct function *f = &map->functions[most[i]];
		char *where = map__where(map, most[i]);

		if (json) {
			json__open(NULL, '{');
			json__string("function", map__string(map, f->name));
			json__string("where", where);
			json__number("copies", f->nr_inlined);
			json__number("across", f->nr_across);
			json__close('}');
		} else {
			printf("%10u %10u %s (%s)%s\n", f->nr_inlined, f->nr_across,
			       map__string(map, f->name), where,
			       f->nr_bodies ? "" : ", nowhere out of line");
		}
		free(where);
	}
	if (json) {
		json__close(']');
		json__close('}');
	}
	free(most);
}
