// SPDX-License-Identifier: GPL-2.0
/*
 * thinlink - run the thin link of distributed ThinLTO, and keep what did not change
 *
 * Problem: a back end depends on the content of its unit's bitcode, of its index and of its flags.
 * The linker writes all indices anew at each thin link, and the compiler writes bitcode that has
 * not changed when a comment has: time stamps say nothing.  And with each unit that something is imported
 * from an index has the checksum of its bitcode, all of it.
 *
 * Mechanism: below DIR there is for each unit dir/foo.o, under dir/, a copy of what its back end was
 * last told: .tmp_foo.o.bc and .tmp_foo.o.flags (copies), .tmp_foo.o.index and .tmp_foo.o.imports (from
 * the linker).  These files are replaced when their content differs, and otherwise keep their time
 * stamps, by which make knows what to do.  The thin link itself is left out if no bitcode and nothing
 * of its command has changed.
 *
 * Of the five words of a checksum LLVM needs the first two, with which it names static functions that
 * other units import (name.llvm.NUMBER): here they come from the unit's path.  The other three are those of
 * the version that the back end was last told of, as long as what it imports is the same (irtext.c).
 *
 * The command (DIR/.tmp_thinlink.o.cmd) is written last: after a crash the next run does all of it again.
 * DIR/.tmp_thinlink.o.units names the units whose indices are of the same link as the copies of bitcode:
 * one that was in no link for a while has an index that is older.
 *
 * Limits: the flags of a unit are in dir/.tmp_foo.o.flags beside its bitcode (scripts/lto/Makefile.build).
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bitstream.h"
#include "irtext.h"
#include "util.h"

const char tool_name[] = "thinlink";

/* the directory of dir/foo.o with its slash: its length */
static int dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 - path : 0;
}

/* BELOW/dir/.tmp_foo.oSUFFIX; @below may be "" */
static char *beside(const char *below, const char *unit, const char *suffix)
{
	int len = dir_len(unit);

	return xasprintf("%s%s%.*s.tmp_%s%s", below, *below ? "/" : "", len, unit, unit + len, suffix);
}

struct content {
	void	*data;
	size_t	size;
};

/* false if the file is not there */
static bool content__map(struct content *c, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	c->data = NULL;
	c->size = 0;
	if (fd < 0) {
		if (errno == ENOENT)
			return false;
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	}
	if (fstat(fd, &st))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	if (st.st_size) {
		c->data = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (c->data == MAP_FAILED)
			die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
		c->size = st.st_size;
	}
	close(fd);
	return true;
}

static void content__unmap(struct content *c)
{
	if (c->data)
		munmap(c->data, c->size);
}

/* Is the content of both the same?  false if @kept is not there; an input has to be. */
static bool same(const char *input, const char *kept)
{
	struct content a, b;
	bool equal;

	if (!content__map(&a, input))
		die(EXIT_INPUT, "%s: No such file; remove the object beside it and run make again", input);
	equal = content__map(&b, kept) && a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size));
	content__unmap(&a);
	content__unmap(&b);
	return equal;
}

static void make_dirs(const char *path)
{
	char *dir = xasprintf("%.*s", dir_len(path), path), *p;

	for (p = dir + 1; *dir && (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(dir, 0777) && errno != EEXIST)
			die(EXIT_INTERNAL, "%s: %s", dir, strerror(errno));
		*p = '/';
	}
	free(dir);
}

/* @path appears when it has all of the data. */
static void write_file(const char *path, const void *data, size_t size)
{
	char *tmp = xasprintf("%s.new", path);
	FILE *f;

	make_dirs(path);
	f = fopen(tmp, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f) || rename(tmp, path))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	free(tmp);
}

/* (A second name would follow if @input is written in place.) */
static void keep_copy(const char *input, const char *kept)
{
	struct content c;

	if (!content__map(&c, input))
		die(EXIT_INPUT, "%s: No such file", input);
	write_file(kept, c.data, c.size);
	content__unmap(&c);
}

/*
 * More units, or larger ones, are not looked into: it would take long, and most back ends have to run anyway.
 * The texts of a unit before and after take many times the size of its bitcode.
 */
#define MAX_COMPARED		64
#define MAX_COMPARED_BYTES	(8 << 20)

struct unit {
	char		*name;
	bool		linked;		/* in the last link, too */
	bool		changed;
	/* of one that has changed, when somebody asks what has: as the back ends were last told, and now */
	bool		read;
	struct ir	*old, *new;
};

static struct unit *units;
static size_t nr_units;
static struct unit **units_by_name;

/* The words of a response file, as scripts/lto/plan writes it: one a line, in double quotes. */
static void read_units(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!f)
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	while ((len = getline(&line, &size, f)) > 0) {
		char *unit, *to, *p;

		if (len < 4 || line[0] != '"' || line[len - 2] != '"' || line[len - 1] != '\n')
			die(EXIT_INTERNAL, "%s: not a list that scripts/lto/plan wrote", path);
		unit = to = xasprintf("%s", line + 1);
		for (p = line + 1; p < line + len - 2; p++)
			*to++ = *p == '\\' ? *++p : *p;
		*to = '\0';
		units = array_grow(units, nr_units, sizeof(*units));
		memset(&units[nr_units], 0, sizeof(*units));
		units[nr_units++].name = unit;
	}
	if (ferror(f))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	fclose(f);
	free(line);
}

/* The units' names, a line each */
static char *units_text(void)
{
	char *text;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0; i < nr_units; i++)
		fprintf(f, "%s\n", units[i].name);
	if (fclose(f))
		die(EXIT_INTERNAL, "out of memory");
	return text;
}

/* All that the thin link depends on but the bitcode: what may not be in a file before it has succeeded. */
static char *command_text(char *const *argv, const char *units_text)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	for (; *argv; argv++)
		fprintf(f, "%s\n", *argv);
	fputs(units_text, f);
	if (fclose(f))
		die(EXIT_INTERNAL, "out of memory");
	return text;
}

static bool file_is(const char *path, const char *text)
{
	struct content c;
	bool is;

	is = content__map(&c, path) && c.size == strlen(text) && !memcmp(c.data, text, c.size);
	content__unmap(&c);
	return is;
}

static void run(char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die(EXIT_INTERNAL, "fork: %s", strerror(errno));
	if (!pid) {
		execvp(argv[0], argv);
		fprintf(stderr, "thinlink: error: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		die(EXIT_INTERNAL, "waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		die(EXIT_INPUT, "%s was killed by signal %d", argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status))
		die(EXIT_INPUT, "%s failed with status %d", argv[0], WEXITSTATUS(status));
}

static int compare_units(const void *a, const void *b)
{
	return strcmp((*(struct unit *const *)a)->name, (*(struct unit *const *)b)->name);
}

static void sort_units(void)
{
	size_t i;

	units_by_name = calloc(nr_units, sizeof(*units_by_name));
	if (!units_by_name)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0; i < nr_units; i++)
		units_by_name[i] = &units[i];
	qsort(units_by_name, nr_units, sizeof(*units_by_name), compare_units);
}

static struct unit *find_unit(char *name)
{
	struct unit key = { .name = name }, *k = &key, **found;

	found = bsearch(&k, units_by_name, nr_units, sizeof(*units_by_name), compare_units);
	return found ? *found : NULL;
}

/* which of them were in the last link */
static void read_linked(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	struct unit *u;
	size_t size = 0;
	ssize_t len;

	if (!f && errno == ENOENT)
		return;
	if (!f)
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	while ((len = getline(&line, &size, f)) > 0) {
		line[len - 1] = '\0';
		u = find_unit(line);
		if (u)
			u->linked = true;
	}
	if (ferror(f))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	fclose(f);
	free(line);
}

/* What an index says is taken from a unit.  Return: GUIDs, to be freed; *@nr of them */
static uint64_t *taken_from(const struct index *x, const struct index_unit *from, size_t *nr)
{
	uint64_t *guids = calloc(x->nr_taken + 1, sizeof(*guids));
	size_t i, j;

	if (!guids)
		die(EXIT_INTERNAL, "out of memory");
	*nr = 0;
	for (i = 0; i < x->nr_taken; i++) {
		if (x->taken[i].unit != from->id)
			continue;
		for (j = 0; j < x->nr_guids && x->guids[j].value != x->taken[i].value; j++)
			;
		/* 0 is in no unit */
		guids[(*nr)++] = j < x->nr_guids ? x->guids[j].guid : 0;
	}
	return guids;
}

/* Is what an index takes from a unit the same as when the back ends last ran? */
static bool takes_the_same(const char *dis, const char *dir, const struct index *x, struct index_unit *from)
{
	struct unit *u = find_unit(from->name);
	uint64_t *guids;
	char *kept;
	size_t nr;
	bool ret;

	if (!u)
		return false;
	if (!u->changed)
		return true;
	if (!u->read) {
		kept = beside(dir, u->name, ".bc");
		if (dis && !access(kept, R_OK)) {
			u->old = ir__read(dis, kept);
			u->new = u->old ? ir__read(dis, u->name) : NULL;
		}
		u->read = true;
		free(kept);
	}
	if (!u->old || !u->new)
		return false;
	guids = taken_from(x, from, &nr);
	ret = ir__same(u->old, u->new, guids, nr);
	free(guids);
	return ret;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t path_hash(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3;
	return hash;
}

static struct index_unit *index__find(struct index *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->nr_units; i++)
		if (x->units[i].hashed && !strcmp(x->units[i].name, name))
			return &x->units[i];
	return NULL;
}

/*
 * Make the checksums in @new, which the linker has written to @data, those of @kept, which may be NULL, if
 * they then tell the back end of @unit the same.
 *
 * Return: whether they do
 */
static bool settle(const char *dis, const char *dir, const struct unit *unit, struct index *new, void *data,
		   struct index *kept)
{
	uint32_t (*hashes)[INDEX_HASH_WORDS] = calloc(new->nr_units + 1, sizeof(*hashes));
	struct index_unit *u, *was;
	bool equal, all = true;
	unsigned int word;
	size_t i;

	if (!hashes)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0, u = new->units; i < new->nr_units; i++, u++) {
		uint64_t path = path_hash(u->name);

		if (!u->hashed)
			continue;
		index__set_hash(new, data, u, 0, path >> 32);
		index__set_hash(new, data, u, 1, path);
		was = kept ? index__find(kept, u->name) : NULL;
		for (word = 2; word < INDEX_HASH_WORDS; word++) {
			hashes[i][word] = index__hash(new, u, word);
			if (was)
				index__set_hash(new, data, u, word, index__hash(kept, was, word));
		}
	}
	equal = kept && index__equal(new, kept);
	for (i = 0, u = new->units; i < new->nr_units; i++, u++) {
		/* its own bitcode is what it is */
		if (equal && (!strcmp(u->name, unit->name) || (!unit->changed && takes_the_same(dis, dir, new, u))))
			continue;
		for (word = 2; u->hashed && word < INDEX_HASH_WORDS; word++)
			index__set_hash(new, data, u, word, hashes[i][word]);
		all = false;
	}
	free(hashes);
	return equal && all;
}

/* The linker's index of @unit, its checksums as settle() says, -> DIR/dir/.tmp_foo.o.index if it differs */
static void install_index(const char *dis, const char *staging, const char *dir, const struct unit *unit)
{
	char *from = xasprintf("%s/%s.thinlto.bc", staging, unit->name), *to = beside(dir, unit->name, ".index");
	struct index *new, *kept = NULL;
	struct content a, b;

	if (!content__map(&a, from))
		die(EXIT_INPUT, "%s: the linker has written no index for it", unit->name);
	new = index__read(a.data, a.size);
	if (!new)
		die(EXIT_INPUT, "%s: the index cannot be read; is this LLVM newer than 22?", from);
	if (content__map(&b, to) && unit->linked)
		kept = index__read(b.data, b.size);
	if (!settle(dis, dir, unit, new, a.data, kept))
		write_file(to, a.data, a.size);
	unlink(from);
	index__free(new);
	index__free(kept);
	content__unmap(&a);
	content__unmap(&b);
	free(from);
	free(to);
}

/* The linker's list of the files that @unit imports from -> DIR/dir/.tmp_foo.o.imports if it differs */
static void install_imports(const char *staging, const char *dir, const struct unit *unit)
{
	char *from = xasprintf("%s/%s.imports", staging, unit->name), *to = beside(dir, unit->name, ".imports");

	if (same(from, to))
		unlink(from);
	else if (rename(from, to))
		die(EXIT_INTERNAL, "%s: %s", to, strerror(errno));
	free(from);
	free(to);
}

static void usage(FILE *f)
{
	fputs("usage: thinlink --units=LIST --dir=DIR [--llvm-dis=COMMAND] -- LINKER [ARGUMENT...]\n"
	      "Run a thin link (ld.lld --thinlto-index-only), unless nothing has changed, and update DIR.\n"
	      "  -u, --units=LIST  the units, a response file in link order\n"
	      "  -d, --dir=DIR     what the back ends depend on: bitcode, flags, index and imports of each unit\n"
	      "  -l, --llvm-dis=COMMAND  to see what has changed in a unit: without it a back end runs if anything has in\n"
	      "                    a unit that it imports from\n"
	      "  -h, --help        this text\n"
	      "The linker also gets the options that have it write indices, and the units.\n"
	      "Exit status: 0 done, 1 a unit is bad or the linker failed, 2 bad usage, 3 no memory or an I/O error\n", f);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "units",	required_argument, NULL, 'u' },
		{ "dir",	required_argument, NULL, 'd' },
		{ "llvm-dis",	required_argument, NULL, 'l' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *list = NULL, *dir = NULL, *dis = NULL;
	char *staging, *staged, *cmd_path, *cmd, *linked_path, *linked, **link_argv;
	size_t i, n, nr_changed = 0;
	off_t changed_bytes = 0;
	bool link = false, compare;
	struct stat st;
	int c;

	while ((c = getopt_long(argc, argv, "u:d:l:h", options, NULL)) >= 0) {
		switch (c) {
		case 'u':
			list = optarg;
			break;
		case 'd':
			dir = optarg;
			break;
		case 'l':
			dis = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (!list || !dir || optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	read_units(list);
	if (!nr_units)
		die(EXIT_USAGE, "%s has no unit", list);

	staging = xasprintf("%s.new", dir);
	cmd_path = xasprintf("%s/.tmp_thinlink.o.cmd", dir);
	linked = units_text();
	cmd = command_text(argv + optind, linked);
	make_dirs(cmd_path);
	sort_units();
	linked_path = xasprintf("%s/.tmp_thinlink.o.units", dir);
	read_linked(linked_path);

	for (i = 0; i < nr_units; i++) {
		char *bc = beside(dir, units[i].name, ".bc"), *index = beside(dir, units[i].name, ".index");

		units[i].changed = !same(units[i].name, bc);
		if (units[i].changed) {
			nr_changed++;
			changed_bytes += stat(units[i].name, &st) ? 0 : st.st_size;
		}
		link = link || units[i].changed || access(index, R_OK);
		free(bc);
		free(index);
	}

	if (link || !file_is(cmd_path, cmd)) {
		if (unlink(cmd_path) && errno != ENOENT)
			die(EXIT_INTERNAL, "%s: %s", cmd_path, strerror(errno));
		n = argc - optind;
		link_argv = calloc(n + 8, sizeof(*link_argv));
		if (!link_argv)
			die(EXIT_INTERNAL, "out of memory");
		memcpy(link_argv, argv + optind, n * sizeof(*link_argv));
		link_argv[n++] = xasprintf("--thinlto-index-only=%s/list", staging);
		link_argv[n++] = "--thinlto-emit-imports-files";
		link_argv[n++] = xasprintf("--thinlto-prefix-replace=;%s/", staging);
		link_argv[n++] = "-o";
		link_argv[n++] = xasprintf("%s/output", staging);
		link_argv[n++] = xasprintf("@%s", list);
		staged = xasprintf("%s/list", staging);
		make_dirs(staged);
		run(link_argv);
		compare = nr_changed <= MAX_COMPARED && changed_bytes <= MAX_COMPARED_BYTES;
		for (i = 0; i < nr_units; i++) {
			install_index(compare ? dis : NULL, staging, dir, &units[i]);
			install_imports(staging, dir, &units[i]);
		}
		if (!file_is(linked_path, linked))
			write_file(linked_path, linked, strlen(linked));
	}

	for (i = 0; i < nr_units; i++) {
		char *bc = beside(dir, units[i].name, ".bc");
		char *flags = beside("", units[i].name, ".flags"), *kept = beside(dir, units[i].name, ".flags");

		if (units[i].changed)
			keep_copy(units[i].name, bc);
		if (!same(flags, kept))
			keep_copy(flags, kept);
		free(bc);
		free(flags);
		free(kept);
	}
	write_file(cmd_path, cmd, strlen(cmd));
	return EXIT_OK;
}
