/* groupvalue.c -- what the settings of groups are called in v1 and in v2, and
 * how their values are written there. */

#include "os/linux/group/groupvalue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/actuator/duty.h"

#define PERIOD_US     100000            /* of a limit of CPU time             */
#define WEIGHT_USUAL  100
#define SHARES_USUAL  1024              /* what v1 calls the same             */
#define BFQ_WEIGHT_MAX 1000
#define IO_WEIGHT_MAX 10000

static int print_number(int64_t value, char *out, size_t size)
{
	return snprintf(out, size, "%lld", (long long)value);
}

static int read_number(const char *text, int64_t *ret_value)
{
	char *rest;

	*ret_value = strtoll(text, &rest, 10);
	return rest == text ? -EBADMSG : 0;
}

static int print_shares(int64_t value, char *out, size_t size)
{
	value = (value * SHARES_USUAL + WEIGHT_USUAL / 2) / WEIGHT_USUAL;
	return print_number(value, out, size);
}

static int read_shares(const char *text, int64_t *ret_value)
{
	int64_t shares;
	int     r = read_number(text, &shares);

	if (r == 0)
		*ret_value = (shares * WEIGHT_USUAL + SHARES_USUAL / 2) /
		             SHARES_USUAL;
	return r;
}

/* Hundredths of a core in each period. */
static int print_quota(int64_t value, char *out, size_t size)
{
	if (value == VALUE_UNLIMITED)
		return snprintf(out, size, "-1");
	return print_number(duties_share(value) * (PERIOD_US / 100), out, size);
}

static int read_quota(const char *text, int64_t *ret_value)
{
	int64_t us;
	int     r = read_number(text, &us);

	if (r == 0)
		*ret_value = us < 0 ? VALUE_UNLIMITED : us / (PERIOD_US / 100);
	return r;
}

static int print_max(int64_t value, char *out, size_t size)
{
	if (value == VALUE_UNLIMITED)
		return snprintf(out, size, "max");
	return print_number(value, out, size);
}

static int read_max(const char *text, int64_t *ret_value)
{
	if (strncmp(text, "max", 3) != 0)
		return read_number(text, ret_value);
	*ret_value = VALUE_UNLIMITED;
	return 0;
}

/* "20000 100000", or "max 100000" */
static int print_cpu_max(int64_t value, char *out, size_t size)
{
	if (value == VALUE_UNLIMITED)
		return snprintf(out, size, "max %d", PERIOD_US);
	return snprintf(out, size, "%lld %d",
	                (long long)duties_share(value) * (PERIOD_US / 100),
	                PERIOD_US);
}

static int read_cpu_max(const char *text, int64_t *ret_value)
{
	char   *rest;
	int64_t us, period;

	if (strncmp(text, "max", 3) == 0)
		return read_max(text, ret_value);
	us = strtoll(text, &rest, 10);
	period = strtoll(rest, NULL, 10);
	if (rest == text || period <= 0)
		return -EBADMSG;
	*ret_value = us * 100 / period;
	return 0;
}

static int print_default(int64_t value, char *out, size_t size)
{
	return snprintf(out, size, "default %lld", (long long)value);
}

static int read_default(const char *text, int64_t *ret_value)
{
	if (strncmp(text, "default ", 8) == 0)
		text += 8;
	return read_number(text, ret_value);
}

/* bfq knows a tenth of the weights above 100, as the kernel counts them. */
static int print_bfq(int64_t value, char *out, size_t size)
{
	if (value > WEIGHT_USUAL)
		value = WEIGHT_USUAL + (value - WEIGHT_USUAL) *
		        (BFQ_WEIGHT_MAX - WEIGHT_USUAL) /
		        (IO_WEIGHT_MAX - WEIGHT_USUAL);
	return print_number(value, out, size);
}

static int read_bfq(const char *text, int64_t *ret_value)
{
	int64_t weight;
	int     r = read_default(text, &weight);

	if (r < 0)
		return r;
	if (weight > WEIGHT_USUAL)
		weight = WEIGHT_USUAL + (weight - WEIGHT_USUAL) *
		         (IO_WEIGHT_MAX - WEIGHT_USUAL) /
		         (BFQ_WEIGHT_MAX - WEIGHT_USUAL);
	*ret_value = weight;
	return 0;
}

static const struct group_row rows[] = {
	{ SETTING_weight, CONTROLLER_CPU,
	  { { "cpu.weight", print_number, read_number, "100" } },
	  { { "cpu.shares", print_shares, read_shares, "1024" } }, NULL },
	{ SETTING_cpu_limit, CONTROLLER_CPU,
	  { { "cpu.max", print_cpu_max, read_cpu_max, "max" } },
	  { { "cpu.cfs_quota_us", print_quota, read_quota, "-1" } }, NULL },
	{ SETTING_cpuset, CONTROLLER_CPUSET,
	  { { "cpuset.cpus", NULL, NULL, "" } },
	  { { "cpuset.cpus", NULL, NULL, NULL } }, NULL },
	{ SETTING_memory_low, CONTROLLER_MEMORY,
	  { { "memory.low", print_max, read_max, "0" } },
	  { { NULL, NULL, NULL, NULL } },
	  "cgroup v1 keeps no memory from being reclaimed" },
	{ SETTING_memory_high, CONTROLLER_MEMORY,
	  { { "memory.high", print_max, read_max, "max" } },
	  { { NULL, NULL, NULL, NULL } },
	  "cgroup v1 has no limit that slows down: its only one kills" },
	{ SETTING_swap, CONTROLLER_MEMORY,
	  { { "memory.swap.max", print_max, read_max, "max" } },
	  { { NULL, NULL, NULL, NULL } },
	  "cgroup v1 limits swap only together with memory" },
	{ SETTING_io_weight, CONTROLLER_IO,
	  { { "io.bfq.weight", print_bfq, read_bfq, "100" },
	    { "io.weight", print_default, read_default, "default 100" } },
	  { { "blkio.bfq.weight", print_bfq, read_bfq, "100" } }, NULL },
};

const struct group_row *group_row_of(enum setting s)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].setting == s)
			return &rows[i];
	return NULL;
}
