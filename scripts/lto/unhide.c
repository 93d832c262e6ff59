// SPDX-License-Identifier: GPL-2.0
/*
 * unhide - make the hidden symbols of an object visible again, in place
 *
 * Problem: LTO units are compiled with -fvisibility=hidden.  They need it for weak functions that
 * another unit overrides.  ThinLTO turns such a function into a declaration.  If the unit takes its
 * address, LLVM uses a global offset table, unless it knows that the symbol cannot come from a
 * shared library.  The module loaders of x86 and arm64 do not know such a relocation.  (Newer
 * kernels do without the flag.  LLVM 13, 14 and 19 need it nevertheless, see
 * tests/12-visibility.t.)  But the last link makes hidden symbols local.  In a kernel without LTO
 * they are global (in System.map, kallsyms, nm).
 *
 * Mechanism: this program runs after the LTO link, or after a back end of distributed ThinLTO.  It
 * sets the visibility of each symbol that is not local back to default.  It changes nothing else in
 * the file.
 *
 * Limits: 64-bit objects in the byte order of the host.  All kernels that have LTO are such.
 */

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum exit_code {
	UNHIDE_OK		= 0,
	UNHIDE_INPUT	= 1,	/* not such an object */
	UNHIDE_USAGE	= 2,
	UNHIDE_IO		= 3,
};

static int complain(enum exit_code code, const char *file, const char *what)
{
	fprintf(stderr, "%s: error: unhide: %s\n", file, what);
	return code;
}

/* Does a table of @nr entries of @size bytes at @offset lie inside of the file? */
static int inside(size_t file_size, Elf64_Off offset, Elf64_Xword nr, size_t size)
{
	return offset <= file_size && nr <= (file_size - offset) / size;
}

static int make_visible(const char *file, unsigned char *elf, size_t size)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)elf;
	const Elf64_Shdr *sh;
	Elf64_Xword nr, i, j;

	if (size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh->e_ident[EI_DATA] !=
		    (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB) ||
	    eh->e_type != ET_REL)
		return complain(UNHIDE_INPUT, file, "not a relocatable 64-bit object");
	if (!inside(size, eh->e_shoff, 1, sizeof(*sh)))
		return complain(UNHIDE_INPUT, file, "no section headers");

	sh = (const Elf64_Shdr *)(elf + eh->e_shoff);
	/* with too many sections for the header, section 0 has their number */
	nr = eh->e_shnum ? eh->e_shnum : sh->sh_size;
	if (!inside(size, eh->e_shoff, nr, sizeof(*sh)))
		return complain(UNHIDE_INPUT, file, "section headers beyond the end of the file");

	for (i = 0; i < nr; i++) {
		Elf64_Sym *syms = (Elf64_Sym *)(elf + sh[i].sh_offset);

		if (sh[i].sh_type != SHT_SYMTAB)
			continue;
		if (!inside(size, sh[i].sh_offset, sh[i].sh_size / sizeof(*syms), sizeof(*syms)))
			return complain(UNHIDE_INPUT, file, "symbols beyond the end of the file");

		for (j = 0; j < sh[i].sh_size / sizeof(*syms); j++)
			if (ELF64_ST_BIND(syms[j].st_info) != STB_LOCAL)
				syms[j].st_other &= ~ELF64_ST_VISIBILITY(~0);
	}
	return UNHIDE_OK;
}

int main(int argc, char **argv)
{
	struct stat st;
	void *elf;
	int fd, ret;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: unhide OBJECT\n"
			"Make the hidden symbols of a relocatable object visible, in place.\n"
			"Exit status: 0 done, 1 not such an object, 2 bad usage, 3 I/O error\n");
		return UNHIDE_USAGE;
	}

	fd = open(argv[1], O_RDWR);
	if (fd < 0 || fstat(fd, &st))
		return complain(UNHIDE_IO, argv[1], strerror(errno));
	if (!st.st_size)
		return complain(UNHIDE_INPUT, argv[1], "empty file");

	elf = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (elf == MAP_FAILED)
		return complain(UNHIDE_IO, argv[1], strerror(errno));
	ret = make_visible(argv[1], elf, st.st_size);
	if (munmap(elf, st.st_size) || close(fd))
		return complain(UNHIDE_IO, argv[1], strerror(errno));
	return ret;
}
