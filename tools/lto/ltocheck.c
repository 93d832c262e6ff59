// SPDX-License-Identifier: GPL-2.0
/*
 * ltocheck - check that a built kernel is what its sources say
 *
 * Problem: a kernel that was optimised at link time can be wrong, and boot nevertheless.  An
 * initcall has moved, an entry of a table is gone, ftrace does not know a call site, or objtool has
 * not seen some code.
 *
 * Mechanism: each check reads one property from the finished ELF files of a build tree.  Some
 * properties show in the files alone.  Others are compared with a build of the same sources and
 * configuration without LTO (--against).
 *
 * Limits: x86_64 and arm64.  Tables whose entries have no symbols and no known layout are compared
 * word by word.  Nothing is run: what the kernel does at boot is a matter for a boot test.
 */

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "ltocheck.h"
#include "note.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

static const struct check *const checks[] = {
	&check_initcalls, &check_tables, &check_exports, &check_mcount, &check_orc,
	&check_code_tables, &check_mitigations, &check_sections, &check_names, &check_modinfo,
};

struct finding {
	bool	error;
	char	*file, *what, *got, *expected;
};

/* --- findings ------------------------------------------------------------------------------ */

static struct finding *add(struct result *r, const char *file, const char *fmt, va_list ap)
{
	struct finding *f;
	char *what;

	if (r->nr_findings == r->room) {
		r->room = r->room ? 2 * r->room : 16;
		r->findings = xrealloc(r->findings, r->room * sizeof(*r->findings));
	}
	f = &r->findings[r->nr_findings++];
	if (vasprintf(&what, fmt, ap) < 0)
		die(EXIT_INTERNAL, "no memory");
	*f = (struct finding){ .file = xstrdup(file), .what = what };
	return f;
}

void result__error(struct result *r, const char *file, const char *got, const char *expected,
		   const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add(r, file, fmt, ap);
	va_end(ap);
	f->error = true;
	f->got = got ? xstrdup(got) : NULL;
	f->expected = expected ? xstrdup(expected) : NULL;
	r->errors++;
}

void result__note(struct result *r, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, file, fmt, ap);
	va_end(ap);
	r->notes++;
}

struct comparison {
	struct result	*r;
	const char	*file, *what;
};

static void only_got(void *arg, const char *s)
{
	const struct comparison *c = arg;

	result__error(c->r, c->file, s, NULL, "%s has an entry that the reference lacks", c->what);
}

static void only_expected(void *arg, const char *s)
{
	const struct comparison *c = arg;

	result__error(c->r, c->file, NULL, s, "%s lacks an entry of the reference", c->what);
}

void result__compare(struct result *r, const char *file, const char *what,
		     const struct strings *got, const struct strings *expected)
{
	struct comparison c = { r, file, what };

	strings__compare(got, expected, &c, only_got, only_expected);
}

/* Escape control characters: a finding is one line, and its strings come from a kernel. */
static void print_line(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 && *s != '\t')
			printf("\\x%02x", (unsigned char)*s);
		else
			putchar(*s);
	}
}

static void print_finding(const struct result *r, const struct finding *f)
{
	printf("\t%s: %s: %s: ", f->file, f->error ? "error" : "note", r->check);
	print_line(f->what);
	if (f->got || f->expected)
		printf(" (");
	if (f->got) {
		printf("got ");
		print_line(f->got);
	}
	if (f->expected) {
		printf("%sexpected ", f->got ? ", " : "");
		print_line(f->expected);
	}
	puts(f->got || f->expected ? ")" : "");
}

static void print_text(const struct result *r, unsigned int max)
{
	unsigned int i, pass, shown = 0;

	printf("%s %s: %lu %s", r->errors ? "FAILED" : "ok", r->check, r->counted, r->unit);
	if (r->errors)
		printf(", %lu error%s", r->errors, r->errors == 1 ? "" : "s");
	if (r->notes)
		printf(", %lu note%s", r->notes, r->notes == 1 ? "" : "s");
	putchar('\n');
	/* errors first */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < r->nr_findings; i++)
			if (r->findings[i].error == !pass && shown++ < max)
				print_finding(r, &r->findings[i]);
	if (shown > max)
		printf("\t... and %u more (--max)\n", shown - max);
}

static void print_json(const struct result *results, unsigned int nr, const char *dir,
		       const char *against)
{
	unsigned int i, j;

	printf("{\"tree\": ");
	json__quote(dir);
	printf(", \"against\": ");
	if (against)
		json__quote(against);
	else
		printf("null");
	printf(", \"checks\": [");
	for (i = 0; i < nr; i++) {
		const struct result *r = &results[i];

		printf("%s\n {\"name\": \"%s\", \"passed\": %s, "
		       "\"counted\": %lu, \"unit\": \"%s\", \"findings\": [",
		       i ? "," : "", r->check, r->errors ? "false" : "true", r->counted, r->unit);
		for (j = 0; j < r->nr_findings; j++) {
			const struct finding *f = &r->findings[j];

			printf("%s\n  {\"level\": \"%s\", \"file\": ", j ? "," : "",
			       f->error ? "error" : "note");
			json__quote(f->file);
			printf(", \"what\": ");
			json__quote(f->what);
			if (f->got) {
				printf(", \"got\": ");
				json__quote(f->got);
			}
			if (f->expected) {
				printf(", \"expected\": ");
				json__quote(f->expected);
			}
			putchar('}');
		}
		printf("]}");
	}
	printf("]}\n");
}

/* --- trees --------------------------------------------------------------------------------- */

bool tree__has(const struct tree *tree, const char *option)
{
	static const char * const forms[][2] = { { "", "y" }, { "", "m" }, { "MITIGATION_", "y" } };
	bool has = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms) && !has; i++) {
		char *line = xasprintf("CONFIG_%s%s=%s", forms[i][0], option, forms[i][1]);

		has = strings__has(&tree->config, line);
		free(line);
	}
	return has;
}

unsigned int tree__version(const struct tree *tree)
{
	unsigned int major, minor;
	size_t i;

	for (i = 0; i < tree->config.nr; i++)
		if (sscanf(tree->config.v[i], "# Linux/%*s %u.%u", &major, &minor) == 2)
			return VERSION(major, minor);
	return 0;
}

/*
 * Make "crc symbol module type [namespace]" begin with the symbol: the list is sorted and searched
 * by it.
 */
static void symbol_first(char **line)
{
	char *crc = *line, *name = strchr(crc, '\t'), *rest = name ? strchr(name + 1, '\t') : NULL;

	if (!rest)
		return;
	*name++ = '\0';
	*rest++ = '\0';
	*line = xasprintf("%s\t%s\t%s", name, crc, rest);
	free(crc);
}

static void open_tree(struct tree *t, const char *dir)
{
	size_t i, n = strlen(dir);
	char *path;

	/* remove slashes at the end, as nftw() does */
	while (n > 1 && dir[n - 1] == '/')
		n--;
	t->dir = dir = xasprintf("%.*s", (int)n, dir);
	path = xasprintf("%s/.config", dir);
	/* many checks need the configuration */
	if (strings__read(&t->config, path, '\n'))
		die(EXIT_USAGE, "%s: %s; expected a build tree", path, strerror(errno));
	strings__sort(&t->config);
	free(path);

	path = xasprintf("%s/Module.symvers", dir);
	t->has_symvers = !strings__read(&t->symvers, path, '\n');
	free(path);
	for (i = 0; i < t->symvers.nr; i++)
		symbol_first(&t->symvers.v[i]);
	strings__sort(&t->symvers);

	strings__add_modules(&t->modules, dir);
}

static void close_tree(struct tree *t)
{
	strings__free(&t->modules);
	strings__free(&t->config);
	strings__free(&t->symvers);
	free(t->built);
	free((char *)t->dir);
}

/* Returns NULL if the file is @optional (in the reference tree) and does not exist. */
static struct elf_file *open_file(const struct tree *t, const char *name, bool optional)
{
	char *path = xasprintf("%s/%s", t->dir, name), error[256];
	struct elf_file *f = NULL;

	if (!optional || !access(path, F_OK)) {
		f = elf__open(path, error, sizeof(error));
		if (!f)
			die(EXIT_INTERNAL, "%s: %s", path, error);
	}
	free(path);
	return f;
}

static void check_file(const struct check *const *sel, struct result *results, unsigned int nr,
		       struct tree *tree, const struct tree *ref, const char *name)
{
	struct elf_file *f = open_file(tree, name, false);
	struct elf_file *r = ref ? open_file(ref, name, true) : NULL;
	unsigned int i;

	if (r && r->machine != f->machine)
		die(EXIT_USAGE, "%s: the reference is of another architecture", name);
	if (!f->module && note__lto_build(f))
		tree->built = xstrdup(note__lto_build(f));
	for (i = 0; i < nr; i++)
		if (sel[i]->file)
			sel[i]->file(&results[i], f, r);
	elf__close(f);
	elf__close(r);
}

/* ------------------------------------------------------------------------------------------- */

static void usage(FILE *out)
{
	fprintf(out,
		"usage: ltocheck [options] DIR\n"
		"       ltocheck --built FILE...\n"
		"Check vmlinux and the modules of the kernel that was built in DIR.\n"
		"\n"
		"  --against DIR   compare with this build of the same sources and configuration\n"
		"  --check NAME    run only this check; may be repeated\n"
		"  --built         print how vmlinux or modules were built: kind of link-time\n"
		"                  optimisation, compiler\n"
		"  --list          print the names of the checks, and what they prove\n"
		"  --json          print the findings in JSON\n"
		"  --max N         print at most N findings per check (default 20, 0: all)\n"
		"  --help          print this text\n"
		"\n"
		"Without --against, findings that a kernel may have on purpose are notes: a\n"
		"missing entry of a table, an unprotected branch.\n"
		"\n"
		"Exit status: 0 all checks passed, 1 a check found errors, 2 bad usage or no\n"
		"kernel in DIR, 3 a file cannot be read\n");
}

static const struct check *find_check(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		if (!strcmp(checks[i]->name, name))
			return checks[i];
	die(EXIT_USAGE, "there is no check %s; see --list", name);
	return NULL;
}

static void need_kernel(const char *dir)
{
	char *path = xasprintf("%s/vmlinux", dir);

	if (access(path, R_OK))
		die(EXIT_USAGE, "%s: %s; expected a build tree", path, strerror(errno));
	free(path);
}

static void print_built(const char *path)
{
	char error[256];
	struct elf_file *f = elf__open(path, error, sizeof(error));
	const char *how;

	if (!f)
		die(EXIT_INTERNAL, "%s: %s", path, error);
	how = note__lto_build(f);
	printf("%s: ", path);
	print_line(how ? how : "built without link-time optimisation, or without a note of it");
	putchar('\n');
	elf__close(f);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "against",	required_argument,	NULL, 'a' },
		{ "built",	no_argument,		NULL, 'b' },
		{ "check",	required_argument,	NULL, 'c' },
		{ "list",	no_argument,		NULL, 'l' },
		{ "json",	no_argument,		NULL, 'j' },
		{ "max",	required_argument,	NULL, 'm' },
		{ "help",	no_argument,		NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const struct check *sel[ARRAY_SIZE(checks)];
	struct result results[ARRAY_SIZE(checks)] = { { 0 } };
	struct tree tree = { 0 }, ref = { 0 };
	const char *against = NULL;
	unsigned int nr = 0, max = 20, i, j;
	unsigned long errors = 0;
	bool json = false, built = false;
	char *end;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			against = optarg;
			break;
		case 'b':
			built = true;
			break;
		case 'c':
			if (nr == ARRAY_SIZE(sel))
				die(EXIT_USAGE, "too many checks");
			sel[nr++] = find_check(optarg);
			break;
		case 'l':
			for (i = 0; i < ARRAY_SIZE(checks); i++)
				printf("%-12s%s\n", checks[i]->name, checks[i]->about);
			return EXIT_OK;
		case 'j':
			json = true;
			break;
		case 'm':
			max = strtoul(optarg, &end, 10);
			if (*end || !isdigit((unsigned char)*optarg))
				die(EXIT_USAGE, "--max %s: not a number", optarg);
			break;
		case 'h':
			usage(stdout);
			return EXIT_OK;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (built && optind < argc) {
		for (; optind < argc; optind++)
			print_built(argv[optind]);
		return EXIT_OK;
	}
	if (built || argc != optind + 1) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!nr)
		for (; nr < ARRAY_SIZE(checks); nr++)
			sel[nr] = checks[nr];

	need_kernel(argv[optind]);
	open_tree(&tree, argv[optind]);
	if (against) {
		need_kernel(against);
		open_tree(&ref, against);
	}
	for (i = 0; i < nr; i++) {
		results[i].tree = &tree;
		results[i].ref = against ? &ref : NULL;
		results[i].check = sel[i]->name;
		results[i].unit = sel[i]->unit;
		if (sel[i]->tree)
			sel[i]->tree(&results[i]);
	}
	check_file(sel, results, nr, &tree, results[0].ref, "vmlinux");
	for (i = 0; i < tree.modules.nr; i++)
		check_file(sel, results, nr, &tree, results[0].ref, tree.modules.v[i]);

	for (i = 0; i < nr; i++) {
		errors += results[i].errors;
		if (!json)
			print_text(&results[i], max ? max : -1U);
	}
	if (json)
		print_json(results, nr, tree.dir, against);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < results[i].nr_findings; j++) {
			free(results[i].findings[j].file);
			free(results[i].findings[j].what);
			free(results[i].findings[j].got);
			free(results[i].findings[j].expected);
		}
		free(results[i].findings);
	}
	close_tree(&tree);
	close_tree(&ref);
	if (fflush(stdout) || ferror(stdout))
		die(EXIT_INTERNAL, "standard output: %s", strerror(errno));
	return errors ? EXIT_CHECK : EXIT_OK;
}
