/* json_read.c -- reading one flat JSON object, strictly and in place.
 *
 * A text without its escapes is never longer than with them, so it is written
 * back over itself, behind what is still to be read.
 */
#include "base/json_read.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

struct reading {
	char       *at, *end;
	const char *why;
};

static bool refuse(struct reading *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static void skip_space(struct reading *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL &&
	       *r->at != '\0')
		r->at++;
}

static bool take(struct reading *r, char c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_word(struct reading *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_unit(struct reading *r, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	if (r->end - r->at < 4)
		return refuse(r, "\\u takes four digits");
	for (int i = 0; i < 4; i++) {
		int digit = hex_of(*r->at++);

		if (digit < 0)
			return refuse(r, "\\u takes four digits");
		unit = unit << 4 | (uint32_t)digit;
	}
	*ret_unit = unit;
	return true;
}

/* A character past the first 65536 is written as two. */
static bool read_code(struct reading *r, uint32_t *ret_code)
{
	uint32_t code, low;

	if (!read_unit(r, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		if (!take_word(r, "\\u") || !read_unit(r, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return refuse(r, "half a character");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return refuse(r, "half a character");
	}
	*ret_code = code;
	return code != 0 || refuse(r, "a text may not hold a zero byte");
}

static char *put_code(char *to, uint32_t code)
{
	int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };

	*to++ = (char)(lead[more] | code >> 6 * more);
	while (more-- > 0)
		*to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
	return to;
}

static bool read_escape(struct reading *r, char **to)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char       *name;
	uint32_t          code;

	if (r->at == r->end)
		return refuse(r, "a text has no end");
	name = *r->at == '\0' ? NULL : strchr(names, *r->at);
	if (name != NULL) {
		*(*to)++ = meant[name - names];
		r->at++;
		return true;
	}
	if (*r->at++ != 'u')
		return refuse(r, "there is no such escape");
	if (!read_code(r, &code))
		return false;
	*to = put_code(*to, code);
	return true;
}

/* The text from 'to' on, ended by NUL; *to is moved past it. */
static bool read_text(struct reading *r, char **to)
{
	if (!take(r, '"'))
		return refuse(r, "a text is expected");
	while (r->at < r->end && *r->at != '"') {
		size_t n = text_utf8(r->at);

		if ((unsigned char)*r->at < ' ')
			return refuse(r, "a control character in a text");
		if (n == 0)
			return refuse(r, "a text is not UTF-8");
		if (*r->at == '\\') {
			r->at++;
			if (!read_escape(r, to))
				return false;
			continue;
		}
		memmove(*to, r->at, n);
		*to += n;
		r->at += n;
	}
	if (r->at == r->end)
		return refuse(r, "a text has no end");
	r->at++;
	*(*to)++ = '\0';
	return true;
}

static bool read_list(struct reading *r, struct json_field *f)
{
	char *to = ++r->at;

	f->type = JSON_LIST;
	f->text = to;
	f->number = 0;
	if (take(r, ']'))
		return true;
	do {
		skip_space(r);
		if (!read_text(r, &to))
			return false;
		f->number++;
	} while (take(r, ','));
	return take(r, ']') || refuse(r, "a list has no end");
}

/* What cannot be counted in whole numbers is nobody's here. */
static bool read_number(struct reading *r, struct json_field *f)
{
	char    digits[24];
	size_t  n = strspn(r->at, "-0123456789");
	size_t  sign = *r->at == '-';
	int     e;

	if (strchr(".eE", r->at[n]) != NULL && r->at[n] != '\0')
		return refuse(r, "a number must be a whole one");
	if (n <= sign || n >= sizeof digits ||
	    (r->at[sign] == '0' && n > sign + 1))
		return refuse(r, "this is no number");
	(void)text_copy_bytes(digits, sizeof digits, r->at, n);
	e = text_number(digits, &f->number);
	if (e < 0)
		return refuse(r, "this is no number");
	f->type = JSON_NUMBER;
	r->at += n;
	return true;
}

static bool read_value(struct reading *r, struct json_field *f)
{
	char *to;

	skip_space(r);
	if (r->at == r->end)
		return refuse(r, "a value is expected");
	if (*r->at == '"') {
		f->type = JSON_TEXT;
		to = r->at;
		f->text = to;
		return read_text(r, &to);
	}
	if (*r->at == '[')
		return read_list(r, f);
	if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))
		return read_number(r, f);
	f->type = JSON_BOOL;
	f->number = *r->at == 't';
	if (take_word(r, "true") || take_word(r, "false"))
		return true;
	f->type = JSON_NULL;
	return take_word(r, "null") ||
	       refuse(r, *r->at == '{' ? "an object in an object"
	                               : "this is no value");
}

static bool read_field(struct reading *r, struct json_object *o)
{
	struct json_field *f = &o->field[o->count];
	char              *to;

	skip_space(r);
	to = r->at;
	*f = (struct json_field){ .key = to };
	if (!read_text(r, &to))
		return false;
	if (json_find(o, f->key) != NULL)
		return refuse(r, "a key is there twice");
	if (!take(r, ':'))
		return refuse(r, "':' is expected after a key");
	if (!read_value(r, f))
		return false;
	o->count++;
	return true;
}

static int read_fields(struct reading *r, struct json_object *o)
{
	if (take(r, '}'))
		return 0;
	do {
		if (o->count == JSON_FIELDS_MAX) {
			refuse(r, "too many keys");
			return -E2BIG;
		}
		if (!read_field(r, o))
			return -EINVAL;
	} while (take(r, ','));
	return take(r, '}') || refuse(r, "',' or '}' is expected") ? 0
	                                                           : -EINVAL;
}

int json_read(char *text, size_t n, struct json_object *ret_object,
              const char **ret_why)
{
	struct reading     r = { text, text + n, NULL };
	struct json_object o;
	int                e = -EINVAL;

	o.count = 0;
	if (!take(&r, '{'))
		refuse(&r, "an object is expected");
	else
		e = read_fields(&r, &o);
	skip_space(&r);
	if (e == 0 && r.at != r.end) {
		refuse(&r, "there is something behind the object");
		e = -EINVAL;
	}
	if (e < 0) {
		*ret_why = r.why;
		return e;
	}
	ret_object->count = o.count;
	memcpy(ret_object->field, o.field, o.count * sizeof o.field[0]);
	return 0;
}

const struct json_field *json_find(const struct json_object *o,
                                   const char *key)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->field[i].key, key) == 0)
			return &o->field[i];
	return NULL;
}

const char *json_find_text(const struct json_object *o, const char *key)
{
	const struct json_field *f = json_find(o, key);

	return f != NULL && f->type == JSON_TEXT ? f->text : NULL;
}

int64_t json_find_number(const struct json_object *o, const char *key,
                         int64_t otherwise)
{
	const struct json_field *f = json_find(o, key);

	return f != NULL && (f->type == JSON_NUMBER || f->type == JSON_BOOL)
	       ? f->number : otherwise;
}
