/* linux.c -- the doors on Linux: opened and closed.
 *
 * What a machine or a user lacks is replaced by the next best and said, once,
 * in a sentence for people; only what nothing can replace is an error.
 */
#include "os/linux/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/linux/actuator/duty.h"
#include "os/linux/guard/guard.h"
#include "os/linux/sensor/sensor.h"

#define SLOW_DEADLINE_NS UINT64_C(2000000000)
#define SENTENCE_BYTES   256

/* Where to tell what had to be done without. */
struct notes {
	void (*say)(void *ctx, const char *sentence);
	void  *ctx;
};

static void note(const struct notes *notes, const char *sentence)
{
	if (notes->say != NULL)
		notes->say(notes->ctx, sentence);
}

/* The kernel's stream of events, or else looking again and again. */
static int stream_open(struct linux_os *os, const struct linux_options *o,
                       const struct notes *notes)
{
	char    sentence[SENTENCE_BYTES];
	int64_t bytes = 0;
	int     r = connector_open(os, &os->queue, o->buffer_bytes,
	                           &os->connector, &bytes);

	if (r == 0 && bytes >= o->buffer_bytes)
		return 0;
	if (r == 0) {
		(void)snprintf(sentence, sizeof sentence, "The event buffer "
			"has %lld bytes instead of %lld: more takes "
			"CAP_NET_ADMIN or a higher net.core.rmem_max.",
			(long long)bytes, (long long)o->buffer_bytes);
		note(notes, sentence);
		return 0;
	}
	(void)snprintf(sentence, sizeof sentence, "The proc connector is "
		"refused (%s): /proc is looked at every %lld ms, and what "
		"lives shorter is not seen.", strerror(-r),
		(long long)(o->poll_ns / 1000000));
	note(notes, sentence);
	return poller_open(os, &os->procfs, o->poll_ns, &os->poller);
}

static void groups_find(struct linux_os *os, const struct linux_options *o,
                        const struct notes *notes)
{
	bool there[CONFIG_FOLDERS_MAX];
	char sentence[SENTENCE_BYTES + PATH_KEEP];

	memory_find(&os->host.memory, "", o->memory_group, o->memory_groups,
	            there);
	for (size_t i = 0; i < o->memory_groups; i++) {
		if (there[i])
			continue;
		(void)snprintf(sentence, sizeof sentence, "The memory of the "
			"control group %s is not watched: there is no such "
			"group now.", o->memory_group[i]);
		note(notes, sentence);
	}
}

/* Last of all, so that opening the rest is not counted against the budget. */
static void urgency_try(struct linux_os *os, const struct linux_options *o,
                        const struct notes *notes)
{
	char sentence[SENTENCE_BYTES];
	int  r;

	if (o->fifo_priority <= 0)
		return;
	r = urgency_open(&os->urgency, o->fifo_priority, o->fifo_budget,
	                 o->fifo_window_ns, linux_now_ns());
	if (r == 0)
		return;
	(void)snprintf(sentence, sizeof sentence, "The event thread stays an "
		"ordinary one (%s): on a busy machine a new program runs a "
		"while before it is seen.", strerror(-r));
	note(notes, sentence);
}

/* Signals first: from here on the answer to one is an event, and the process
 * that set things in motion also puts them back. */
static int events_open(struct linux_os *os, const struct linux_options *o,
                       const struct notes *notes)
{
	int r = signals_open(os);

	if (r < 0)
		return r;
	r = stream_open(os, o, notes);
	if (r < 0)
		return r;
	urgency_try(os, o, notes);
	groups_find(os, o, notes);
	if (faccessat(os->procfs.fd, "pressure/memory", R_OK, 0) < 0)
		note(notes, "This kernel tells no memory pressure: only what is "
			"left of memory is looked at.");
	return 0;
}

/* Every part is left as sensor_close() can take it, whatever fails. */
static struct linux_os *os_new(const struct linux_options *o)
{
	struct linux_os *os = calloc(1, sizeof *os);

	if (os == NULL)
		return NULL;
	os->epoll = epoll_create1(EPOLL_CLOEXEC);
	os->procfs.fd = -1;
	os->signals = (struct source){ -1, NULL, os };
	linux_host_open(&os->host, &os->procfs, o);
	os->look = (struct look){ &os->procfs, users_new("/etc/passwd"),
		users_new_groups("/etc/group"),
		reader_new(os, &os->procfs, SLOW_DEADLINE_NS), NULL, NULL };
	return os;
}

static int sensor_open(struct linux_os *os, const struct linux_options *o,
                       const struct notes *notes)
{
	int r;

	if (os->epoll < 0 || os->look.users == NULL ||
	    os->look.groups == NULL || os->look.reader == NULL)
		return -ENOMEM;
	r = procfs_open(&os->procfs, "/proc");
	if (r < 0 || !o->events)
		return r;
	/* First, as it takes a while; without it files are read. */
	os->look.roster = roster_new();
	return events_open(os, o, notes);
}

static const char *gate_trouble(int error)
{
	switch (error) {
	case -EBUSY:
		return "another pqs answers there";
	case -EPERM:
		return "the folder must be ours, and nobody else may write in "
		       "it";
	case -EEXIST:
		return "there is something else than a socket";
	default:
		return strerror(-error);
	}
}

/* What is decided does not hang on anybody's being able to ask. */
static void gate_try(struct linux_os *os, const struct linux_options *o,
                     const struct notes *notes, struct gate *ret_gate)
{
	char sentence[SENTENCE_BYTES + PATH_KEEP];
	int  r;

	if (o->gate == NULL)
		return;
	r = linux_gate_open(os, o->gate, ret_gate);
	if (r == 0)
		return;
	(void)snprintf(sentence, sizeof sentence, "Nobody can ask this pqs "
		"anything at %.400s: %s.", o->gate->path, gate_trouble(r));
	note(notes, sentence);
}

/* The others; each door that was opened before one failed is closed by the
 * caller. */
static int doors_open(struct linux_os *os, const struct linux_options *o,
                      struct os *ret_os, char *why, size_t why_size)
{
	int r = linux_actuator_open(o, &ret_os->actuator);

	if (r == 0) {
		os->duties = linux_actuator_duties(&ret_os->actuator);
		os->look.layout = linux_actuator_layout(&ret_os->actuator);
		linux_actuator_listen(&ret_os->actuator, os->look.roster,
		                      os->procfs.tick_ns);
	}
	if (r == 0 && o->events)
		r = linux_actuator_wait_aside(&ret_os->actuator, os);
	if (r == 0)
		r = linux_wire_open(os, o, &ret_os->wire);
	if (r == 0 && o->events)
		r = linux_workshop_open(os, &ret_os->workshop);
	if (r < 0) {
		(void)snprintf(why, why_size, "%s", strerror(-r));
		return r;
	}
	if (o->journal == NULL)
		return 0;
	r = linux_store_open(o->journal, &ret_os->store);
	if (r < 0)
		(void)snprintf(why, why_size, "%s: %s", o->journal,
		               strerror(-r));
	return r;
}

const char *linux_list_try(const struct sensor *door)
{
	struct linux_os  *os = door->self;
	enum roster_state state = os->look.roster == NULL ? ROSTER_NOT_BUILT
	                          : roster_state(os->look.roster);

	return state == ROSTER_READY ? NULL : roster_why(state);
}

int linux_open(const struct linux_options *o, struct os *ret_os,
               void (*notes)(void *ctx, const char *sentence), void *ctx,
               char *why, size_t why_size)
{
	struct notes     to = { notes, ctx };
	struct os        doors = { 0 };
	struct linux_os *os = os_new(o);
	int              r;

	if (os == NULL) {
		(void)snprintf(why, why_size, "%s", strerror(ENOMEM));
		return -ENOMEM;
	}
	r = sensor_open(os, o, &to);
	if (r == 0 && o->guard)
		r = linux_guard_open(os, o, notes, ctx, &doors.guard);
	sensor_fill(os, &doors.sensor);
	if (r < 0)
		(void)snprintf(why, why_size, "/proc: %s", strerror(-r));
	else
		r = doors_open(os, o, &doors, why, why_size);
	if (r == 0)
		gate_try(os, o, &to, &doors.gate);
	if (r < 0) {
		linux_close(&doors);
		return r;
	}
	*ret_os = doors;
	return 0;
}

/* The sensor goes last: the others have descriptors in its wait. */
void linux_close(struct os *os)
{
	if (os->gate.close != NULL)
		os->gate.close(os->gate.self);
	if (os->guard.close != NULL)
		os->guard.close(os->guard.self);
	if (os->workshop.close != NULL)
		os->workshop.close(os->workshop.self);
	if (os->wire.close != NULL)
		os->wire.close(os->wire.self);
	if (os->store.close != NULL)
		os->store.close(os->store.self);
	if (os->actuator.close != NULL)
		os->actuator.close(os->actuator.self);
	if (os->sensor.close != NULL)
		os->sensor.close(os->sensor.self);
	*os = (struct os){ 0 };
}
