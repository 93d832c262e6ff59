// SPDX-License-Identifier: GPL-2.0
/*
 * sort-inputs - sort the inputs of an LTO link into bitcode and native code
 *
 * Problem: objtool has already seen the native inputs, when they were compiled, with the exceptions
 * that their Makefiles make.  It has not seen the bitcode.  So the two have to be linked
 * separately.  But the link order must not get lost where it matters: in tables of functions that
 * the kernel calls one after the other.
 *
 * Mechanism: this lists the inputs in link order, with llvm-ar for the members of archives.  The
 * first bytes of a file tell bitcode from ELF.  For vmlinux, llvm-nm then reads all of them in one
 * pass, to find the table entries of <linux/lto-entry.h>: a symbol "__lto<table>..<counter>.<unit>"
 * says that the unit has a section "<table>..<counter>.<unit>".  Entries are ordered by the inputs,
 * then by the counters.
 *
 * Output, beside each other:
 *   PREFIX.bitcode, PREFIX.native	the inputs, as response files in link order; --start-lib and
 *					--end-lib are around native inputs that are only linked if
 *					something refers to them
 *   PREFIX.crcs			with --versions: the versions of the symbols that the
 *					bitcode exports, as assignments
 *   PREFIX.objects			with --native-dir=DIR: all inputs in link order; bitcode
 *					dir/foo.o is DIR/dir/foo.o there, the output of its back end
 *   PREFIX.entries			with --nm: a linker script with the tables in order
 *   PREFIX.all			with --whole-program: all inputs, for a link that finds out
 *					what is used
 *   PREFIX.roots			with --whole-program: what that link has to keep, as options
 *					of the linker; if this is unknown for any unit, there is a
 *					warning, and neither PREFIX.roots nor PREFIX.all
 *
 * Limits: archives must be thin, as Kbuild makes them.  The members of other archives are not
 * files.  All members of an archive are taken, as if they were named.  Behind --start-lib, native
 * code is linked only if something refers to it.  Bitcode there is always linked: its inline
 * assembly may refer to other inputs, and no symbol table says so before a back end has compiled
 * it.  In PREFIX.objects it has been compiled, and is linked as native code is.
 */

#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

const char tool_name[] = "sort-inputs";

#define ENTRY_PREFIX	"__lto"

struct entry {			/* an entry of a table */
	char *section;		/* <table>..<counter>.<unit> */
	size_t table_len;
	unsigned long counter;
	size_t input;		/* index in inputs[] */
};

struct input {
	char *path;
	bool bitcode;
};

static struct input *inputs;
static size_t nr_inputs, first_lib;
static struct entry *entries;
static size_t nr_entries;

/* A child process whose output is read line by line. */
struct child {
	const char *name, *subject;
	pid_t pid;
	FILE *out;
	char *line;
	size_t size;
};

/* Start @argv, which ends with NULL.  @subject: what it reads, for messages. */
static void child__start(struct child *c, const char *subject, char *const *argv)
{
	int fds[2];

	memset(c, 0, sizeof(*c));
	c->name = argv[0];
	c->subject = subject;

	if (pipe2(fds, O_CLOEXEC))
		die(EXIT_INTERNAL, "pipe: %s", strerror(errno));
	c->pid = fork();
	if (c->pid < 0)
		die(EXIT_INTERNAL, "fork: %s", strerror(errno));
	if (!c->pid) {
		if (dup2(fds[1], STDOUT_FILENO) < 0)
			_exit(127);
		execvp(argv[0], argv);
		fprintf(stderr, "sort-inputs: error: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	close(fds[1]);
	c->out = fdopen(fds[0], "r");
	if (!c->out)
		die(EXIT_INTERNAL, "fdopen: %s", strerror(errno));
}

/* Return: the next line without its newline, or NULL at the end. */
static char *child__line(struct child *c)
{
	ssize_t len = getline(&c->line, &c->size, c->out);

	if (len < 0) {
		if (ferror(c->out))
			die(EXIT_INTERNAL, "read from %s: %s", c->name, strerror(errno));
		return NULL;
	}
	if (len && c->line[len - 1] == '\n')
		c->line[len - 1] = '\0';
	return c->line;
}

static void child__finish(struct child *c)
{
	int status;

	fclose(c->out);
	free(c->line);
	if (waitpid(c->pid, &status, 0) != c->pid)
		die(EXIT_INTERNAL, "waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		die(EXIT_INPUT, "%s: %s was killed by signal %d", c->subject, c->name,
		    WTERMSIG(status));
	if (WEXITSTATUS(status))
		die(EXIT_INPUT, "%s: %s failed with status %d", c->subject, c->name,
		    WEXITSTATUS(status));
}

static void input__add(const char *path, const unsigned char *magic)
{
	struct input *in;

	inputs = array_grow(inputs, nr_inputs, sizeof(*inputs));
	in = &inputs[nr_inputs++];
	memset(in, 0, sizeof(*in));
	in->path = xasprintf("%s", path);
	if (!memcmp(magic, "BC\xc0\xde", 4))
		in->bitcode = true;
	else if (memcmp(magic, "\177ELF", 4))
		die(EXIT_INPUT,
		    "%s: neither bitcode nor ELF (its first bytes are %02x %02x %02x %02x)", path,
		    magic[0], magic[1], magic[2], magic[3]);
}

static void read_magic(const char *path, unsigned char *magic, size_t size)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		die(EXIT_INPUT, "%s: %s", path, strerror(errno));
	if (fread(magic, 1, size, f) != size)
		die(EXIT_INPUT, "%s: %s", path,
		    ferror(f) ? strerror(errno) : "too short to be an object or an archive");
	fclose(f);
}

/* An argument of the command line.  If it is an archive, @lister lists its members. */
struct argument {
	const char *path;
	unsigned char magic[8];
	bool archive;
	struct child lister;
};

static void argument__open(struct argument *arg, const char *path, const char *ar)
{
	char *argv[] = { (char *)ar, "t", (char *)path, NULL };

	arg->path = path;
	read_magic(path, arg->magic, sizeof(arg->magic));
	if (!memcmp(arg->magic, "!<arch>\n", 8))
		die(EXIT_INPUT, "%s: not a thin archive; its members cannot be linked apart", path);
	arg->archive = !memcmp(arg->magic, "!<thin>\n", 8);
	if (arg->archive)
		child__start(&arg->lister, path, argv);
}

static void argument__read(struct argument *arg)
{
	unsigned char magic[8];
	char *member;

	if (!arg->archive) {
		input__add(arg->path, arg->magic);
		return;
	}

	while ((member = child__line(&arg->lister))) {
		read_magic(member, magic, sizeof(magic));
		input__add(member, magic);
	}
	child__finish(&arg->lister);
}

/* llvm-ar is slow to start: run a few at once. */
#define LISTERS	8

static void read_arguments(char **paths, size_t nr, const char *ar)
{
	struct argument args[LISTERS];
	size_t i, opened = 0;

	for (i = 0; i < nr; i++) {
		for (; opened < nr && opened < i + LISTERS; opened++)
			argument__open(&args[opened % LISTERS], paths[opened], ar);
		argument__read(&args[i % LISTERS]);
	}
}

/* Write a word of a response file, as GNU tools and LLVM read it. */
static void write_word(FILE *f, const char *word)
{
	fputc('"', f);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			fputc('\\', f);
		fputc(*word, f);
	}
	fputs("\"\n", f);
}

static FILE *output_open(const char *prefix, const char *suffix, char **path)
{
	FILE *f;

	*path = xasprintf("%s.%s", prefix, suffix);
	f = fopen(*path, "w");
	if (!f)
		die(EXIT_INTERNAL, "%s: %s", *path, strerror(errno));
	return f;
}

static void output_close(FILE *f, char *path)
{
	if (close_failed(f))
		die(EXIT_INTERNAL, "%s: %s", path, strerror(errno));
	free(path);
}

static void entry__add(const char *section, size_t input)
{
	const char *dots = strstr(section, "..");
	struct entry *e;
	char *end;

	if (!dots || dots == section || !isdigit((unsigned char)dots[2]))
		die(EXIT_INPUT,
		    "%s: symbol %s%s: not a table entry (expected %s<table>..<counter>.<unit>)",
		    inputs[input].path, ENTRY_PREFIX, section, ENTRY_PREFIX);

	entries = array_grow(entries, nr_entries, sizeof(*entries));
	e = &entries[nr_entries++];
	e->section = xasprintf("%s", section);
	e->table_len = dots - section;
	e->counter = strtoul(dots + 2, &end, 10);
	e->input = input;
	if (*end != '.')
		die(EXIT_INPUT, "%s: symbol %s%s: no unit after the counter", inputs[input].path,
		    ENTRY_PREFIX, section);
}

/*
 * A line of llvm-nm -A is "<path>: <value, 8 or 16 columns> <type> <name>".  The files come in
 * the order in which they were given; one without symbols has no line.
 */
static void read_entries(const char *prefix, const char *nm)
{
	char *path, *argument;
	FILE *f = output_open(prefix, "nm", &path);
	struct child c;
	size_t i, cur = 0;
	char *line;

	for (i = 0; i < nr_inputs; i++)
		write_word(f, inputs[i].path);
	argument = xasprintf("@%s", path);
	output_close(f, path);

	child__start(&c, "the inputs", (char *[]){ (char *)nm, "-A", "--quiet", argument, NULL });

	while ((line = child__line(&c))) {
		size_t len;
		char *name;

		for (; cur < nr_inputs; cur++) {
			len = strlen(inputs[cur].path);
			if (!strncmp(line, inputs[cur].path, len) && line[len] == ':')
				break;
		}
		if (cur == nr_inputs)
			die(EXIT_INPUT, "%s printed a line of no input: %s", nm, line);

		name = strrchr(line, ' ');
		if (!name || name - line < (ptrdiff_t)len + 3)
			die(EXIT_INPUT, "%s: %s printed what is no symbol: %s", inputs[cur].path,
			    nm, line);
		name++;

		if (!strncmp(name, ENTRY_PREFIX ".", strlen(ENTRY_PREFIX ".")))
			entry__add(name + strlen(ENTRY_PREFIX), cur);
	}
	child__finish(&c);

	if (remove(argument + 1))
		die(EXIT_INTERNAL, "%s: %s", argument + 1, strerror(errno));
	free(argument);
}

enum kind {
	BITCODE	= 1,
	NATIVE	= 2,
};

/* Write the inputs of these @kinds.  With @native_dir: for bitcode, the output of its back end. */
static void write_inputs(const char *prefix, const char *suffix, unsigned int kinds,
			 const char *native_dir)
{
	char *path, *word;
	FILE *f = output_open(prefix, suffix, &path);
	bool lib = false;
	size_t i;

	for (i = 0; i < nr_inputs; i++) {
		if (!(kinds & (inputs[i].bitcode ? BITCODE : NATIVE)))
			continue;
		if (i >= first_lib && !lib && kinds & NATIVE) {
			fputs("--start-lib\n", f);
			lib = true;
		}
		word = native_dir && inputs[i].bitcode ?
			       xasprintf("%s/%s", native_dir, inputs[i].path) :
			       xasprintf("%s", inputs[i].path);
		write_word(f, word);
		free(word);
	}
	if (lib)
		fputs("--end-lib\n", f);
	output_close(f, path);
}

/* Write all inputs.  Bitcode is always linked, so it comes before --start-lib. */
static void write_all_inputs(const char *prefix)
{
	char *path;
	FILE *f = output_open(prefix, "all", &path);
	size_t i;

	for (i = 0; i < nr_inputs; i++)
		if (i < first_lib || inputs[i].bitcode)
			write_word(f, inputs[i].path);
	fputs("--start-lib\n", f);
	for (i = first_lib; i < nr_inputs; i++)
		if (!inputs[i].bitcode)
			write_word(f, inputs[i].path);
	fputs("--end-lib\n", f);
	output_close(f, path);
}

/* scripts/lto/Makefile.build leaves files for the link of dir/foo.o as dir/.tmp_foo.o@suffix. */
static FILE *note_open(const char *object, const char *suffix)
{
	const char *base = strrchr(object, '/');
	char *path;
	FILE *f;

	base = base ? base + 1 : object;
	path = xasprintf("%.*s.tmp_%s%s", (int)(base - object), object, base, suffix);
	f = fopen(path, "r");
	if (!f)
		die(EXIT_INPUT, "%s: %s; remove %s and run make again", path, strerror(errno),
		    object);
	free(path);
	return f;
}

static void write_crcs(const char *prefix)
{
	char *path, buf[4096];
	FILE *f = output_open(prefix, "crcs", &path);
	size_t i, len;

	for (i = 0; i < nr_inputs; i++) {
		FILE *in;

		if (!inputs[i].bitcode)
			continue;
		in = note_open(inputs[i].path, ".symversions");
		while ((len = fread(buf, 1, sizeof(buf), in)))
			fwrite(buf, 1, len, f);
		if (ferror(in))
			die(EXIT_INPUT, "versions of %s: %s", inputs[i].path, strerror(errno));
		fclose(in);
	}
	output_close(f, path);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Return: false if the roots of a unit are unknown (scripts/lto/asm-names.c) */
static bool write_roots(const char *prefix)
{
	char *path, *line = NULL, **names = NULL;
	size_t i, size = 0, nr_names = 0;
	const char *strange = NULL;
	ssize_t len;
	FILE *f;

	for (i = 0; i < nr_inputs; i++) {
		if (!inputs[i].bitcode)
			continue;
		f = note_open(inputs[i].path, ".roots");
		while ((len = getline(&line, &size, f)) > 0) {
			line[len - 1] = '\0';
			if (!strcmp(line, "*"))
				strange = inputs[i].path;
			names = array_grow(names, nr_names, sizeof(*names));
			names[nr_names++] = xasprintf("%s", line);
		}
		if (ferror(f))
			die(EXIT_INPUT, "roots of %s: %s", inputs[i].path, strerror(errno));
		fclose(f);
	}
	free(line);
	if (strange) {
		fprintf(stderr, "%s: warning: sort-inputs: the compiler is newer than this kernel; "
			"what nothing uses is not dropped (the kernel is right)\n", strange);
		return false;
	}
	if (nr_names)
		qsort(names, nr_names, sizeof(*names), compare_words);
	f = output_open(prefix, "roots", &path);
	for (i = 0; i < nr_names; i++)
		if (!i || strcmp(names[i - 1], names[i]))
			fprintf(f, "--undefined=%s\n", names[i]);
	output_close(f, path);
	return true;
}

/* by table, then in link order */
static int entry__cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t len = x->table_len < y->table_len ? x->table_len : y->table_len;
	int cmp = memcmp(x->section, y->section, len);

	if (cmp)
		return cmp;
	if (x->table_len != y->table_len)
		return x->table_len < y->table_len ? -1 : 1;
	if (x->input != y->input)
		return x->input < y->input ? -1 : 1;
	return x->counter < y->counter ? -1 : x->counter > y->counter;
}

/*
 * Write one output section for each table.  Its last pattern takes entries that have none of our
 * names, so that they do not stay behind as an orphan section.  (No code makes such entries today.)
 */
static void write_entries(const char *prefix)
{
	char *path;
	FILE *f = output_open(prefix, "entries", &path);
	size_t i;

	if (nr_entries)
		qsort(entries, nr_entries, sizeof(*entries), entry__cmp);

	fputs("SECTIONS {\n", f);
	for (i = 0; i < nr_entries; i++) {
		struct entry *e = &entries[i];
		bool first = !i || e[-1].table_len != e->table_len ||
			     memcmp(e[-1].section, e->section, e->table_len);
		bool last = i + 1 == nr_entries || e[1].table_len != e->table_len ||
			    memcmp(e[1].section, e->section, e->table_len);

		if (first)
			fprintf(f, "\t%.*s : {\n", (int)e->table_len, e->section);
		fprintf(f, "\t\t*(%s)\n", e->section);
		if (last)
			fprintf(f, "\t\t*(%.*s)\n\t}\n", (int)e->table_len, e->section);
	}
	fputs("}\n", f);
	output_close(f, path);
}

static void usage(FILE *f)
{
	fputs("usage: sort-inputs --output=PREFIX [OPTION...] -- INPUT... [--start-lib INPUT...]\n"
	      "Sort objects and thin archives, in link order, into bitcode and native code.\n"
	      "Native code behind --start-lib is linked only if something refers to it.\n"
	      "  -o, --output=PREFIX  write PREFIX.bitcode and PREFIX.native\n"
	      "  -d, --native-dir=DIR write PREFIX.objects: the back ends' output, which is below\n"
	      "                       DIR, takes the place of bitcode\n"
	      "  -v, --versions       write PREFIX.crcs, from the .symversions files beside the\n"
	      "                       bitcode\n"
	      "  -a, --ar=LLVM-AR     the program that lists archives (default: llvm-ar)\n"
	      "  -n, --nm=LLVM-NM     write PREFIX.entries, from the symbols that this program\n"
	      "                       prints\n"
	      "  -w, --whole-program  write PREFIX.all and PREFIX.roots, for a link that finds\n"
	      "                       out what is used\n"
	      "  -h, --help           this text\n"
	      "Exit status: 0 done, 1 an input is bad, 2 bad usage, 3 no memory or an I/O error\n",
	      f);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "ar",     required_argument, NULL, 'a' },
		{ "nm",     required_argument, NULL, 'n' },
		{ "native-dir", required_argument, NULL, 'd' },
		{ "versions", no_argument,     NULL, 'v' },
		{ "whole-program", no_argument, NULL, 'w' },
		{ "help",   no_argument,       NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *output = NULL, *ar = "llvm-ar", *nm = NULL, *native_dir = NULL;
	bool versions = false, whole_program = false;
	int opt, libs;

	while ((opt = getopt_long(argc, argv, "+o:a:n:d:vwh", options, NULL)) != -1) {
		switch (opt) {
		case 'o':
			output = optarg;
			break;
		case 'a':
			ar = optarg;
			break;
		case 'n':
			nm = optarg;
			break;
		case 'd':
			native_dir = optarg;
			break;
		case 'v':
			versions = true;
			break;
		case 'w':
			whole_program = true;
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (!output || optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}

	for (libs = optind; libs < argc && strcmp(argv[libs], "--start-lib"); libs++)
		;
	read_arguments(argv + optind, libs - optind, ar);
	first_lib = nr_inputs;
	if (libs < argc)
		read_arguments(argv + libs + 1, argc - libs - 1, ar);
	if (!nr_inputs)
		die(EXIT_INPUT, "the archives have no members");

	if (nm)
		read_entries(output, nm);
	write_inputs(output, "bitcode", BITCODE, NULL);
	write_inputs(output, "native", NATIVE, NULL);
	if (native_dir)
		write_inputs(output, "objects", BITCODE | NATIVE, native_dir);
	if (whole_program && write_roots(output))
		write_all_inputs(output);
	if (versions)
		write_crcs(output);
	if (nm)
		write_entries(output);
	return EXIT_OK;
}
