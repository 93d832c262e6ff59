// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * objtool mcount:
 *
 * This command adds the table of calls to the function tracer (__mcount_loc) to a .o file, and does
 * nothing else.  It is for objects that objtool must not check (OBJECT_FILES_NON_STANDARD).  For
 * all other objects, "check" and "orc generate" do this as an option.
 */

#include "builtin.h"
#include "objtool.h"

int cmd_mcount(int argc, const char **argv)
{
	static const struct option options[] = { OPT_END() };
	static const char * const usage[] = { "objtool mcount file.o", NULL };
	struct objtool_file *file;

	argc = parse_options(argc, argv, options, usage, 0);
	if (argc != 1)
		usage_with_options(usage, options);

	file = objtool_open_read(argv[0]);
	if (!file || mcount_create(file))
		return 1;
	return file->elf->changed && elf_write(file->elf);
}
