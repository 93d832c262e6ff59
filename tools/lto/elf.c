// SPDX-License-Identifier: GPL-2.0
/*
 * Reading ELF and DWARF; see elf.h.
 *
 * Limits: 64-bit little-endian x86_64 and arm64.  In modules, only relocations of data and of calls
 * are applied.  Tables and call sites have no others.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf.h"
#include "util.h"

/*
 * Modules are laid out here.  The address is low, so that each 32-bit relocation can express it.
 * It is an unusual number, so that no number in a table is taken for an address.
 */
#define MODULE_BASE	0x37610000ULL
#define SECTION_ALIGN	0x1000ULL
#define EXTERN_STRIDE	0x1000ULL	/* room for references into a variable */

uint16_t elf__u16(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

uint32_t elf__u32(const unsigned char *p)
{
	return elf__u16(p) | (uint32_t)elf__u16(p + 2) << 16;
}

uint64_t elf__u64(const unsigned char *p)
{
	return elf__u32(p) | (uint64_t)elf__u32(p + 4) << 32;
}

uint64_t elf__prel32(const unsigned char *p, uint64_t addr)
{
	return addr + (int64_t)(int32_t)elf__u32(p);
}

static void put(unsigned char *p, uint64_t value, size_t size)
{
	while (size--) {
		*p++ = value;
		value >>= 8;
	}
}

static int fail(char *error, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, len, fmt, ap);
	va_end(ap);
	return -1;
}

/* ------------------------------------------------------------------------------------------- */

static int read_sections(struct elf_file *f, char *error, size_t len)
{
	uint64_t next = MODULE_BASE;
	size_t n, shstrndx, i;

	if (elf_getshdrnum(f->elf, &n) || elf_getshdrstrndx(f->elf, &shstrndx))
		return fail(error, len, "section headers: %s", elf_errmsg(-1));
	if (n < 2)
		return fail(error, len, "no sections");

	f->nr_sections = n;
	f->sections = xcalloc(n, sizeof(*f->sections));
	f->sections[0].name = "";
	for (i = 1; i < n; i++) {
		struct elf_section *s = &f->sections[i];
		Elf_Scn *scn = elf_getscn(f->elf, i);
		Elf_Data *data;
		GElf_Shdr sh;

		if (!scn || !gelf_getshdr(scn, &sh))
			return fail(error, len, "section %zu: %s", i, elf_errmsg(-1));
		s->name = elf_strptr(f->elf, shstrndx, sh.sh_name);
		if (!s->name)
			return fail(error, len, "section %zu has no name", i);
		s->addr = sh.sh_addr;
		s->size = sh.sh_size;
		s->flags = sh.sh_flags;
		s->type = sh.sh_type;
		if (f->module && s->flags & SHF_ALLOC) {
			s->addr = next;
			next += (s->size + 2 * SECTION_ALIGN - 1) & ~(SECTION_ALIGN - 1);
		}
		if (s->type == SHT_NOBITS || !s->size || s->flags & SHF_COMPRESSED)
			continue;
		data = elf_rawdata(scn, NULL);
		if (!data || data->d_size != s->size)
			return fail(error, len, "section %s: %s", s->name,
				    data ? "cut short" : elf_errmsg(-1));
		s->data = data->d_buf;
	}
	return 0;
}

static int by_address(const void *va, const void *vb)
{
	const struct elf_symbol *a = va, *b = vb;

	if (a->addr != b->addr)
		return a->addr < b->addr ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int by_name(const void *va, const void *vb)
{
	const struct elf_symbol *a = *(const struct elf_symbol *const *)va;
	const struct elf_symbol *b = *(const struct elf_symbol *const *)vb;
	int d = strcmp(a->name, b->name);

	return d ? d : a < b ? -1 : a > b;
}

/* Read the symbols.  *@addrs gets their addresses by their numbers in the file, for relocations. */
static int read_symbols(struct elf_file *f, uint64_t **addrs, unsigned int *nr_addrs,
			char *error, size_t len)
{
	uint64_t next_extern = MODULE_BASE;
	unsigned int i, n;
	GElf_Shdr sh;
	Elf_Data *data = NULL;
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(f->elf, scn))) {
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB) {
			data = elf_getdata(scn, NULL);
			break;
		}
	}
	if (!data)
		return fail(error, len, "no symbol table");
	for (i = 1; i < f->nr_sections; i++)
		if (f->sections[i].flags & SHF_ALLOC &&
		    f->sections[i].addr + f->sections[i].size >= next_extern)
			next_extern = (f->sections[i].addr + f->sections[i].size +
				       2 * SECTION_ALIGN - 1) & ~(SECTION_ALIGN - 1);

	if (sh.sh_entsize != sizeof(Elf64_Sym))
		return fail(error, len, "symbol table: entries of %llu bytes",
			    (unsigned long long)sh.sh_entsize);
	n = sh.sh_size / sh.sh_entsize;
	f->symbols = xcalloc(n, sizeof(*f->symbols));
	*addrs = xcalloc(n, sizeof(**addrs));
	*nr_addrs = n;
	for (i = 1; i < n; i++) {
		struct elf_symbol *s = &f->symbols[f->nr_symbols];
		GElf_Sym sym;

		if (!gelf_getsym(data, i, &sym))
			return fail(error, len, "symbol %u: %s", i, elf_errmsg(-1));
		s->name = elf_strptr(f->elf, sh.sh_link, sym.st_name);
		if (!s->name)
			return fail(error, len, "symbol %u has no name", i);
		s->type = GELF_ST_TYPE(sym.st_info);
		s->bind = GELF_ST_BIND(sym.st_info);
		s->size = sym.st_size;
		s->shndx = sym.st_shndx;
		s->addr = sym.st_value;
		s->number = i;
		if (f->module && s->shndx == SHN_UNDEF) {
			s->addr = next_extern;
			next_extern += EXTERN_STRIDE;
		} else if (f->module && s->shndx < f->nr_sections) {
			s->addr += f->sections[s->shndx].addr;
		}
		(*addrs)[i] = s->addr;
		if (s->shndx != SHN_UNDEF && s->shndx < f->nr_sections &&
		    s->size > f->sections[s->shndx].size)
			return fail(error, len, "symbol %s is larger than its section", s->name);
		if (s->type == STT_FILE || s->type == STT_SECTION || !*s->name)
			continue;
		/* skip mapping symbols of arm64 */
		if (s->name[0] == '$' && isalpha((unsigned char)s->name[1]) &&
		    (!s->name[2] || s->name[2] == '.'))
			continue;
		f->nr_symbols++;
	}
	qsort(f->symbols, f->nr_symbols, sizeof(*f->symbols), by_address);
	f->by_name = xcalloc(f->nr_symbols + 1, sizeof(*f->by_name));
	for (i = 0; i < f->nr_symbols; i++)
		f->by_name[i] = &f->symbols[i];
	qsort(f->by_name, f->nr_symbols, sizeof(*f->by_name), by_name);
	return 0;
}

static void apply(const struct elf_file *f, unsigned char *p, uint64_t place, uint32_t type,
		  uint64_t value)
{
	int64_t words;

	if (f->machine == EM_X86_64) {
		switch (type) {
		case R_X86_64_64:
			put(p, value, 8);
			break;
		case R_X86_64_32:
		case R_X86_64_32S:
			put(p, value, 4);
			break;
		case R_X86_64_PC32:
		case R_X86_64_PLT32:
			put(p, value - place, 4);
			break;
		case R_X86_64_PC64:
			put(p, value - place, 8);
			break;
		}
		return;
	}
	switch (type) {
	case R_AARCH64_RELATIVE:
	case R_AARCH64_ABS64:
		put(p, value, 8);
		break;
	case R_AARCH64_ABS32:
		put(p, value, 4);
		break;
	case R_AARCH64_PREL32:
		put(p, value - place, 4);
		break;
	case R_AARCH64_PREL64:
		put(p, value - place, 8);
		break;
	case R_AARCH64_CALL26:
	case R_AARCH64_JUMP26:
		words = (int64_t)(value - place) / 4;
		put(p, (elf__u32(p) & 0xfc000000) | (words & 0x03ffffff), 4);
		break;
	}
}

/*
 * Can the module loader apply this relocation?  Modules have no global offset table.  On x86,
 * apply_relocate_add() in arch/x86/kernel/module.c knows these few types.  On arm64 it knows all
 * types except GOT and TLS.
 */
static bool is_loadable(const struct elf_file *f, uint32_t type)
{
	if (f->machine == EM_AARCH64)
		return type < R_AARCH64_GOT_LD_PREL19;
	switch (type) {
	case R_X86_64_NONE:
	case R_X86_64_64:
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_PC64:
		return true;
	default:
		return false;
	}
}

static size_t reloc_size(const struct elf_file *f, uint32_t type)
{
	if (f->machine == EM_X86_64)
		return type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
	return type == R_AARCH64_ABS64 || type == R_AARCH64_PREL64 ||
	       type == R_AARCH64_RELATIVE ? 8 : 4;
}

static struct elf_section *writable(struct elf_section *s)
{
	if (!s->data)
		return NULL;
	if (!s->relocated) {
		s->relocated = xcalloc(1, s->size);
		memcpy(s->relocated, s->data, s->size);
		s->data = s->relocated;
	}
	return s;
}

static int relocate(struct elf_file *f, const uint64_t *addrs, unsigned int nr_addrs, char *error,
		    size_t len)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(f->elf, scn))) {
		struct elf_section *target = NULL;
		Elf_Data *data;
		GElf_Shdr sh;
		size_t i;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_RELA)
			continue;
		/* in a linked file, only dynamic relocations are not yet applied */
		if (f->module) {
			if (sh.sh_info >= f->nr_sections ||
			    !(f->sections[sh.sh_info].flags & SHF_ALLOC))
				continue;
			target = writable(&f->sections[sh.sh_info]);
			if (!target)
				continue;
		} else if (!(sh.sh_flags & SHF_ALLOC)) {
			continue;
		}
		data = elf_getdata(scn, NULL);
		if (!data)
			return fail(error, len, "relocations: %s", elf_errmsg(-1));
		if (sh.sh_entsize != sizeof(Elf64_Rela))
			return fail(error, len, "relocations: entries of %llu bytes",
				    (unsigned long long)sh.sh_entsize);
		for (i = 0; i < sh.sh_size / sh.sh_entsize; i++) {
			struct elf_section *s = target;
			uint64_t offset, value;
			GElf_Rela r;

			if (!gelf_getrela(data, i, &r))
				return fail(error, len, "relocation %zu: %s", i, elf_errmsg(-1));
			if (f->module && GELF_R_SYM(r.r_info) >= nr_addrs)
				return fail(error, len, "relocation %zu: no symbol %u", i,
					    (unsigned int)GELF_R_SYM(r.r_info));
			if (f->module && !f->unloadable && !is_loadable(f, GELF_R_TYPE(r.r_info)))
				f->unloadable = GELF_R_TYPE(r.r_info);
			offset = r.r_offset;
			if (!f->module) {
				s = (struct elf_section *)elf__section_at(f, r.r_offset);
				if (!s || !writable(s))
					continue;
				offset -= s->addr;
			}
			if (offset > s->size ||
			    s->size - offset < reloc_size(f, GELF_R_TYPE(r.r_info)))
				return fail(error, len, "relocation %zu is outside of %s", i,
					    s->name);
			/* addrs[] does not have the dynamic symbols, so use it for modules only */
			value = r.r_addend + (f->module ? addrs[GELF_R_SYM(r.r_info)] : 0);
			if (f->module || GELF_R_TYPE(r.r_info) == R_AARCH64_RELATIVE)
				apply(f, s->relocated + offset, s->addr + offset,
				      GELF_R_TYPE(r.r_info), value);
		}
	}
	return 0;
}

struct elf_file *elf__open(const char *path, char *error, size_t len)
{
	static unsigned long last_id;
	struct elf_file *f = xcalloc(1, sizeof(*f));
	uint64_t *addrs = NULL;
	unsigned int nr_addrs = 0;
	char magic[4];
	GElf_Ehdr eh;

	f->path = xstrdup(path);
	f->id = ++last_id;
	elf_version(EV_CURRENT);
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0) {
		fail(error, len, "%s", strerror(errno));
		goto err;
	}
	if (pread(f->fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	    !memcmp(magic, "BC\xc0\xde", sizeof(magic))) {
		fail(error, len, "LLVM bitcode, not machine code");
		goto err;
	}
	f->elf = elf_begin(f->fd, ELF_C_READ_MMAP, NULL);
	if (!f->elf || elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, &eh)) {
		fail(error, len, "not an ELF file");
		goto err;
	}
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    (eh.e_machine != EM_X86_64 && eh.e_machine != EM_AARCH64)) {
		fail(error, len, "neither x86_64 nor little-endian arm64");
		goto err;
	}
	f->machine = eh.e_machine;
	f->module = eh.e_type == ET_REL;
	if (read_sections(f, error, len) || read_symbols(f, &addrs, &nr_addrs, error, len) ||
	    relocate(f, addrs, nr_addrs, error, len))
		goto err;
	free(addrs);
	return f;
err:
	free(addrs);
	elf__close(f);
	return NULL;
}

void elf__close(struct elf_file *f)
{
	unsigned int i;

	if (!f)
		return;
	if (f->dwarf)
		dwarf_end(f->dwarf);
	for (i = 0; i < f->nr_sections; i++)
		free(f->sections[i].relocated);
	free(f->sections);
	free(f->symbols);
	free(f->by_name);
	elf_end(f->elf);
	if (f->fd >= 0)
		close(f->fd);
	free((char *)f->path);
	free(f);
}

/* ------------------------------------------------------------------------------------------- */

const struct elf_section *elf__section(const struct elf_file *f, const char *name)
{
	unsigned int i;

	for (i = 1; i < f->nr_sections; i++)
		if (!strcmp(f->sections[i].name, name))
			return &f->sections[i];
	return NULL;
}

const struct elf_section *elf__section_at(const struct elf_file *f, uint64_t addr)
{
	unsigned int i;

	for (i = 1; i < f->nr_sections; i++) {
		const struct elf_section *s = &f->sections[i];

		/* per-CPU sections overlap others, at their addresses near 0; TLS has none */
		if (s->flags & SHF_ALLOC && addr >= s->addr && addr - s->addr < s->size)
			return s;
	}
	return NULL;
}

const struct elf_symbol *const *elf__symbols_named(const struct elf_file *f, const char *name,
						   unsigned int *count)
{
	unsigned int lo = 0, hi = f->nr_symbols, end;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (strcmp(f->by_name[mid]->name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < f->nr_symbols && !strcmp(f->by_name[end]->name, name); end++)
		;
	*count = end - lo;
	return *count ? &f->by_name[lo] : NULL;
}

const struct elf_symbol *elf__symbol(const struct elf_file *f, const char *name)
{
	unsigned int n;
	const struct elf_symbol *const *s = elf__symbols_named(f, name, &n);

	return s ? *s : NULL;
}

/* Return: the index of the first symbol above @addr. */
static unsigned int above(const struct elf_file *f, uint64_t addr)
{
	unsigned int lo = 0, hi = f->nr_symbols;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (f->symbols[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct elf_symbol *elf__symbols_at(const struct elf_file *f, uint64_t addr,
					 unsigned int *count)
{
	unsigned int end = above(f, addr), start = end;

	while (start && f->symbols[start - 1].addr == addr)
		start--;
	*count = end - start;
	return *count ? &f->symbols[start] : NULL;
}

const struct elf_symbol *elf__containing(const struct elf_file *f, uint64_t addr, bool object)
{
	unsigned int i = above(f, addr), tries = 64;

	while (i-- && tries--) {
		const struct elf_symbol *s = &f->symbols[i];

		if (s->shndx == SHN_UNDEF || s->shndx >= f->nr_sections)
			continue;
		if (s->type != (object ? STT_OBJECT : STT_FUNC))
			continue;
		if (addr - s->addr < s->size)
			return s;
	}
	return NULL;
}

const struct elf_symbol *elf__undefined(const struct elf_file *f, uint64_t addr)
{
	unsigned int i = f->module ? above(f, addr) : 0;

	if (!i || f->symbols[i - 1].shndx != SHN_UNDEF ||
	    addr - f->symbols[i - 1].addr >= EXTERN_STRIDE)
		return NULL;
	return &f->symbols[i - 1];
}

const unsigned char *elf__at(const struct elf_file *f, uint64_t addr, size_t len)
{
	const struct elf_section *s = elf__section_at(f, addr);

	if (!s || !s->data || s->size - (addr - s->addr) < len)
		return NULL;
	return s->data + (addr - s->addr);
}

const char *elf__string_at(const struct elf_file *f, uint64_t addr)
{
	const struct elf_section *s = elf__section_at(f, addr);

	if (!s || !s->data || !memchr(s->data + (addr - s->addr), 0, s->size - (addr - s->addr)))
		return NULL;
	return (const char *)s->data + (addr - s->addr);
}

bool elf__is_code(const struct elf_file *f, uint64_t addr)
{
	const struct elf_section *s = elf__section_at(f, addr);

	return s && s->flags & SHF_EXECINSTR;
}

bool elf__range(const struct elf_file *f, const char *start, const char *end, uint64_t *from,
		uint64_t *to)
{
	const struct elf_symbol *a = elf__symbol(f, start), *b = elf__symbol(f, end);

	const struct elf_section *s = a ? elf__section_at(f, a->addr) : NULL;

	if (!a || !b || a->shndx == SHN_UNDEF || b->shndx == SHN_UNDEF || a->addr > b->addr)
		return false;
	if (a->addr < b->addr && (!s || !s->data || b->addr - s->addr > s->size))
		return false;
	*from = a->addr;
	*to = b->addr;
	return true;
}

bool elf__section_range(const struct elf_file *f, const char *name, uint64_t *from, uint64_t *to)
{
	const struct elf_section *s = elf__section(f, name);

	if (!s || (s->size && !s->data))
		return false;
	*from = s->addr;
	*to = s->addr + s->size;
	return true;
}

uint64_t elf__image_build_id(const struct elf_file *f, uint64_t addr, uint64_t size, uint64_t *at)
{
	const unsigned char *image = elf__at(f, addr, size);
	size_t nr, i, off, next, name, desc;
	uint64_t len = 0;
	GElf_Phdr ph;
	GElf_Nhdr nh;
	Elf *elf;

	if (!image || size < SELFMAG || memcmp(image, ELFMAG, SELFMAG))
		return 0;
	/* (the cast is safe: libelf only reads the image) */
	elf = elf_memory((char *)image, size);
	for (i = 0; elf && !elf_getphdrnum(elf, &nr) && i < nr && !len; i++) {
		Elf_Data *notes;

		if (!gelf_getphdr(elf, i, &ph) || ph.p_type != PT_NOTE)
			continue;
		notes = elf_getdata_rawchunk(elf, ph.p_offset, ph.p_filesz, ELF_T_NHDR);
		for (off = 0; notes && (next = gelf_getnote(notes, off, &nh, &name, &desc));
		     off = next) {
			if (nh.n_type == NT_GNU_BUILD_ID && nh.n_namesz == sizeof("GNU") &&
			    !memcmp((char *)notes->d_buf + name, "GNU", sizeof("GNU"))) {
				*at = addr + ph.p_offset + desc;
				len = nh.n_descsz;
				break;
			}
		}
	}
	elf_end(elf);
	return len;
}

/* ------------------------------------------------------------------------------------------- */

/* clang writes no .debug_aranges, so look for the unit of the address in all units. */
static const char *source_line(struct elf_file *f, uint64_t addr, int *line)
{
	Dwarf_Off off = 0, next;
	size_t header;
	Dwarf_Die cu;

	/* addresses in modules are made up here, and their debug information is not relocated */
	if (f->module)
		return NULL;
	if (!f->dwarf)
		f->dwarf = dwarf_begin_elf(f->elf, DWARF_C_READ, NULL);
	if (!f->dwarf)
		return NULL;
	for (; !dwarf_nextcu(f->dwarf, off, &next, &header, NULL, NULL, NULL); off = next) {
		Dwarf_Line *l;

		if (!dwarf_offdie(f->dwarf, off + header, &cu) || dwarf_haspc(&cu, addr) != 1)
			continue;
		l = dwarf_getsrc_die(&cu, addr);
		if (!l || dwarf_lineno(l, line))
			return NULL;
		return dwarf_linesrc(l, NULL, NULL);
	}
	return NULL;
}

const char *elf__describe(struct elf_file *f, uint64_t addr, char *buf, size_t len)
{
	const struct elf_symbol *s = elf__containing(f, addr, false);
	const struct elf_section *sec;
	const char *src;
	int n, line = 0;

	if (!s)
		s = elf__containing(f, addr, true);
	if (s) {
		n = snprintf(buf, len, addr == s->addr ? "%s" : "%s+0x%llx", s->name,
			     (unsigned long long)(addr - s->addr));
	} else {
		sec = elf__section_at(f, addr);
		n = sec ? snprintf(buf, len, "%s+0x%llx", sec->name,
				   (unsigned long long)(addr - sec->addr)) :
			  snprintf(buf, len, "0x%llx", (unsigned long long)addr);
	}
	src = source_line(f, addr, &line);
	if (src && n >= 0 && (size_t)n < len)
		snprintf(buf + n, len - n, " (%s:%d)", src, line);
	return buf;
}

const char *elf__plain_name(const char *name, char *buf, size_t len)
{
	char *dot, *p;

	snprintf(buf, len, "%s", name);
	while ((dot = strrchr(buf, '.')) && dot != buf && dot[1]) {
		for (p = dot + 1; isdigit((unsigned char)*p); p++)
			;
		if (*p)
			break;
		*dot = '\0';
		if (dot - buf > 5 && !strcmp(dot - 5, ".llvm"))
			dot[-5] = '\0';
	}
	return buf;
}
