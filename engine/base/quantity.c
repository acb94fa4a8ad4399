/* quantity.c -- written quantities: a decimal number and its unit, exactly. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* From the smallest on, in which the value is counted. */
struct unit {
	const char *name;
	int64_t     size;
};

static const struct unit times[] = {
	{ "ns",  1 },
	{ "us",  1000 },
	{ "ms",  1000000 },
	{ "s",   1000000000 },
	{ "min", INT64_C(60) * 1000000000 },
	{ "h",   INT64_C(3600) * 1000000000 },
	{ "d",   INT64_C(86400) * 1000000000 },
	{ NULL,  0 },
};

/* As others write it. */
static const struct unit short_minutes[] = {
	{ "m",  INT64_C(60) * 1000000000 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "B",   1 },
	{ "KiB", INT64_C(1) << 10 },
	{ "MiB", INT64_C(1) << 20 },
	{ "GiB", INT64_C(1) << 30 },
	{ "TiB", INT64_C(1) << 40 },
	{ NULL,  0 },
};

static const struct unit shares[] = {
	{ "%",  100 },
	{ NULL, 0 },
};

static const struct unit hundredths[] = {
	{ "",   100 },
	{ NULL, 0 },
};

static const struct unit cores[] = {
	{ "%",      1 },
	{ " core",  100 },
	{ " cores", 100 },
	{ NULL,     0 },
};

static const struct unit hosts[] = {
	{ "% of host", 1 },
	{ NULL,        0 },
};

/* strtoll() would take blanks and a plus as well. */
int text_number(const char *text, int64_t *ret_value)
{
	const char *digit = *text == '-' ? text + 1 : text;
	long long   value;
	char       *end;

	if (!isdigit((unsigned char)*digit))
		return -EINVAL;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end != '\0')
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

/* 0 when there is no such unit. */
static int64_t unit_size(const struct unit *units, const char *name)
{
	for (; units->name != NULL; units++)
		if (strcmp(units->name, name) == 0)
			return units->size;
	return 0;
}

/* Reads the digits at *p and steps over them. */
static int digits_read(const char **p, int64_t *ret_value)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	errno = 0;
	*ret_value = strtoll(*p, &end, 10);
	*p = end;
	return errno == ERANGE ? -ERANGE : 0;
}

/* What follows the point: its digits as a number, and ten to their count. */
static int fraction_read(const char **p, int64_t *ret_part, int64_t *ret_scale)
{
	const char *from = *p;
	int         r = digits_read(p, ret_part);

	if (r < 0 || *p - from > 9)
		return -EINVAL;
	*ret_scale = 1;
	while (from++ < *p)
		*ret_scale *= 10;
	return 0;
}

/* A part that the smallest unit cannot hold exactly is refused. */
static int quantity(const char *p, const struct unit *units, int64_t *ret_value)
{
	int64_t whole, size, part = 0, scale = 1;
	int     r = digits_read(&p, &whole);

	if (r < 0)
		return r;
	if (*p == '.') {
		p++;
		r = fraction_read(&p, &part, &scale);
		if (r < 0)
			return r;
	}
	size = unit_size(units, p);             /* all that is left */
	if (size == 0)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, size, &whole) ||
	    __builtin_mul_overflow(part, size, &part) ||
	    __builtin_add_overflow(whole, part / scale, &whole))
		return -ERANGE;
	if (part % scale != 0)
		return -EINVAL;
	*ret_value = whole;
	return 0;
}

int text_duration(const char *text, int64_t *ret_ns)
{
	int r = quantity(text, times, ret_ns);

	return r == -EINVAL ? quantity(text, short_minutes, ret_ns) : r;
}

int text_size(const char *text, int64_t *ret_bytes)
{
	return quantity(text, sizes, ret_bytes);
}

int text_percent(const char *text, int64_t *ret_permyriad)
{
	return quantity(text, shares, ret_permyriad);
}

int text_whole_percent(const char *text, int64_t *ret_percent)
{
	int64_t permyriad;
	int     r = text_percent(text, &permyriad);

	if (r < 0 || permyriad % 100 != 0)
		return r < 0 ? r : -EINVAL;
	*ret_percent = permyriad / 100;
	return 0;
}

int text_hundredths(const char *text, int64_t *ret_hundredths)
{
	return quantity(text, hundredths, ret_hundredths);
}

/* The minutes have two digits, so that "7:5" is not guessed at. */
int text_clock(const char *text, int64_t *ret_minutes)
{
	const char *p = text;
	int64_t     hours, minutes;

	if (digits_read(&p, &hours) < 0 || p - text > 2 || *p++ != ':')
		return -EINVAL;
	if (strlen(p) != 2 || digits_read(&p, &minutes) < 0 || *p != '\0' ||
	    hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_minutes = hours * 60 + minutes;
	return 0;
}

int text_rate(const char *text, int64_t *ret_bytes)
{
	size_t n = strlen(text);
	char   amount[64];

	if (n < 2 || n - 2 >= sizeof amount ||
	    strcmp(text + n - 2, "/s") != 0)
		return -EINVAL;
	text_copy_bytes(amount, sizeof amount, text, n - 2);
	return text_size(amount, ret_bytes);
}

int text_cores(const char *text, int64_t *ret_hundredths)
{
	return quantity(text, cores, ret_hundredths);
}

int text_of_host(const char *text, int64_t *ret_percent)
{
	return quantity(text, hosts, ret_percent);
}

/* Whole numbers only; where two units are as short, the larger one. */
static const char *quantity_print(int64_t value, const struct unit *units,
                                  char *out, size_t size)
{
	char   best[32] = "";
	size_t length = sizeof(best);

	for (const struct unit *u = units; u->name != NULL; u++) {
		char one[sizeof(best)];
		int  n;

		if (value % u->size != 0)
			continue;
		n = snprintf(one, sizeof(one), "%" PRId64 "%s",
		             value / u->size, u->name);
		if ((size_t)n <= length) {
			length = (size_t)n;
			memcpy(best, one, sizeof(best));
		}
	}
	text_copy(out, size, best);
	return out;
}

/* Nothing is as short in any unit. */
const char *text_print_duration(int64_t ns, char *out, size_t size)
{
	if (ns != 0)
		return quantity_print(ns, times, out, size);
	text_copy(out, size, "0s");
	return out;
}

const char *text_print_size(int64_t bytes, char *out, size_t size)
{
	if (bytes != 0)
		return quantity_print(bytes, sizes, out, size);
	text_copy(out, size, "0B");
	return out;
}
