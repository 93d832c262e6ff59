// SPDX-License-Identifier: GPL-2.0
/*
 * bpf-kprobe FUNCTION FILE: does a BPF program on a kprobe run each time?
 *
 * Problem: with LTO, the name of a function can disappear or belong to another function.  A program
 * that is attached to the wrong function never runs, and nobody notices without counting.
 *
 * Solution: attach a BPF program to a kprobe on FUNCTION.  Read FILE several times, which calls
 * FUNCTION.  Compare the hits that the program counted in a map with the number of reads.
 *
 * Limits: raw system calls, as the test machine has no libbpf.
 *
 * Exit status: 0 counted right, 1 counted wrong, 2 could not be set up.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READS 5

#define INSN(c, d, s, o, i) \
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }

static int check(long ret, const char *what)
{
	if (ret < 0) {
		perror(what);
		exit(2);
	}
	return ret;
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(__NR_bpf, cmd, attr, sizeof(*attr));
}

static int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = 1,
	};

	return check(bpf(BPF_MAP_CREATE, &attr), "BPF_MAP_CREATE");
}

static uint64_t map_count(int map)
{
	uint64_t count = 0;
	uint32_t key = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (uintptr_t)&key,
		.value = (uintptr_t)&count,
	};

	check(bpf(BPF_MAP_LOOKUP_ELEM, &attr), "BPF_MAP_LOOKUP_ELEM");
	return count;
}

static int prog_load(int map)
{
	static char log[4096];
	const struct bpf_insn prog[] = {
		/* u64 *r0 = map_lookup(map, &(u32){0}) */
		INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		/* if (r0) atomically ++*r0 */
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1),
		INSN(BPF_STX | BPF_XADD | BPF_DW, BPF_REG_0, BPF_REG_1, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insns = (uintptr_t)prog,
		.insn_cnt = sizeof(prog) / sizeof(prog[0]),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof(log),
		.log_level = 1,
	};
	long fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0)
		fputs(log, stderr);
	return check(fd, "BPF_PROG_LOAD");
}

static int kprobe_open(const char *function)
{
	static const char pmu[] = "/sys/bus/event_source/devices/kprobe/type";
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.kprobe_func = (uintptr_t)function,
	};
	FILE *f = fopen(pmu, "r");

	if (!f || fscanf(f, "%u", &attr.type) != 1)
		check(-1, pmu);
	fclose(f);
	return check(syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC),
		     function);
}

static void read_all(const char *file)
{
	char buf[4096];
	int fd = check(open(file, O_RDONLY), file);

	while (check(read(fd, buf, sizeof(buf)), file) > 0)
		;
	close(fd);
}

int main(int argc, char **argv)
{
	int map, event;
	uint64_t count;

	if (argc != 3) {
		fprintf(stderr, "usage: %s FUNCTION FILE\n", argv[0]);
		return 2;
	}
	map = map_create();
	event = kprobe_open(argv[1]);
	check(ioctl(event, PERF_EVENT_IOC_SET_BPF, prog_load(map)), "PERF_EVENT_IOC_SET_BPF");
	check(ioctl(event, PERF_EVENT_IOC_ENABLE, 0), "PERF_EVENT_IOC_ENABLE");
	for (int i = 0; i < READS; i++)
		read_all(argv[2]);
	check(ioctl(event, PERF_EVENT_IOC_DISABLE, 0), "PERF_EVENT_IOC_DISABLE");

	count = map_count(map);
	if (count != READS) {
		fprintf(stderr, "%s: %llu hits, expected %d\n", argv[1],
			(unsigned long long)count, READS);
		return 1;
	}
	return 0;
}
