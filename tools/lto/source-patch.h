/* SPDX-License-Identifier: GPL-2.0 */
/* A patch of the sources, and the parts of a source file. */
#ifndef LTO_SOURCE_PATCH_H
#define LTO_SOURCE_PATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "util.h"

/* --- a unified diff (source-patch.c) --------------------------------------------------------- */

struct hunk {
	uint32_t	at;		/* its line in the diff */
	uint32_t	old_line;	/* the first line that it replaces; or inserts before */
	uint32_t	nr_old, nr_new;
	struct strings	lines;		/* each with its sign: ' ', '-', '+' */
};

struct patched_file {
	const char	*diff;		/* path of the diff */
	char		*old_path;	/* below the root of the sources; NULL: a new file */
	char		*new_path;	/* NULL: the file is removed */
	struct hunk	*hunks;
	uint32_t	nr_hunks, room_hunks;
};

struct source_patch {
	struct patched_file	*files;
	uint32_t		nr_files, room_files;
};

/*
 * Adds the changes of a unified diff.  @path must stay valid; "-" is standard input.  The first
 * component of its file names is left out.  Text between the changes (a mail) is ignored.  Exits
 * with a message if the file cannot be read, is no unified diff, or changes a file again.
 */
void source_patch__read(struct source_patch *p, const char *path);
void source_patch__free(struct source_patch *p);

/* A file before and after a patch.  Lines count from 1. */
struct versions {
	struct strings	old, new;
	bool		*removed;	/* by old line */
	uint32_t	*new_to_old;	/* by new line: the old line, or 0: the patch adds it */
};

/*
 * Applies the changes of @f to @v->old, and sets the rest of @v.  Exits with a message if a line is
 * another one than the diff says.  @source is the path of the old file, for messages.
 */
void versions__apply(struct versions *v, const struct patched_file *f, const char *source);
void versions__free(struct versions *v);

/* --- the parts of a C file (source-items.c) -------------------------------------------------- */

enum item_kind {
	ITEM_FUNCTION,		/* a definition with a body */
	ITEM_OTHER,		/* data, a type, a declaration, assembly, a call of a macro */
	ITEM_DIRECTIVE,		/* of the preprocessor; may be inside another item */
};

struct item {
	enum item_kind	kind;
	uint32_t	first, last;	/* lines */
	uint32_t	body;		/* of a function: the line of its first '{' */
	char		*name;		/* of a function: "f", or "SYSCALL_DEFINE0(f)"; "" if unknown */
	char		*code;		/* without comments and superfluous blanks */
	bool		changed;	/* for the user of the list */
};

struct items {
	struct item	*v;		/* by their first lines */
	uint32_t	nr, room;
	bool		*has_code;	/* by line: it is neither empty nor a comment */
};

/* Splits a file into its parts. */
void items__scan(struct items *l, const struct strings *lines);
void items__free(struct items *l);

#endif /* LTO_SOURCE_PATCH_H */
