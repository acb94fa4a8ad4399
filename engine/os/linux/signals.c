/* signals.c -- being asked to stop, or to read the rules again, is an
 * event like any other.
 *
 * A handler could run between any two instructions; an event comes between two
 * steps of the engine, when everything is in order and can be put back.
 */
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "os/linux/sensor/sensor.h"

/* The kernel sends SIGHUP when the terminal is gone; whoever else does has
 * changed something. */
static bool asks_for_rules(const struct signalfd_siginfo *came)
{
	return came->ssi_signo == SIGHUP && came->ssi_code != SI_KERNEL;
}

static int signals_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct signalfd_siginfo came;
	struct event            e = { .kind = EVENT_STOP };

	(void)self, (void)what;
	if (read(os->signals.fd, &came, sizeof came) != sizeof came)
		return 0;
	if (asks_for_rules(&came))
		e.kind = EVENT_RELOAD;
	(void)linux_queue(os, &e);
	return 0;
}

int signals_open(struct linux_os *os)
{
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &ours, &os->mask_before) < 0)
		return -errno;
	os->masked = true;
	os->signals.ready = signals_ready;
	os->signals.fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (os->signals.fd < 0)
		return -errno;
	return linux_source_watch(os, &os->signals, EPOLLIN);
}

void signals_close(struct linux_os *os)
{
	linux_source_forget(os, &os->signals);
	if (os->signals.fd >= 0)
		close(os->signals.fd);
	if (os->masked)
		(void)sigprocmask(SIG_SETMASK, &os->mask_before, NULL);
}
