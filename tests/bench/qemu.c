// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for QEMU, that a plugin of bench/plugin is linked with: it translates and executes the
 * blocks that stdin describes, so that a test knows what the plugin has to count.
 *
 *	qemu [-smp N] ARGUMENT-OF-THE-PLUGIN... < BLOCKS
 *
 * A line of BLOCKS is a block, its words are its instructions: ADDRESS,SIZE, in hexadecimal, or the
 * markers begin, end, begin-arm64, end-arm64, all of which are in user space.  "xN" at the start of
 * the line executes it N times; "stop=N" leaves it after N instructions, as an exception does.
 * Status 3: the plugin refuses; 2: BLOCKS are wrong.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../bench/plugin/plugin.h"

extern int qemu_plugin_version;
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc, char **argv);

enum { INSNS = 1024, CALLBACKS = 4 };

/* what is done before an instruction: a call, or, without one, an addition */
struct callback {
	void (*call)(unsigned int cpu, void *data);
	void *data;
	uint64_t value;
};

struct qemu_plugin_insn {
	uint64_t address;
	size_t size;
	unsigned char bytes[16];
	size_t n;
	struct callback callbacks[CALLBACKS];
};

struct qemu_plugin_tb {
	size_t n;
	struct callback entry;
	struct qemu_plugin_insn insns[INSNS];
};

static void (*translate)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
static void (*at_exit)(qemu_plugin_id_t id, void *data);
static void *at_exit_data;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
	void (*translated)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb))
{
	(void)id;
	translate = translated;
}

void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
	void (*executed)(unsigned int cpu, void *data), enum qemu_plugin_cb_flags flags, void *data)
{
	(void)flags;
	if (insn->n == CALLBACKS)
		abort();
	insn->callbacks[insn->n].call = executed;
	insn->callbacks[insn->n++].data = data;
}

void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
	enum qemu_plugin_op op, void *to, uint64_t value)
{
	(void)op;
	if (insn->n == CALLBACKS)
		abort();
	insn->callbacks[insn->n].data = to;
	insn->callbacks[insn->n++].value = value;
}

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
	void (*executed)(unsigned int cpu, void *data), enum qemu_plugin_cb_flags flags, void *data)
{
	(void)flags;
	tb->entry = (struct callback) { .call = executed, .data = data };
}

void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
	void (*ended)(qemu_plugin_id_t id, void *data), void *data)
{
	(void)id;
	at_exit = ended;
	at_exit_data = data;
}

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb)
{
	return tb->n;
}

struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i)
{
	return (struct qemu_plugin_insn *)&tb->insns[i];
}

const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn)
{
	return insn->bytes;
}

size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn)
{
	return insn->size;
}

uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn)
{
	return insn->address;
}

static void add(struct qemu_plugin_tb *tb, const char *word)
{
	static const struct {
		const char *name;
		size_t size;
		unsigned char bytes[7];
	} markers[] = {
		{ "begin", 7, { 0x0f, 0x1f, 0x80, 0x01, 0x4f, 0x54, 0x4c } },
		{ "end", 7, { 0x0f, 0x1f, 0x80, 0x02, 0x4f, 0x54, 0x4c } },
		{ "begin-arm64", 4, { 0x3f, 0x80, 0x89, 0xd2 } },
		{ "end-arm64", 4, { 0x5f, 0x80, 0x89, 0xd2 } },
	};
	struct qemu_plugin_insn *insn = &tb->insns[tb->n];
	unsigned long long address;
	unsigned int size;

	if (tb->n++ == INSNS)
		exit(2);
	memset(insn, 0, sizeof(*insn));
	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++)
		if (!strcmp(word, markers[i].name)) {
			insn->address = 0x400000;
			insn->size = markers[i].size;
			memcpy(insn->bytes, markers[i].bytes, insn->size);
			return;
		}
	if (sscanf(word, "%llx,%x", &address, &size) != 2) {
		fprintf(stderr, "qemu: error: %s: expected ADDRESS,SIZE or a marker\n", word);
		exit(2);
	}
	insn->address = address;
	insn->size = size;
}

static void done(const struct callback *callback)
{
	if (callback->call)
		callback->call(0, callback->data);
	else
		*(uint64_t *)callback->data += callback->value;
}

static void execute(const struct qemu_plugin_tb *tb, size_t stop)
{
	if (tb->entry.call)
		done(&tb->entry);
	for (size_t i = 0; i < tb->n && i < stop; i++)
		for (size_t k = 0; k < tb->insns[i].n; k++)
			done(&tb->insns[i].callbacks[k]);
}

int main(int argc, char **argv)
{
	struct qemu_info_t info = { .target_name = "x86_64", .system_emulation = true,
		.system = { .smp_vcpus = 1, .max_vcpus = 1 } };
	static struct qemu_plugin_tb tb;
	char *line = NULL;
	size_t size = 0;

	if (argc > 2 && !strcmp(argv[1], "-smp")) {
		info.system.smp_vcpus = atoi(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (qemu_plugin_version != QEMU_PLUGIN_VERSION ||
	    qemu_plugin_install(1, &info, argc - 1, argv + 1))
		return 3;
	while (getline(&line, &size, stdin) > 0) {
		long times = 1, stop = INSNS;

		tb.n = 0;
		tb.entry.call = NULL;
		for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
			if (*word == 'x')
				times = atol(word + 1);
			else if (!strncmp(word, "stop=", 5))
				stop = atol(word + 5);
			else
				add(&tb, word);
		}
		translate(1, &tb);
		while (times--)
			execute(&tb, stop);
	}
	free(line);
	if (at_exit)
		at_exit(1, at_exit_data);
	return 0;
}
