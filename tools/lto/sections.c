// SPDX-License-Identifier: GPL-2.0
/*
 * Sections: no bitcode and no section of the optimiser is left, no section is an orphan, no section
 * is writable and executable.  The sections of modules are merged, and have only relocations that
 * the kernel can apply.  Functions are in the same sections as in the reference.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ltocheck.h"

static bool starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/*
 * Is this a section that LLVM makes for itself?  .llvm_addrsig is allowed: without LTO it is in
 * modules of one object that objtool has not rewritten.  It is not loaded.
 */
static bool is_llvms(const char *name)
{
	return (starts(name, ".llvm") && strcmp(name, ".llvm_addrsig")) || starts(name, "__llvm") ||
	       strstr(name, ".llvm.");
}

/*
 * Is this the section of one function or variable, such as .text.name or .rodata..Lname?
 * (.text.hot, .text..refcount or .data..percpu are for several: the kernel or the compiler names
 * them.)
 */
static bool is_unmerged(const char *name)
{
	static const char * const prefixes[] = { ".text.", ".data.", ".bss.", ".rodata." };
	static const char * const whole[] = {
		".text.hot", ".text.unlikely", ".text.unknown", ".text.exit", ".text.fixup",
		".data.once", ".data.unlikely", ".data.rel", ".data.rel.ro", ".data.rel.local",
		".data.rel.ro.local", ".text.ftrace_trampoline",
	};
	size_t i, n;

	for (i = 0; i < sizeof(whole) / sizeof(*whole); i++) {
		n = strlen(whole[i]);
		if (starts(name, whole[i]) && (!name[n] || !strcmp(name + n, ".")))
			return false;
	}
	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		n = strlen(prefixes[i]);
		if (starts(name, prefixes[i]) && (name[n] != '.' || name[n + 1] == 'L'))
			/* (.rodata.str and .rodata.cst: strings and constants that are merged) */
			return !(i == 3 && (starts(name + n, "str") || starts(name + n, "cst")));
	}
	return false;
}

/*
 * .text.asan.module_ctor is in each object with variables.  vmlinux.lds.h merges it into another
 * section.  module.lds.S, which is for the link of modules, merges no sections with code.
 */
static bool is_sanitizers(const char *name)
{
	return starts(name, ".text.asan.") || starts(name, ".text.tsan.");
}

/*
 * A module may have these although the reference does not: the four sections into which others are
 * merged, and the sections of constants and strings, which depend on the code.
 */
static bool is_common(const char *name)
{
	static const char * const merged[] = { ".text", ".data", ".bss", ".rodata" };
	size_t i;

	for (i = 0; i < sizeof(merged) / sizeof(*merged); i++)
		if (!strcmp(name, merged[i]))
			return true;
	return starts(name, ".rodata.cst") || starts(name, ".rodata.str") ||
	       starts(name, ".rodata..str");
}

/* Alternatives may be new, as the loader handles them: with LTO, READ_ONCE() of arm64 is one. */
static bool is_alternatives(const char *name)
{
	return !strcmp(name, ".altinstructions") || !strcmp(name, ".altinstr_replacement");
}

/* Plain bitcode, or bitcode with the wrapper of Darwin (BitCodeFormat in LLVM's documentation) */
static bool is_bitcode(const unsigned char *p)
{
	return !memcmp(p, "BC\xc0\xde", 4) || !memcmp(p, "\xde\xc0\x17\x0b", 4);
}

/* Relocations, debug information, comments and notes of a linked kernel */
static bool is_metadata(const struct elf_section *s)
{
	return !(s->flags & SHF_ALLOC) || starts(s->name, ".rel") || starts(s->name, ".note");
}

static bool by_linker_script(const struct elf_section *s)
{
	/* an orphan keeps the name that it has in object files */
	return !is_unmerged(s->name) &&
	       !(starts(s->name, ".initcall") || starts(s->name, ".con_initcall") ||
		 starts(s->name, ".pci_fixup_") || starts(s->name, ".discard") ||
		 starts(s->name, ".export_symbol") || starts(s->name, "___ksymtab") ||
		 starts(s->name, "___kcrctab") || starts(s->name, ".gnu.linkonce"));
}

/* Returns the section of the only function of this name; NULL if there is none, or several. */
static const char *section_of(const struct elf_file *f, const char *name)
{
	unsigned int n;
	const struct elf_symbol *const *s = elf__symbols_named(f, name, &n);

	return n == 1 && s[0]->type == STT_FUNC && s[0]->shndx && s[0]->shndx < f->nr_sections ?
	       f->sections[s[0]->shndx].name : NULL;
}

/*
 * The source says in which section a function is: .init.text is freed after boot, .exit.text may
 * not even be loaded.  But a profile may say whether it is hot, so sections of .text count as
 * equal.
 */
static void check_functions(struct result *r, const struct elf_file *f, const struct elf_file *ref)
{
	unsigned int i;

	for (i = 0; i < f->nr_symbols; i++) {
		const char *name = f->symbols[i].name, *got = section_of(f, name);
		const char *expected = got ? section_of(ref, name) : NULL;

		if (expected && strcmp(got, expected) &&
		    !(starts(got, ".text") && starts(expected, ".text")))
			result__error(r, f->path, got, expected, "section of the function %s",
				      name);
	}
}

static void check(struct result *r, struct elf_file *f, struct elf_file *ref)
{
	unsigned int i;

	if (ref)
		check_functions(r, f, ref);
	if (f->unloadable)
		result__error(r, f->path, NULL, NULL,
			      "relocation type %u: the module loader does not know it",
			      f->unloadable);
	for (i = 1; i < f->nr_sections; i++) {
		const struct elf_section *s = &f->sections[i];

		r->counted++;
		if (s->flags & SHF_ALLOC && elf__section(f, s->name) != s &&
		    !starts(s->name, ".note"))
			result__error(r, f->path, NULL, NULL, "there are two sections %s", s->name);
		if (is_llvms(s->name) ||
		    (ref && starts(s->name, ".llvm") && !elf__section(ref, s->name)))
			result__error(r, f->path, NULL, NULL, "section %s is LLVM's own", s->name);
		if (s->data && s->size >= 4 && is_bitcode(s->data))
			result__error(r, f->path, NULL, NULL, "section %s is bitcode", s->name);
		if (s->flags & SHF_ALLOC && s->flags & SHF_WRITE && s->flags & SHF_EXECINSTR &&
		    s->size) {
			const struct elf_section *t = ref ? elf__section(ref, s->name) : NULL;

			/*
			 * vmlinux may have this by design: assembly of the boot code, and .text of
			 * arm64, which ends in the global offset table.  The kernel itself sets the
			 * page tables.
			 */
			if (!ref && !f->module && f->machine == EM_AARCH64)
				result__note(r, f->path, "section %s is writable and executable",
					     s->name);
			else if (!t || !(t->flags & SHF_WRITE) || !(t->flags & SHF_EXECINSTR))
				result__error(r, f->path, NULL, NULL,
					      "section %s is writable and executable", s->name);
		}
		if (f->module) {
			if (is_unmerged(s->name) && !is_sanitizers(s->name) &&
			    !(ref && elf__section(ref, s->name)))
				result__error(r, f->path, NULL, NULL, "section %s is not merged",
					      s->name);
			else if (ref && s->flags & SHF_ALLOC && s->size && !is_common(s->name) &&
				 !is_alternatives(s->name) && !is_metadata(s) &&
				 !elf__section(ref, s->name))
				result__error(r, f->path, NULL, NULL,
					      "section %s is not in the reference", s->name);
		} else if (!is_metadata(s) && s->size) {
			if (ref ? !elf__section(ref, s->name) : !by_linker_script(s))
				result__error(r, f->path, NULL, NULL, "section %s is an orphan",
					      s->name);
		}
	}
	for (i = 0; !f->module && ref && i < ref->nr_sections; i++) {
		const struct elf_section *s = &ref->sections[i];

		if (i && !is_metadata(s) && s->size && !elf__section(f, s->name))
			result__error(r, f->path, NULL, NULL,
				      "section %s of the reference is missing", s->name);
	}
}

const struct check check_sections = {
	.name	= "sections",
	.about	= "no bitcode, no section of LLVM's own, no orphan, none writable and executable; "
		  "those of modules are merged; functions are in the sections of the reference",
	.unit	= "sections",
	.file	= check,
};
