/* json_read.h -- reading one flat JSON object, strictly and in place.
 *
 * Flat: a value is a text, a whole number, a truth, null, or a list of texts.
 * What the grammar of JSON does not allow is refused, and so are a key that is
 * there twice, a zero byte, and bytes that are no UTF-8.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST };

struct json_field {
	const char    *key;
	enum json_type type;
	const char    *text;            /* of a list: one after the other, each
	                                   followed by NUL                    */
	int64_t        number;          /* of a list: how many; of a truth: 0
	                                   or 1                               */
};

struct json_object {
	size_t            count;
	struct json_field field[JSON_FIELDS_MAX];
};

/* The n bytes, followed by NUL, are changed; the object's texts lie in them.
 * 0, -EINVAL with *ret_why (static text) and untouched *ret_object, or -E2BIG:
 * more than JSON_FIELDS_MAX. */
int json_read(char *text, size_t n, struct json_object *ret_object,
              const char **ret_why);

/* NULL: there is none. */
const struct json_field *json_find(const struct json_object *o,
                                   const char *key);
/* Its text, or NULL where there is none of that name that is a text. */
const char *json_find_text(const struct json_object *o, const char *key);
/* Its number or truth, or that. */
int64_t json_find_number(const struct json_object *o, const char *key,
                         int64_t otherwise);

#endif
