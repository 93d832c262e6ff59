// SPDX-License-Identifier: GPL-2.0
/*
 * In bitcode, READ_ONCE() is an instruction that is replaced at boot (asm/rwonce.h).  No other
 * processor may execute it at that time.  But the other processors wait in stop_machine.c and in
 * RCU, which use READ_ONCE().  So the first processor waits here until all others have come out of
 * that code.  This file is native: its own READ_ONCE() is LDR.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <asm/alternative.h>
#include <asm/processor.h>

static atomic_t arrived = ATOMIC_INIT(0);

int lto_rendezvous(int cpu)
{
	if (cpu) {
		atomic_inc(&arrived);
	} else {
		while (atomic_read(&arrived) < (int)num_online_cpus() - 1)
			cpu_relax();
	}
	return cpu;
}
