// SPDX-License-Identifier: GPL-2.0
/*
 * The ELF note that says how a kernel or a module was built (include/linux/lto-note.h).
 *
 * A note is three words (length of the owner's name, length of the content, type), the name and
 * the content.  Name and content end at a multiple of 4 bytes.
 */

#include <string.h>

#include "note.h"

#define LTO_BUILD	0x4c544f

static uint64_t padded(uint32_t n)
{
	return ((uint64_t)n + 3) & ~3ULL;
}

static const char *find(const unsigned char *p, uint64_t size)
{
	while (size >= 12) {
		uint64_t name = padded(elf__u32(p)), content = padded(elf__u32(p + 4));
		const unsigned char *text = p + 12 + name;
		uint32_t length = elf__u32(p + 4);

		if (name > size - 12 || content > size - 12 - name)
			return NULL;
		if (elf__u32(p + 8) == LTO_BUILD && name == 8 && !memcmp(p + 12, "Linux", 6) &&
		    length && !text[length - 1])
			return (const char *)text;
		p = text + content;
		size -= 12 + name + content;
	}
	return NULL;
}

const char *note__lto_build(const struct elf_file *file)
{
	const char *text = NULL;
	unsigned int i;

	for (i = 0; i < file->nr_sections && !text; i++) {
		const struct elf_section *s = &file->sections[i];

		if (s->type == SHT_NOTE && s->data)
			text = find(s->data, s->size);
	}
	return text;
}
