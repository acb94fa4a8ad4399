/* config.c -- pqs.yaml as a struct: a reader for each type of key. */

#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "config/reader.h"
#include "config/schema.h"

#define KEYS_MAX 64             /* in one mapping                             */
#define TAKES_MAX VALUE_TEXT_MAX

struct loading {
	struct reader     reader;
	struct config     next;
	struct interned  *sets;
	const struct key *key;          /* whose value is present             */
	const struct key *overfull;     /* the last of which that was told    */
	size_t            alarm_line[HOST_PRESSURES];
};

/* A truth or number in quotes is a text, and a text is neither. */
static const char *bare_text(struct loading *l, const char *takes)
{
	const char *text = reader_text(&l->reader, l->key->path, takes);

	if (text == NULL || reader_is_plain(&l->reader))
		return text;
	reader_complain(&l->reader, "'%s' takes %s, without quotes",
	                l->key->path, takes);
	return NULL;
}

/* Puts the place of the present text among the words where the key says. */
static void word_store(struct loading *l, const char *text, const char *takes,
                       const char *const *words, size_t n)
{
	size_t i = 0;

	while (i < n && strcmp(words[i], text) != 0)
		i++;
	if (i == n)
		reader_refuse(&l->reader, l->key->path, takes, words, n);
	else
		key_store(l->key, (int64_t)i, &l->next);
}

static void bool_read(struct loading *l)
{
	static const char *const words[] = { "false", "true" };
	const char *text = bare_text(l, "true or false");

	if (text != NULL)
		word_store(l, text, "true or false", words, 2);
}

static void format_read(struct loading *l)
{
	static const char *const words[] = { "text", "json" };
	const char *text = reader_text(&l->reader, l->key->path,
	                               "text or json");

	if (text != NULL)
		word_store(l, text, "text or json", words, 2);
}

/* A number with a unit is no YAML number, so it may be quoted or not. */
static void quantity_read(struct loading *l)
{
	char        takes[TAKES_MAX];
	const char *text;
	int64_t     value;

	key_takes(l->key, takes, sizeof(takes));
	text = l->key->type == KEY_TYPE_NUMBER ? bare_text(l, takes) :
	       reader_text(&l->reader, l->key->path, takes);
	if (text == NULL)
		return;
	if (key_parse(l->key, text, &value) < 0)
		reader_refuse(&l->reader, l->key->path, takes, NULL, 0);
	else
		key_store(l->key, value, &l->next);
}

/* Where the program is started from must not decide what it reads. */
static bool path_good(struct loading *l, const char *text)
{
	if (*text == '/' && strlen(text) < CONFIG_PATH_MAX)
		return true;
	reader_refuse(&l->reader, l->key->path, "absolute paths", NULL, 0);
	return false;
}

static void path_read(struct loading *l)
{
	const char *text = reader_text(&l->reader, l->key->path,
	                               "an absolute path");

	if (text != NULL && path_good(l, text))
		text_copy((char *)&l->next + l->key->at, l->key->size, text);
}

/* The key says where in the struct; its type is what the schema promised. */
static struct config_folders *folders_of(struct loading *l)
{
	return (struct config_folders *)(void *)((char *)&l->next + l->key->at);
}

static void folder_add(void *ctx, const char *text)
{
	struct loading        *l = ctx;
	struct config_folders *f = folders_of(l);

	if (!path_good(l, text))
		return;
	if (f->count == CONFIG_FOLDERS_MAX && l->overfull == l->key)
		return;                         /* it was told                */
	if (f->count == CONFIG_FOLDERS_MAX) {
		l->overfull = l->key;
		reader_complain(&l->reader, "'%s' takes at most %d folders",
		                l->key->path, CONFIG_FOLDERS_MAX);
	} else {
		text_copy(f->path[f->count++], CONFIG_PATH_MAX, text);
	}
}

/* A list replaces the default, and an empty one means none. */
static void folders_read(struct loading *l)
{
	folders_of(l)->count = 0;
	reader_texts(&l->reader, l->key->path, "absolute paths", folder_add, l);
}

static void name_read(struct loading *l)
{
	const char *takes = "a user's name";
	const char *text = reader_text(&l->reader, l->key->path, takes);

	if (text == NULL)
		return;
	if (*text == '\0' || strlen(text) >= l->key->size)
		reader_refuse(&l->reader, l->key->path, takes, NULL, 0);
	else
		text_copy((char *)&l->next + l->key->at, l->key->size, text);
}

static void group_read(struct loading *l)
{
	const char *takes = "a group's name, or none";
	const char *text = reader_text(&l->reader, l->key->path, takes);
	char       *field = (char *)&l->next + l->key->at;

	if (text == NULL)
		return;
	if (*text == '\0' || strlen(text) >= l->key->size)
		reader_refuse(&l->reader, l->key->path, takes, NULL, 0);
	else
		text_copy(field, l->key->size,
		          strcmp(text, "none") == 0 ? "" : text);
}

/* "none" is nobody's. */
static void home_read(struct loading *l)
{
	const char *takes = "a path from / or ~/ on, or none";
	const char *text = reader_text(&l->reader, l->key->path, takes);
	char       *field = (char *)&l->next + l->key->at;

	if (text == NULL)
		return;
	if (strcmp(text, "none") == 0)
		field[0] = '\0';
	else if ((*text != '/' && strncmp(text, "~/", 2) != 0) ||
	         strlen(text) >= l->key->size)
		reader_refuse(&l->reader, l->key->path, takes, NULL, 0);
	else
		text_copy(field, l->key->size, text);
}

/* 20 of them, or "20%". */
static void most_read(struct loading *l)
{
	const char *takes = "none, a number or a share";
	const char *text = reader_text(&l->reader, l->key->path, takes);
	struct config_most m = { INT64_MAX, false };
	int         r = 0;

	if (text == NULL)
		return;
	if (strcmp(text, "none") != 0) {
		m.share = strchr(text, '%') != NULL;
		r = m.share ? text_percent(text, &m.most)
		            : text_number(text, &m.most);
	}
	if (r < 0 || m.most < 0 || (m.share && m.most > 10000))
		reader_refuse(&l->reader, l->key->path, takes, NULL, 0);
	else
		memcpy((char *)&l->next + l->key->at, &m, sizeof(m));
}

static void allow_add(void *ctx, const char *text)
{
	static const char *const words[] = { "pid1", "kernel_threads",
	                                     "realtime" };
	struct loading *l = ctx;
	bool *fields[] = { &l->next.allow_init, &l->next.allow_kernel_threads,
	                   &l->next.allow_realtime };

	for (size_t i = 0; i < 3; i++)
		if (strcmp(words[i], text) == 0) {
			*fields[i] = true;
			return;
		}
	reader_refuse(&l->reader, l->key->path,
	              "pid1, kernel_threads and realtime", words, 3);
}

/* What the list does not name is not allowed, whatever was before. */
static void allow_read(struct loading *l)
{
	l->next.allow_init = false;
	l->next.allow_kernel_threads = false;
	l->next.allow_realtime = false;
	reader_texts(&l->reader, l->key->path,
	             "pid1, kernel_threads and realtime", allow_add, l);
}

/* Values are written as in a rule and checked by the same code. */
static void knob_read(struct loading *l, enum setting s, struct want *row)
{
	const char *name = setting_rows[s].name;
	char        takes[TAKES_MAX];
	const char *text;
	int64_t     value;

	setting_takes(s, takes, sizeof(takes));
	text = reader_text(&l->reader, name, takes);
	if (text == NULL)
		return;
	if (setting_parse(s, text, l->sets, &value) < 0)
		reader_refuse(&l->reader, name, takes, NULL, 0);
	else
		want_set(row, s, value);
}

/* The knobs that the file does not name keep their value. */
static void knobs_read(struct loading *l, const char *name, struct want *row)
{
	const char  *names[SETTING_COUNT];
	enum setting knobs[SETTING_COUNT];
	uint64_t     seen = 0;
	size_t       n = 0, i;

	for (int s = 0; s < SETTING_COUNT; s++)
		if (setting_rows[s].kind == SETTING_KIND_KNOB) {
			knobs[n] = (enum setting)s;
			names[n++] = setting_rows[s].name;
		}
	if (!reader_map(&l->reader, name))
		return;
	while (reader_map_next(&l->reader, names, n, &seen, &i))
		knob_read(l, knobs[i], row);
}

/* The key says where the row is, or the first of several. */
static struct want *rows_of(struct loading *l)
{
	return (struct want *)(void *)((char *)&l->next + l->key->at);
}

static void row_read(struct loading *l)
{
	knobs_read(l, l->key->path, rows_of(l));
}

/* The words and knobs have names of their own, so the schema does not list
 * them. */
static void rows_read(struct loading *l)
{
	enum setting       s;
	const char *const *words;
	uint64_t           seen = 0;
	size_t             n, i;

	if (setting_find(l->key->path, &s) < 0 ||
	    !reader_map(&l->reader, l->key->path))
		return;
	words = setting_words(s, &n);
	while (reader_map_next(&l->reader, words, n, &seen, &i))
		knobs_read(l, words[i], &rows_of(l)[i]);
}

static void option_read(struct loading *l, const char *name)
{
	const char *value = reader_text(&l->reader, name, "one value");
	int         r;

	if (value == NULL)
		return;
	r = options_add(&l->next.options, name, value);
	if (r == -EEXIST)
		reader_complain(&l->reader, "option '%s' is given twice", name);
	else if (r == -EINVAL)
		reader_complain(&l->reader, "an option has a name, without "
		                "'='");
	else if (r < 0)
		reader_complain(&l->reader, "at most %d options, with names of "
		                "%d bytes and values of %d", RULE_OPTIONS_MAX,
		                OPTION_NAME_MAX - 1, OPTION_VALUE_MAX - 1);
}

/* Which there are, the rules say; what is set replaces what was before. */
static void options_read(struct loading *l)
{
	char name[OPTION_NAME_MAX + 1];

	l->next.options.count = 0;
	if (!reader_map(&l->reader, l->key->path))
		return;
	while (reader_map_any(&l->reader, name, sizeof(name)))
		option_read(l, name);
}

/* Each reads the present value into l->next, or complains and leaves it. */
static void (*const readers[KEY_TYPES])(struct loading *l) = {
	[KEY_TYPE_BOOL]    = bool_read,
	[KEY_TYPE_NUMBER]  = quantity_read,
	[KEY_TYPE_SHARE]   = quantity_read,
	[KEY_TYPE_TIME]    = quantity_read,
	[KEY_TYPE_SIZE]    = quantity_read,
	[KEY_TYPE_FORMAT]  = format_read,
	[KEY_TYPE_PATH]    = path_read,
	[KEY_TYPE_FOLDERS] = folders_read,
	[KEY_TYPE_NAME]    = name_read,
	[KEY_TYPE_HOME]    = home_read,
	[KEY_TYPE_GROUP]   = group_read,
	[KEY_TYPE_MOST]    = most_read,
	[KEY_TYPE_ALLOW]   = allow_read,
	[KEY_TYPE_OPTIONS] = options_read,
	[KEY_TYPE_ROW]     = row_read,
	[KEY_TYPE_ROWS]    = rows_read,
};

static void section_read(struct loading *l, const char *section);

static const char *const alarms[HOST_PRESSURES] = {
	[HOST_PRESSURE_MEMORY] = "memory_pressure",
	[HOST_PRESSURE_CPU]    = "cpu_pressure",
	[HOST_PRESSURE_IO]     = "io_pressure",
};

/* Where a level was last spoken of. */
static void alarm_note(struct loading *l, const char *path)
{
	for (int i = 0; i < HOST_PRESSURES; i++)
		if (strncmp(path, alarms[i], strlen(alarms[i])) == 0 &&
		    path[strlen(alarms[i])] == '.')
			l->alarm_line[i] = reader_line(&l->reader);
}

/* The value of a key, or the keys of a section. */
static void value_read(struct loading *l, const char *path)
{
	l->key = key_find(path);
	alarm_note(l, path);
	if (l->key != NULL && !(reader_is_map(&l->reader) &&
	                        key_is_section(path)))
		readers[l->key->type](l);
	else if (reader_map(&l->reader, path))
		section_read(l, path);
}

/* The keys below a section, of which the schema knows the names.  Sections go
 * no deeper than the schema, so neither does this. */
static void section_read(struct loading *l, const char *section)
{
	char        names[KEYS_MAX][KEY_NAME_MAX], path[2 * KEY_NAME_MAX];
	const char *known[KEYS_MAX];
	size_t      n = keys_below(section, names, KEYS_MAX), i;
	uint64_t    seen = 0;

	for (i = 0; i < n; i++)
		known[i] = names[i];
	while (reader_map_next(&l->reader, known, n, &seen, &i)) {
		snprintf(path, sizeof(path), "%s%s%s", section,
		         *section == '\0' ? "" : ".", names[i]);
		value_read(l, path);
	}
}

static void check_shortage(struct loading *l)
{
	const struct host_shortage *s = &l->next.shortage;
	size_t line = l->alarm_line[HOST_PRESSURE_MEMORY];

	if (s->left_warn < s->left_critical)
		reader_complain_at(&l->reader, line,
		                   "'memory_pressure.left_warn' is below "
		                   "'memory_pressure.left_critical'");
	if (s->lasts_warn_ns < s->lasts_critical_ns)
		reader_complain_at(&l->reader, line,
		                   "'memory_pressure.lasts_warn' is below "
		                   "'memory_pressure.lasts_critical'");
}

/* What no single key can tell: the levels must rise. */
static void check_order(struct loading *l)
{
	char sentence[128];

	for (int i = 0; i < HOST_PRESSURES; i++) {
		if (l->next.pressure[i].warn <= l->next.pressure[i].critical)
			continue;
		snprintf(sentence, sizeof(sentence), "'%s.warn' is above "
		         "'%s.critical'", alarms[i], alarms[i]);
		reader_complain_at(&l->reader, l->alarm_line[i], sentence);
	}
	check_shortage(l);
}

int config_read(const char *path, struct interned *sets, struct config *c,
                char *why, size_t why_size)
{
	/* A copy is changed, so that a refused file leaves nothing behind. */
	struct loading l = { .next = *c, .sets = sets };
	int            opened = reader_open(&l.reader, path, why, why_size);
	int            closed;

	if (opened == 0 && reader_map(&l.reader, text_base_name(path)))
		section_read(&l, "");
	check_order(&l);
	closed = reader_close(&l.reader);
	if (opened < 0 || closed < 0)
		return opened < 0 ? opened : closed;
	*c = l.next;
	return 0;
}
