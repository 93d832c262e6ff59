/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The map: where functions of the sources are in the machine code of a kernel.
 *
 * A function of the sources is one struct function, even if many units and modules have it from a
 * header.  Its copies are struct body (out of line) and struct inlined (in the code of a body).
 * They refer to each other by index, to save memory: a kernel has a million of them.
 */
#ifndef LTO_MAP_H
#define LTO_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf.h"
#include "util.h"

#define NONE	UINT32_MAX	/* no index */

/* A hash table: it has the indices of unique values */
struct table {
	uint32_t	*slots;
	uint32_t	nr_slots;	/* a power of two */
};

struct text {
	char		*s;
	uint32_t	hash;
	bool		unit;		/* a path: the main file of a unit */
	bool		declared;	/* a name: there is a declaration of such a function */
	bool		rows_known;	/* a path: @rows is set */
	bool		rows;		/* a path: the rows of this file are kept */
};

/* A function, by the place of its definition */
struct function {
	uint32_t	name;		/* texts[] */
	uint32_t	file;		/* texts[], NONE for a symbol without debug information */
	uint32_t	line;
	uint32_t	nr_bodies;
	uint32_t	nr_inlined;
	uint32_t	nr_across;	/* how many of nr_inlined are in functions of other files */
	bool		discarded;	/* the linker has removed a body */
	bool		part;		/* no function: the name of a piece of another function */
};

struct range {
	uint64_t	from, to;
};

/* A copy of a function, out of line */
struct body {
	uint32_t	function;	/* functions[] */
	uint32_t	home;		/* texts[]: the file of the function, or a unit */
	uint32_t	unit;		/* texts[]: the main file of the unit */
	uint32_t	first_range, nr_ranges;	/* ranges[] of the object; assembly has none */
	uint32_t	symbol;		/* symbols[] of the object: its entry, or NONE */
};

/* A copy of a function, inlined in the code of a body */
struct inlined {
	uint32_t	function;
	uint32_t	body;		/* bodies[] of the object */
	uint32_t	parent;		/* inlined[]: the copy that calls it; NONE: the body */
	uint32_t	file, line;	/* of the call; texts[] or NONE */
	uint32_t	first_range, nr_ranges;	/* none if nothing is left of its code */
};

enum symbol_kind {
	SYMBOL_ENTRY,		/* the function, by its name */
	SYMBOL_RENAMED,		/* the function, by another name: .llvm.HASH, .NUMBER */
	SYMBOL_CLONE,		/* a specialised copy: .constprop, .isra */
	SYMBOL_PART,		/* a piece of the function: .cold, .part */
	SYMBOL_ALIAS,		/* another symbol at the address of a function */
};

/* A symbol of a function */
struct symbol {
	uint32_t	name;		/* texts[] */
	uint32_t	body;		/* bodies[] of the object */
	uint64_t	addr, size;
	uint32_t	sympos;		/* as in struct klp_func: 0 if unique, else 1, 2 ... */
	enum symbol_kind kind;
	bool		traced;		/* it calls the function tracer */
	bool		init;		/* its memory is freed when it has run */
};

struct section {
	uint32_t	name;		/* texts[] */
	uint64_t	addr, size;
};

/* Code of a line */
struct row {
	uint64_t	addr;
	uint32_t	file, line;	/* texts[] */
};

/* vmlinux or a module */
struct object {
	char		*name;		/* as in struct klp_object; or "vmlinux" */
	char		*path;
	bool		module;
	bool		has_tracer;	/* it has a table of calls of the function tracer */
	bool		has_code;	/* false: a file of debug information alone */
	struct body	*bodies;
	uint32_t	nr_bodies, room_bodies;
	struct inlined	*inlined;
	uint32_t	nr_inlined, room_inlined;
	struct range	*ranges;
	uint32_t	nr_ranges, room_ranges;
	struct symbol	*symbols;	/* by address */
	uint32_t	nr_symbols, room_symbols;
	struct section	*sections;	/* only those with code */
	uint32_t	nr_sections, room_sections;
	struct row	*rows;		/* of the files of map.paths */
	uint32_t	nr_rows, room_rows;
};

struct map {
	const char	*path;		/* as it was given */
	struct object	*objects;
	uint32_t	nr_objects, room_objects;
	struct function	*functions;
	uint32_t	nr_functions, room_functions;
	struct text	*texts;
	uint32_t	nr_texts, room_texts;
	struct table	function_table, text_table;
	char		*root;		/* of the sources, with a slash at the end; "" if unknown */
	char		*build;		/* where the compiler ran, likewise; NULL if unknown */
	struct strings	paths;		/* the rows of files with these ends of paths are kept */
};

/* Makes room for one more element of an array.  The array starts with NULL, 0, 0. */
#define GROW(v, nr, room)									\
	do {											\
		if ((nr) == (room)) {								\
			(room) = (room) ? 2 * (room) : 16;					\
			(v) = xrealloc((v), (size_t)(room) * sizeof(*(v)));			\
		}										\
	} while (0)

/*
 * Adds a directory (vmlinux and the modules of a build tree) or an ELF file to the map.  Exits with
 * a message if it cannot be read, or has no debug information.
 */
void map__add(struct map *map, const char *path);
/* Call this after the last map__add().  It counts copies, and finds the root of the sources. */
void map__finish(struct map *map);
void map__free(struct map *map);

/* Returns the index of a text, which is added if it is new. */
uint32_t map__text(struct map *map, const char *s);
/* Returns NONE if the map does not have this text. */
uint32_t map__find_text(const struct map *map, const char *s);
/* Returns the index of a function, which is added if it is new. */
uint32_t map__function(struct map *map, uint32_t name, uint32_t file, uint32_t line);

static inline const char *map__string(const struct map *map, uint32_t text)
{
	return text == NONE ? "" : map->texts[text].s;
}

/* Returns a path without the root of the sources. */
const char *map__path(const struct map *map, uint32_t text);
/* Returns a path without the root of the sources or of the build. */
const char *map__build_path(const struct map *map, uint32_t text);
/* Do the last components of @path equal @end? */
bool path__ends_in(const char *path, const char *end);
/* Are the rows of this file kept? */
bool map__keeps_rows(struct map *map, uint32_t text);
static inline const char *map__name(const struct map *map, uint32_t function)
{
	return map__string(map, map->functions[function].name);
}

/* Is a copy in the code of another file?  If a file has a function from a header, it is its own. */
bool map__is_across(const struct map *map, const struct object *o, const struct inlined *in);

uint32_t object__add_range(struct object *o, uint64_t from, uint64_t to);
void object__add_row(struct object *o, uint64_t addr, uint32_t file, uint32_t line);

/*
 * Returns "foo" for foo.cold, foo.part.0.llvm.12 and other names that optimisers make, to be freed.
 * *@kind gets what the name stands for.
 */
char *symbol__stem(const char *name, enum symbol_kind *kind);

/* Reads bodies and inlined copies from DWARF (inlines.c).  Returns false if there is none. */
bool object__read_dwarf(struct map *map, struct object *o, const struct elf_file *f);
/* Reads symbols, and adds bodies that have nothing but a symbol (symbols.c). */
void object__read_symbols(struct map *map, struct object *o, const struct elf_file *f);

#endif /* LTO_MAP_H */
