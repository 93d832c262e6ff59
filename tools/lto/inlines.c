// SPDX-License-Identifier: GPL-2.0
/*
 * Bodies and inlined copies of functions, from DWARF.
 *
 * Problem: an inlined copy has no symbol.  Its DIE (DW_TAG_inlined_subroutine) has its addresses
 * and the place of the call, and refers to the DIE of the function.  After link-time optimisation,
 * that may be in another unit.
 *
 * Mechanism: this reads all DIEs in one pass, and keeps only numbers (map.h).  libdw reads each DIE
 * once.  But it keeps the decoded lines of each unit whose file names are asked for.  So it is
 * closed and opened again after some units, and a large kernel needs little memory.
 *
 * Limits: DWARF does not know a copy if the optimiser has left no instruction of it.  Nor does it
 * say where the optimiser computed a function's result in advance, if the call is still there.
 * Split debug information (.dwo) is refused.
 */

#include <dwarf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <elfutils/libdwfl.h>

#include "map.h"

/* Number of units whose lines libdw may have in memory */
#define MAX_OPEN_UNITS	512
/* Number of references from one DIE to the next; more must be a loop. */
#define MAX_REFERENCES	16

/* The files of a unit, by their numbers in the unit: texts[] */
struct unit_files {
	Dwarf_Off	cu;
	uint32_t	*files;
	size_t		nr;
};

/* A DIE, by its offset, and its function */
struct die_function {
	Dwarf_Off	die;		/* 0: an empty slot */
	uint32_t	function;
};

struct reader {
	struct map		*map;
	struct object		*o;
	const struct elf_file	*f;
	Dwarf			*dwarf;
	Dwfl			*dwfl;		/* only for modules */
	struct unit_files	*units;		/* a hash table */
	size_t			nr_units, room_units, open_units;
	struct die_function	*dies;		/* a hash table */
	size_t			nr_dies, room_dies;
	uint32_t		unit_file;	/* main file of the current unit */
	unsigned char		*end;		/* of the DIEs of the current unit */
};

static void __attribute__((noreturn)) bad(const struct reader *r, Dwarf_Die *at, const char *what)
{
	die(EXIT_INTERNAL, "%s: DWARF at %#llx: %s: %s", r->o->path,
	    (unsigned long long)dwarf_dieoffset(at), what, dwarf_errmsg(-1));
}

/* --- opening and closing --------------------------------------------------------------------- */

/*
 * libdwfl relocates the debug information of a module.  Make it use the same addresses of sections
 * as elf.c.
 */
static int section_address(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			   const char *section, GElf_Word shndx, const GElf_Shdr *shdr,
			   Dwarf_Addr *addr)
{
	const struct reader *r = *userdata;

	(void)mod;
	(void)name;
	(void)base;
	(void)section;
	(void)shdr;
	if (shndx >= r->f->nr_sections)
		return -1;
	*addr = r->f->sections[shndx].addr;
	return 0;
}

static int find_elf(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
		    char **file, Elf **elf)
{
	const struct reader *r = *userdata;

	(void)mod;
	(void)name;
	(void)base;
	(void)elf;
	*file = NULL;
	return open(r->f->path, O_RDONLY | O_CLOEXEC);
}

static int no_debuginfo(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			const char *file, const char *debuglink, GElf_Word crc, char **debuginfo)
{
	(void)mod;
	(void)userdata;
	(void)name;
	(void)base;
	(void)file;
	(void)debuglink;
	(void)crc;
	(void)debuginfo;
	return -1;
}

static void open_module(struct reader *r)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf	 = find_elf,
		.find_debuginfo	 = no_debuginfo,
		.section_address = section_address,
	};
	uint64_t from = UINT64_MAX, to = 0;
	Dwfl_Module *mod;
	void **userdata;
	Dwarf_Addr bias;
	unsigned int i;

	for (i = 1; i < r->f->nr_sections; i++) {
		const struct elf_section *s = &r->f->sections[i];

		if (!(s->flags & SHF_ALLOC))
			continue;
		from = s->addr < from ? s->addr : from;
		to = s->addr + s->size > to ? s->addr + s->size : to;
	}
	if (from >= to)
		return;
	r->dwfl = dwfl_begin(&callbacks);
	mod = r->dwfl ? dwfl_report_module(r->dwfl, r->o->name, from, to) : NULL;
	if (!mod || !dwfl_module_info(mod, &userdata, NULL, NULL, NULL, NULL, NULL, NULL))
		die(EXIT_INTERNAL, "%s: %s", r->o->path, dwfl_errmsg(-1));
	*userdata = r;
	if (dwfl_report_end(r->dwfl, NULL, NULL))
		die(EXIT_INTERNAL, "%s: %s", r->o->path, dwfl_errmsg(-1));
	r->dwarf = dwfl_module_getdwarf(mod, &bias);
}

static void open_dwarf(struct reader *r)
{
	if (r->f->module)
		open_module(r);
	else
		r->dwarf = dwarf_begin_elf(r->f->elf, DWARF_C_READ, NULL);
	r->open_units = 0;
}

static void close_dwarf(struct reader *r)
{
	if (r->dwfl)
		dwfl_end(r->dwfl);
	else if (r->dwarf)
		dwarf_end(r->dwarf);
	r->dwfl = NULL;
	r->dwarf = NULL;
}

/* --- files ----------------------------------------------------------------------------------- */

/*
 * Returns a path without ".", ".." and "//", to be freed.  It is absolute, unless the compiler was
 * told to leave out a prefix (-fdebug-prefix-map).  Then the name of the compiler's directory lacks
 * the prefix as well, and is of no use.
 */
static char *clean_path(const char *dir, const char *path)
{
	bool whole = *path == '/' || !dir || *dir != '/';
	char *s = whole ? xstrdup(path) : xasprintf("%s/%s", dir, path);
	char *in = s, *out = s;

	while (*in) {
		size_t n = strcspn(in, "/");

		if (n == 0) {
			/* (a slash at the start is the root) */
			if (in++ == s)
				*out++ = '/';
			continue;
		}
		/* (".." at the start of a relative path stays) */
		if (n == 2 && in[0] == '.' && in[1] == '.' && *s == '/') {
			for (out -= out > s + 1; out > s && out[-1] != '/'; out--)
				;
		} else if (n != 1 || in[0] != '.') {
			memmove(out, in, n);
			out += n;
			if (in[n] == '/')
				*out++ = '/';
		}
		in += n;
	}
	*out = '\0';
	return s;
}

static uint32_t path_text(struct reader *r, const char *dir, const char *path)
{
	char *clean = clean_path(dir, path);
	uint32_t text = map__text(r->map, clean);

	free(clean);
	return text;
}

static const char *string_of(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) ? dwarf_formstring(&attr) : NULL;
}

static struct unit_files *unit_slot(const struct reader *r, Dwarf_Off cu)
{
	size_t at = cu * 0x9e3779b97f4a7c15ULL >> 32;

	for (;; at++) {
		struct unit_files *u = &r->units[at & (r->room_units - 1)];

		if (!u->files || u->cu == cu)
			return u;
	}
}

/* Keep the rows of the line table that belong to some of the files. */
static void read_rows(struct reader *r, Dwarf_Die *cu, const struct unit_files *u)
{
	bool some = false, end;
	Dwarf_Files *files;
	Dwarf_Lines *lines;
	Dwarf_Addr addr;
	size_t nr, i, file;
	int line;

	for (i = 0; i < u->nr; i++)
		some |= u->files[i] != NONE && map__keeps_rows(r->map, u->files[i]);
	if (!some)
		return;
	if (dwarf_getsrclines(cu, &lines, &nr))
		bad(r, cu, "lines");
	for (i = 0; i < nr; i++) {
		Dwarf_Line *l = dwarf_onesrcline(lines, i);

		if (dwarf_line_file(l, &files, &file) || dwarf_lineno(l, &line) ||
		    dwarf_lineaddr(l, &addr) || dwarf_lineendsequence(l, &end))
			bad(r, cu, "a line");
		if (!end && line > 0 && file < u->nr && u->files[file] != NONE &&
		    map__keeps_rows(r->map, u->files[file]))
			object__add_row(r->o, addr, u->files[file], line);
	}
}

static struct unit_files *read_files(struct reader *r, Dwarf_Die *cu)
{
	const char *dir = string_of(cu, DW_AT_comp_dir);
	struct unit_files *u;
	Dwarf_Files *files;
	size_t nr = 0, i;

	if (2 * r->nr_units >= r->room_units) {
		struct unit_files *old = r->units;
		size_t room = r->room_units;

		r->room_units = room ? 2 * room : 64;
		r->units = xcalloc(r->room_units, sizeof(*r->units));
		for (i = 0; i < room; i++)
			if (old[i].files)
				*unit_slot(r, old[i].cu) = old[i];
		free(old);
	}
	u = unit_slot(r, dwarf_dieoffset(cu));
	if (u->files)
		return u;
	/* (a unit without a table of lines has no files) */
	if (dwarf_hasattr(cu, DW_AT_stmt_list) && dwarf_getsrcfiles(cu, &files, &nr))
		bad(r, cu, "files");
	*u = (struct unit_files){ dwarf_dieoffset(cu), xcalloc(nr, sizeof(*u->files)), nr };
	for (i = 0; i < nr; i++) {
		const char *path = dwarf_filesrc(files, i, NULL, NULL);

		u->files[i] = path ? path_text(r, dir, path) : NONE;
	}
	r->nr_units++;
	r->open_units++;
	if (r->map->paths.nr && nr)
		read_rows(r, cu, u);
	return u;
}

/* Returns the file that an attribute of a DIE names: texts[], or NONE. */
static uint32_t file_of(struct reader *r, Dwarf_Die *die, unsigned int name)
{
	const struct unit_files *u;
	Dwarf_Attribute attr;
	Dwarf_Word number;
	Dwarf_Die cu;

	if (!dwarf_attr(die, name, &attr))
		return NONE;
	if (dwarf_formudata(&attr, &number) || !dwarf_diecu(die, &cu, NULL, NULL))
		bad(r, die, "file");
	u = r->nr_units ? unit_slot(r, dwarf_dieoffset(&cu)) : NULL;
	if (!u || !u->files)
		u = read_files(r, &cu);
	return number < u->nr ? u->files[number] : NONE;
}

static uint32_t line_of(const struct reader *r, Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;
	Dwarf_Word line;

	if (!dwarf_attr(die, name, &attr))
		return 0;
	if (dwarf_formudata(&attr, &line))
		bad(r, die, "line");
	return line;
}

/* --- functions ------------------------------------------------------------------------------- */

static struct die_function *die_slot(const struct reader *r, Dwarf_Off die)
{
	size_t at = die * 0x9e3779b97f4a7c15ULL >> 32;

	for (;; at++) {
		struct die_function *d = &r->dies[at & (r->room_dies - 1)];

		if (!d->die || d->die == die)
			return d;
	}
}

static void remember(struct reader *r, Dwarf_Off die, uint32_t function)
{
	size_t i, room = r->room_dies;

	if (2 * r->nr_dies >= room) {
		struct die_function *old = r->dies;

		r->room_dies = room ? 2 * room : 1024;
		r->dies = xcalloc(r->room_dies, sizeof(*r->dies));
		for (i = 0; i < room; i++)
			if (old[i].die)
				*die_slot(r, old[i].die) = old[i];
		free(old);
	}
	*die_slot(r, die) = (struct die_function){ die, function };
	r->nr_dies++;
}

/*
 * Find the DIE with the name and the place of @die's function.  A copy refers to it, maybe through
 * other DIEs.
 */
static void find_origin(const struct reader *r, Dwarf_Die *die, Dwarf_Die *origin)
{
	Dwarf_Attribute attr;
	int n;

	*origin = *die;
	for (n = 0; dwarf_attr(origin, DW_AT_abstract_origin, &attr) ||
		    dwarf_attr(origin, DW_AT_specification, &attr); n++)
		if (n == MAX_REFERENCES || !dwarf_formref_die(&attr, origin))
			bad(r, die, "origin");
}

static uint32_t function_of(struct reader *r, Dwarf_Die *die)
{
	struct die_function *d;
	uint32_t function;
	Dwarf_Die origin;
	const char *name;
	uint32_t file;
	Dwarf_Off at;

	find_origin(r, die, &origin);
	at = dwarf_dieoffset(&origin);
	d = r->nr_dies ? die_slot(r, at) : NULL;
	if (d && d->die)
		return d->function;
	name = string_of(&origin, DW_AT_name);
	file = file_of(r, &origin, DW_AT_decl_file);
	function = map__function(r->map, map__text(r->map, name ? name : "?"),
				 file == NONE ? r->unit_file : file,
				 line_of(r, &origin, DW_AT_decl_line));
	remember(r, at, function);
	return function;
}

/* --- the tree of DIEs ------------------------------------------------------------------------ */

/* Adds the ranges of @die to the object.  Returns their number. */
static uint32_t add_ranges(struct reader *r, Dwarf_Die *die, uint32_t *first)
{
	Dwarf_Addr base, from, to;
	ptrdiff_t at = 0;

	*first = r->o->nr_ranges;
	while ((at = dwarf_ranges(die, at, &base, &from, &to)) > 0)
		if (from < to)
			object__add_range(r->o, from, to);
	if (at < 0)
		bad(r, die, "ranges");
	return r->o->nr_ranges - *first;
}

static unsigned char *visit_children(struct reader *r, Dwarf_Die *parent, uint32_t body,
				     uint32_t copy);

static unsigned char *visit_inlined(struct reader *r, Dwarf_Die *die, uint32_t body,
				    uint32_t parent)
{
	struct object *o = r->o;
	struct inlined in = { .body = body, .parent = parent };

	in.function = function_of(r, die);
	in.file = file_of(r, die, DW_AT_call_file);
	in.line = line_of(r, die, DW_AT_call_line);
	in.nr_ranges = add_ranges(r, die, &in.first_range);
	GROW(o->inlined, o->nr_inlined, o->room_inlined);
	o->inlined[o->nr_inlined] = in;
	return visit_children(r, die, body, o->nr_inlined++);
}

static unsigned char *visit_function(struct reader *r, Dwarf_Die *die)
{
	struct object *o = r->o;
	struct body b = { .home = r->unit_file, .unit = r->unit_file, .symbol = NONE };
	const char *name;
	Dwarf_Die origin;

	b.nr_ranges = add_ranges(r, die, &b.first_range);
	if (!b.nr_ranges) {
		/* gcc has references to a declaration where a function is called */
		find_origin(r, die, &origin);
		name = string_of(&origin, DW_AT_name);
		if (!name) {
			/* clang leaves an empty DIE for a function that it dropped */
		} else if (dwarf_hasattr(&origin, DW_AT_declaration)) {
			uint32_t text = map__text(r->map, name);

			r->map->texts[text].declared = true;
		} else {
			/* an abstract instance: the copies refer to it */
			function_of(r, die);
		}
		return NULL;
	}
	b.function = function_of(r, die);
	/* discarded code has addresses at 0, or near it */
	if (!elf__is_code(r->f, o->ranges[b.first_range].from)) {
		o->nr_ranges = b.first_range;
		r->map->functions[b.function].discarded = true;
		return NULL;
	}
	GROW(o->bodies, o->nr_bodies, o->room_bodies);
	o->bodies[o->nr_bodies] = b;
	return visit_children(r, die, o->nr_bodies++, NONE);
}

/*
 * Visit the DIEs below @parent.  It is in @body (NONE: in no function) and in its inlined @copy
 * (NONE: in the body itself).  Returns the end of the list of children, or NULL if the end is not
 * known.
 *
 * To find the next DIE, dwarf_siblingof() reads everything below a DIE.  That would be slow.  If
 * the children of a DIE were visited, the next DIE is behind the end of their list.
 * dwarf_siblingof() of the last child returned that end.
 */
static unsigned char *visit_children(struct reader *r, Dwarf_Die *parent, uint32_t body,
				     uint32_t copy)
{
	unsigned char *end;
	Dwarf_Die child, next;
	int status = dwarf_child(parent, &child);

	if (status)
		next.addr = NULL;
	while (!status) {
		end = NULL;
		switch (dwarf_tag(&child)) {
		case DW_TAG_subprogram:
			end = visit_function(r, &child);
			break;
		case DW_TAG_inlined_subroutine:
			if (body != NONE)
				end = visit_inlined(r, &child, body, copy);
			break;
		case DW_TAG_lexical_block:
			if (body != NONE)
				end = visit_children(r, &child, body, copy);
			break;
		case DW_TAG_namespace:
			end = visit_children(r, &child, body, copy);
			break;
		case DW_TAG_invalid:
			bad(r, &child, "tag");
		}
		if (!end || *end || end + 1 >= r->end) {
			status = dwarf_siblingof(&child, &next);
		} else if (!end[1]) {
			next.addr = end + 1;
			status = 1;
		} else {
			ptrdiff_t length = end + 1 - (unsigned char *)child.addr;

			status = -1;
			if (dwarf_offdie(r->dwarf, dwarf_dieoffset(&child) + length, &next))
				status = 0;
		}
		if (status < 0)
			bad(r, &child, "next DIE");
		child = next;
	}
	if (status < 0)
		bad(r, parent, "children");
	return next.addr;
}

static void visit_unit(struct reader *r, Dwarf_Die *cu, Dwarf_Off end)
{
	const char *name = string_of(cu, DW_AT_name), *dir = string_of(cu, DW_AT_comp_dir);

	if (dwarf_hasattr(cu, DW_AT_dwo_name) || dwarf_hasattr(cu, DW_AT_GNU_dwo_name))
		die(EXIT_USAGE, "%s: its debug information is in .dwo files; build without "
		    "CONFIG_DEBUG_INFO_SPLIT", r->o->path);
	r->unit_file = name ? path_text(r, dir, name) : NONE;
	if (!r->map->build && dir && *dir == '/')
		r->map->build = xasprintf("%s/", dir);
	if (name) {
		r->map->texts[r->unit_file].unit = true;
		map__keeps_rows(r->map, r->unit_file);
	}
	r->end = (unsigned char *)cu->addr + (end - dwarf_dieoffset(cu));
	visit_children(r, cu, NONE, NONE);
}

bool object__read_dwarf(struct map *map, struct object *o, const struct elf_file *f)
{
	struct reader r = { .map = map, .o = o, .f = f };
	Dwarf_Off off = 0, next;
	bool some = false;
	size_t header, i;
	Dwarf_Die cu;
	int status;

	open_dwarf(&r);
	while (r.dwarf) {
		status = dwarf_nextcu(r.dwarf, off, &next, &header, NULL, NULL, NULL);
		if (status > 0)
			break;
		if (status < 0 || !dwarf_offdie(r.dwarf, off + header, &cu))
			die(EXIT_INTERNAL, "%s: DWARF unit at %#llx: %s", o->path,
			    (unsigned long long)off, dwarf_errmsg(-1));
		visit_unit(&r, &cu, next);
		some = true;
		off = next;
		if (r.open_units > MAX_OPEN_UNITS && !f->module) {
			close_dwarf(&r);
			open_dwarf(&r);
		}
	}
	close_dwarf(&r);
	for (i = 0; i < r.room_units; i++)
		free(r.units[i].files);
	free(r.units);
	free(r.dies);
	return some;
}
