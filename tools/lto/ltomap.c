// SPDX-License-Identifier: GPL-2.0
/*
 * ltomap - where did my function go?
 *
 * Problem: the optimiser inlines, clones, renames and drops functions.  With link-time optimisation
 * it does so across files.  The kernel accepts a probe or a live patch on such a function, but the
 * probe or patch misses some of the calls.
 *
 * Mechanism: the debug information of a kernel and its modules says where each copy of a function
 * is (inlines.c).  The symbol table has the names (symbols.c).  Both are read into a map (map.h),
 * and the reports are made from that.
 *
 * Limits: the debug information does not say everything (inlines.c).  With Clang it does not have
 * dropped functions.  To see them, compare with a kernel that was built without LTO (--diff).
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltomap.h"

static void usage(FILE *out)
{
	fprintf(out,
		"usage: ltomap [options] [FUNCTION...]\n"
		"       ltomap [--json] --diff A B\n"
		"       ltomap [options] [--source DIR] --patch DIFF...\n"
		"Print where the copies of functions are in a kernel: out of line, and inlined.\n"
		"Without a function: print how much of the kernel was inlined.\n"
		"\n"
		"A FUNCTION is a name, FILE:NAME, or FILE:LINE.  FILE is the end of a path\n"
		"(fork.c, kernel/fork.c).  The function begins at LINE, or is the last one before\n"
		"it.\n"
		"\n"
		"  --kernel PATH   a build tree (vmlinux and its modules), a vmlinux or a module,\n"
		"                  with debug information; may be repeated (default: this\n"
		"                  directory)\n"
		"  --affected      print which functions must be patched so that no old code of\n"
		"                  these functions can run: object, symbol, position (sympos),\n"
		"                  place in the sources, reason\n"
		"  --patch         print which functions unified diffs (\"-\": standard input)\n"
		"                  change, what --affected says of them, and which objects have\n"
		"                  their code; name all changes that are not in a function\n"
		"  --source DIR    with --patch: the root of the old sources (default: their\n"
		"                  places in the debug information)\n"
		"  --into          print which functions were inlined into these functions\n"
		"  --diff          compare two kernels, A and B, each a PATH as above: which\n"
		"                  functions appeared, vanished, are newly inlined\n"
		"  --json          print the same in JSON\n"
		"  --help          print this text\n"
		"\n"
		"Exit status: 0 found; 1 there is no such function; or with --affected and\n"
		"--patch one cannot be patched; or a diff changes more than functions that have\n"
		"code here; 2 bad usage, no kernel, no debug information, no unified diff, or\n"
		"one against other sources; 3 a file cannot be read\n");
}

enum mode { PLACES, AFFECTED, INTO, DIFF, PATCH };

static int diff(int argc, char **argv, bool json)
{
	struct map a = { 0 }, b = { 0 };

	if (argc != 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	map__add(&a, argv[0]);
	map__add(&b, argv[1]);
	map__finish(&a);
	map__finish(&b);
	report_diff(&a, &b, json);
	map__free(&a);
	map__free(&b);
	return EXIT_OK;
}

/* Say on standard error that some functions cannot be patched, and return the status. */
static int say_unpatchable(uint32_t n)
{
	if (!n)
		return EXIT_OK;
	fflush(stdout);
	fprintf(stderr, "ltomap: error: %u function%s with old code cannot be patched\n", n,
		plural(n));
	return EXIT_CHECK;
}

static int patch(const struct map *map, const struct source_patch *p, const char *source, bool json)
{
	uint32_t unpatchable = 0, others = report_patch(map, p, source, &unpatchable, json);
	int status = say_unpatchable(unpatchable);

	if (!others)
		return status;
	fflush(stdout);
	fprintf(stderr, "ltomap: error: %u change%s %s not in a function that has code here\n",
		others, plural(others), others == 1 ? "is" : "are");
	return EXIT_CHECK;
}

static int ask(const struct map *map, enum mode mode, int argc, char **argv, bool json)
{
	struct functions l = { 0 };
	int i, status = EXIT_OK;

	for (i = 0; i < argc; i++)
		if (!(mode == AFFECTED ? functions__find_one : functions__find)(&l, map, argv[i]))
			status = EXIT_CHECK;
	switch (mode) {
	case AFFECTED:
		if (say_unpatchable(report_affected(map, &l, NULL, json)))
			status = EXIT_CHECK;
		break;
	case INTO:
		report_into(map, &l, json);
		break;
	default:
		if (argc)
			report_functions(map, &l, json);
		else
			report_summary(map, json);
	}
	free(l.v);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kernel",	required_argument,	NULL, 'k' },
		{ "affected",	no_argument,		NULL, 'a' },
		{ "patch",	no_argument,		NULL, 'p' },
		{ "source",	required_argument,	NULL, 's' },
		{ "into",	no_argument,		NULL, 'i' },
		{ "diff",	no_argument,		NULL, 'd' },
		{ "json",	no_argument,		NULL, 'j' },
		{ "help",	no_argument,		NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	enum mode mode = PLACES, asked;
	const char **kernels = xcalloc(argc, sizeof(*kernels));
	int nr_kernels = 0, i, opt, status;
	struct source_patch source_patch = { 0 };
	const char *source = NULL;
	struct map map = { 0 };
	bool json = false;
	uint32_t j;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'k':
			kernels[nr_kernels++] = optarg;
			break;
		case 's':
			source = optarg;
			break;
		case 'a':
		case 'i':
		case 'd':
		case 'p':
			asked = opt == 'a' ? AFFECTED : opt == 'i' ? INTO :
				opt == 'd' ? DIFF : PATCH;
			if (mode != PLACES && mode != asked)
				die(EXIT_USAGE,
				    "expected one of --affected, --patch, --into and --diff");
			mode = asked;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			usage(stdout);
			free(kernels);
			return EXIT_OK;
		default:
			usage(stderr);
			free(kernels);
			return EXIT_USAGE;
		}
	}
	argc -= optind;
	argv += optind;
	if (source && mode != PATCH)
		die(EXIT_USAGE, "--source is for --patch only");
	if (mode == DIFF) {
		if (nr_kernels)
			die(EXIT_USAGE, "--diff takes its two kernels as arguments, not --kernel");
		status = diff(argc, argv, json);
	} else {
		if (mode != PLACES && !argc)
			die(EXIT_USAGE, "expected a %s", mode == PATCH ? "diff" : "function");
		for (i = 0; i < argc && mode == PATCH; i++)
			source_patch__read(&source_patch, argv[i]);
		for (j = 0; j < source_patch.nr_files; j++)
			if (source_patch.files[j].old_path)
				strings__add(&map.paths, xstrdup(source_patch.files[j].old_path));
		if (!nr_kernels)
			kernels[nr_kernels++] = ".";
		for (i = 0; i < nr_kernels; i++)
			map__add(&map, kernels[i]);
		map__finish(&map);
		status = mode == PATCH ? patch(&map, &source_patch, source, json)
				       : ask(&map, mode, argc, argv, json);
		source_patch__free(&source_patch);
		map__free(&map);
	}
	free(kernels);
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_INTERNAL, "standard output: %s", strerror(errno));
	return status;
}
