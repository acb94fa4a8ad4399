/* pages.h -- a page in memory, and whether it says what it must. */
#ifndef E2E_PAGES_H
#define E2E_PAGES_H

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE_MAX 262144

static char text[PAGE_MAX];

/* Adds the file to what is in text. */
static void read_more(const char *path)
{
	FILE  *f = fopen(path, "r");
	size_t used = strlen(text);

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	used += fread(text + used, 1, sizeof text - 1 - used, f);
	ck_assert_uint_lt(used, sizeof text - 1);
	text[used] = '\0';
	fclose(f);
}

static void read_file(const char *path)
{
	text[0] = '\0';
	read_more(path);
}

/* The page has that somewhere. */
static void assert_has(const char *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void assert_has(const char *page, const char *format, ...)
{
	char    line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	ck_assert_msg(strstr(text, line) != NULL, "%s lacks: %s", page, line);
}

#endif
