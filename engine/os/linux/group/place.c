/* place.c -- where a process is among the control groups, as one text. */

#include "os/linux/group/placing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/group/freezer.h"
#include "os/linux/group/groupfs.h"

/* What stands for something in a place, and what would end a line. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c != ';' && c != '%' && c != 0x7f;
}

/* Where it stopped for want of room, it says -ENAMETOOLONG. */
static int text_add(char *text, size_t size, const char *name,
                    const char *group)
{
	size_t used = strlen(text);

	used += (size_t)snprintf(text + used, size - used, "%s%s%s",
	                         used > 0 ? ";" : "", name,
	                         name[0] != '\0' ? ":" : "");
	for (; *group != '\0' && used + 4 < size; group++)
		used += (size_t)snprintf(text + used, size - used,
		                         is_plain((unsigned char)*group)
		                         ? "%c" : "%%%02X",
		                         (unsigned char)*group);
	return *group != '\0' || used >= size ? -ENAMETOOLONG : 0;
}

/* The byte that two hexadecimal digits are; false when they are none. */
static bool byte_read(const char *from, char *ret_byte)
{
	char  digits[3] = { from[0], from[1], '\0' };
	char *end;

	*ret_byte = (char)strtoul(digits, &end, 16);
	return end != digits;
}

static void text_take(const char *from, size_t n, char *out, size_t size)
{
	size_t used = 0;
	char   byte;

	for (size_t i = 0; i < n && used + 1 < size; i++) {
		if (from[i] == '%' && i + 2 < n &&
		    byte_read(from + i + 1, &byte)) {
			out[used++] = byte;
			i += 2;
		} else {
			out[used++] = from[i];
		}
	}
	out[used] = '\0';
}

bool place_counts(const struct hierarchy *h)
{
	return h->own[0] != '\0' && (h->unified || h->has != 0);
}

/* The one that a place names first.  A group without settings is made there, as
 * that changes nothing where both kinds are. */
int place_main(const struct layout *l)
{
	int h = l->unified;

	if (h < 0 || !place_counts(&l->hierarchy[h]))
		h = l->of[CONTROLLER_CPU];
	for (size_t i = 0; h < 0 && i < l->hierarchies; i++)
		if (place_counts(&l->hierarchy[i]))
			h = (int)i;
	return h;
}

void place_group_in(const struct hierarchy *h, bool main, const char *text,
                    char ret_group[GROUP_KEEP])
{
	size_t name = main ? 0 : strlen(h->name) + 1, n;

	text_copy(ret_group, GROUP_KEEP, h->top[0] != '\0' ? h->top : "/");
	for (bool first = true; *text != '\0'; first = false) {
		n = strcspn(text, ";");
		if (main ? first
		         : !first && n > name && text[name - 1] == ':' &&
		           strncmp(text, h->name, name - 1) == 0) {
			text_take(text + name, n - name, ret_group, GROUP_KEEP);
			return;
		}
		text += n + (text[n] == ';');
	}
}

const char *place_name_of_ours(const struct hierarchy *h, const char *group)
{
	size_t own = strlen(h->own);

	if (own == 0 || strncmp(group, h->own, own) != 0 ||
	    strncmp(group + own, "/" GROUPFS_PREFIX, 1 + sizeof GROUPFS_PREFIX
	            - 1) != 0)
		return NULL;
	return group + own + sizeof GROUPFS_PREFIX;
}

bool place_is_ours(const char *text)
{
	return text[0] != '\0' && strchr(text, '/') == NULL;
}

/* Frozen processes of others wait below our own group, and belong where they
 * came from: the topmost one. */
static int add_foreign(const struct layout *l, size_t i, const char *group,
                       char *text, size_t size)
{
	const struct hierarchy *h = &l->hierarchy[i];
	const char             *top = h->top[0] != '\0' ? h->top : "/";

	if (freezer_is(l, i, group))
		group = top;
	if ((int)i == place_main(l))
		return text_add(text, size, "", group);
	return strcmp(group, top) == 0 ? 0
	       : text_add(text, size, h->name, group);
}

int place_groups(const struct layout *l, pid_t pid,
                 char group[HIERARCHIES_MAX][GROUP_KEEP])
{
	int r = 0;

	for (size_t i = 0; i < l->hierarchies && r == 0; i++) {
		group[i][0] = '\0';
		if (place_counts(&l->hierarchy[i]))
			r = layout_group_of(l, pid, i, group[i], GROUP_KEEP);
		if (r == -ENODATA)
			r = 0;
	}
	return r;
}

static int write_place(const struct layout *l,
                       char group[HIERARCHIES_MAX][GROUP_KEEP], char *text,
                       size_t size)
{
	const char *name;
	size_t       n = l->hierarchies;
	int         main = place_main(l), r = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		name = place_name_of_ours(&l->hierarchy[i], group[i]);
		if (name == NULL)
			continue;
		text_copy_bytes(text, size, name, strcspn(name, "/"));
		return 0;
	}
	if (main < 0 || group[main][0] == '\0')
		text_copy(text, size, "/");
	else
		r = add_foreign(l, (size_t)main, group[main], text, size);
	for (size_t i = 0; i < n && r == 0; i++)
		if ((int)i != main && group[i][0] != '\0')
			r = add_foreign(l, i, group[i], text, size);
	return r;
}

int place_read(const struct layout *l, pid_t pid, char *ret_text, size_t size)
{
	char group[HIERARCHIES_MAX][GROUP_KEEP];
	char text[GROUP_TEXT_MAX];
	int  r = place_groups(l, pid, group);

	if (r == 0)
		r = write_place(l, group, text,
		                size < sizeof text ? size : sizeof text);
	if (r == 0)
		text_copy(ret_text, size, text);
	return r;
}

/* Of "3:cpuset:/a" the hierarchy; -1: one where nobody is moved. */
static int hierarchy_of(const struct layout *l, const char *line)
{
	const char *name = strchr(line, ':');

	for (size_t i = 0; name != NULL && i < l->hierarchies; i++) {
		const struct hierarchy *h = &l->hierarchy[i];
		size_t                  n = strlen(h->name);

		if (place_counts(h) && strncmp(name + 1, h->name, n) == 0 &&
		    name[1 + n] == ':')
			return (int)i;
	}
	return -1;
}

/* One line that ends in NUL; false when it is to be left out. */
static bool line_hide(const struct layout *l, char *line, char *ret_name,
                      size_t size)
{
	int         i = hierarchy_of(l, line);
	char       *group = i < 0 ? NULL : strchr(strchr(line, ':') + 1, ':');
	const char *name;

	if (group == NULL)
		return true;
	name = place_name_of_ours(&l->hierarchy[i], ++group);
	if (name != NULL)
		text_copy_bytes(ret_name, size, name, strcspn(name, "/"));
	else if (freezer_is(l, (size_t)i, group))
		group[1] = '\0';
	return name == NULL;
}

bool place_hide(const struct layout *l, char *text, char *ret_name, size_t size)
{
	char *rest = text, *to = text, *line;

	ret_name[0] = '\0';
	if (text[0] == '\0')
		return false;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0' || !line_hide(l, line, ret_name, size))
			continue;
		memmove(to, line, strlen(line) + 1);
		to += strlen(to);
		if (rest != NULL)
			*to++ = '\n';
	}
	*to = '\0';
	return ret_name[0] != '\0';
}

/* Delegated to pqs is what is in its own unit. */
static bool is_in_our_unit(const struct layout *l,
                           char group[HIERARCHIES_MAX][GROUP_KEEP])
{
	int    main = place_main(l);
	size_t own = main < 0 ? 0 : strlen(l->hierarchy[main].own);

	return own > 0 &&
	       strncmp(group[main], l->hierarchy[main].own, own) == 0 &&
	       (group[main][own] == '/' || group[main][own] == '\0');
}

const char *place_stays(const struct layout *l, pid_t pid)
{
	char group[HIERARCHIES_MAX][GROUP_KEEP];
	int  h = l->of[CONTROLLER_CPU] >= 0 ? l->of[CONTROLLER_CPU]
	                                    : l->unified;

	if (place_groups(l, pid, group) < 0)
		return NULL;            /* it left, and is told so            */
	for (size_t i = 0; i < l->hierarchies; i++)
		if (place_name_of_ours(&l->hierarchy[i], group[i]) != NULL)
			return NULL;
	if (l->systemd && !is_in_our_unit(l, group))
		return "shares unit";
	return h < 0 ? NULL : groupfs_bound(l, (size_t)h, group[h]);
}
