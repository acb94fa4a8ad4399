/* json.c -- writing one JSON object a line into a buffer. */

#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Whole pieces only, and a place is kept for the NUL; after the first piece
 * that does not fit none is taken, so the line is cut in one place. */
static void put(struct json *j, const char *bytes, size_t n)
{
	if (j->cut || n >= j->size - j->used) {
		j->cut = true;
		return;
	}
	memcpy(j->out + j->used, bytes, n);
	j->used += n;
	j->out[j->used] = '\0';
}

/* One character and how many bytes of the text it was.  What a program calls
 * itself need not be UTF-8; each byte that is not becomes U+FFFD. */
static size_t put_character(struct json *j, const unsigned char *p)
{
	char   escape[8];
	size_t n = text_utf8(p);

	if (n == 0) {
		put(j, "\\ufffd", 6);
		return 1;
	}
	if (*p == '"' || *p == '\\') {
		escape[0] = '\\';
		escape[1] = (char)*p;
		put(j, escape, 2);
	} else if (*p < ' ' || *p == 0x7f) {
		snprintf(escape, sizeof(escape), "\\u%04x", *p);
		put(j, escape, 6);
	} else {
		put(j, (const char *)p, n);
	}
	return n;
}

static void put_text(struct json *j, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	put(j, "\"", 1);
	while (*p != '\0' && !j->cut)
		p += put_character(j, p);
	put(j, "\"", 1);
}

static void put_key(struct json *j, const char *key)
{
	if (j->comma)
		put(j, ",", 1);
	j->comma = true;
	put_text(j, key);
	put(j, ":", 1);
}

/* Without room for the NUL nothing can be written at all. */
void json_begin(struct json *j, char *out, size_t size)
{
	*j = (struct json){ .out = out, .size = size, .cut = size == 0 };
	put(j, "{", 1);
}

void json_text(struct json *j, const char *key, const char *value)
{
	put_key(j, key);
	if (value == NULL)
		put(j, "null", 4);
	else
		put_text(j, value);
}

void json_number(struct json *j, const char *key, int64_t value)
{
	char digits[24];
	int  n = snprintf(digits, sizeof(digits), "%" PRId64, value);

	put_key(j, key);
	put(j, digits, (size_t)n);
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	put(j, value ? "true" : "false", value ? 4 : 5);
}

void json_list_begin(struct json *j, const char *key)
{
	put_key(j, key);
	put(j, "[", 1);
	j->comma = false;
}

void json_item_text(struct json *j, const char *value)
{
	if (j->comma)
		put(j, ",", 1);
	put_text(j, value);
	j->comma = true;
}

void json_item_begin(struct json *j)
{
	if (j->comma)
		put(j, ",", 1);
	put(j, "{", 1);
	j->comma = false;
}

void json_item_end(struct json *j)
{
	put(j, "}", 1);
	j->comma = true;
}

void json_list_end(struct json *j)
{
	put(j, "]", 1);
	j->comma = true;
}

int64_t json_end(struct json *j)
{
	put(j, "}\n", 2);
	return j->cut ? -E2BIG : (int64_t)j->used;
}
