// SPDX-License-Identifier: GPL-2.0
/*
 * Read a unified diff, and apply it in memory.
 *
 * Problem: the lines of a diff are of use only if it was made against the sources of the kernel.
 * patch(1) moves a hunk that does not fit.  Here, the lines would belong to other functions.
 *
 * Mechanism: each line that the diff has of the old file is compared with that file.  A difference
 * is an error, and so is everything in the diff that is not understood.
 *
 * Limits: no binary diffs, no copies (git's -C), no names in quotes.  A file is changed once.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "source-patch.h"

/* The diff that is read */
struct diff {
	const char	*path;
	struct strings	lines;
	uint32_t	at;		/* index of the current line */
};

static void __attribute__((noreturn)) bad(const struct diff *d, const char *what)
{
	die(EXIT_USAGE, "%s:%u: %s", d->path, d->at + 1, what);
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* Returns the current line, or NULL at the end. */
static const char *current(const struct diff *d)
{
	return d->at < d->lines.nr ? d->lines.v[d->at] : NULL;
}

/* Returns the path without its first component, to be freed; or NULL for /dev/null. */
static char *stripped(const struct diff *d, const char *s)
{
	char *path, *slash;
	const char *p;

	if (*s == '"')
		bad(d, "a file name in quotes cannot be read");
	path = xasprintf("%.*s", (int)strcspn(s, "\t"), s);
	if (!strcmp(path, "/dev/null")) {
		free(path);
		return NULL;
	}
	slash = strchr(path, '/');
	if (!slash || slash == path || !slash[1])
		bad(d, "the file name must have a component to leave out, as a/fs/open.c");
	for (p = slash; p; p = strchr(p + 1, '/'))
		if (p[1] == '/' || starts(p, "/../"))
			bad(d, "the file name has an empty component, or ..");
	memmove(path, slash + 1, strlen(slash));
	return path;
}

static bool same_path(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static struct patched_file *add_file(struct source_patch *p, const struct diff *d, char *old_path,
				     char *new_path)
{
	struct patched_file *f;
	uint32_t i;

	if (!old_path && !new_path)
		bad(d, "both files are /dev/null");
	for (i = 0; i < p->nr_files; i++) {
		f = &p->files[i];
		if (same_path(f->old_path, old_path) || same_path(f->new_path, old_path) ||
		    same_path(f->old_path, new_path) || same_path(f->new_path, new_path))
			die(EXIT_USAGE, "%s:%u: %s is changed twice; make one diff of all changes",
			    d->path, d->at + 1, old_path ? old_path : new_path);
	}
	GROW(p->files, p->nr_files, p->room_files);
	f = &p->files[p->nr_files++];
	*f = (struct patched_file){ .diff = d->path, .old_path = old_path, .new_path = new_path };
	return f;
}

/* "12,3" or "12" (which is "12,1").  Returns what is behind it, or NULL. */
static const char *parse_range(const char *s, uint32_t *line, uint32_t *nr)
{
	unsigned long long n;
	uint32_t *into = line;
	char *end;

	*nr = 1;
	for (;; s = end + 1) {
		if (!isdigit((unsigned char)*s))
			return NULL;
		n = strtoull(s, &end, 10);
		if (n > INT32_MAX)
			return NULL;
		*into = n;
		if (*end != ',' || into == nr)
			return end;
		into = nr;
	}
}

static void read_hunk(struct diff *d, struct patched_file *f)
{
	uint32_t old = 0, new = 0, new_line, end;
	const struct hunk *before;
	struct hunk h = { .at = d->at + 1 };
	const char *s = current(d);

	s = parse_range(s + strlen("@@ -"), &h.old_line, &h.nr_old);
	if (s && starts(s, " +"))
		s = parse_range(s + 2, &new_line, &h.nr_new);
	else
		s = NULL;
	if (!s || !starts(s, " @@"))
		bad(d, "the head of a hunk cannot be read (expected @@ -1,2 +1,2 @@)");
	/* if nothing is replaced, the number is that of the line before */
	if (!h.nr_old)
		h.old_line++;
	if (!h.old_line)
		bad(d, "a hunk begins at line 0");
	before = f->nr_hunks ? &f->hunks[f->nr_hunks - 1] : NULL;
	end = before ? before->old_line + before->nr_old : 1;
	if (h.old_line < end)
		bad(d, "a hunk begins before the end of the hunk in front of it");
	d->at++;
	while (old < h.nr_old || new < h.nr_new || ((s = current(d)) && *s == '\\')) {
		s = current(d);
		if (!s)
			die(EXIT_USAGE, "%s: the diff ends in the hunk of line %u (got %u old and "
			    "%u new lines, expected %u and %u)", d->path, h.at, old, new, h.nr_old,
			    h.nr_new);
		d->at++;
		if (*s == '\\')		/* No newline at end of file */
			continue;
		/* mail programs remove the blank of an empty line */
		strings__add(&h.lines, *s ? xstrdup(s) : xstrdup(" "));
		old += !*s || *s == ' ' || *s == '-';
		new += !*s || *s == ' ' || *s == '+';
		if ((*s && !strchr(" -+", *s)) || old > h.nr_old || new > h.nr_new) {
			d->at--;
			bad(d, "the lines of a hunk are not as many as its head says");
		}
	}
	/* (after the last hunk, a mail has its signature: "-- ") */
	s = current(d);
	if (s && (strchr(" +", *s) || (*s == '-' && s[1] != '-')) && *s)
		bad(d, "the lines of a hunk are not as many as its head says");
	GROW(f->hunks, f->nr_hunks, f->room_hunks);
	f->hunks[f->nr_hunks++] = h;
}

/* Does a line have the time stamp of a file that was not there?  (The zone may be behind UTC.) */
static bool is_epoch(const char *s)
{
	return strstr(s, "\t1970-01-01 ") || strstr(s, "\t1969-12-31 ");
}

/* Read the changes of a file.  The current line is "--- NAME". */
static void read_file(struct source_patch *p, struct diff *d, struct patched_file *renamed)
{
	char *old_path = stripped(d, current(d) + 4), *new_path;
	struct patched_file *f = renamed;

	d->at++;
	new_path = stripped(d, current(d) + 4);
	if (renamed) {
		if (!same_path(old_path, f->old_path) || !same_path(new_path, f->new_path))
			bad(d, "the names are others than in the lines rename from and rename to");
		free(old_path);
		free(new_path);
	} else {
		f = add_file(p, d, old_path, new_path);
	}
	d->at++;
	if (!current(d) || !starts(current(d), "@@ -"))
		bad(d, "expected a hunk (@@ -1,2 +1,2 @@)");
	while (current(d) && starts(current(d), "@@ -"))
		read_hunk(d, f);
	/* GNU diff writes the name of a new file twice */
	if (f->old_path && f->nr_hunks == 1 && !f->hunks[0].nr_old && f->hunks[0].old_line == 1 &&
	    is_epoch(d->lines.v[f->hunks[0].at - 3])) {
		free(f->old_path);
		f->old_path = NULL;
	}
}

void source_patch__read(struct source_patch *p, const char *path)
{
	struct diff d = { .path = strcmp(path, "-") ? path : "standard input" };
	int err = strings__read(&d.lines, strcmp(path, "-") ? path : "/dev/stdin", '\n');
	struct patched_file *renamed = NULL;
	uint32_t before = p->nr_files;
	char *from = NULL;
	const char *s;

	if (err)
		die(EXIT_INTERNAL, "%s: %s", d.path, strerror(err));
	while ((s = current(&d))) {
		if (starts(s, "diff --git ")) {
			renamed = NULL;
			free(from);
			from = NULL;
		} else if (starts(s, "rename from ")) {
			from = xstrdup(s + strlen("rename from "));
		} else if (starts(s, "rename to ") && from) {
			renamed = add_file(p, &d, from, xstrdup(s + strlen("rename to ")));
			from = NULL;
		} else if (starts(s, "copy from ") && d.at && starts(d.lines.v[d.at - 1],
								     "similarity index ")) {
			bad(&d, "a copy of a file cannot be read; make the diff without -C");
		} else if (starts(s, "GIT binary patch") ||
			   (starts(s, "Binary files ") && strstr(s, " differ"))) {
			bad(&d, "a binary diff cannot be read");
		} else if (starts(s, "--- ") && d.at + 1 < d.lines.nr &&
			   starts(d.lines.v[d.at + 1], "+++ ")) {
			read_file(p, &d, renamed);
			renamed = NULL;
			continue;
		} else if (starts(s, "@@@ ")) {
			bad(&d, "the diff of a merge cannot be read");
		} else if (starts(s, "@@ -")) {
			bad(&d, "a hunk without the names of its file (--- and +++)");
		}
		d.at++;
	}
	if (p->nr_files == before)
		die(EXIT_USAGE, "%s: it changes no file; expected a unified diff", d.path);
	free(from);
	strings__free(&d.lines);
}

void source_patch__free(struct source_patch *p)
{
	uint32_t i, j;

	for (i = 0; i < p->nr_files; i++) {
		struct patched_file *f = &p->files[i];

		for (j = 0; j < f->nr_hunks; j++)
			strings__free(&f->hunks[j].lines);
		free(f->hunks);
		free(f->old_path);
		free(f->new_path);
	}
	free(p->files);
	*p = (struct source_patch){ 0 };
}

/* --- applying -------------------------------------------------------------------------------- */

/* Add the next new line: @s, a copy of old line @old or (0) a line of the patch. */
static void add_line(struct versions *v, const char *s, uint32_t old)
{
	strings__add(&v->new, xstrdup(s));
	v->new_to_old[v->new.nr] = old;
}

void versions__apply(struct versions *v, const struct patched_file *f, const char *source)
{
	size_t old = 1, nr_new = v->old.nr, i, j;	/* @old: the next old line */

	for (i = 0; i < f->nr_hunks; i++)
		nr_new += f->hunks[i].nr_new;
	v->removed = xcalloc(v->old.nr + 1, sizeof(*v->removed));
	v->new_to_old = xcalloc(nr_new + 1, sizeof(*v->new_to_old));
	for (i = 0; i < f->nr_hunks; i++) {
		const struct hunk *h = &f->hunks[i];

		for (; old < h->old_line && old <= v->old.nr; old++)
			add_line(v, v->old.v[old - 1], old);
		for (j = 0; j < h->lines.nr; j++) {
			const char *s = h->lines.v[j];

			if (*s == '+') {
				add_line(v, s + 1, 0);
				continue;
			}
			if (old > v->old.nr || strcmp(v->old.v[old - 1], s + 1))
				die(EXIT_USAGE, "%s:%u: line %zu of %s is another one; the diff "
				    "is against other sources, or was applied (--source names the "
				    "old ones)", f->diff, h->at, old, source);
			if (*s == '-')
				v->removed[old] = true;
			else
				add_line(v, v->old.v[old - 1], old);
			old++;
		}
	}
	for (; old <= v->old.nr; old++)
		add_line(v, v->old.v[old - 1], old);
}

void versions__free(struct versions *v)
{
	strings__free(&v->old);
	strings__free(&v->new);
	free(v->removed);
	free(v->new_to_old);
	*v = (struct versions){ 0 };
}
