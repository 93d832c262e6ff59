/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The frame of the checks.  A check looks at the files of a build tree: vmlinux and each module.
 * If there is a reference tree, it also looks at the same file there.
 */
#ifndef LTO_LTOCHECK_H
#define LTO_LTOCHECK_H

#include <string.h>

#include "elf.h"
#include "util.h"

/* A build tree: where vmlinux, Module.symvers, .config and the modules are. */
struct tree {
	const char	*dir;
	struct strings	modules;	/* from modules.order, else *.ko below dir; sorted */
	struct strings	config;		/* lines of .config, sorted */
	struct strings	symvers;	/* lines of Module.symvers, sorted by symbol */
	bool		has_symvers;
	char		*built;		/* note__lto_build() of vmlinux, or NULL */
};

/*
 * Is CONFIG_@option y or m?  From Linux 6.9 on, options of mitigations are
 * CONFIG_MITIGATION_@option.
 */
bool tree__has(const struct tree *tree, const char *option);

/* Returns the version of the kernel in the first lines of .config; 0 if there is none. */
#define VERSION(major, minor) ((major) << 8 | (minor))
unsigned int tree__version(const struct tree *tree);

/* Adds the places of alternatives to @out, which is not sorted afterwards (code-tables.c). */
void read_alternatives(const struct tree *tree, const struct elf_file *file, struct addresses *out);

/* Return the size in bytes of an entry of __bug_table, and of .altinstructions (code-tables.c). */
unsigned int sizeof_bug_entry(const struct tree *tree);
unsigned int sizeof_alternative(const struct tree *tree, uint16_t machine);

struct finding;
struct result {
	const struct tree	*tree;
	const struct tree	*ref;		/* NULL without --against */
	const char		*check;
	const char		*unit;		/* what the check counts */
	unsigned long		counted;
	unsigned long		errors, notes;
	struct finding		*findings;
	unsigned int		nr_findings, room;
};

/*
 * Report a finding in @file.  @got and @expected may be NULL.  A note is something that a reader
 * should know, but not an error.
 */
void result__error(struct result *r, const char *file, const char *got, const char *expected,
		   const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void result__note(struct result *r, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Compare two sorted lists, and report each difference as an error.  @what: where the entries are,
 * such as "table param".
 */
void result__compare(struct result *r, const char *file, const char *what,
		     const struct strings *got, const struct strings *expected);

struct check {
	const char	*name;
	const char	*about;
	const char	*unit;		/* what it counts */
	/*
	 * called for vmlinux, then for each module; @ref: the same file of the reference, or NULL
	 */
	void		(*file)(struct result *r, struct elf_file *f, struct elf_file *ref);
	/* called once, before the files */
	void		(*tree)(struct result *r);
};

/*
 * missing-entries.c: is @insn the trap of BUG() or WARN()?  Are each of these traps, and other
 * sites, in their tables?
 */
struct insn;
bool listed__is_bug(const struct elf_file *f, const struct insn *insn);
void check_missing_entries(struct result *r, struct elf_file *f, struct elf_file *ref);

/* stack.c: is there a stack protector where the reference has one? */
void check_stack(struct result *r, struct elf_file *f, struct elf_file *ref);

/*
 * Has objtool not seen a module at all, so that it knows nothing of it?  @known: how much it knows;
 * @unseen: how much more it should know.  In arch/x86/crypto before Linux 5.13 this is on purpose
 * (OBJECT_FILES_NON_STANDARD).
 */
#define MIN_UNSEEN	10
static inline bool is_passed_over(const struct elf_file *f, size_t known, size_t unseen)
{
	return f->module && !known && unseen >= MIN_UNSEEN && !strstr(f->path, "arch/x86/crypto/");
}

extern const struct check check_initcalls, check_tables, check_exports, check_mcount, check_orc,
			  check_code_tables, check_mitigations, check_sections, check_names,
			  check_modinfo;

#endif /* LTO_LTOCHECK_H */
