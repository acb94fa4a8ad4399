/* bus.c -- properties of a systemd unit, read and set over D-Bus.
 *
 * Set is only what lasts until the next boot.  systemd closes its lines when it
 * is started anew, so one that was good before is opened once more.
 */

#include "units/bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#define SYSTEMD     "org.freedesktop.systemd1"
#define MANAGER     SYSTEMD ".Manager"
#define MANAGER_AT  "/org/freedesktop/systemd1"
#define PRIVATE     "unix:path=/run/systemd/private"
#define USEC        UINT64_C(1000000)
#define CORE        100                 /* hundredths                         */

struct bus {
	const char *address;
	sd_bus     *line;               /* NULL: none now                     */
	uint64_t    end_us;             /* of the present question            */
};

/* What a setting is called in systemd, and what it has there unasked. */
struct property {
	enum setting setting;
	const char  *name;
	uint64_t     unset;
};

static const struct property properties[] = {
	{ SETTING_weight,      "CPUWeight",            UINT64_MAX },
	{ SETTING_cpu_limit,   "CPUQuotaPerSecUSec",   UINT64_MAX },
	{ SETTING_memory_low,  "MemoryLow",            0 },
	{ SETTING_memory_high, "MemoryHigh",           UINT64_MAX },
	{ SETTING_swap,        "MemorySwapMax",        UINT64_MAX },
	{ SETTING_io_weight,   "IOWeight",             UINT64_MAX },
	{ SETTING_cpuset,      "AllowedCPUs",          0 },
};

static const struct property *property_of(uint32_t setting)
{
	for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++)
		if (properties[i].setting == (enum setting)setting)
			return &properties[i];
	return NULL;
}

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * USEC + (uint64_t)t.tv_nsec / 1000;
}

/* 0 would be the library's own idea of a deadline. */
static uint64_t left_us(const struct bus *b)
{
	uint64_t now = now_us();

	return now < b->end_us ? b->end_us - now : 1;
}

struct bus *bus_new(const char *address)
{
	struct bus *b = calloc(1, sizeof *b);

	if (b != NULL)
		b->address = address;
	return b;
}

static void hang_up(struct bus *b)
{
	sd_bus_close_unref(b->line);
	b->line = NULL;
}

void bus_free(struct bus *b)
{
	if (b == NULL)
		return;
	hang_up(b);
	free(b);
}

/* A peer's line has no bus in between: nobody has a name there. */
static int dial(const char *address, bool is_bus, sd_bus **ret_line)
{
	sd_bus *line = NULL;
	int     r = sd_bus_new(&line);

	if (r >= 0 && is_bus)
		r = sd_bus_set_bus_client(line, 1);
	if (r >= 0)
		r = sd_bus_set_address(line, address);
	if (r >= 0)
		r = sd_bus_start(line);
	if (r < 0) {
		sd_bus_close_unref(line);
		return r;
	}
	*ret_line = line;
	return 0;
}

static int connect_to(struct bus *b)
{
	int r;

	if (b->line != NULL)
		return 0;
	if (b->address != NULL)
		return dial(b->address, false, &b->line);
	r = dial(PRIVATE, false, &b->line);
	if (r < 0)
		r = dial("unix:path=/run/dbus/system_bus_socket", true,
		         &b->line);
	return r;
}

static int error_of(const sd_bus_error *error, int r)
{
	static const struct {
		const char *name;
		int         is;
	} known[] = {
		{ SYSTEMD ".NoSuchUnit",                  ESRCH },
		{ SYSTEMD ".LoadFailed",                  ESRCH },
		{ SD_BUS_ERROR_ACCESS_DENIED,             EACCES },
		{ SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, EACCES },
		{ SD_BUS_ERROR_UNKNOWN_PROPERTY,          EOPNOTSUPP },
		{ SD_BUS_ERROR_UNKNOWN_INTERFACE,         EOPNOTSUPP },
		{ SD_BUS_ERROR_UNKNOWN_METHOD,            EOPNOTSUPP },
		{ SD_BUS_ERROR_PROPERTY_READ_ONLY,        EOPNOTSUPP },
		{ SD_BUS_ERROR_INVALID_ARGS,              EINVAL },
		{ SD_BUS_ERROR_NO_REPLY,                  ETIMEDOUT },
		{ SD_BUS_ERROR_TIMEOUT,                   ETIMEDOUT },
		{ SD_BUS_ERROR_SERVICE_UNKNOWN,           ENOTCONN },
		{ SD_BUS_ERROR_NAME_HAS_NO_OWNER,         ENOTCONN },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (sd_bus_error_has_name(error, known[i].name))
			return -known[i].is;
	return r;
}

/* Takes the question, and gives back what was answered; 0 or -errno. */
static int call(struct bus *b, sd_bus_message *question,
                sd_bus_message **ret_answer)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int          r = sd_bus_call(b->line, question, left_us(b), &error,
	                             ret_answer);

	if (r < 0)
		r = error_of(&error, r);
	sd_bus_error_free(&error);
	sd_bus_message_unref(question);
	return r < 0 ? r : 0;
}

/* The object that stands for a unit that is loaded. */
static int find(struct bus *b, const char *unit, char *ret_path, size_t size)
{
	sd_bus_message *m = NULL, *answer = NULL;
	const char     *path;
	int             r = sd_bus_message_new_method_call(b->line, &m, SYSTEMD,
	                                MANAGER_AT, MANAGER, "GetUnit");

	if (r >= 0)
		r = sd_bus_message_append(m, "s", unit);
	if (r < 0) {
		sd_bus_message_unref(m);
		return r;
	}
	r = call(b, m, &answer);
	if (r == 0)
		r = sd_bus_message_read(answer, "o", &path);
	if (r >= 0 && strlen(path) >= size)
		r = -ENAMETOOLONG;
	if (r >= 0)
		strcpy(ret_path, path);
	sd_bus_message_unref(answer);
	return r < 0 ? r : 0;
}

/* "org.freedesktop.systemd1.Service", of the name's ending. */
static int interface_of(const char *unit, char *ret_name, size_t size)
{
	static const char *const kinds[][2] = {
		{ ".service", ".Service" }, { ".scope", ".Scope" },
		{ ".slice", ".Slice" },
	};
	size_t n = strlen(unit);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t tail = strlen(kinds[i][0]);

		if (n > tail && strcmp(unit + n - tail, kinds[i][0]) == 0 &&
		    sizeof SYSTEMD + strlen(kinds[i][1]) <= size) {
			strcpy(ret_name, SYSTEMD);
			strcat(ret_name, kinds[i][1]);
			return 0;
		}
	}
	return -EINVAL;
}

/* The answer holds a value of that type. */
static int get(struct bus *b, const char *path, const char *interface,
               const char *name, const char *type, sd_bus_message **ret_answer)
{
	sd_bus_message *m = NULL;
	int             r = sd_bus_message_new_method_call(b->line, &m, SYSTEMD,
	                                path, "org.freedesktop.DBus.Properties",
	                                "Get");

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", interface, name);
	if (r < 0) {
		sd_bus_message_unref(m);
		return r;
	}
	r = call(b, m, ret_answer);
	if (r == 0)
		r = sd_bus_message_enter_container(*ret_answer, 'v', type);
	return r < 0 ? r : 0;
}

/* A unit of that name may be another one's by now: a user's has
 * the same names. */
static int check_group(struct bus *b, const struct units_question *q,
                       const char *path, const char *interface)
{
	sd_bus_message *answer = NULL;
	const char     *group = "";
	int             r;

	if (q->group[0] == '\0')
		return 0;
	r = get(b, path, interface, "ControlGroup", "s", &answer);
	if (r == 0)
		r = sd_bus_message_read(answer, "s", &group);
	if (r >= 0)
		r = strcmp(group, q->group) == 0 ? 0 : -ESRCH;
	sd_bus_message_unref(answer);
	return r;
}

/* A second holds a million of its own millionths for each core. */
static uint64_t to_systemd(const struct property *p, int64_t value)
{
	if (value == VALUE_UNTOUCHED)
		return p->unset;
	if (value == VALUE_UNLIMITED)
		return UINT64_MAX;
	return (uint64_t)value * (p->setting == SETTING_cpu_limit ? USEC / CORE
	                                                          : 1);
}

static int64_t from_systemd(const struct property *p, uint64_t value)
{
	bool weighs = p->setting == SETTING_weight ||
	              p->setting == SETTING_io_weight;

	if (weighs && value == UINT64_MAX)
		return VALUE_UNTOUCHED;
	if (p->setting == SETTING_cpu_limit && value != UINT64_MAX)
		value /= USEC / CORE;
	return value > (uint64_t)VALUE_UNLIMITED ? VALUE_UNLIMITED
	                                         : (int64_t)value;
}

static size_t bytes_used(const uint8_t *bits, size_t n)
{
	while (n > 0 && bits[n - 1] == 0)
		n--;
	return n;
}

static int append_value(sd_bus_message *m, const struct property *p,
                        const struct units_value *v)
{
	int r;

	if (p->setting != SETTING_cpuset)
		return sd_bus_message_append(m, "v", "t",
		                             to_systemd(p, v->number));
	r = sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', v->cpus,
			v->number == VALUE_UNTOUCHED ? 0 :
			bytes_used(v->cpus, sizeof v->cpus));
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* "a(sv)" of one. */
static int append_properties(sd_bus_message *m, const struct property *p,
                             const struct units_value *v)
{
	int r = sd_bus_message_open_container(m, 'a', "(sv)");

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s", p->name);
	if (r >= 0)
		r = append_value(m, p, v);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int set(struct bus *b, const struct units_question *q,
               const struct property *p)
{
	sd_bus_message *m = NULL, *answer = NULL;
	int             r = sd_bus_message_new_method_call(b->line, &m, SYSTEMD,
	                                MANAGER_AT, MANAGER,
	                                "SetUnitProperties");

	if (r >= 0)     /* until the next boot */
		r = sd_bus_message_append(m, "sb", q->unit, 1);
	if (r >= 0)
		r = append_properties(m, p, &q->value);
	if (r < 0) {
		sd_bus_message_unref(m);
		return r;
	}
	r = call(b, m, &answer);
	sd_bus_message_unref(answer);
	return r;
}

static int read_value(sd_bus_message *answer, const struct property *p,
                      struct units_value *ret_value)
{
	const void *bits;
	size_t      n;
	uint64_t    number;
	int         r;

	memset(ret_value, 0, sizeof *ret_value);
	if (p->setting != SETTING_cpuset) {
		r = sd_bus_message_read(answer, "t", &number);
		if (r >= 0)
			ret_value->number = from_systemd(p, number);
		return r;
	}
	r = sd_bus_message_read_array(answer, 'y', &bits, &n);
	if (r < 0)
		return r;
	if (n > sizeof ret_value->cpus)
		n = sizeof ret_value->cpus;
	if (n > 0)
		memcpy(ret_value->cpus, bits, n);
	if (n == 0)
		ret_value->number = VALUE_UNTOUCHED;
	return 0;
}

static int read_back(struct bus *b, const struct property *p, const char *path,
                     const char *interface, struct units_value *ret_value)
{
	sd_bus_message *answer = NULL;
	int             r = get(b, path, interface, p->name,
	                        p->setting == SETTING_cpuset ? "ay" : "t",
	                        &answer);

	if (r == 0)
		r = read_value(answer, p, ret_value);
	sd_bus_message_unref(answer);
	return r < 0 ? r : 0;
}

static int carry_out(struct bus *b, const struct units_question *q,
                     const struct property *p, struct units_value *ret_now)
{
	char path[PATH_KEEP], interface[64];
	int  r = interface_of(q->unit, interface, sizeof interface);

	if (r == 0)
		r = connect_to(b);
	if (r < 0)
		return r == -EINVAL ? r : -ENOTCONN;
	r = find(b, q->unit, path, sizeof path);
	if (r == 0)
		r = check_group(b, q, path, interface);
	if (r == 0)
		r = set(b, q, p);
	return r < 0 ? r : read_back(b, p, path, interface, ret_now);
}

/* Who is no unit any more still has what was set for its next life. */
static int carry_out_stopped(struct bus *b, const struct units_question *q,
                             const struct property *p, int error,
                             struct units_value *ret_now)
{
	if (error != -ESRCH || q->group[0] != '\0')
		return error;
	*ret_now = q->value;
	return set(b, q, p);
}

/* Of a unit that is always there. */
static int greet(struct bus *b)
{
	char path[PATH_KEEP];
	int  r = connect_to(b);

	return r < 0 ? -ENOTCONN : find(b, "init.scope", path, sizeof path);
}

/* After these, the line is good for nothing. */
static bool is_dead(int error)
{
	return error == -ENOTCONN || error == -ECONNRESET ||
	       error == -EPIPE || error == -ETIMEDOUT || error == -ESTALE;
}

static int try_once(struct bus *b, const struct units_question *q,
                    struct units_value *ret_now)
{
	const struct property *p = property_of(q->setting);
	int                    r = -EINVAL;

	if (q->setting == UNITS_HELLO)
		r = greet(b);
	else if (p != NULL)
		r = carry_out(b, q, p, ret_now);
	if (p != NULL)
		r = carry_out_stopped(b, q, p, r, ret_now);
	if (is_dead(r))
		hang_up(b);
	return r;
}

void bus_ask(struct bus *b, const struct units_question *q,
             struct units_answer *ret_answer)
{
	bool was_open = b->line != NULL;
	int  r;

	memset(ret_answer, 0, sizeof *ret_answer);
	b->end_us = now_us() + (uint64_t)q->deadline_ms * 1000;
	r = try_once(b, q, &ret_answer->now);
	if (was_open && is_dead(r) && r != -ETIMEDOUT)
		r = try_once(b, q, &ret_answer->now);
	if (r == -ECONNRESET || r == -EPIPE || r == -ESTALE)
		r = -ENOTCONN;
	ret_answer->error = r;
}
