// SPDX-License-Identifier: GPL-2.0
/*
 * Do 32-bit programs work?  This one, for ARM or i386 and without a C library, makes system calls
 * and gets a signal; code of the kernel returns from the handler.  ARM and i386 have the same
 * numbers.
 *
 * Exit status: 0 the handler ran, 1 it did not, 2 a system call failed.
 */

enum { SYS_exit = 1, SYS_getpid = 20, SYS_kill = 37, SYS_rt_sigaction = 174 };
#define SIGUSR1 10

struct sigaction {
	void		(*handler)(int);
	unsigned long	flags;
	void		(*restorer)(void);
	unsigned long	mask[2];
};

static long call(long number, long a, long b, long c, long d)
{
#ifdef __arm__
	register long nr __asm__("r7") = number;
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;
	register long r3 __asm__("r3") = d;

	__asm__ volatile("svc #0" : "+r" (r0) : "r" (nr), "r" (r1), "r" (r2), "r" (r3) : "memory");
	return r0;
#else
	__asm__ volatile("int $0x80" : "+a" (number)
			 : "b" (a), "c" (b), "d" (c), "S" (d) : "memory");
	return number;
#endif
}

static volatile int handled;

static void handler(int sig)
{
	handled = sig;
}

void _start(void)
{
	struct sigaction act = { .handler = handler };
	long pid = call(SYS_getpid, 0, 0, 0, 0);

	if (pid <= 0 || call(SYS_rt_sigaction, SIGUSR1, (long)&act, 0, sizeof(act.mask)) ||
	    call(SYS_kill, pid, SIGUSR1, 0, 0))
		call(SYS_exit, 2, 0, 0, 0);
	call(SYS_exit, handled == SIGUSR1 ? 0 : 1, 0, 0, 0);
	__builtin_unreachable();
}
