/* seal.c -- giving up everything but computing and talking. */

#include "seal.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY_MAX ((rlim_t)1 << 30)

#ifdef __has_feature
#define HAS_FEATURE(f) __has_feature(f)
#else
#define HAS_FEATURE(f) 0
#endif
#if defined __SANITIZE_ADDRESS__ || HAS_FEATURE(address_sanitizer)
#define HAS_SHADOW_MEMORY               /* far larger than MEMORY_MAX         */
#endif

/* Behind the filter: should it let something by, there is little to take. */
static int limits_set(int last)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit files = { (rlim_t)last + 1, (rlim_t)last + 1 };

	if (setrlimit(RLIMIT_CORE, &none) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0)
		return -errno;
#ifndef HAS_SHADOW_MEMORY
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };

	if (setrlimit(RLIMIT_AS, &memory) < 0)
		return -errno;
#endif
	return 0;
}

/* Whatever whoever started us had open is none of the rules' business. */
static void descriptors_close(int last)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (close_range((unsigned)last + 1, ~0u, 0) == 0)
		return;
	for (int fd = last + 1; fd < most; fd++)
		close(fd);
}

static int never_less(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return 0;
}

/* A C library may look how much memory there is when it first sorts more than a
 * little; once sealed, that would be the end. */
static void sorting_begin(void)
{
	static long much[1024];

	qsort(much, sizeof much / sizeof *much, sizeof *much, never_less);
}

/* Not dumpable: nobody of the same user may look into us, or we at others. */
int seal_prepare(int last)
{
	descriptors_close(last);
	sorting_begin();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return limits_set(last);
}

/* Calls that need no look at their arguments. */
static int allow_plain(scmp_filter_ctx filter)
{
	static const int calls[] = {
		SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
		SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime),
		SCMP_SYS(gettimeofday), SCMP_SYS(rt_sigreturn),
		SCMP_SYS(restart_syscall), SCMP_SYS(exit),
		SCMP_SYS(exit_group),
#ifdef HAS_SHADOW_MEMORY                /* whoever has one ends with these    */
		SCMP_SYS(sigaltstack), SCMP_SYS(getrandom),
#endif
	};
	int status = 0;

	for (size_t i = 0; status == 0 && i < sizeof calls / sizeof *calls; i++)
		status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return status;
}

/* Memory that no file is behind and that is never run. */
static int allow_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp plain =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp anonymous =
		SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
	int status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap),
	                              2, plain, anonymous);

	if (status == 0)
		status = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
		                          SCMP_SYS(mprotect), 1, plain);
	return status;
}

/* Which descriptor is part of the call: there may be others that are open. */
static int allow_talk(scmp_filter_ctx filter, int input, const int *outputs,
                      size_t n)
{
	int status = 0;

	if (input >= 0)
		status = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)input, 0));
	for (size_t i = 0; status == 0 && i < n; i++)
		status = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)outputs[i], 0));
	return status;
}

/* A process that breaks out is killed whole; an error code would let it try
 * the next call. */
int seal_close(int input, const int *outputs, size_t n)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int             status;

	/* There is always memory for it: the kernel has none, or whoever
	 * started us left us no call to ask it by. */
	if (filter == NULL)
		return -ENOSYS;
	status = allow_plain(filter);
	if (status == 0)
		status = allow_memory(filter);
	if (status == 0)
		status = allow_talk(filter, input, outputs, n);
	if (status == 0)
		status = seccomp_load(filter);
	seccomp_release(filter);
	return status;
}

/* A sealed process may not ask what its output is, so it has its buffers. */
int seal_printing(unsigned cpu_seconds)
{
	static char         out[BUFSIZ], err[BUFSIZ];
	static const int    outputs[] = { STDOUT_FILENO, STDERR_FILENO };
	const struct rlimit cpu = { cpu_seconds, cpu_seconds };
	int                 status;

	setvbuf(stdout, out, _IOFBF, sizeof out);
	setvbuf(stderr, err, _IOLBF, sizeof err);
	if (setrlimit(RLIMIT_CPU, &cpu) < 0)
		return -errno;
	status = seal_prepare(STDERR_FILENO);
	return status == 0 ? seal_close(-1, outputs, 2) : status;
}
