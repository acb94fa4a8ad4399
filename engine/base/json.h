/* json.h -- writing one JSON object a line into a buffer.
 *
 * Never writes past the buffer: what does not fit is dropped and json_end()
 * says so.  A NULL value is null.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char  *out;
	size_t size, used;
	bool   comma, cut;
};

void json_begin(struct json *j, char *out, size_t size);       /* {           */
/* The value is escaped; bytes that are no UTF-8 come out as U+FFFD. */
void json_text(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
/* "key": [ ... ] of texts, or of objects, each begun and ended. */
void json_list_begin(struct json *j, const char *key);
void json_item_text(struct json *j, const char *value);
void json_item_begin(struct json *j);
void json_item_end(struct json *j);
void json_list_end(struct json *j);
/* Closes the object and the line: bytes used, or -E2BIG. */
int64_t json_end(struct json *j);

#endif
