/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the checks need of an ELF file: sections, symbols, and memory at an address.
 *
 * A relocatable file (a module) is laid out at made-up addresses and relocated there, and each of
 * its undefined symbols gets an address of its own, so that a check reads a module as it reads
 * vmlinux.  A position independent vmlinux (arm64) gets its dynamic relocations applied.
 */
#ifndef LTO_ELF_H
#define LTO_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gelf.h>
#include <elfutils/libdw.h>

struct elf_section {
	const char		*name;
	uint64_t		addr;
	uint64_t		size;
	uint64_t		flags;		/* SHF_* */
	uint32_t		type;		/* SHT_* */
	const unsigned char	*data;		/* NULL: the file has none (.bss) */
	unsigned char		*relocated;	/* the copy that relocations were applied to */
};

struct elf_symbol {
	const char	*name;
	uint64_t	addr;
	uint64_t	size;
	unsigned char	type;		/* STT_* */
	unsigned char	bind;		/* STB_* */
	unsigned int	shndx;		/* SHN_UNDEF, SHN_ABS, or an index of sections[] */
	unsigned int	number;		/* in the symbol table of the file */
};

struct elf_file {
	const char		*path;
	unsigned long		id;		/* of no other file that was opened */
	uint16_t		machine;	/* EM_X86_64 or EM_AARCH64 */
	bool			module;		/* ET_REL */
	struct elf_section	*sections;	/* [0] is the null section */
	unsigned int		nr_sections;
	struct elf_symbol	*symbols;	/* by address; undefined ones included */
	unsigned int		nr_symbols;
	const struct elf_symbol	**by_name;
	uint32_t		unloadable;	/* a module's relocation that no module loader applies, or 0 */

	/* private */
	Elf			*elf;
	int			fd;
	Dwarf			*dwarf;
};

/* NULL if it cannot be read, with a message in @error (of at least 256 bytes). */
struct elf_file *elf__open(const char *path, char *error, size_t len);
void elf__close(struct elf_file *file);

/* NULL if there is none.  Of several with the same name: the first. */
const struct elf_section *elf__section(const struct elf_file *file, const char *name);
const struct elf_section *elf__section_at(const struct elf_file *file, uint64_t addr);
const struct elf_symbol *elf__symbol(const struct elf_file *file, const char *name);
/* All symbols of a name: *count of them. */
const struct elf_symbol *const *elf__symbols_named(const struct elf_file *file, const char *name,
						   unsigned int *count);

/* The symbols at exactly @addr: *count of them, NULL if none. */
const struct elf_symbol *elf__symbols_at(const struct elf_file *file, uint64_t addr,
					 unsigned int *count);
/* The function or, if @object, the variable that @addr is in; NULL if there is none. */
const struct elf_symbol *elf__containing(const struct elf_file *file, uint64_t addr, bool object);

/* A module's undefined symbol that @addr refers to, at its address or behind; NULL if there is none. */
const struct elf_symbol *elf__undefined(const struct elf_file *file, uint64_t addr);

/* @len bytes at @addr; NULL if they are not in one section that has data. */
const unsigned char *elf__at(const struct elf_file *file, uint64_t addr, size_t len);
/* The string at @addr; NULL if there is none with an end. */
const char *elf__string_at(const struct elf_file *file, uint64_t addr);
bool elf__is_code(const struct elf_file *file, uint64_t addr);

/* Little-endian values, of what elf__at() returns. */
uint16_t elf__u16(const unsigned char *p);
uint32_t elf__u32(const unsigned char *p);
uint64_t elf__u64(const unsigned char *p);
/* A place-relative reference of 32 bits that is at @addr. */
uint64_t elf__prel32(const unsigned char *p, uint64_t addr);

/*
 * The length in bytes of the build ID (note NT_GNU_BUILD_ID) in the ELF image that is @size bytes
 * at @addr, with its address in *@at; 0 if no ELF image with a build ID is there.
 */
uint64_t elf__image_build_id(const struct elf_file *file, uint64_t addr, uint64_t size, uint64_t *at);

/* From [@start, @end) of two symbols.  False if one of them is missing, or if that is not in one section with data. */
bool elf__range(const struct elf_file *file, const char *start, const char *end,
		uint64_t *from, uint64_t *to);

/* From [@from, @to) of a section.  False if there is none of this name, or one without data. */
bool elf__section_range(const struct elf_file *file, const char *name, uint64_t *from, uint64_t *to);

/* "function+0x12 (file.c:34)" in @buf; the line only where there is DWARF for it. */
const char *elf__describe(struct elf_file *file, uint64_t addr, char *buf, size_t len);

/*
 * The name which the source gave a symbol, in @buf: without .llvm.HASH (ThinLTO's promotion), and
 * without the .NUMBER that makes local names unique.
 */
const char *elf__plain_name(const char *name, char *buf, size_t len);

#endif /* LTO_ELF_H */
