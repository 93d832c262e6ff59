/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_LTO_NOTE_H
#define _LINUX_LTO_NOTE_H

/*
 * How were vmlinux and the modules built?  <linux/build-salt.h> includes this file.  init/version.c
 * and the .mod.c of each module include that, so each of them gets these two ELF notes:
 *
 * - LINUX_ELFNOTE_LTO_INFO, a word that is 1: the debug information of a unit may refer to other
 *   units.  Newer kernels have this note, and pahole reads it.
 * - LINUX_ELFNOTE_LTO_BUILD, a string: the mode and the compiler.  "ltocheck --built" prints it.
 *
 * A kernel without LTO has neither of them.  Nor have the vDSOs, which are not linked by LTO.
 */
#if defined(CONFIG_LTO_CLANG) && (defined(MODULE) || defined(__LTO_UNIT))

#include <linux/elfnote.h>

#define LINUX_ELFNOTE_LTO_INFO	0x101
#define LINUX_ELFNOTE_LTO_BUILD	0x4c544f	/* "LTO" */

#ifdef CONFIG_LTO_CLANG_FULL
#define __LTO_MODE "full"
#elif defined(CONFIG_LTO_CLANG_THIN)
#define __LTO_MODE "thin"
#else
#define __LTO_MODE "thin-dist"
#endif

#ifdef CONFIG_LTO_CLANG_WHOLE_PROGRAM
#define __LTO_SCOPE ", whole program"
#else
#define __LTO_SCOPE
#endif

_ELFNOTE(32, "Linux", lto_info, LINUX_ELFNOTE_LTO_INFO, 1);
_ELFNOTE(32, "Linux", lto_build, LINUX_ELFNOTE_LTO_BUILD,
	 __LTO_MODE __LTO_SCOPE "; " CONFIG_CC_VERSION_TEXT);

#endif
#endif
