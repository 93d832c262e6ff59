// SPDX-License-Identifier: GPL-2.0
/*
 * thinlink - run the thin link of distributed ThinLTO, and keep what did not change
 *
 * Problem: a back end depends on the content of three files: its unit's bitcode, index and flags.
 * But each thin link writes all indices anew.  And the compiler writes the same bitcode again, for
 * example after a change of a comment.  So time stamps say nothing.
 *
 * Mechanism: DIR has a copy of what each back end last read.  For the unit dir/foo.o, DIR/dir/ has
 * .tmp_foo.o.bc and .tmp_foo.o.flags (copies), .tmp_foo.o.index and .tmp_foo.o.imports (from the
 * linker).  A file is replaced only if its content differs.  Otherwise it keeps its time stamp, and
 * make knows that there is nothing to do.  If no bitcode has changed, and nothing in the command of
 * the thin link, the thin link itself does not run.
 *
 * An index has a checksum of each unit that it imports from.  So a back end runs again if anything
 * changes in one of these units: too often, never too seldom.  A right kernel needs no more.  The
 * comparison in compare.c, which may be missing or switched off, finds new indices that tell the
 * back end nothing new.
 *
 * The command (DIR/.tmp_thinlink.o.cmd) is written last.  So after a crash the next run does
 * everything again.  DIR/.tmp_thinlink.o.units lists the units whose index and copy of the bitcode
 * are from the same link.  (A unit that was left out of some links, and is back, still has an older
 * index.)
 *
 * Limits: the flags of a unit have to be in dir/.tmp_foo.o.flags beside its bitcode
 * (scripts/lto/Makefile.build writes them).
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"
#include "thinlink.h"
#include "util.h"

const char tool_name[] = "thinlink";

/* Return: the length of the directory in dir/foo.o, with the slash. */
static int dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 - path : 0;
}

char *beside(const char *below, const char *unit, const char *suffix)
{
	int len = dir_len(unit);

	return xasprintf("%s%s%.*s.tmp_%s%s", below, *below ? "/" : "", len, unit, unit + len,
			 suffix);
}

void warn_once(const char *file, const char *why)
{
	const char *said = getenv("LTO_WARNED");
	static bool warned;
	int fd;

	if (warned)
		return;
	warned = true;
	if (said && *said) {
		fd = open(said, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno == EEXIST)
			return;
		if (fd >= 0)
			close(fd);
	}
	fprintf(stderr, "%s: warning: %s: %s; so back ends run more often than they have to "
		"(the kernel is right)\n", file, tool_name, why);
}

/* Return: false if the file does not exist. */
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

/* Do both have the same content?  @kept may be missing (then false).  @input must exist. */
static bool same(const char *input, const char *kept)
{
	struct content a, b;
	bool equal;

	if (!content__map(&a, input))
		die(EXIT_INPUT, "%s: No such file; remove the object beside it and run make again",
		    input);
	equal = content__map(&b, kept) && a.size == b.size &&
		(!a.size || !memcmp(a.data, b.data, a.size));
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

/* @path appears only when it is complete. */
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

/* (A hard link would not do: it changes with @input if somebody writes that in place.) */
static void keep_copy(const char *input, const char *kept)
{
	struct content c;

	if (!content__map(&c, input))
		die(EXIT_INPUT, "%s: No such file", input);
	write_file(kept, c.data, c.size);
	content__unmap(&c);
}

/*
 * If more units have changed, or larger ones, they are not compared.  That would take long, and
 * most back ends have to run anyway.  The two texts of a unit need many times the size of its
 * bitcode.
 */
#define MAX_COMPARED		64
#define MAX_COMPARED_BYTES	(8 << 20)

static struct unit *units;
static size_t nr_units;
static struct unit **units_by_name;

/*
 * Read a response file that scripts/lto/sort-inputs wrote: one word a line, files in double quotes.
 * Return: an array of the files, which ends with NULL.  Options are left out.
 */
static char **read_files(const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL, **files = NULL;
	size_t size = 0, nr = 0;
	ssize_t len;

	if (!f)
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	while ((len = getline(&line, &size, f)) > 0) {
		char *file, *to, *p;

		if (line[0] == '-')
			continue;
		if (len < 4 || line[0] != '"' || line[len - 2] != '"' || line[len - 1] != '\n')
			die(EXIT_INTERNAL, "%s: not a list that scripts/lto/sort-inputs wrote",
			    path);
		file = to = xasprintf("%s", line + 1);
		for (p = line + 1; p < line + len - 2; p++)
			*to++ = *p == '\\' ? *++p : *p;
		*to = '\0';
		files = array_grow(files, nr, sizeof(*files));
		files[nr++] = file;
	}
	if (ferror(f))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	fclose(f);
	free(line);
	files = array_grow(files, nr, sizeof(*files));
	files[nr] = NULL;
	return files;
}

static void read_units(const char *path)
{
	char **files = read_files(path), **file;

	for (file = files; *file; file++) {
		units = array_grow(units, nr_units, sizeof(*units));
		memset(&units[nr_units], 0, sizeof(*units));
		units[nr_units++].name = *file;
	}
	free(files);
}

/* Return: the names of the units, one a line, to be freed. */
static char *units_text(void)
{
	char *text;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	for (i = 0; i < nr_units; i++)
		fprintf(f, "%s\n", units[i].name);
	if (close_failed(f))
		die(EXIT_INTERNAL, "out of memory");
	return text;
}

/*
 * Print what tells this native object from the one before.  As for make, these are properties of
 * the file: no copy of its content is kept.
 */
static void print_identity(FILE *f, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		die(EXIT_INPUT, "%s: %s", path, strerror(errno));
	fprintf(f, "%s %lld %lld.%09ld %lld.%09ld %llu\n", path, (long long)st.st_size,
		(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec,
		st.st_ctim.tv_nsec, (unsigned long long)st.st_ino);
}

static void print_content(FILE *f, const char *path)
{
	struct content c;

	if (!content__map(&c, path))
		die(EXIT_INPUT, "%s: No such file", path);
	fwrite(c.data, 1, c.size, f);
	content__unmap(&c);
}

/*
 * Return: text with all that the thin link depends on, except for the bitcode.  No file may have it
 * before the thin link has succeeded.  @inputs: all inputs of the link, or NULL if the units are
 * all.
 */
static char *command_text(char *const *argv, const char *units_text, char *const *inputs)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	for (; *argv; argv++) {
		fprintf(f, "%s\n", *argv);
		/* a response file */
		if (**argv == '@')
			print_content(f, *argv + 1);
	}
	fputs(units_text, f);
	for (; inputs && *inputs; inputs++) {
		/* names of units as well: the order matters */
		if (find_unit(*inputs))
			fprintf(f, "%s\n", *inputs);
		else
			print_identity(f, *inputs);
	}
	if (close_failed(f))
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

struct unit *find_unit(char *name)
{
	struct unit key = { .name = name }, *k = &key, **found;

	found = bsearch(&k, units_by_name, nr_units, sizeof(*units_by_name), compare_units);
	return found ? *found : NULL;
}

/* Note which units were in the last link. */
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

/* Has a unit changed from which @unit imports?  (The linker lists these units.) */
static bool imports_changed(const char *staging, const struct unit *unit)
{
	char *path = xasprintf("%s/%s.imports", staging, unit->name), *line = NULL;
	bool changed = false;
	size_t size = 0;
	ssize_t len;
	FILE *f = fopen(path, "r");

	if (!f)
		die(EXIT_INPUT, "%s: the linker has not said what it imports from", unit->name);
	while (!changed && (len = getline(&line, &size, f)) > 0) {
		struct unit *u;

		line[strcspn(line, "\n")] = '\0';
		u = find_unit(line);
		changed = !u || u->changed;
	}
	if (ferror(f))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	fclose(f);
	free(line);
	free(path);
	return changed;
}

/*
 * An index is an LLVM bitstream, a list of blocks: https://llvm.org/docs/BitCodeFormat.html.
 * Return: true if the file certainly is no index, or is cut; false also if that is not known.
 */
static bool broken(const struct content *c)
{
	static const unsigned char magic[] = { 'B', 'C', 0xc0, 0xde };
	size_t pos = sizeof(magic), size = c->size;
	const unsigned char *p = c->data;

	if (size <= sizeof(magic) || size % 4 || memcmp(p, magic, sizeof(magic)))
		return true;
	while (pos < size) {
		uint64_t length;

		/*
		 * ENTER_SUBBLOCK (2 bits), the number of the block (8 bits), the width of its
		 * abbreviations (4 bits), unless these numbers need more bits.  The next word is
		 * the length of the block, in words.
		 */
		if ((p[pos] & 3) != 1 || p[pos + 1] & 0x22)
			return false;
		if (size - pos < 8)
			return true;
		length = p[pos + 4] | p[pos + 5] << 8 | p[pos + 6] << 16 |
			 (uint64_t)p[pos + 7] << 24;
		pos += 8;
		if (length > (size - pos) / 4)
			return true;
		pos += 4 * length;
	}
	return false;
}

/* These take the place of compare.c if it is missing. */
bool __attribute__((weak)) compare__knows(const char *unit, const struct content *new)
{
	(void)unit;
	(void)new;
	return false;
}

enum answer __attribute__((weak)) compare__index(const char *dis, const char *dir,
						 const struct unit *unit, struct content *new,
						 const struct content *kept)
{
	(void)dis, (void)dir, (void)unit, (void)new, (void)kept;
	return DONT_KNOW;
}

static char *staged_index(const char *staging, const struct unit *unit)
{
	return xasprintf("%s/%s.thinlto.bc", staging, unit->name);
}

/*
 * Check that the linker wrote an index for each unit.  Return: true if all of them can be compared
 * with the kept ones
 */
static bool indices_known(const char *staging, bool compare)
{
	bool known = compare;
	size_t i;

	for (i = 0; i < nr_units; i++) {
		char *path = staged_index(staging, &units[i]);
		struct content c;

		if (!content__map(&c, path))
			die(EXIT_INPUT, "%s: the linker has written no index for it",
			    units[i].name);
		if (broken(&c))
			die(EXIT_INPUT,
			    "%s: the linker has written an index that is cut, or no bitcode", path);
		known = known && compare__knows(units[i].name, &c);
		content__unmap(&c);
		free(path);
	}
	return known;
}

/* Copy the new index of @unit to DIR/dir/.tmp_foo.o.index if it tells the back end anything new. */
static void install_index(bool known, const char *dis, const char *staging, const char *dir,
			  const struct unit *unit)
{
	char *from = staged_index(staging, unit), *to = beside(dir, unit->name, ".index");
	struct content new, kept;
	bool is_kept, install;

	if (!content__map(&new, from))
		die(EXIT_INTERNAL, "%s is gone", from);
	is_kept = content__map(&kept, to) && unit->linked;
	if (known)
		install = compare__index(dis, dir, unit, &new, is_kept ? &kept : NULL) != NO;
	else
		install = !is_kept || kept.size != new.size ||
			  memcmp(kept.data, new.data, new.size) || imports_changed(staging, unit);
	if (install)
		write_file(to, new.data, new.size);
	unlink(from);
	content__unmap(&new);
	content__unmap(&kept);
	free(from);
	free(to);
}

/* Move the new list of imports of @unit to DIR/dir/.tmp_foo.o.imports if it differs. */
static void install_imports(const char *staging, const char *dir, const struct unit *unit)
{
	char *from = xasprintf("%s/%s.imports", staging, unit->name);
	char *to = beside(dir, unit->name, ".imports");

	if (same(from, to))
		unlink(from);
	else if (rename(from, to))
		die(EXIT_INTERNAL, "%s: %s", to, strerror(errno));
	free(from);
	free(to);
}

static void usage(FILE *f)
{
	fputs("usage: thinlink --units=LIST --dir=DIR [OPTION...] -- LINKER [ARGUMENT...]\n"
	      "Run a thin link (ld.lld --thinlto-index-only) if anything has changed, and\n"
	      "update DIR.\n"
	      "  -u, --units=LIST  the units: a response file in link order\n"
	      "  -d, --dir=DIR     where each unit has what its back end depends on: bitcode,\n"
	      "                    flags, index and imports\n"
	      "  -i, --inputs=LIST all inputs of the linker, if there are more than the units:\n"
	      "                    a response file, too\n"
	      "  -n, --no-compare  run a back end if anything has changed in a unit that it\n"
	      "                    imports from\n"
	      "  -l, --llvm-dis=COMMAND  the program that shows what has changed in such a unit\n"
	      "  -h, --help        this text\n"
	      "The command of the linker is completed with the options for a thin link, and\n"
	      "with the inputs or the units.\n"
	      "Exit status: 0 done, 1 a unit is bad or the linker failed, 2 bad usage,\n"
	      "3 no memory or an I/O error\n", f);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "units",	required_argument, NULL, 'u' },
		{ "dir",	required_argument, NULL, 'd' },
		{ "no-compare",	no_argument,	   NULL, 'n' },
		{ "inputs",	required_argument, NULL, 'i' },
		{ "llvm-dis",	required_argument, NULL, 'l' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *list = NULL, *dir = NULL, *dis = NULL, *inputs = NULL;
	char *staging, *staged, *cmd_path, *cmd, *linked_path, *linked, **link_argv;
	size_t i, n, nr_changed = 0;
	off_t changed_bytes = 0;
	bool compare = true, link = false, look, known;
	struct stat st;
	int c;

	while ((c = getopt_long(argc, argv, "u:d:i:nl:h", options, NULL)) >= 0) {
		switch (c) {
		case 'u':
			list = optarg;
			break;
		case 'd':
			dir = optarg;
			break;
		case 'n':
			compare = false;
			break;
		case 'i':
			inputs = optarg;
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
	sort_units();
	cmd = command_text(argv + optind, linked, inputs ? read_files(inputs) : NULL);
	make_dirs(cmd_path);
	linked_path = xasprintf("%s/.tmp_thinlink.o.units", dir);
	read_linked(linked_path);

	for (i = 0; i < nr_units; i++) {
		char *bc = beside(dir, units[i].name, ".bc");
		char *index = beside(dir, units[i].name, ".index");

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
		link_argv[n++] = xasprintf("@%s", inputs ? inputs : list);
		staged = xasprintf("%s/list", staging);
		make_dirs(staged);
		run(link_argv);
		known = indices_known(staging, compare);
		look = nr_changed <= MAX_COMPARED && changed_bytes <= MAX_COMPARED_BYTES;
		if (known && !dis)
			warn_once(dir, "there is no llvm-dis");
		for (i = 0; i < nr_units; i++) {
			install_index(known, look ? dis : NULL, staging, dir, &units[i]);
			install_imports(staging, dir, &units[i]);
		}
		if (!file_is(linked_path, linked))
			write_file(linked_path, linked, strlen(linked));
	}

	for (i = 0; i < nr_units; i++) {
		char *bc = beside(dir, units[i].name, ".bc");
		char *flags = beside("", units[i].name, ".flags");
		char *kept = beside(dir, units[i].name, ".flags");

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
