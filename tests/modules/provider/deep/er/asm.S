/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/linkage.h>
#ifdef CONFIG_X86
#include <asm/nospec-branch.h>
#endif

SYM_FUNC_START(lto_test_asm)
#ifdef CONFIG_X86
	movl $7, %eax
	RET
#else
	mov w0, #7
	ret
#endif
SYM_FUNC_END(lto_test_asm)
