// SPDX-License-Identifier: GPL-2.0
/*
 * ops: how many instructions does the kernel execute for an operation?
 *
 * Problem: times measured in an emulator or on a shared machine mean little.
 *
 * Solution: with QEMU's `-icount shift=0`, a guest's clock advances by one nanosecond for each
 * instruction, whatever else the host does.  This program is the init of a machine that runs
 * nothing else.  It reads the counter of the processor before and after it lets the kernel work.
 *
 * Each operation of a table is warmed up (WARMUP batches) and then measured in BATCHES batches.
 * The batches are short, so that most of them see no tick of the scheduler; the reader of the
 * output takes the median.  First, a loop of known length is measured in the same way: if the
 * result is wrong, the counter does not count instructions.  A marker instruction before and after
 * each batch tells a QEMU plugin what to look at (bench/plugin/icache.c).  Without a plugin, a
 * marker does nothing.
 *
 * Output, on the console, a line each:
 *	bench: calibrate LENGTH TICK COUNT...	instructions of the loop; nanoseconds in a tick of
 *						the counter; ticks that each run of the loop took
 *	bench: op NAME SIZE FIRST COUNT...	operations in a batch; number of the first batch
 *						(counted over all operations); ticks that each batch
 *						took
 *	bench: absent NAME: WHY			the kernel lacks this operation
 *	bench: failed NAME: WHY			the operation went wrong; the measurement ends
 *	bench: end OPS				how many lines "op" and "absent" there are
 *
 * On the kernel's command line, ops=NAME,NAME... selects operations, and shift=N delays the start
 * by a part of a tick.  The same kernel with the same N gives almost the same counts.  Another N
 * shows how much the counts depend on when ticks and deferred work come.
 *
 * Limits: instructions of user space count, too; they are few, and the same for all kernels.  A
 * string instruction of x86 counts once for each repetition.  There is one processor, so no
 * contention.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/random.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
	WARMUP = 4,
	BATCHES = 41,
	MANY = 100,		/* descriptors to wait for, entries of a directory */
	PAGE = 4096,
	FAULTS = 32,		/* page faults of a mapped file, in a batch */
	AROUND = 16 * PAGE,	/* bytes of a file that one fault maps */
	BULK = 64 * 1024,
	CALIBRATION = 100000,	/* rounds of a loop of two instructions */
	SHIFT = 333333,		/* rounds by which each step of shift= delays the start */
};

/* --- the processor ----------------------------------------------------------------------- */

#if defined(__x86_64__)
/* counter() returns ticks; tick() returns the nanoseconds in a tick. */
static inline uint64_t counter(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static double tick(void)
{
	return 1;	/* QEMU's TSC, with -icount */
}

/* long no-ops; bench/plugin/plugin.h knows their bytes */
#define MARK_BEGIN() asm volatile(".byte 0x0f, 0x1f, 0x80, 0x01, 0x4f, 0x54, 0x4c" : : : "memory")
#define MARK_END()   asm volatile(".byte 0x0f, 0x1f, 0x80, 0x02, 0x4f, 0x54, 0x4c" : : : "memory")

static inline void known_loop(long rounds)
{
	asm volatile("1: dec %0; jnz 1b" : "+r"(rounds) : : "cc");
}
#elif defined(__aarch64__)
static inline uint64_t counter(void)
{
	uint64_t value;

	asm volatile("isb; mrs %0, cntvct_el0" : "=r"(value) : : "memory");
	return value;
}

static double tick(void)
{
	uint64_t hz;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return 1e9 / hz;
}

/* moves to the zero register */
#define MARK_BEGIN() asm volatile("movz xzr, #0x4c01" : : : "memory")
#define MARK_END()   asm volatile("movz xzr, #0x4c02" : : : "memory")

static inline void known_loop(long rounds)
{
	asm volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(rounds) : : "cc");
}
#else
#error "no counter and no marker for this processor"
#endif

/* --- ends -------------------------------------------------------------------------------- */

static const char *now = "start";	/* the operation that is measured */
static const char *lacks;		/* what its setup() has not found, if that is a file */

static void __attribute__((noreturn)) power_off(void)
{
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	sync();
	/* With -no-reboot, QEMU ends.  A machine without ACPI cannot switch its power off. */
	reboot(RB_AUTOBOOT);
	_exit(1);
}

static void __attribute__((noreturn)) failed(const char *what)
{
	printf("bench: failed %s: %s: %s\n", now, what, strerror(errno));
	power_off();
}

/* must(CALL): the value of the call; if it is negative, the measurement ends */
#define must(call) ({						\
	long must_value = (long)(call);				\
	if (must_value < 0)					\
		failed(#call);					\
	must_value;						\
})

/* exactly(SIZE, CALL): if the call does not return SIZE, the measurement ends */
#define exactly(size, call) do {				\
	if (must(call) != (long)(size)) {			\
		errno = EIO;					\
		failed(#call);					\
	}							\
} while (0)

/* --- what operations work on -------------------------------------------------------------- */

static char buffer[BULK];
static int fds[4] = { -1, -1, -1, -1 };
static pid_t child;
static const char deep[] = "/tmp/one/two/three/four/five/six/seven/eight/file";

static void close_fds(void)
{
	for (int i = 0; i < 4; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* We have one end of the pipes, and the child has the other.  The child ends when we close ours. */
static void close_child(void)
{
	close_fds();
	if (child > 0)
		must(waitpid(child, NULL, 0));
	child = 0;
}

static int nothing(void)
{
	return 0;
}

/* Open a file of 1 MiB on tmpfs as fds[0]. */
static int some_file(void)
{
	fds[0] = open("/tmp/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fds[0] < 0)
		return -1;
	for (int i = 0; i < 16; i++)
		exactly(BULK, write(fds[0], buffer, BULK));
	return 0;
}

/* --- system calls and files ---------------------------------------------------------------- */

static void null_call(long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void clock_call(long n)
{
	struct timespec ts;

	while (n--)	/* libc would call the vDSO, and not the kernel */
		must(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts));
}

static int random_setup(void)
{
	return getrandom(buffer, 32, GRND_NONBLOCK) == 32 ? 0 : -1;
}

static void random_call(long n)
{
	while (n--)
		exactly(32, getrandom(buffer, 32, 0));
}

/* Define an operation that transfers SIZE bytes n times, from the start of the file on. */
#define TRANSFER(name, size, call)				\
static void name(long n)					\
{								\
	must(lseek(fds[0], 0, SEEK_SET));			\
	while (n--)						\
		exactly(size, call);				\
}
TRANSFER(read_1, 1, read(fds[0], buffer, 1))
TRANSFER(read_4k, PAGE, read(fds[0], buffer, PAGE))
TRANSFER(write_1, 1, write(fds[0], buffer, 1))
TRANSFER(write_4k, PAGE, write(fds[0], buffer, PAGE))
TRANSFER(pread_1, 1, pread(fds[0], buffer, 1, 100))
TRANSFER(pread_4k, PAGE, pread(fds[0], buffer, PAGE, PAGE))
TRANSFER(pwrite_1, 1, pwrite(fds[0], buffer, 1, 100))
TRANSFER(pwrite_4k, PAGE, pwrite(fds[0], buffer, PAGE, PAGE))

static int deep_setup(void)
{
	char path[sizeof(deep)];

	strcpy(path, deep);
	for (char *p = path + 5; (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			return -1;
	}
	fds[0] = open(deep, O_RDWR | O_CREAT, 0600);
	return fds[0] < 0 ? -1 : 0;
}

static void open_close(long n)
{
	while (n--)
		must(close(must(open(deep, O_RDONLY))));
}

static void stat_deep(long n)
{
	struct stat st;

	while (n--)
		must(stat(deep, &st));
}

static void fstat_file(long n)
{
	struct stat st;

	while (n--)
		must(fstat(fds[0], &st));
}

static void dup_close(long n)
{
	while (n--)
		must(close(must(dup(fds[0]))));
}

static void lock_file(long n)
{
	struct flock lock = { .l_whence = SEEK_SET, .l_len = 1 };

	while (n--) {
		lock.l_type = F_WRLCK;
		must(fcntl(fds[0], F_SETLK, &lock));
		lock.l_type = F_UNLCK;
		must(fcntl(fds[0], F_SETLK, &lock));
	}
}

static void create_in(const char *path, long n)
{
	while (n--) {
		int fd = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));

		exactly(PAGE, write(fd, buffer, PAGE));
		must(close(fd));
		must(unlink(path));
	}
}

static void create_tmpfs(long n)
{
	create_in("/tmp/new", n);
}

/* Copy the file system image of the initramfs to the disk in memory, and mount it. */
static int ext4_setup(void)
{
	static int mounted;
	int from, to;
	ssize_t got;

	if (mounted)
		return 0;
	from = open("/ext4", O_RDONLY);
	to = open("/dev/ram0", O_WRONLY);
	if (from < 0 || to < 0) {
		lacks = from < 0 ? "/ext4" : "/dev/ram0";
		return -1;
	}
	while ((got = must(read(from, buffer, BULK))))
		exactly(got, write(to, buffer, got));
	must(fsync(to));
	must(close(to));
	must(close(from));
	if (mkdir("/disk", 0700) && errno != EEXIST)
		return -1;
	if (mount("/dev/ram0", "/disk", "ext4", 0, NULL)) {
		lacks = "ext4";
		return -1;
	}
	mounted = 1;
	return 0;
}

static void create_ext4(long n)
{
	create_in("/disk/new", n);
}

static int ext4_file(void)
{
	if (ext4_setup())
		return -1;
	fds[0] = must(open("/disk/file", O_RDWR | O_CREAT | O_TRUNC, 0600));
	for (int i = 0; i < 4; i++)
		exactly(BULK, write(fds[0], buffer, BULK));
	return 0;
}

static void rename_file(long n)
{
	while (n--) {
		must(rename("/tmp/file", "/tmp/renamed"));
		must(rename("/tmp/renamed", "/tmp/file"));
	}
}

static void make_directory(long n)
{
	while (n--) {
		must(mkdir("/tmp/made", 0700));
		must(rmdir("/tmp/made"));
	}
}

static int directory_setup(void)
{
	char path[40];

	if (mkdir("/tmp/many", 0700) && errno != EEXIST)
		return -1;
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/tmp/many/entry-%d", i);
		must(close(must(open(path, O_RDWR | O_CREAT, 0600))));
	}
	fds[0] = open("/tmp/many", O_RDONLY | O_DIRECTORY);
	return fds[0] < 0 ? -1 : 0;
}

static void read_directory(long n)
{
	while (n--) {
		must(lseek(fds[0], 0, SEEK_SET));
		while (must(syscall(SYS_getdents64, fds[0], buffer, sizeof(buffer))))
			;
	}
}

static int sendfile_setup(void)
{
	if (some_file())
		return -1;
	fds[1] = open("/dev/null", O_WRONLY);
	return fds[1] < 0 ? -1 : 0;
}

static void send_file(long n)
{
	while (n--) {
		off_t at = 0;

		exactly(BULK, sendfile(fds[1], fds[0], &at, BULK));
	}
}

static int splice_setup(void)
{
	return sendfile_setup() || pipe(fds + 2) ? -1 : 0;
}

static void splice_file(long n)
{
	while (n--) {
		loff_t at = 0;

		exactly(PAGE, splice(fds[0], &at, fds[3], NULL, PAGE, 0));
		exactly(PAGE, splice(fds[2], NULL, fds[1], NULL, PAGE, 0));
	}
}

static int proc_setup(void)
{
	lacks = "/proc";
	return access("/proc/self/stat", R_OK);
}

static void read_whole(const char *path, long n)
{
	while (n--) {
		int fd = must(open(path, O_RDONLY));

		while (must(read(fd, buffer, sizeof(buffer))))
			;
		must(close(fd));
	}
}

static void proc_stat(long n)
{
	read_whole("/proc/self/stat", n);
}

static void proc_maps(long n)
{
	read_whole("/proc/self/maps", n);
}

/* --- processes, threads, memory ------------------------------------------------------------- */

static void fork_exit(long n)
{
	while (n--) {
		pid_t pid = must(fork());
		int status;

		if (!pid)
			_exit(0);
		exactly(pid, waitpid(pid, &status, 0));
	}
}

static void vfork_exec(long n)
{
	while (n--) {
		pid_t pid = must(vfork());
		int status;

		if (!pid) {
			execl("/init", "true", NULL);
			_exit(127);
		}
		exactly(pid, waitpid(pid, &status, 0));
		if (status)
			failed("exec of /init");
	}
}

static void *no_thread(void *arg)
{
	return arg;
}

static void thread(long n)
{
	while (n--) {
		pthread_t t;

		errno = pthread_create(&t, NULL, no_thread, NULL);
		if (errno)
			failed("pthread_create");
		errno = pthread_join(t, NULL);
		if (errno)
			failed("pthread_join");
	}
}

static int yield_setup(void)
{
	return sched_yield();
}

static void yield(long n)
{
	while (n--)
		must(sched_yield());
}

/* Two processes and two pipes.  The kernel switches twice in a round. */
static int pingpong_setup(void)
{
	if (pipe(fds) || pipe(fds + 2))
		return -1;
	child = must(fork());
	if (!child) {
		close(fds[1]);
		close(fds[2]);
		while (read(fds[0], buffer, 1) == 1)
			if (write(fds[3], buffer, 1) != 1)
				break;
		_exit(0);
	}
	close(fds[0]);
	close(fds[3]);
	fds[0] = fds[3] = -1;
	return 0;
}

static void pingpong(long n)
{
	while (n--) {
		exactly(1, write(fds[1], buffer, 1));
		exactly(1, read(fds[2], buffer, 1));
	}
}

static uint32_t word[2];

static int futex(uint32_t *at, int op, uint32_t value)
{
	return syscall(SYS_futex, at, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static int futex_setup(void)
{
	return futex(word, FUTEX_WAKE, 1);
}

static void futex_nobody(long n)
{
	while (n--)
		must(futex(word, FUTEX_WAKE, 1));
}

static pthread_t partner;

/* Wait until W is no longer VALUE; return its new value. */
static uint32_t wait_for(uint32_t *w, uint32_t value)
{
	uint32_t is;

	while ((is = __atomic_load_n(w, __ATOMIC_ACQUIRE)) == value)
		if (futex(w, FUTEX_WAIT, value) && errno != EAGAIN && errno != EINTR)
			failed("FUTEX_WAIT");
	return is;
}

static void wake(uint32_t *w, uint32_t value)
{
	__atomic_store_n(w, value, __ATOMIC_RELEASE);
	must(futex(w, FUTEX_WAKE, 1));
}

/* A thread: answer each new word[0] in word[1], until it is ~0. */
static void *answer(void *arg)
{
	uint32_t seen = 0;

	while ((seen = wait_for(&word[0], seen)) != ~0u)
		wake(&word[1], seen);
	return arg;
}

static int futex_pair_setup(void)
{
	if (futex_setup() < 0)
		return -1;
	word[0] = word[1] = 0;
	errno = pthread_create(&partner, NULL, answer, NULL);
	return errno ? -1 : 0;
}

static void futex_pair(long n)
{
	while (n--) {
		uint32_t last = word[1];

		wake(&word[0], last + 1);
		wait_for(&word[1], last);
	}
}

static void futex_pair_end(void)
{
	wake(&word[0], ~0u);
	pthread_join(partner, NULL);
}

static void *map(size_t size, int prot, int flags, int fd)
{
	void *p = mmap(NULL, size, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		failed("mmap");
	return p;
}

static void fault_anonymous(long n)
{
	volatile char *p = map(n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	/* No check: a kernel without huge pages does not know this call. */
	madvise((void *)p, n * PAGE, MADV_NOHUGEPAGE);
	for (long i = 0; i < n; i++)
		p[i * PAGE] = 1;
	must(munmap((void *)p, n * PAGE));
}

static int fault_setup(void)
{
	fds[0] = open("/tmp/mapped", O_RDWR | O_CREAT, 0600);
	if (fds[0] < 0)
		return -1;
	for (int i = 0; i < FAULTS; i++)
		exactly(AROUND, pwrite(fds[0], buffer, AROUND, (off_t)i * AROUND));
	return 0;
}

/* At each fault the kernel maps the pages around it, too: so touch one page of each AROUND. */
static void fault_file(long n)
{
	volatile char *p = map(FAULTS * AROUND, PROT_READ, MAP_SHARED, fds[0]);

	for (long i = 0; i < n; i++)
		(void)p[i * AROUND];
	must(munmap((void *)p, FAULTS * AROUND));
}

static void fault_copy(long n)
{
	volatile char *p = map(FAULTS * AROUND, PROT_READ | PROT_WRITE, MAP_PRIVATE, fds[0]);

	for (long i = 0; i < n; i++)
		p[i * AROUND] = 1;
	must(munmap((void *)p, FAULTS * AROUND));
}

static void mmap_munmap(long n)
{
	while (n--) {
		void *p = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

		must(munmap(p, PAGE));
	}
}

static void *pages;

static int mprotect_setup(void)
{
	pages = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(pages, 1, 4 * PAGE);
	return 0;
}

static void protect(long n)
{
	while (n--) {
		must(mprotect((char *)pages + PAGE, PAGE, PROT_READ));
		must(mprotect((char *)pages + PAGE, PAGE, PROT_READ | PROT_WRITE));
	}
}

static void mprotect_end(void)
{
	must(munmap(pages, 4 * PAGE));
}

static void brk_both(long n)
{
	char *end = (char *)syscall(SYS_brk, 0);

	while (n--) {
		if (syscall(SYS_brk, end + PAGE) != (long)(end + PAGE) ||
		    syscall(SYS_brk, end) != (long)end)
			failed("brk");
	}
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	signals += number != 0;
}

static int signal_setup(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	return sigaction(SIGUSR1, &action, NULL);
}

static void signal_self(long n)
{
	pid_t pid = getpid();
	sig_atomic_t want = signals + n;

	while (n--)
		must(kill(pid, SIGUSR1));
	if (signals != want)
		failed("a signal is lost");
}

static timer_t timer;

static int timer_setup(void)
{
	struct sigevent none = { .sigev_notify = SIGEV_NONE };

	return timer_create(CLOCK_MONOTONIC, &none, &timer);
}

static void timer_both(long n)
{
	const struct itimerspec on = { .it_value.tv_sec = 1000 }, off = { .it_value.tv_sec = 0 };

	while (n--) {
		must(timer_settime(timer, 0, &on, NULL));
		must(timer_settime(timer, 0, &off, NULL));
	}
}

static void timer_end(void)
{
	must(timer_delete(timer));
}

/* --- pipes, sockets, events ------------------------------------------------------------------ */

static int pipe_setup(void)
{
	return pipe(fds);
}

/* Write a byte to fds[1] and read it back from fds[0]. */
static void pass_byte(long n)
{
	while (n--) {
		exactly(1, write(fds[1], buffer, 1));
		exactly(1, read(fds[0], buffer, 1));
	}
}

static int unix_stream(void)
{
	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}

static int unix_datagram(void)
{
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
}

static int socket_setup(void)
{
	fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
	return fds[0] < 0 ? -1 : 0;
}

static void socket_close(long n)
{
	while (n--)
		must(close(must(socket(AF_UNIX, SOCK_STREAM, 0))));
}

static struct sockaddr_in local;

/* Make a socket with an address of its own on the loopback device; store the address in `local`. */
static int inet(int type, int *fd)
{
	socklen_t size = sizeof(local);
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	*fd = socket(AF_INET, type, 0);
	if (*fd < 0 || ioctl(*fd, SIOCSIFFLAGS, &lo))
		return -1;
	local = (struct sockaddr_in) {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	if (bind(*fd, (struct sockaddr *)&local, sizeof(local)))
		return -1;
	return getsockname(*fd, (struct sockaddr *)&local, &size);
}

static int udp_setup(void)
{
	if (inet(SOCK_DGRAM, &fds[0]))
		return -1;
	fds[1] = must(socket(AF_INET, SOCK_DGRAM, 0));
	return connect(fds[1], (struct sockaddr *)&local, sizeof(local));
}

static int listen_setup(void)
{
	return inet(SOCK_STREAM, &fds[2]) || listen(fds[2], 16) ? -1 : 0;
}

static int tcp_setup(void)
{
	int on = 1;

	if (listen_setup())
		return -1;
	fds[1] = must(socket(AF_INET, SOCK_STREAM, 0));
	must(setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	if (connect(fds[1], (struct sockaddr *)&local, sizeof(local)))
		return -1;
	fds[0] = accept(fds[2], NULL, NULL);
	return fds[0] < 0 ? -1 : 0;
}

static void tcp_bulk(long n)
{
	while (n--) {
		exactly(BULK, send(fds[1], buffer, BULK, 0));
		exactly(BULK, recv(fds[0], buffer, BULK, MSG_WAITALL));
	}
}

static int tcp_bulk_setup(void)
{
	int size = 4 * BULK;

	if (tcp_setup())
		return -1;
	must(setsockopt(fds[0], SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	must(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)));
	return 0;
}

static void tcp_connect(long n)
{
	while (n--) {
		int ours = must(socket(AF_INET, SOCK_STREAM, 0)), theirs;

		must(connect(ours, (struct sockaddr *)&local, sizeof(local)));
		theirs = must(accept(fds[2], NULL, NULL));
		must(close(ours));
		must(close(theirs));
	}
}

/* A BPF program that passes all datagrams of less than 64 KiB: four instructions for each. */
static int bpf_setup(void)
{
	static const struct bpf_insn program[] = {
		/* r0 = skb->len; if (r0 > 0xffff) r0 = 0; else r0 = -1; exit */
		{ .code = BPF_LDX | BPF_W | BPF_MEM, .dst_reg = 0, .src_reg = 1, .off = 0 },
		{ .code = BPF_JMP | BPF_JGT | BPF_K, .dst_reg = 0, .off = 2, .imm = 0xffff },
		{ .code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (uintptr_t)"GPL",
	};

	if (unix_datagram())
		return -1;
	fds[2] = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fds[2] < 0)
		return -1;
	return setsockopt(fds[0], SOL_SOCKET, SO_ATTACH_BPF, &fds[2], sizeof(fds[2]));
}

static int many[MANY];
static struct pollfd polled[MANY];
static fd_set selected;

/* Many descriptors; only the last of them is ready. */
static int many_setup(void)
{
	FD_ZERO(&selected);
	for (int i = 0; i < MANY; i++) {
		many[i] = eventfd(i == MANY - 1, 0);
		if (many[i] < 0)
			return -1;
		polled[i] = (struct pollfd) { .fd = many[i], .events = POLLIN };
		FD_SET(many[i], &selected);
	}
	return 0;
}

static void many_end(void)
{
	for (int i = 0; i < MANY; i++)
		must(close(many[i]));
	close_fds();
}

static int select_setup(void)
{
	fd_set set;

	if (many_setup())
		return -1;
	set = selected;
	return select(many[MANY - 1] + 1, &set, NULL, NULL, NULL) == 1 ? 0 : -1;
}

static void select_many(long n)
{
	while (n--) {
		fd_set set = selected;

		exactly(1, select(many[MANY - 1] + 1, &set, NULL, NULL, NULL));
	}
}

static void poll_many(long n)
{
	while (n--)
		exactly(1, poll(polled, MANY, -1));
}

static int epoll_setup(void)
{
	if (many_setup())
		return -1;
	fds[0] = epoll_create1(0);
	if (fds[0] < 0)
		return -1;
	for (int i = 0; i < MANY; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.fd = many[i] };

		must(epoll_ctl(fds[0], EPOLL_CTL_ADD, many[i], &event));
	}
	return 0;
}

static void epoll_many(long n)
{
	struct epoll_event events[8];

	while (n--)
		exactly(1, epoll_wait(fds[0], events, 8, -1));
}

static void epoll_change(long n)
{
	while (n--) {
		struct epoll_event event = { .events = EPOLLIN };

		must(epoll_ctl(fds[0], EPOLL_CTL_DEL, many[0], &event));
		must(epoll_ctl(fds[0], EPOLL_CTL_ADD, many[0], &event));
	}
}

static int event_setup(void)
{
	fds[0] = eventfd(0, 0);
	return fds[0] < 0 ? -1 : 0;
}

static void event(long n)
{
	uint64_t value = 1;

	while (n--) {
		exactly(sizeof(value), write(fds[0], &value, sizeof(value)));
		exactly(sizeof(value), read(fds[0], &value, sizeof(value)));
	}
}

/* --- the table -------------------------------------------------------------------------------- */

/*
 * `size` is the number of operations in a batch: as many as take some 100,000 instructions, where
 * operations are small enough for that.  setup() fails, with errno, if the kernel lacks the
 * operation.
 */
static const struct op {
	const char *name;
	int size;
	int (*setup)(void);
	void (*run)(long n);
	void (*end)(void);
} ops[] = {
	{ "null",		400,	nothing,		null_call,	NULL },
	{ "clock_gettime",	400,	nothing,		clock_call,	NULL },
	{ "getrandom-32",	100,	random_setup,		random_call,	NULL },
	{ "read-1",		200,	some_file,		read_1,		close_fds },
	{ "read-4k",		100,	some_file,		read_4k,	close_fds },
	{ "write-1",		200,	some_file,		write_1,	close_fds },
	{ "write-4k",		100,	some_file,		write_4k,	close_fds },
	{ "pread-1",		200,	some_file,		pread_1,	close_fds },
	{ "pread-4k",		100,	some_file,		pread_4k,	close_fds },
	{ "pwrite-1",		200,	some_file,		pwrite_1,	close_fds },
	{ "pwrite-4k",		100,	some_file,		pwrite_4k,	close_fds },
	{ "open-close-deep",	50,	deep_setup,		open_close,	close_fds },
	{ "stat-deep",		50,	deep_setup,		stat_deep,	close_fds },
	{ "fstat",		200,	some_file,		fstat_file,	close_fds },
	{ "dup-close",		200,	some_file,		dup_close,	close_fds },
	{ "lock-unlock",	100,	some_file,		lock_file,	close_fds },
	{ "create-tmpfs",	20,	nothing,		create_tmpfs,	NULL },
	{ "create-ext4",	4,	ext4_setup,		create_ext4,	close_fds },
	{ "pread-4k-ext4",	64,	ext4_file,		pread_4k,	close_fds },
	{ "pwrite-4k-ext4",	30,	ext4_file,		pwrite_4k,	close_fds },
	{ "rename",		20,	some_file,		rename_file,	close_fds },
	{ "mkdir-rmdir",	20,	nothing,		make_directory,	NULL },
	{ "readdir-100",	8,	directory_setup,	read_directory,	close_fds },
	{ "sendfile-64k",	8,	sendfile_setup,		send_file,	close_fds },
	{ "splice-4k",		50,	splice_setup,		splice_file,	close_fds },
	{ "proc-stat",		10,	proc_setup,		proc_stat,	NULL },
	{ "proc-maps",		10,	proc_setup,		proc_maps,	NULL },
	{ "fork-exit",		2,	nothing,		fork_exit,	NULL },
	{ "vfork-exec",		2,	nothing,		vfork_exec,	NULL },
	{ "thread",		5,	nothing,		thread,		NULL },
	{ "sched_yield",	200,	yield_setup,		yield,		NULL },
	{ "ping-pong",		20,	pingpong_setup,		pingpong,	close_child },
	{ "futex-wake",		300,	futex_setup,		futex_nobody,	NULL },
	{ "futex-ping-pong",	20,	futex_pair_setup,	futex_pair,	futex_pair_end },
	{ "fault-anonymous",	100,	nothing,		fault_anonymous, NULL },
	{ "fault-file",		FAULTS,	fault_setup,		fault_file,	close_fds },
	{ "fault-copy",		FAULTS,	fault_setup,		fault_copy,	close_fds },
	{ "mmap-munmap",	30,	nothing,		mmap_munmap,	NULL },
	{ "mprotect",		30,	mprotect_setup,		protect,	mprotect_end },
	{ "brk",		30,	nothing,		brk_both,	NULL },
	{ "signal",		50,	signal_setup,		signal_self,	NULL },
	{ "timer",		100,	timer_setup,		timer_both,	timer_end },
	{ "pipe",		80,	pipe_setup,		pass_byte,	close_fds },
	{ "eventfd",		100,	event_setup,		event,		close_fds },
	{ "socket-close",	50,	socket_setup,		socket_close,	close_fds },
	{ "unix-stream",	50,	unix_stream,		pass_byte,	close_fds },
	{ "unix-datagram",	50,	unix_datagram,		pass_byte,	close_fds },
	{ "bpf-filter",		50,	bpf_setup,		pass_byte,	close_fds },
	{ "udp",		30,	udp_setup,		pass_byte,	close_fds },
	{ "tcp",		20,	tcp_setup,		pass_byte,	close_fds },
	{ "tcp-bulk-64k",	4,	tcp_bulk_setup,		tcp_bulk,	close_fds },
	{ "tcp-connect",	4,	listen_setup,		tcp_connect,	close_fds },
	{ "select-100",		20,	select_setup,		select_many,	many_end },
	{ "poll-100",		20,	many_setup,		poll_many,	many_end },
	{ "epoll-100",		100,	epoll_setup,		epoll_many,	many_end },
	{ "epoll-change",	50,	epoll_setup,		epoll_change,	many_end },
};

/* --- measuring -------------------------------------------------------------------------------- */

static uint64_t counts[BATCHES];

static void print_counts(void)
{
	for (int i = 0; i < BATCHES; i++)
		printf(" %llu", (unsigned long long)counts[i]);
	printf("\n");
}

static void calibrate(void)
{
	for (int i = 0; i < BATCHES; i++) {
		uint64_t before = counter();

		known_loop(CALIBRATION);
		counts[i] = counter() - before;
	}
	printf("bench: calibrate %d %g", 2 * CALIBRATION, tick());
	print_counts();
}

static void measure(const struct op *op)
{
	static int batches;

	now = op->name;
	errno = 0;
	lacks = NULL;
	if (op->setup()) {
		printf("bench: absent %s: %s%s%s\n", op->name, lacks ? lacks : "",
		       lacks ? ": " : "", strerror(errno));
		close_fds();
		return;
	}
	for (int i = 0; i < WARMUP; i++)
		op->run(op->size);
	for (int i = 0; i < BATCHES; i++) {
		uint64_t before;

		MARK_BEGIN();
		before = counter();
		op->run(op->size);
		counts[i] = counter() - before;
		MARK_END();
	}
	if (op->end)
		op->end();
	printf("bench: op %s %d %d", op->name, op->size, batches);
	print_counts();
	batches += BATCHES;
}

/* --- the machine ------------------------------------------------------------------------------ */

/* Seed the random numbers: this machine has no devices with noise, and getrandom() would wait. */
static void seed(void)
{
	/* struct rand_pool_info: bits, bytes, and the bytes */
	const int pool[2 + 16] = { 512, 64 };
	int fd = open("/dev/urandom", O_WRONLY);

	if (fd >= 0) {
		ioctl(fd, RNDADDENTROPY, pool);
		close(fd);
	}
}

/* Copy the word after NAME on the kernel's command line to VALUE; return false if there is none. */
static bool option(const char *name, char *value, size_t size)
{
	FILE *f = fopen("/proc/cmdline", "r");
	const char *at = NULL;

	*value = 0;
	if (!f)
		return false;
	if (fgets(buffer, sizeof(buffer), f) && (at = strstr(buffer, name))) {
		at += strlen(name);
		snprintf(value, size, "%.*s", (int)strcspn(at, " \n"), at);
	}
	fclose(f);
	return *value;
}

/* Remove NAME from LIST (which starts and ends with a comma); return false if it is not there. */
static bool take(char *list, const char *name)
{
	size_t length = strlen(name);
	char *at = list;

	while ((at = strstr(at, name))) {
		if (at[-1] == ',' && at[length] == ',') {
			memmove(at, at + length, strlen(at + length) + 1);
			return true;
		}
		at++;
	}
	return false;
}

int main(int argc, char **argv)
{
	static char value[4000], list[sizeof(value) + 2];
	int measured = 0, console;

	if (argc > 0 && !strcmp(argv[0], "true"))
		return 0;
	if (getpid() != 1) {
		fprintf(stderr, "ops: error: this is the init of a virtual machine; "
			"run bench/run\n");
		return 2;
	}
	mkdir("/dev", 0700);
	mkdir("/proc", 0700);
	mkdir("/tmp", 0700);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	/* No check: in a kernel without tmpfs, /tmp is in the initramfs, which is much the same. */
	mount("tmp", "/tmp", "tmpfs", 0, NULL);
	console = open("/dev/console", O_RDWR);
	if (console >= 0) {
		dup2(console, 0);
		dup2(console, 1);
		dup2(console, 2);
		if (console > 2)
			close(console);
	}
	seed();
	if (option(" ops=", value, sizeof(value)))
		snprintf(list, sizeof(list), ",%s,", value);
	if (option(" shift=", value, sizeof(value)))
		known_loop(1 + atol(value) * SHIFT);
	memset(buffer, 'x', sizeof(buffer));
	calibrate();
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (*list && !take(list, ops[i].name))
			continue;
		measure(&ops[i]);
		measured++;
	}
	if (list[strspn(list, ",")]) {
		printf("bench: failed ops=%s no such operation\n", list + strspn(list, ","));
		power_off();
	}
	printf("bench: end %d\n", measured);
	power_off();
}
