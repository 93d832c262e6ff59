// SPDX-License-Identifier: GPL-2.0
/*
 * A launcher of the compiler for tests: cc-probe [ccache] COMPILER ARG...
 *
 * Problem: each make asks the compiler about a hundred questions: does it take an option, which
 * version is it, does it assemble an instruction?  The source is /dev/null or comes from a pipe.
 * ccache does not remember commands that fail or read a pipe.
 *
 * Solution: the directory $CC_PROBES keeps the answers of a run of the tests.  An answer is the exit
 * status of a command and what it wrote to standard output.  It belongs to the text of the command,
 * to what came from the pipe, and to the compiler: its path, size and time.  Headers and libraries
 * of the system stay the same while tests run.  What the compiler writes to standard error is not
 * remembered: scripts/Kbuild.include and scripts/Kconfig.include do not look at it.
 *
 * All other commands run as they are, with one exception: with CCACHE_DEPEND, ccache does not know
 * the files that assembly includes by .incbin, and would return an object with an old file.  Such
 * sources are compiled without ccache.
 *
 * The exit status is that of the compiler, or 127 if it cannot run.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* what a question, and what its answer, may have: more is not remembered */
#define LIMIT (64 << 10)

struct text {
	char data[LIMIT];
	size_t size;
};

static struct text question, answer, input;

static bool add(struct text *to, const void *data, size_t size)
{
	if (size > sizeof(to->data) - to->size)
		return false;
	memcpy(to->data + to->size, data, size);
	to->size += size;
	return true;
}

static bool add_string(struct text *to, const char *string)
{
	return add(to, string, strlen(string) + 1);
}

static bool write_all(int fd, const void *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data = (const char *)data + n;
		size -= n;
	}
	return true;
}

/* Read to the end of the file, at most up to the limit: false if there is more, or an error. */
static bool read_all(int fd, struct text *to)
{
	for (;;) {
		ssize_t n = read(fd, to->data + to->size, sizeof(to->data) - to->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return !n && to->size < sizeof(to->data);
		to->size += n;
	}
}

static void run(char **args)
{
	execvp(args[0], args);
	perror(args[0]);
	exit(127);
}

/* the name of an output of try-run of scripts/Kbuild.include; it has the number of a process */
static bool is_try(const char *output)
{
	return !fnmatch("*.tmp_[0-9]*/tmp*", output, 0);
}

/*
 * Is the answer all that the command leaves?  *pipe: its source is standard input.
 */
static bool is_question(char **args, bool *pipe)
{
	const char *output = NULL;
	bool source = false, prints = false, headers = false;

	*pipe = false;
	if (args[1] && !args[2] &&
	    (!strcmp(args[1], "--version") || !strncmp(args[1], "-print-", 7)))
		return true;
	for (int i = 1; args[i]; i++) {
		const char *arg = args[i];

		if (!strcmp(arg, "-o")) {
			output = args[++i];
			if (!output)
				return false;
		} else if (!strcmp(arg, "-")) {
			source = *pipe = true;
		} else if (!strcmp(arg, "/dev/null")) {
			source = true;
		} else if (!strcmp(arg, "-E") || !strcmp(arg, "-S")) {
			prints = true;
		} else if (!strcmp(arg, "-include") || !strncmp(arg, "-M", 2) ||
			   !strncmp(arg, "-Wp,", 4) || arg[0] == '@') {
			return false;	/* further files */
		} else if (!strncmp(arg, "-I", 2) || !strncmp(arg, "-i", 2)) {
			headers = true;	/* of a tree */
		}
	}
	if (!source || (*pipe && headers))
		return false;
	if (!output || !strcmp(output, "-"))
		return prints;
	return !strcmp(output, "/dev/null") || is_try(output);
}

/* Add the compiler that PATH has for this name: false if there is none. */
static bool add_compiler(const char *name)
{
	char file[4096], id[128];
	const char *path = getenv("PATH");
	struct stat st;

	while (path) {
		const char *end = strchrnul(path, ':');

		if (strchr(name, '/')) {
			snprintf(file, sizeof(file), "%s", name);
			end = "";
		} else {
			snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path), path, name);
		}
		if (!access(file, X_OK) && !stat(file, &st) && S_ISREG(st.st_mode)) {
			snprintf(id, sizeof(id), "%lld %lld.%09ld", (long long)st.st_size,
				 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
			return add_string(&question, file) && add_string(&question, id);
		}
		path = *end ? end + 1 : NULL;
	}
	return false;
}

/* Does the source from the pipe name files of a tree? */
static bool has_files(void)
{
	static const char *const words[] = { "include \"", ".include", "incbin" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (memmem(input.data, input.size, words[i], strlen(words[i])))
			return true;
	return false;
}

/* Give the compiler what came from the pipe, and what follows. */
static pid_t feed(int to[2])
{
	pid_t writer = fork();
	char more[4096];
	ssize_t n;

	if (writer)
		return writer;
	close(to[0]);
	write_all(to[1], input.data, input.size);
	while ((n = read(0, more, sizeof(more))) > 0)
		write_all(to[1], more, n);
	_exit(0);
}

/*
 * Run the compiler, print what it prints, and return its exit status (128 and more: it was killed).
 * *whole: the answer has all that it printed.
 */
static int ask(char **args, bool from_pipe, bool *whole)
{
	pid_t compiler, writer = 0;
	int in[2], out[2], status;
	char more[4096];
	ssize_t n;

	if (pipe(out) || (from_pipe && pipe(in)))
		return 127;
	fcntl(out[0], F_SETFD, FD_CLOEXEC);
	if (from_pipe) {
		writer = feed(in);
		close(in[1]);
	}
	compiler = fork();
	if (!compiler) {
		if (from_pipe) {
			dup2(in[0], 0);
			close(in[0]);
		}
		dup2(out[1], 1);
		close(out[1]);
		run(args);
	}
	close(out[1]);
	if (from_pipe)
		close(in[0]);
	*whole = read_all(out[0], &answer);
	write_all(1, answer.data, answer.size);
	while ((n = read(out[0], more, sizeof(more))) > 0)
		write_all(1, more, n);
	if (writer > 0)
		waitpid(writer, NULL, 0);
	if (compiler < 0 || waitpid(compiler, &status, 0) < 0)
		return 127;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* FNV-1a: the file also has the question, so a second question of this name is noticed */
static unsigned long long checksum(const struct text *text)
{
	unsigned long long sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < text->size; i++)
		sum = (sum ^ (unsigned char)text->data[i]) * 0x100000001b3;
	return sum;
}

/* A file of answers: the question, a byte with the status, the output. */
static void answer_known(const char *file)
{
	static char data[2 * LIMIT + 1];
	int fd = open(file, O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return;
	size = read(fd, data, sizeof(data));
	close(fd);
	if (size <= (ssize_t)question.size || memcmp(data, question.data, question.size))
		return;
	write_all(1, data + question.size + 1, size - question.size - 1);
	exit(data[question.size]);
}

static void remember(const char *file, char status)
{
	char *new;
	int fd;

	if (asprintf(&new, "%s.%d", file, getpid()) < 0)
		return;
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd < 0)
		return;
	if (!write_all(fd, question.data, question.size) || !write_all(fd, &status, 1) ||
	    !write_all(fd, answer.data, answer.size) || rename(new, file))
		unlink(new);
	close(fd);
}

/* Does the source, the last word, have .incbin? */
static bool has_incbin(const char *source)
{
	char *data;
	struct stat st;
	int fd = open(source, O_RDONLY | O_NOCTTY);
	bool has = false;

	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		data = malloc(st.st_size);
		has = data && read(fd, data, st.st_size) == st.st_size &&
		      memmem(data, st.st_size, ".incbin", 7);
		free(data);
	}
	close(fd);
	return has;
}

int main(int argc, char **argv)
{
	const char *answers = getenv("CC_PROBES");
	char **args = argv + 1, **compiler, *file;
	bool pipe = false, whole, keep;
	int status;

	if (argc < 2) {
		fprintf(stderr, "usage: cc-probe [ccache] COMPILER ARG...\n");
		return 127;
	}
	compiler = args + (args[1] && !strcmp(args[0], "ccache"));
	if (compiler != args && has_incbin(argv[argc - 1]))
		args++;
	if (!answers || !is_question(compiler, &pipe) || !add_compiler(compiler[0]))
		run(args);
	keep = !pipe || (read_all(0, &input) && !has_files());

	/* without the number of the process */
	for (int i = 1; compiler[i]; i++)
		keep = keep && add_string(&question, is_try(compiler[i]) ? "tmp" : compiler[i]);
	keep = keep && add(&question, input.data, input.size) &&
	       asprintf(&file, "%s/%016llx", answers, checksum(&question)) > 0;
	if (keep)
		answer_known(file);
	/* The object of a try is thrown away. */
	for (int i = 1; compiler[i]; i++)
		if (is_try(compiler[i]))
			compiler[i] = "/dev/null";
	status = ask(compiler, pipe, &whole);
	/* If the compiler was killed or is missing, that is no answer. */
	if (keep && whole && status <= 1)
		remember(file, status);
	return status;
}
