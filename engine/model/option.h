/* option.h -- values that pqs.yaml gives to what rules call an option. */
#ifndef MODEL_OPTION_H
#define MODEL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"

/* Both as written; the rule that asks knows what kind of value it takes. */
struct rule_option {
	char name[OPTION_NAME_MAX];     /* "hog", or "folder/hog"             */
	char value[OPTION_VALUE_MAX];
};

struct rule_options {
	size_t             count;
	bool               partial;     /* some rules are not read: an option
	                                   that none asks for is no mistake   */
	struct rule_option option[RULE_OPTIONS_MAX];
};

/* 0, -EINVAL (no name, or one with '='), -E2BIG (too many, or a text too long)
 * or -EEXIST. */
int options_add(struct rule_options *o, const char *name, const char *value);

#endif
