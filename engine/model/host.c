/* host.c -- the names of facts about the machine, and how
 * values are written. */

#include "model/host.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

#define SHORT_DAY 3                     /* letters: "mon"                     */

const struct host_row host_rows[HOST_COUNT] = {
#define HOST(name, type, unit, drift_ms, step, text) \
	{ #name, HOST_TYPE_##type, HOST_UNIT_##unit, drift_ms, step, text },
#include "model/host.def"
#undef HOST
};

static const char *const level_names[HOST_LEVELS] = {
	[HOST_LEVEL_NORMAL]   = "normal",
	[HOST_LEVEL_WARN]     = "warn",
	[HOST_LEVEL_CRITICAL] = "critical",
};

static const char *const bool_names[] = { "false", "true" };

static const char *const os_names[HOST_OSES] = {
	[HOST_OS_LINUX]  = "linux",
	[HOST_OS_DARWIN] = "darwin",
};

static const char *const day_names[HOST_WEEK_DAYS] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	"sunday",
};

int host_find(const char *name, enum host_fact *ret_fact)
{
	for (int f = 0; f < HOST_COUNT; f++)
		if (strcmp(host_rows[f].name, name) == 0) {
			*ret_fact = (enum host_fact)f;
			return 0;
		}
	return -ENOENT;
}

const char *host_nearest(const char *name)
{
	const char *names[HOST_COUNT];

	for (int f = 0; f < HOST_COUNT; f++)
		names[f] = host_rows[f].name;
	return nearest(name, names, HOST_COUNT);
}

const char *host_level_name(enum host_level level)
{
	return (unsigned)level < HOST_LEVELS ? level_names[level] : "?";
}

int64_t host_in_step(enum host_fact f, int64_t value)
{
	int64_t past = value % host_rows[f].step;

	return value - past - (past < 0 ? host_rows[f].step : 0);
}

struct names {
	const char *const *name;        /* of the value 0 first               */
	size_t             count;
};

/* None of numbers and lists. */
static struct names names_of(enum host_fact f)
{
	switch (host_rows[f].type) {
	case HOST_TYPE_LEVEL:
		return (struct names){ level_names, HOST_LEVELS };
	case HOST_TYPE_BOOL:
		return (struct names){ bool_names, 2 };
	case HOST_TYPE_WORD:
		return f == HOST_os ? (struct names){ os_names, HOST_OSES } :
		       (struct names){ day_names, HOST_WEEK_DAYS };
	case HOST_TYPE_NUMBER:
	case HOST_TYPE_LIST:
		break;
	}
	return (struct names){ NULL, 0 };
}

static int name_parse(enum host_fact f, const char *text, int64_t *ret_value)
{
	struct names names = names_of(f);
	bool         day = f == HOST_weekday && strlen(text) == SHORT_DAY;

	for (size_t i = 0; i < names.count; i++)
		if (strcmp(names.name[i], text) == 0 ||
		    (day && strncmp(names.name[i], text, SHORT_DAY) == 0)) {
			*ret_value = (int64_t)i;
			return 0;
		}
	return -EINVAL;
}

static int number_parse(enum host_unit unit, const char *text,
                        int64_t *ret_value)
{
	switch (unit) {
	case HOST_UNIT_PLAIN:     return text_number(text, ret_value);
	case HOST_UNIT_NS:        return text_duration(text, ret_value);
	case HOST_UNIT_PERCENT:   return text_whole_percent(text, ret_value);
	case HOST_UNIT_MINUTES:   return text_clock(text, ret_value);
	case HOST_UNIT_HUNDREDTH: return text_hundredths(text, ret_value);
	}
	return -EINVAL;
}

int host_parse(enum host_fact f, const char *text, int64_t *ret_value)
{
	if (host_rows[f].type != HOST_TYPE_NUMBER)
		return name_parse(f, text, ret_value);
	return number_parse(host_rows[f].unit, text, ret_value) < 0 ?
	       -EINVAL : 0;
}

static void number_print(enum host_unit unit, int64_t value, char *out,
                         size_t size)
{
	switch (unit) {
	case HOST_UNIT_PLAIN:
		snprintf(out, size, "%" PRId64, value);
		break;
	case HOST_UNIT_NS:
		text_print_duration(value, out, size);
		break;
	case HOST_UNIT_PERCENT:
		snprintf(out, size, "%" PRId64 "%%", value);
		break;
	case HOST_UNIT_MINUTES:
		snprintf(out, size, "%02" PRId64 ":%02" PRId64, value / 60,
		         value % 60);
		break;
	case HOST_UNIT_HUNDREDTH:
		snprintf(out, size, "%" PRId64 ".%02" PRId64, value / 100,
		         value % 100);
		break;
	}
}

const char *host_print(enum host_fact f, int64_t value, char *out, size_t size)
{
	struct names names = names_of(f);

	if (host_rows[f].type == HOST_TYPE_NUMBER && value >= 0)
		number_print(host_rows[f].unit, value, out, size);
	else
		text_copy(out, size,
		          value >= 0 && (uint64_t)value < names.count ?
		          names.name[value] : "?");
	return out;
}
