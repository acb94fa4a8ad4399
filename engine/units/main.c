/* main.c -- pqs-units: sets properties of systemd's units for the core.
 *
 * It is a program of its own as the library that speaks D-Bus would cost the
 * core more memory than all else that it links.  systemd goes by the user, so
 * it has no capability, and can start nothing.  It ends when the core does.
 *
 *     pqs-units [ADDRESS]     of a peer that stands for systemd, in tests
 */

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "units/bus.h"

#define FILES_MAX 32

/* 0 or -errno. */
static int give_up_rights(void)
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct   none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	struct rlimit                   files = { FILES_MAX, FILES_MAX };
	struct rlimit                   nothing = { 0, 0 };

	if (syscall(SYS_capset, &head, none) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    setrlimit(RLIMIT_NPROC, &nothing) < 0 ||
	    setrlimit(RLIMIT_CORE, &nothing) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* The next whole question: 1; 0: there is none any more, or it is none. */
static int hear(struct units_question *ret_question)
{
	ssize_t n;

	do
		n = recv(UNITS_WIRE, ret_question, sizeof *ret_question, 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof *ret_question)
		return 0;
	return memchr(ret_question->unit, '\0', sizeof ret_question->unit) !=
	       NULL &&
	       memchr(ret_question->group, '\0', sizeof ret_question->group) !=
	       NULL;
}

int main(int argc, char **argv)
{
	static struct units_question q;
	static struct units_answer   a;
	struct bus                  *b;

	if (argc > 2 || give_up_rights() < 0)
		return 1;
	b = bus_new(argc == 2 ? argv[1] : NULL);
	if (b == NULL)
		return 1;
	while (hear(&q)) {
		bus_ask(b, &q, &a);
		if (send(UNITS_WIRE, &a, sizeof a, MSG_NOSIGNAL) !=
		    (ssize_t)sizeof a)
			break;
	}
	bus_free(b);
	return 0;
}
