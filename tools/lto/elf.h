/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the checks need from an ELF file: sections, symbols, and the memory at an address.
 *
 * A module is relocatable.  It is laid out at made-up addresses and relocated to them.  Each of its
 * undefined symbols gets an address as well.  So a check reads a module in the same way as vmlinux.
 * A position independent vmlinux (arm64) gets its dynamic relocations applied.
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
	const unsigned char	*data;		/* NULL if the file has none (.bss) */
	unsigned char		*relocated;	/* a copy of the data with relocations applied */
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
	unsigned long		id;		/* unique among all files that were opened */
	uint16_t		machine;	/* EM_X86_64 or EM_AARCH64 */
	bool			module;		/* ET_REL */
	struct elf_section	*sections;	/* [0] is the null section */
	unsigned int		nr_sections;
	struct elf_symbol	*symbols;	/* sorted by address, with undefined ones */
	unsigned int		nr_symbols;
	const struct elf_symbol	**by_name;
	uint32_t		unloadable;	/* relocation that no loader knows, or 0 */

	/* private */
	Elf			*elf;
	int			fd;
	Dwarf			*dwarf;
};

/* Returns NULL if it cannot be read, with a message in @error (of at least 256 bytes). */
struct elf_file *elf__open(const char *path, char *error, size_t len);
void elf__close(struct elf_file *file);

/* Return NULL if there is none, and the first if there are several of this name. */
const struct elf_section *elf__section(const struct elf_file *file, const char *name);
const struct elf_section *elf__section_at(const struct elf_file *file, uint64_t addr);
const struct elf_symbol *elf__symbol(const struct elf_file *file, const char *name);
/* Returns all symbols of a name, and their number in *@count; NULL if there is none. */
const struct elf_symbol *const *elf__symbols_named(const struct elf_file *file, const char *name,
						   unsigned int *count);

/* Returns the symbols at exactly @addr, and their number in *@count; NULL if there is none. */
const struct elf_symbol *elf__symbols_at(const struct elf_file *file, uint64_t addr,
					 unsigned int *count);
/* Returns the function, or with @object the variable, that @addr is in; NULL if there is none. */
const struct elf_symbol *elf__containing(const struct elf_file *file, uint64_t addr, bool object);

/* Returns the undefined symbol of a module to which @addr belongs; NULL if there is none. */
const struct elf_symbol *elf__undefined(const struct elf_file *file, uint64_t addr);

/* Returns @len bytes at @addr; NULL if they are not in one section that has data. */
const unsigned char *elf__at(const struct elf_file *file, uint64_t addr, size_t len);
/* Returns the string at @addr; NULL if there is none, or it has no end. */
const char *elf__string_at(const struct elf_file *file, uint64_t addr);
bool elf__is_code(const struct elf_file *file, uint64_t addr);

/* Read little-endian values from the data that elf__at() returns. */
uint16_t elf__u16(const unsigned char *p);
uint32_t elf__u32(const unsigned char *p);
uint64_t elf__u64(const unsigned char *p);
/*
 * Returns the address to which a place-relative reference of 32 bits refers.  @p is its data, at
 * @addr.
 */
uint64_t elf__prel32(const unsigned char *p, uint64_t addr);

/*
 * Returns the length in bytes of the build ID (note NT_GNU_BUILD_ID) in the ELF image of @size
 * bytes at @addr, and puts its address into *@at.  Returns 0 if there is no ELF image with a build
 * ID.
 */
uint64_t elf__image_build_id(const struct elf_file *file, uint64_t addr, uint64_t size,
			     uint64_t *at);

/*
 * Gets the range between two symbols.  Returns false if one of them is missing, or if the range is
 * not in one section with data.
 */
bool elf__range(const struct elf_file *file, const char *start, const char *end,
		uint64_t *from, uint64_t *to);

/* Gets the range of a section.  Returns false if there is none of this name, or it has no data. */
bool elf__section_range(const struct elf_file *file, const char *name, uint64_t *from,
			uint64_t *to);

/* Returns "function+0x12 (file.c:34)", in @buf.  There is a file and line only if DWARF has it. */
const char *elf__describe(struct elf_file *file, uint64_t addr, char *buf, size_t len);

/*
 * Returns the name that a symbol has in the source, in @buf: without .llvm.HASH (functions that
 * ThinLTO promoted) and without the .NUMBER that makes local names unique.
 */
const char *elf__plain_name(const char *name, char *buf, size_t len);

#endif /* LTO_ELF_H */
