/* unit.c -- which systemd unit a control group belongs to, and which group a
 * place names. */

#include "os/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* A name that is nothing but its ending is no unit. */
static bool ends_in(const char *text, size_t n, const char *end)
{
	size_t tail = strlen(end);

	return n > tail && memcmp(text + n - tail, end, tail) == 0;
}

/* A service may have made groups of its own below: they are part of it.  Among
 * units the innermost tells most: an application's scope lies in the service of
 * its user. */
int unit_of_cgroup(const char *path, char *ret_unit, size_t size)
{
	const char *unit = NULL, *slice = NULL;
	size_t      unit_bytes = 0, slice_bytes = 0;

	for (size_t n; *path != '\0'; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (ends_in(path, n, ".service") ||
		    ends_in(path, n, ".scope")) {
			unit = path;
			unit_bytes = n;
		} else if (ends_in(path, n, ".slice")) {
			slice = path;
			slice_bytes = n;
		}
	}
	if (unit == NULL) {
		unit = slice;
		unit_bytes = slice_bytes;
	}
	if (unit == NULL)
		return -ENODATA;
	if (unit_bytes >= size)
		return -ENAMETOOLONG;
	(void)text_copy_bytes(ret_unit, size, unit, unit_bytes);
	return 0;
}

static int digit_of(char c)
{
	static const char digits[] = "0123456789ABCDEFabcdef";
	const char       *at = c != '\0' ? strchr(digits, c) : NULL;
	int               n = at != NULL ? (int)(at - digits) : -1;

	return n < 16 ? n : n - 6;
}

/* Of two digits; -1 where there are none. */
static int hex_byte(const char *text)
{
	int high = digit_of(text[0]);
	int low = high < 0 ? -1 : digit_of(text[1]);

	return low < 0 ? -1 : high * 16 + low;
}

/* What would end it is written "%3B". */
int cgroup_of_place(const char *place, char *ret_path, size_t size)
{
	size_t   used = 0;
	int      byte;

	for (; *place != '\0' && *place != ';'; place++) {
		if (used + 1 == size)
			return -ENAMETOOLONG;
		byte = place[0] == '%' ? hex_byte(place + 1) : -1;
		if (byte >= 0) {
			ret_path[used++] = (char)byte;
			place += 2;
		} else {
			ret_path[used++] = *place;
		}
	}
	ret_path[used] = '\0';
	return 0;
}
