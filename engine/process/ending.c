/* ending.c -- how a process ended: of which signal, or with which code. */

#include "process/ending.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

static const struct {
	int         number;
	const char *name;
} signals[] = {
	{ SIGHUP, "HUP" },   { SIGINT, "INT" },   { SIGQUIT, "QUIT" },
	{ SIGILL, "ILL" },   { SIGTRAP, "TRAP" }, { SIGABRT, "ABRT" },
	{ SIGBUS, "BUS" },   { SIGFPE, "FPE" },   { SIGKILL, "KILL" },
	{ SIGUSR1, "USR1" }, { SIGSEGV, "SEGV" }, { SIGUSR2, "USR2" },
	{ SIGPIPE, "PIPE" }, { SIGALRM, "ALRM" }, { SIGTERM, "TERM" },
	{ SIGXCPU, "XCPU" }, { SIGXFSZ, "XFSZ" }, { SIGVTALRM, "VTALRM" },
	{ SIGPROF, "PROF" }, { SIGSYS, "SYS" },
};

const char *ending_signal(int status)
{
	if (!WIFSIGNALED(status))
		return NULL;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (signals[i].number == WTERMSIG(status))
			return signals[i].name;
	return "other";
}

int ending_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
