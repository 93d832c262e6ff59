// SPDX-License-Identifier: GPL-2.0
/* The ELF note that says how a kernel or a module was built (include/linux/lto-note.h). */

#include <string.h>

#include "note.h"

#define LTO_BUILD	0x4c544f

static const char *find(Elf_Data *notes)
{
	size_t off, next, name, text;
	GElf_Nhdr nh;

	for (off = 0; notes && (next = gelf_getnote(notes, off, &nh, &name, &text)); off = next) {
		const char *data = notes->d_buf;

		if (nh.n_type == LTO_BUILD && nh.n_namesz == sizeof("Linux") &&
		    !memcmp(data + name, "Linux", sizeof("Linux")) &&
		    nh.n_descsz && !data[text + nh.n_descsz - 1])
			return data + text;
	}
	return NULL;
}

const char *note__lto_build(const struct elf_file *file)
{
	const char *text = NULL;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while (!text && (scn = elf_nextscn(file->elf, scn))) {
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_NOTE)
			text = find(elf_getdata(scn, NULL));
	}
	return text;
}
