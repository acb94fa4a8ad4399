/* schema.h -- every key of pqs.yaml: its place, what it takes, its default. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "config/config.h"

enum key_type {
	KEY_TYPE_BOOL,
	KEY_TYPE_NUMBER, KEY_TYPE_SHARE, KEY_TYPE_TIME, KEY_TYPE_SIZE,
	KEY_TYPE_FORMAT,                /* of the log: text or json           */
	KEY_TYPE_PATH,                  /* one absolute path                  */
	KEY_TYPE_FOLDERS,               /* one absolute path or several       */
	KEY_TYPE_NAME, KEY_TYPE_HOME,   /* of a user                          */
	KEY_TYPE_GROUP,                 /* a name, or none                    */
	KEY_TYPE_MOST,                  /* none, a number or a share          */
	KEY_TYPE_ALLOW,                 /* what may be touched all the same   */
	KEY_TYPE_OPTIONS,               /* { name: value }, of rules          */
	KEY_TYPE_ROW,                   /* { knob: value }                    */
	KEY_TYPE_ROWS,                  /* word of a setting: { knob: value } */
	KEY_TYPES
};

/* Bounds and defaults are written as the file would write them. */
struct key {
	const char   *path;             /* "events.poll"                      */
	enum key_type type;
	size_t        at, size;         /* in struct config                   */
	const char   *low, *high;       /* NULL: the type says it all         */
	const char   *initial;          /* NULL: config_defaults() knows it   */
	const char   *otherwise;        /* what that is, in words             */
	const char   *meaning;
};

extern const struct key config_keys[];
extern const size_t     config_keys_count;

/* The key with that whole path, or NULL. */
const struct key *key_find(const char *path);
/* The names below a section ("" is the top), each once; at most max. */
#define KEY_NAME_MAX 32
/* The names right below a section, each once, in the order of config_keys; how
 * many, at most max. */
size_t keys_below(const char *section, char (*ret_names)[KEY_NAME_MAX],
                  size_t max);

/* Whether there are keys below that one. */
bool   key_is_section(const char *path);

/* For the types NUMBER to SIZE: 0, -EINVAL (not such a value) or -ERANGE. */
int key_parse(const struct key *k, const char *text, int64_t *ret_value);
/* What the key takes: "a time from 1ms to 10s".  Returns out. */
const char *key_takes(const struct key *k, char *out, size_t size);
/* Puts a number or truth where the key says. */
void key_store(const struct key *k, int64_t value, struct config *c);

#endif
