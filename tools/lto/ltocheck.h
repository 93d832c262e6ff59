/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame of the checks: a check looks at the files of a build tree, at vmlinux and each module, and
 * at the same file of a reference tree where there is one.
 */
#ifndef LTO_LTOCHECK_H
#define LTO_LTOCHECK_H

#include <string.h>

#include "elf.h"
#include "util.h"

/* A build tree: where vmlinux, Module.symvers, .config and the modules are. */
struct tree {
	const char	*dir;
	struct strings	modules;	/* those of modules.order, else *.ko below dir; sorted */
	struct strings	config;		/* lines of .config, sorted */
	struct strings	symvers;	/* lines of Module.symvers, sorted by symbol */
	bool		has_symvers;
};

/* Is CONFIG_@option y or m?  From Linux 6.9 on mitigations are called CONFIG_MITIGATION_@option, which is the same. */
bool tree__has(const struct tree *tree, const char *option);

/* The version of the kernel, as the first lines of .config have it; 0 if they have none. */
#define VERSION(major, minor) ((major) << 8 | (minor))
unsigned int tree__version(const struct tree *tree);

/* Where alternatives are put in, added to @out, which is not sorted (code-tables.c). */
void read_alternatives(const struct tree *tree, const struct elf_file *file, struct addresses *out);

/* Bytes of an entry of __bug_table, and of .altinstructions (code-tables.c). */
unsigned int sizeof_bug_entry(const struct tree *tree);
unsigned int sizeof_alternative(const struct tree *tree, uint16_t machine);

struct finding;
struct result {
	const struct tree	*tree;
	const struct tree	*ref;		/* NULL without --against */
	const char		*check;
	const char		*unit;		/* what is counted */
	unsigned long		counted;
	unsigned long		errors, notes;
	struct finding		*findings;
	unsigned int		nr_findings, room;
};

/*
 * A finding in @file.  @got and @expected may be NULL.  A note is something that a reader should
 * know and that is no error.
 */
void result__error(struct result *r, const char *file, const char *got, const char *expected,
		   const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void result__note(struct result *r, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Errors for what one of two sorted lists has more of than the other.  @what says of what they are
 * the entries: "table param".
 */
void result__compare(struct result *r, const char *file, const char *what,
		     const struct strings *got, const struct strings *expected);

struct check {
	const char	*name;
	const char	*about;
	const char	*unit;		/* what it counts */
	/* vmlinux, then each module; @ref is the same file of the reference, or NULL */
	void		(*file)(struct result *r, struct elf_file *f, struct elf_file *ref);
	/* once, before the files */
	void		(*tree)(struct result *r);
};

/* Is it the trap of BUG() or WARN()?  Is each of them in its table, and other sites?  (missing-entries.c) */
struct insn;
bool listed__is_bug(const struct elf_file *f, const struct insn *insn);
void check_missing_entries(struct result *r, struct elf_file *f, struct elf_file *ref);

/* Is there a stack protector where the reference has one?  (stack.c) */
void check_stack(struct result *r, struct elf_file *f, struct elf_file *ref);

/*
 * Has objtool passed over a module, of which it knows nothing?  @unseen: what it should know.  That is so on purpose in
 * arch/x86/crypto before Linux 5.13 (OBJECT_FILES_NON_STANDARD).
 */
#define MIN_UNSEEN	10
static inline bool is_passed_over(const struct elf_file *f, size_t known, size_t unseen)
{
	return f->module && !known && unseen >= MIN_UNSEEN && !strstr(f->path, "arch/x86/crypto/");
}

extern const struct check check_initcalls, check_tables, check_exports, check_mcount, check_orc,
			  check_code_tables, check_mitigations, check_sections, check_names, check_modinfo;

#endif /* LTO_LTOCHECK_H */
