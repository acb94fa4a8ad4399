/* option.c -- a list of options with their values. */

#include "model/option.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

int options_add(struct rule_options *o, const char *name, const char *value)
{
	struct rule_option *next;

	if (*name == '\0' || strchr(name, '=') != NULL)
		return -EINVAL;
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->option[i].name, name) == 0)
			return -EEXIST;
	if (o->count == RULE_OPTIONS_MAX)
		return -E2BIG;
	next = &o->option[o->count];
	if (strlen(name) >= sizeof(next->name) ||
	    strlen(value) >= sizeof(next->value))
		return -E2BIG;
	text_copy(next->name, sizeof(next->name), name);
	text_copy(next->value, sizeof(next->value), value);
	o->count++;
	return 0;
}
