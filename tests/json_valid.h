/* json_valid.h -- whether a text is JSON, by its grammar (RFC 8259). */
#ifndef TESTS_JSON_VALID_H
#define TESTS_JSON_VALID_H

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Each returns what stands behind it, or NULL. */
static const char *json_value(const char *p);

static const char *json_space(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

static const char *json_string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < ' ')
			return NULL;
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u' && strspn(p + 1, "0123456789abcdefABCDEF") >= 4)
			p += 4;
		else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL)
			return NULL;
	}
	return p + 1;
}

static const char *json_number_at(const char *p)
{
	size_t n;

	p += *p == '-';
	n = strspn(p, "0123456789");
	if (n == 0 || (*p == '0' && n > 1))
		return NULL;
	p += n;
	if (*p == '.') {
		n = strspn(p + 1, "0123456789");
		p = n == 0 ? NULL : p + 1 + n;
	}
	return p;
}

/* { "key": value, ... } or [ value, ... ] */
static const char *json_members(const char *p, char end)
{
	p = json_space(p + 1);
	if (*p == end)
		return p + 1;
	for (;;) {
		if (end == '}') {
			p = json_string(p);
			if (p == NULL || *(p = json_space(p)) != ':')
				return NULL;
			p = json_space(p + 1);
		}
		p = json_value(p);
		if (p == NULL)
			return NULL;
		p = json_space(p);
		if (*p == end)
			return p + 1;
		if (*p != ',')
			return NULL;
		p = json_space(p + 1);
	}
}

static const char *json_value(const char *p)
{
	static const char *const words[] = { "true", "false", "null" };

	if (*p == '{' || *p == '[')
		return json_members(p, *p == '{' ? '}' : ']');
	if (*p == '"')
		return json_string(p);
	for (size_t i = 0; i < 3; i++)
		if (strncmp(p, words[i], strlen(words[i])) == 0)
			return p + strlen(words[i]);
	return json_number_at(p);
}

static bool json_is_valid(const char *text)
{
	const char *p = json_value(json_space(text));

	return p != NULL && *json_space(p) == '\0';
}

#endif
