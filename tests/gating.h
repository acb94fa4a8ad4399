/* gating.h -- a control socket of the test's own, and those who come to it. */
#ifndef TESTS_GATING_H
#define TESTS_GATING_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "control/client.h"
#include "model/interned.h"
#include "os/linux/linux.h"

#define OTHER_UID 1234
#define GROUP     4321

static char      folder[700];
static char      path[800];
static struct os os;
static char      noted[4096];

static struct interned        *sets;
static const struct host_alarm alarms[HOST_PRESSURES];

static inline void note(void *ctx, const char *sentence)
{
	(void)ctx;
	strncat(noted, sentence, sizeof noted - strlen(noted) - 1);
}

static inline int open_doors_at(const char *at, struct os *ret)
{
	const struct linux_gate    gate = { .path = at, .group = GROUP,
	                                    .has_group = true,
	                                    .busy = "too many\n" };
	const struct linux_options o = { .events = true, .gate = &gate,
	                                 .keeper_fd = -1, .poll_ns = 1000000000,
	                                 .buffer_bytes = 65536,
	                                 .worker_user = "nobody",
	                                 .pressure = alarms, .sets = sets };
	char why[200];

	noted[0] = '\0';
	return linux_open(&o, ret, note, NULL, why, sizeof why);
}

static inline void begin(void)
{
	strcpy(folder, "/tmp/pqs-gate-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	chmod(folder, 0711);
	sets = interned_new();
	snprintf(path, sizeof path, "%s/sock", folder);
}

static inline void end(void)
{
	char command[900];

	if (os.sensor.name != NULL)
		linux_close(&os);
	interned_free(sets);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static inline void open_gate(void)
{
	ck_assert_int_eq(open_doors_at(path, &os), 0);
	ck_assert_msg(os.gate.self != NULL, "%s", noted);
}

static inline int connect_to(void)
{
	struct client c;

	ck_assert_int_eq(client_open(&c, path), 0);
	return c.fd;
}

#endif
