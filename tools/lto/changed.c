// SPDX-License-Identifier: GPL-2.0
/*
 * Which functions does a patch of the sources change?
 *
 * Problem: a diff has lines.  A live patch replaces functions.
 *
 * Mechanism: the old and the new text of each file are split into their parts (source-items.c).  A
 * line that the patch removes changes the part of the old text that has it.  A line that it adds
 * changes the part of the new text that has it; the old part is the one of the same name, or the
 * one with which it shares lines.  The debug information knows the functions that begin in a part.
 * It also knows whose code a line is (the line tables): that finds functions where the text is
 * misleading, as in a file that is included in the middle of a function.
 *
 * A part with the same code in its old place is not changed: a diff often shows that a function is
 * inserted by lines of its neighbours.  Comments are no code.
 *
 * Limits: the users of a macro, a type or a variable are not searched.  Functions that use __LINE__
 * change with each line above; they are not listed.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "ltomap.h"

/* Something at a line of the old sources, or of the new ones */
struct place {
	char		*file;
	uint32_t	line;		/* 0: the whole file */
	bool		added;		/* @line is of the new file */
	char		*what;		/* a name, or the text of the line */
};

struct places {
	struct place	*v;
	uint32_t	nr, room;
};

/* All that is found in a patch */
struct changes {
	const struct map	*map;
	const char		*source;
	struct functions	functions;	/* changed, and have code */
	bool			*is_removed;	/* by number of the function */
	struct places		without_code;	/* changed functions */
	struct places		new_functions;
	struct places		new_files;
	struct places		outside;	/* lines in no function */
	struct places		not_compiled;
	struct functions	*row_functions;	/* by old line of the current file */
};

/* The file that is looked at */
struct view {
	const struct patched_file	*f;
	uint32_t			file;	/* texts[], NONE: the map does not have it */
	struct versions			v;
	struct items			old, new;
};

static void add_place(struct places *l, const char *file, uint32_t line, bool added,
		      const char *what)
{
	uint32_t i;

	for (i = 0; i < l->nr; i++)
		if (l->v[i].line == line && l->v[i].added == added &&
		    !strcmp(l->v[i].file, file) && !strcmp(l->v[i].what, what))
			return;
	GROW(l->v, l->nr, l->room);
	l->v[l->nr++] = (struct place){ xstrdup(file), line, added, xstrdup(what) };
}

static void free_places(struct places *l)
{
	uint32_t i;

	for (i = 0; i < l->nr; i++) {
		free(l->v[i].file);
		free(l->v[i].what);
	}
	free(l->v);
}

static bool has_suffix(const char *path, const char *suffixes)
{
	const char *dot = strrchr(path, '.');

	/* @suffixes is a list of one letter each */
	return dot && dot[1] && !dot[2] && strchr(suffixes, dot[1]);
}

/* --- the line tables ------------------------------------------------------------------------- */

static int by_addr(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	return a->addr < b->addr ? -1 : a->addr > b->addr;
}

static void own(uint32_t *owners, const struct object *o, uint32_t first_range, uint32_t nr_ranges,
		uint32_t function)
{
	uint32_t i, lo, hi;

	for (i = first_range; i < first_range + nr_ranges; i++) {
		const struct range *r = &o->ranges[i];

		for (lo = 0, hi = o->nr_rows; lo < hi;) {
			uint32_t mid = lo + (hi - lo) / 2;

			if (o->rows[mid].addr < r->from)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < o->nr_rows && o->rows[lo].addr < r->to; lo++)
			owners[lo] = function;
	}
}

/* For each line of the current file, find the functions whose code it is. */
static void find_row_functions(struct changes *c, const struct view *w)
{
	uint32_t i, j;

	c->row_functions = xcalloc(w->v.old.nr + 1, sizeof(*c->row_functions));
	for (i = 0; i < c->map->nr_objects; i++) {
		const struct object *o = &c->map->objects[i];
		uint32_t *owners = xcalloc(o->nr_rows, sizeof(*owners));

		if (o->nr_rows)
			qsort(o->rows, o->nr_rows, sizeof(*o->rows), by_addr);
		for (j = 0; j < o->nr_rows; j++)
			owners[j] = NONE;
		/* a copy in a copy is behind it in the list: the innermost one is the last */
		for (j = 0; j < o->nr_bodies && o->nr_rows; j++)
			own(owners, o, o->bodies[j].first_range, o->bodies[j].nr_ranges,
			    o->bodies[j].function);
		for (j = 0; j < o->nr_inlined && o->nr_rows; j++)
			own(owners, o, o->inlined[j].first_range, o->inlined[j].nr_ranges,
			    o->inlined[j].function);
		for (j = 0; j < o->nr_rows; j++)
			if (o->rows[j].file == w->file && o->rows[j].line <= w->v.old.nr &&
			    owners[j] != NONE)
				functions__add(&c->row_functions[o->rows[j].line], owners[j]);
		free(owners);
	}
}

static void free_row_functions(struct changes *c, const struct view *w)
{
	uint32_t i;

	for (i = 0; i <= w->v.old.nr; i++)
		free(c->row_functions[i].v);
	free(c->row_functions);
}

/* --- lines and parts ------------------------------------------------------------------------- */

static bool has_line(const struct item *it, uint32_t line)
{
	return it->first <= line && line <= it->last;
}

/* Returns @s without the blanks at its start. */
static const char *trimmed(const char *s)
{
	return s + strspn(s, " \t");
}

/* Name a line that is in no function, with the part that it is in. */
static void add_outside(struct changes *c, const struct view *w, const struct item *it,
			uint32_t line, bool added)
{
	const struct strings *text = added ? &w->v.new : &w->v.old;
	const char *s = trimmed(text->v[line - 1]);
	char *what;

	if (it && it->first != line)
		what = xasprintf("%c%s (in: %s)", added ? '+' : '-', s,
				 trimmed(text->v[it->first - 1]));
	else
		what = xasprintf("%c%s", added ? '+' : '-', s);
	add_place(&c->outside, added ? w->f->new_path : w->f->old_path, line, added, what);
	free(what);
}

/* Does a directive concern more than the code around it? */
static bool reaches_beyond(const struct item *it)
{
	const char *s = it->code + strspn(it->code, "# ");

	return !strncmp(s, "define", 6) || !strncmp(s, "undef", 5) || !strncmp(s, "include", 7);
}

/* Is there a function in the same place with the same code? */
static bool is_same(const struct view *w, const struct item *old)
{
	uint32_t i;

	for (i = 0; i < w->new.nr; i++) {
		const struct item *new = &w->new.v[i];

		if (new->kind == ITEM_FUNCTION && w->v.new_to_old[new->first] == old->first &&
		    !strcmp(new->code, old->code))
			return true;
	}
	return false;
}

static bool is_named(const struct items *l, const char *name)
{
	uint32_t i;

	for (i = 0; i < l->nr; i++)
		if (l->v[i].kind == ITEM_FUNCTION && !strcmp(l->v[i].name, name))
			return true;
	return false;
}

/* --- what the patch removes and adds --------------------------------------------------------- */

/*
 * Look at a line that the patch removes or adds.  @function: it is in a part that is a function, or
 * there was code of a function there.
 */
static void look_outside(struct changes *c, const struct view *w, uint32_t line, bool added,
			 bool function)
{
	const struct items *l = added ? &w->new : &w->old;
	bool some = function;
	uint32_t i;

	for (i = 0; i < l->nr; i++) {
		struct item *it = &l->v[i];

		if (it->kind == ITEM_FUNCTION || !has_line(it, line))
			continue;
		some = true;
		if (it->changed ||
		    (it->kind == ITEM_DIRECTIVE && function && !reaches_beyond(it)))
			continue;
		it->changed = true;
		add_outside(c, w, it, line, added);
	}
	if (!some)
		add_outside(c, w, NULL, line, added);
}

static void look_at_removed(struct changes *c, const struct view *w, uint32_t line)
{
	bool function = false;
	uint32_t i;

	for (i = 0; i < w->old.nr; i++) {
		if (w->old.v[i].kind != ITEM_FUNCTION || !has_line(&w->old.v[i], line))
			continue;
		w->old.v[i].changed = true;
		function = true;
	}
	look_outside(c, w, line, false, function);
}

/*
 * A function of the new text is changed: mark its old copies.  If there is none of its name, it is
 * new.
 */
static void mark_old(struct changes *c, const struct view *w, struct item *new)
{
	uint32_t i, line, nr = 0, nr_shared = 0;
	bool *shares = xcalloc(w->old.nr, sizeof(*shares));

	for (i = 0; i < w->old.nr; i++) {
		const struct item *old = &w->old.v[i];

		if (old->kind != ITEM_FUNCTION || strcmp(old->name, new->name))
			continue;
		nr++;
		for (line = new->first; line <= new->last; line++)
			shares[i] |= w->new.has_code[line] && w->v.new_to_old[line] &&
				     has_line(old, w->v.new_to_old[line]);
		nr_shared += shares[i];
	}
	/* of two variants (#ifdef), only one is meant */
	for (i = 0; i < w->old.nr; i++)
		if (w->old.v[i].kind == ITEM_FUNCTION && !strcmp(w->old.v[i].name, new->name) &&
		    (shares[i] || !nr_shared))
			w->old.v[i].changed = true;
	if (!nr)
		add_place(&c->new_functions, w->f->new_path, new->first, true, new->name);
	free(shares);
}

static void look_at_added(struct changes *c, const struct view *w, uint32_t line)
{
	bool function = false;
	uint32_t i;

	for (i = 0; i < w->new.nr; i++) {
		struct item *it = &w->new.v[i];

		if (it->kind != ITEM_FUNCTION || !has_line(it, line))
			continue;
		function = true;
		if (!it->changed)
			mark_old(c, w, it);
		it->changed = true;
	}
	look_outside(c, w, line, true, function);
}

/*
 * Lines that stay, but are no longer in a function, or are in another one: the patch has put an end
 * or a beginning between them.  Their old function is changed.
 */
static void look_at_kept(const struct view *w)
{
	uint32_t i, line, old;

	for (i = 0; i < w->new.nr; i++) {
		const struct item *it = &w->new.v[i];
		uint32_t j;

		if (!it->changed || it->kind == ITEM_DIRECTIVE)
			continue;
		for (line = it->first; line <= it->last; line++) {
			old = w->v.new_to_old[line];
			for (j = 0; j < w->old.nr && old && w->new.has_code[line]; j++)
				w->old.v[j].changed |= w->old.v[j].kind == ITEM_FUNCTION &&
						       has_line(&w->old.v[j], old);
		}
	}
}

/* --- from parts to functions ----------------------------------------------------------------- */

static bool has_code(const struct map *map, uint32_t function)
{
	return map->functions[function].nr_bodies || map->functions[function].nr_inlined;
}

static void add_function(struct changes *c, uint32_t function, bool is_removed)
{
	const struct function *f = &c->map->functions[function];

	if (has_code(c->map, function)) {
		functions__add(&c->functions, function);
		c->is_removed[function] |= is_removed;
	} else {
		add_place(&c->without_code, f->file == NONE ? "?" : map__path(c->map, f->file),
			  f->line, false, map__name(c->map, function));
	}
}

/* Returns how many functions begin in a part, and adds them. */
static uint32_t add_functions_of(struct changes *c, const struct view *w, const struct item *it,
				 bool is_removed)
{
	uint32_t i, nr = 0;

	for (i = 0; i < c->map->nr_functions && w->file != NONE; i++) {
		const struct function *f = &c->map->functions[i];

		if (f->file != w->file || f->part || !has_line(it, f->line))
			continue;
		add_function(c, i, is_removed);
		nr++;
	}
	return nr;
}

/*
 * Add the functions whose code is on a removed line of a part: all of them if the part has no other
 * (@all), else only those of this file.  The optimiser may leave instructions of another file
 * within an inlined copy.  Returns their number.
 */
static uint32_t add_row_functions(struct changes *c, const struct view *w, uint32_t line, bool all)
{
	const struct functions *l = &c->row_functions[line];
	uint32_t i, nr = 0;

	for (i = 0; i < l->nr; i++) {
		if (!all && c->map->functions[l->v[i]].file != w->file)
			continue;
		add_function(c, l->v[i], false);
		nr++;
	}
	return nr;
}

static void add_functions(struct changes *c, const struct view *w)
{
	uint32_t i, line;

	for (i = 0; i < w->old.nr; i++) {
		struct item *it = &w->old.v[i];
		bool function = it->kind == ITEM_FUNCTION;
		uint32_t nr;

		if (!it->changed || it->kind == ITEM_DIRECTIVE || (function && is_same(w, it)))
			continue;
		nr = add_functions_of(c, w, it, function && !is_named(&w->new, it->name));
		for (line = it->first; line <= it->last; line++)
			/* (clang may put the prologue into a copy that was inlined there) */
			if (w->v.removed[line] && w->old.has_code[line] &&
			    (!nr || line > it->body))
				nr += add_row_functions(c, w, line, !nr);
		if (!nr && function)
			add_place(&c->without_code, w->f->old_path, it->first, false, it->name);
	}
}

/* --- files ----------------------------------------------------------------------------------- */

/* Returns the file with this path: texts[], or NONE.  Exits if that is ambiguous. */
static uint32_t find_file(const struct map *map, const struct patched_file *f)
{
	char *path = xasprintf("%s%s", map->root, f->old_path);
	uint32_t found = map__find_text(map, path), i;

	free(path);
	if (found != NONE && map->texts[found].rows)
		return found;
	found = NONE;
	/* modules alone do not tell the root of the sources */
	for (i = 0; i < map->nr_texts; i++) {
		if (!map->texts[i].rows || !path__ends_in(map->texts[i].s, f->old_path))
			continue;
		if (found != NONE)
			die(EXIT_USAGE, "%s: %s may be %s or %s; add vmlinux (--kernel)", f->diff,
			    f->old_path, map->texts[found].s, map->texts[i].s);
		found = i;
	}
	return found;
}

static void read_source(const struct changes *c, struct view *w)
{
	const char *place = w->file == NONE ? NULL : map__string(c->map, w->file);
	char *path;
	int err;

	if (c->source)
		path = xasprintf("%s/%s", c->source, w->f->old_path);
	else
		path = place ? xstrdup(place) : xasprintf("%s%s", c->map->root, w->f->old_path);
	err = strings__read(&w->v.old, path, '\n');
	if (err)
		die(EXIT_USAGE, "%s: %s; name the directory of the old sources with --source", path,
		    strerror(err));
	versions__apply(&w->v, w->f, path);
	free(path);
}

static void look_at_file(struct changes *c, const struct patched_file *f)
{
	struct view w = { .f = f };
	bool assembly;
	uint32_t i;

	if (!f->old_path) {
		add_place(&c->new_files, f->new_path, 0, true, "");
		return;
	}
	if (f->new_path && strcmp(f->old_path, f->new_path)) {
		char *what = xasprintf("is renamed to %s", f->new_path);

		add_place(&c->outside, f->old_path, 0, false, what);
		free(what);
	}
	w.file = find_file(c->map, f);
	/* the debug information does not have a header without functions */
	if (w.file == NONE && !has_suffix(f->old_path, "h")) {
		add_place(&c->not_compiled, f->old_path, 0, false, "");
		return;
	}
	read_source(c, &w);
	find_row_functions(c, &w);
	assembly = has_suffix(f->old_path, "Ss");
	if (assembly) {
		w.old.has_code = xcalloc(w.v.old.nr + 1, sizeof(*w.old.has_code));
		w.new.has_code = xcalloc(w.v.new.nr + 1, sizeof(*w.new.has_code));
		memset(w.old.has_code, true, w.v.old.nr + 1);
		memset(w.new.has_code, true, w.v.new.nr + 1);
	} else {
		items__scan(&w.old, &w.v.old);
		items__scan(&w.new, &w.v.new);
	}
	for (i = 1; i <= w.v.old.nr; i++)
		if (w.v.removed[i] && w.old.has_code[i])
			look_at_removed(c, &w, i);
	for (i = 1; i <= w.v.new.nr; i++)
		if (!w.v.new_to_old[i] && w.new.has_code[i])
			look_at_added(c, &w, i);
	look_at_kept(&w);
	add_functions(c, &w);
	free_row_functions(c, &w);
	items__free(&w.old);
	items__free(&w.new);
	versions__free(&w.v);
}

/* --- the report ------------------------------------------------------------------------------ */

static void report_places(const char *key, const char *title, const char *behind,
			  const struct places *l, bool json)
{
	uint32_t i;

	if (json)
		json__open(key, '[');
	for (i = 0; i < l->nr; i++) {
		const struct place *p = &l->v[i];

		if (json) {
			json__open(NULL, '{');
			json__string("file", p->file);
			json__number("line", p->line);
			json__bool("added", p->added);
			json__string("what", p->what);
			json__close('}');
			continue;
		}
		printf("%s: %s", title, p->file);
		if (p->line)
			printf(":%u", p->line);
		printf("%s%s%s\n", *p->what ? ": " : "", p->what, behind);
	}
	if (json)
		json__close(']');
}

static void report_changed(const struct changes *c, bool json)
{
	uint32_t i;

	if (json)
		json__open("changed", '[');
	for (i = 0; i < c->functions.nr; i++) {
		uint32_t function = c->functions.v[i];
		const struct function *f = &c->map->functions[function];

		if (json) {
			json__open(NULL, '{');
			json__string("file", f->file == NONE ? NULL : map__path(c->map, f->file));
			json__number("line", f->line);
			json__string("function", map__name(c->map, function));
			json__bool("removed", c->is_removed[function]);
			json__close('}');
		} else {
			char *where = map__where(c->map, function);

			printf("%s: %s: %s\n", c->is_removed[function] ? "removed" : "changed",
			       where, map__name(c->map, function));
			free(where);
		}
	}
	if (json)
		json__close(']');
}

uint32_t report_patch(const struct map *map, const struct source_patch *p, const char *source,
		      uint32_t *unpatchable, bool json)
{
	struct changes c = {
		.map = map, .source = source,
		.is_removed = xcalloc(map->nr_functions, sizeof(*c.is_removed)),
	};
	uint32_t i, nr;

	for (i = 0; i < p->nr_files; i++)
		look_at_file(&c, &p->files[i]);
	nr = c.without_code.nr + c.outside.nr + c.not_compiled.nr;
	if (json)
		json__open(NULL, '{');
	report_changed(&c, json);
	report_places("new_functions", "new function", " (has no old copy)", &c.new_functions,
		      json);
	report_places("new_files", "new file", " (has no old copy)", &c.new_files, json);
	report_places("without_code", "no code", " (not configured, dropped, or no instruction is "
		      "left where it was inlined)", &c.without_code, json);
	report_places("not_in_a_function", "not in a function", "", &c.outside, json);
	report_places("not_compiled", "not compiled", " (or no code of it)", &c.not_compiled, json);
	*unpatchable += report_affected(map, &c.functions, json ? "affected" : "affected: ", json);
	report_units(map, &c.functions, json ? "units" : "object: ", json);
	if (json)
		json__close('}');
	else if (!c.functions.nr && !c.new_functions.nr && !c.new_files.nr && !nr)
		printf("no code is changed\n");
	free(c.functions.v);
	free(c.is_removed);
	free_places(&c.without_code);
	free_places(&c.new_functions);
	free_places(&c.new_files);
	free_places(&c.outside);
	free_places(&c.not_compiled);
	return nr;
}
