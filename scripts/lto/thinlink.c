// SPDX-License-Identifier: GPL-2.0
/*
 * thinlink - run the thin link of distributed ThinLTO, and keep what did not change
 *
 * Problem: a back end depends on the content of its unit's bitcode, of its index and of its flags.
 * The linker writes all indices anew at each thin link, and the compiler writes bitcode that has
 * not changed when a comment has: time stamps say nothing.
 *
 * Mechanism: below DIR there is for each unit dir/foo.o, under dir/, a copy of what its back end was
 * last told: .tmp_foo.o.bc and .tmp_foo.o.flags (copies), .tmp_foo.o.index and .tmp_foo.o.imports (from
 * the linker).  These files are replaced when their content differs, and otherwise keep their time
 * stamps, by which make knows what to do.  The thin link itself is left out if no bitcode and nothing
 * of its command has changed.
 *
 * The command (DIR/.tmp_thinlink.o.cmd) is written last: after a crash the next run does all of it again.
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
		c->data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
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

/*
 * Is the content of both the same, or for an index at least what it tells?  false if @kept is not there;
 * an input has to be.
 */
static bool same(const char *input, const char *kept, bool index)
{
	struct content a, b;
	bool equal;

	if (!content__map(&a, input))
		die(EXIT_INPUT, "%s: No such file; remove the object beside it and run make again", input);
	equal = content__map(&b, kept) &&
		((a.size == b.size && (!a.size || !memcmp(a.data, b.data, a.size))) ||
		 (index && index__equal(a.data, a.size, b.data, b.size)));
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

/* @kept appears when it has all of @input.  (A second name would follow if @input is written in place.) */
static void keep_copy(const char *input, const char *kept)
{
	char *tmp = xasprintf("%s.new", kept);
	struct content c;
	FILE *f;

	make_dirs(kept);
	if (!content__map(&c, input))
		die(EXIT_INPUT, "%s: No such file", input);
	f = fopen(tmp, "w");
	if (!f || fwrite(c.data, 1, c.size, f) != c.size || fclose(f) || rename(tmp, kept))
		die(EXIT_INTERNAL, "%s: %s", kept, strerror(errno));
	content__unmap(&c);
	free(tmp);
}

static char **units;
static size_t nr_units;

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
		units[nr_units++] = unit;
	}
	if (ferror(f))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	fclose(f);
	free(line);
}

/* All that the thin link depends on but the bitcode: what may not be in a file before it has succeeded. */
static char *command_text(char *const *argv)
{
	char *text;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die(EXIT_INTERNAL, "out of memory");
	for (; *argv; argv++)
		fprintf(f, "%s\n", *argv);
	for (i = 0; i < nr_units; i++)
		fprintf(f, "%s\n", units[i]);
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

static void write_file(const char *path, const char *text)
{
	char *tmp = xasprintf("%s.new", path);
	FILE *f = fopen(tmp, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) || rename(tmp, path))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	free(tmp);
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

/* The linker's DIR.new/dir/foo.oSUFFIX -> DIR/dir/.tmp_foo.oOURS if it differs; else it goes. */
static void install(const char *staging, const char *dir, const char *unit, const char *suffix, const char *ours,
		    bool index)
{
	char *from = xasprintf("%s/%s%s", staging, unit, suffix), *to = beside(dir, unit, ours);

	if (access(from, R_OK))
		die(EXIT_INPUT, "%s: the linker has written no index for it", unit);
	if (same(from, to, index)) {
		unlink(from);
	} else {
		make_dirs(to);
		if (rename(from, to))
			die(EXIT_INTERNAL, "%s: %s", to, strerror(errno));
	}
	free(from);
	free(to);
}

static void usage(FILE *f)
{
	fputs("usage: thinlink --units=LIST --dir=DIR -- LINKER [ARGUMENT...]\n"
	      "Run a thin link (ld.lld --thinlto-index-only), unless nothing has changed, and update DIR.\n"
	      "  -u, --units=LIST  the units, a response file in link order\n"
	      "  -d, --dir=DIR     what the back ends depend on: bitcode, flags, index and imports of each unit\n"
	      "  -h, --help        this text\n"
	      "The linker also gets the options that have it write indices, and the units.\n"
	      "Exit status: 0 done, 1 a unit is bad or the linker failed, 2 bad usage, 3 no memory or an I/O error\n", f);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "units",	required_argument, NULL, 'u' },
		{ "dir",	required_argument, NULL, 'd' },
		{ "help",	no_argument,	   NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *list = NULL, *dir = NULL;
	char *staging, *staged, *cmd_path, *cmd, **link_argv;
	bool *changed, link = false;
	size_t i, n;
	int c;

	while ((c = getopt_long(argc, argv, "u:d:h", options, NULL)) >= 0) {
		switch (c) {
		case 'u':
			list = optarg;
			break;
		case 'd':
			dir = optarg;
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
	cmd = command_text(argv + optind);
	make_dirs(cmd_path);
	changed = calloc(nr_units, sizeof(*changed));
	if (!changed)
		die(EXIT_INTERNAL, "out of memory");

	for (i = 0; i < nr_units; i++) {
		char *bc = beside(dir, units[i], ".bc"), *index = beside(dir, units[i], ".index");

		changed[i] = !same(units[i], bc, false);
		link = link || changed[i] || access(index, R_OK);
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
		for (i = 0; i < nr_units; i++) {
			install(staging, dir, units[i], ".thinlto.bc", ".index", true);
			install(staging, dir, units[i], ".imports", ".imports", false);
		}
	}

	for (i = 0; i < nr_units; i++) {
		char *bc = beside(dir, units[i], ".bc");
		char *flags = beside("", units[i], ".flags"), *kept = beside(dir, units[i], ".flags");

		if (changed[i])
			keep_copy(units[i], bc);
		if (!same(flags, kept, false))
			keep_copy(flags, kept);
		free(bc);
		free(flags);
		free(kept);
	}
	write_file(cmd_path, cmd);
	return EXIT_OK;
}
