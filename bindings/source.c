/* source.c -- our own Lua files: inside the program, or in a folder for those
 * who edit them.
 */

#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <lauxlib.h>

#include "lua_embedded.h"
#include "rules.h"

#define SOURCES (sizeof lua_embedded / sizeof lua_embedded[0] - 1)

#ifdef PQS_LUA_FOLDER

static char  *source[SOURCES];
static size_t source_bytes[SOURCES];

/* The file whole; NULL with errno. */
static char *file_read(const char *path, size_t *ret_bytes)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(RULE_FILE_MAX);

	if (f == NULL || text == NULL) {
		free(text);
		text = NULL;
	} else {
		*ret_bytes = fread(text, 1, RULE_FILE_MAX, f);
	}
	if (f != NULL)
		fclose(f);
	return text;
}

/* Before the process is sealed, which then opens nothing. */
int rule_language_load(void)
{
	char path[512];

	for (size_t i = 0; i < SOURCES; i++) {
		snprintf(path, sizeof path, "%s/%s.lua", PQS_LUA_FOLDER,
		         lua_embedded[i].name);
		free(source[i]);
		source[i] = file_read(path, &source_bytes[i]);
		if (source[i] == NULL)
			return -errno;
	}
	return 0;
}

static const char *source_at(size_t i, size_t *ret_bytes)
{
	if (source[i] == NULL && rule_language_load() < 0)
		return NULL;
	*ret_bytes = source_bytes[i];
	return source[i];
}

#else

int rule_language_load(void)
{
	return 0;
}

static const char *source_at(size_t i, size_t *ret_bytes)
{
	*ret_bytes = lua_embedded[i].bytes;
	return (const char *)lua_embedded[i].source;
}

#endif

static const char *source_find(const char *name, size_t *ret_bytes)
{
	for (size_t i = 0; i < SOURCES; i++)
		if (strcmp(lua_embedded[i].name, name) == 0)
			return source_at(i, ret_bytes);
	return NULL;
}

/* Not named "?": so the place of a mistake is in the file that led here. */
RAISES void source_push(lua_State *L, const char *name)
{
	size_t      n;
	const char *source = source_find(name, &n);

	if (source == NULL ||
	    luaL_loadbufferx(L, source, n, "=library", "t") != LUA_OK)
		luaL_error(L, "the language's own '%s' is broken", name);
	lua_newtable(L);
	lua_setupvalue(L, -2, 1);       /* _ENV = {} */
}
