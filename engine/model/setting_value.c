/* setting_value.c -- how values are written, one codec for each type. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "model/group.h"
#include "model/interned.h"
#include "model/setting_codec.h"

#define PER_CENT 100            /* text_percent() counts in hundredths of one */

static int within(const struct setting_row *row, int64_t value,
                  int64_t *ret_value)
{
	if (!codec_in_range(row, value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

/* INT: the number itself. */
static int int_parse(const struct setting_row *row, const char *text,
                     struct interned *sets, int64_t *ret_value)
{
	int64_t value;
	int     r = text_number(text, &value);

	(void)sets;
	return r < 0 ? r : within(row, value, ret_value);
}

static bool int_print(const struct setting_row *row, int64_t value,
                      const struct interned *sets, char *out, size_t size)
{
	(void)row;
	(void)sets;
	snprintf(out, size, "%" PRId64, value);
	return true;
}

static void int_takes(const struct setting_row *row, char *out, size_t size)
{
	snprintf(out, size, "%" PRId64 " to %" PRId64, row->low, row->high);
}

/* WORD: one of a few.  The row is the setting's, so it knows which words. */
static const char *const *const words_of[SETTING_COUNT] = {
	[SETTING_qos] = (const char *const[]){
		[QOS_BACKGROUND]       = "background",
		[QOS_UTILITY]          = "utility",
		[QOS_DEFAULT]          = "default",
		[QOS_USER_INITIATED]   = "user-initiated",
		[QOS_USER_INTERACTIVE] = "user-interactive",
	},
	[SETTING_role] = (const char *const[]){
		[ROLE_BACKGROUND]      = "background",
		[ROLE_DEFAULT]         = "default",
		[ROLE_FOREGROUND]      = "foreground",
	},
	[SETTING_io] = (const char *const[]){
		[IO_PASSIVE]           = "passive",
		[IO_THROTTLE]          = "throttle",
		[IO_UTILITY]           = "utility",
		[IO_STANDARD]          = "standard",
		[IO_IMPORTANT]         = "important",
	},
};

const char *const *setting_words(enum setting s, size_t *ret_count)
{
	*ret_count = words_of[s] == NULL ? 0 :
	             (size_t)setting_rows[s].high + 1;
	return words_of[s];
}

static const char *const *words_of_row(const struct setting_row *row, size_t *n)
{
	return setting_words((enum setting)(row - setting_rows), n);
}

static int word_parse(const struct setting_row *row, const char *text,
                      struct interned *sets, int64_t *ret_value)
{
	size_t             n;
	const char *const *words = words_of_row(row, &n);

	(void)sets;
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0) {
			*ret_value = (int64_t)i;
			return 0;
		}
	return -EINVAL;
}

static bool word_print(const struct setting_row *row, int64_t value,
                       const struct interned *sets, char *out, size_t size)
{
	size_t             n;
	const char *const *words = words_of_row(row, &n);

	(void)sets;
	if (!codec_in_range(row, value))
		return false;
	text_copy(out, size, words[value]);
	return true;
}

static void word_takes(const struct setting_row *row, char *out, size_t size)
{
	size_t             n, used = 0;
	const char *const *words = words_of_row(row, &n);

	for (size_t i = 0; i < n && used < size; i++) {
		used += text_copy(out + used, size - used, i == 0 ? "" : ", ");
		used += text_copy(out + used, size - used, words[i]);
	}
}

/* BOOL */
static int bool_parse(const struct setting_row *row, const char *text,
                      struct interned *sets, int64_t *ret_value)
{
	(void)row;
	(void)sets;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return -EINVAL;
	*ret_value = *text == 't';
	return 0;
}

static bool bool_print(const struct setting_row *row, int64_t value,
                       const struct interned *sets, char *out, size_t size)
{
	(void)row;
	(void)sets;
	text_copy(out, size, value == 0 ? "false" : "true");
	return value == 0 || value == 1;
}

static void bool_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	text_copy(out, size, "true or false");
}

/* SHARE: of one core, of several, or of all that there are. */
static bool share_valid(const struct setting_row *row, int64_t value)
{
	return codec_in_range(row, value) &&
	       (value <= SHARE_CORES_HIGH || value > SHARE_OF_HOST);
}

static int share_parse(const struct setting_row *row, const char *text,
                       struct interned *sets, int64_t *ret_value)
{
	int64_t value;
	int     r = text_of_host(text, &value);

	(void)sets;
	if (r == 0 && value > 0)
		value = value > PER_CENT ? INT64_MAX : value | SHARE_OF_HOST;
	else if (r == -EINVAL)
		r = text_cores(text, &value);
	if (r == 0 && !share_valid(row, value))
		r = -ERANGE;
	if (r == 0)
		*ret_value = value;
	return r;
}

static bool share_print(const struct setting_row *row, int64_t value,
                        const struct interned *sets, char *out, size_t size)
{
	int64_t cores = value / PER_CENT;

	(void)sets;
	if (!share_valid(row, value))
		return false;
	if (value > SHARE_OF_HOST)
		snprintf(out, size, "%" PRId64 "%% of host",
		         value - SHARE_OF_HOST);
	else if (value % PER_CENT == 0)
		snprintf(out, size, "%" PRId64 " core%s", cores,
		         text_plural((uint64_t)cores));
	else
		snprintf(out, size, "%" PRId64 "%%", value);
	return true;
}

static void share_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	text_copy(out, size, "a share such as \"50%\" of one core, \"6 cores\" "
	          "or \"75% of host\"");
}

/* PERCENT: whole ones. */
static int percent_parse(const struct setting_row *row, const char *text,
                         struct interned *sets, int64_t *ret_value)
{
	int64_t value;
	int     r = text_percent(text, &value);

	(void)sets;
	if (r == 0 && value % PER_CENT != 0)
		r = -EINVAL;
	return r < 0 ? r : within(row, value / PER_CENT, ret_value);
}

static bool percent_print(const struct setting_row *row, int64_t value,
                          const struct interned *sets, char *out, size_t size)
{
	(void)sets;
	snprintf(out, size, "%" PRId64 "%%", value);
	return codec_in_range(row, value);
}

static void percent_takes(const struct setting_row *row, char *out, size_t size)
{
	snprintf(out, size, "\"%" PRId64 "%%\" to \"%" PRId64 "%%\"", row->low,
	         row->high);
}

/* SIZE: bytes, written with the unit that makes it shortest. */
static int size_parse(const struct setting_row *row, const char *text,
                      struct interned *sets, int64_t *ret_value)
{
	int64_t bytes;
	int     r = text_size(text, &bytes);

	(void)sets;
	return r < 0 ? r : within(row, bytes, ret_value);
}

static bool size_print(const struct setting_row *row, int64_t value,
                       const struct interned *sets, char *out, size_t size)
{
	(void)row;
	(void)sets;
	text_print_size(value, out, size);
	return true;
}

static void size_takes(const struct setting_row *row, char *out, size_t size)
{
	char low[32], high[32];

	snprintf(out, size, "%s to %s",
	         text_print_size(row->low, low, sizeof(low)),
	         text_print_size(row->high, high, sizeof(high)));
}

/* DURATION: nanoseconds, written like a size. */
static int duration_parse(const struct setting_row *row, const char *text,
                          struct interned *sets, int64_t *ret_value)
{
	int64_t ns;
	int     r = text_duration(text, &ns);

	(void)sets;
	return r < 0 ? r : within(row, ns, ret_value);
}

static bool duration_print(const struct setting_row *row, int64_t value,
                           const struct interned *sets, char *out, size_t size)
{
	(void)row;
	(void)sets;
	text_print_duration(value, out, size);
	return true;
}

static void duration_takes(const struct setting_row *row, char *out,
                           size_t size)
{
	char low[32], high[32];

	snprintf(out, size, "%s to %s",
	         text_print_duration(row->low, low, sizeof(low)),
	         text_print_duration(row->high, high, sizeof(high)));
}

/* CPUS and NAME: interned, and written as the list, or as a place. */
static bool interned_print(const struct setting_row *row, int64_t value,
                           const struct interned *sets, char *out, size_t size)
{
	(void)row;
	*out = '\0';
	if (sets != NULL)
		group_text(sets, value, out, size);
	return *out != '\0';
}

static int cpus_parse(const struct setting_row *row, const char *text,
                      struct interned *sets, int64_t *ret_value)
{
	int64_t id = sets == NULL ? -EINVAL : interned_read_cpus(sets, text);

	return id < 0 ? (int)id : within(row, id, ret_value);
}

static void cpus_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	text_copy(out, size, "a list of CPUs such as \"0-3,8\", or of "
	          "performance, efficiency and llc:N");
}

/* A list of names is for caps. */
static int name_parse(const struct setting_row *row, const char *text,
                      struct interned *sets, int64_t *ret_value)
{
	int64_t id = sets == NULL || strchr(text, ',') != NULL ? -EINVAL :
	             interned_read_names(sets, text);

	return id < 0 ? (int)id : within(row, id, ret_value);
}

static void name_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	snprintf(out, size, "a name of up to %d letters, digits, dots, dashes "
	         "and underscores that begins with a letter",
	         INTERNED_NAME_MAX);
}

static const struct codec plain_codecs[] = {
	[SETTING_TYPE_INT] = { int_parse, codec_in_range, int_print,
	                       int_takes },
	[SETTING_TYPE_WORD] = { word_parse, codec_in_range, word_print,
	                        word_takes },
	[SETTING_TYPE_BOOL] = { bool_parse, codec_in_range, bool_print,
	                        bool_takes },
	[SETTING_TYPE_SHARE] = { share_parse, share_valid, share_print,
	                         share_takes },
	[SETTING_TYPE_PERCENT] = { percent_parse, codec_in_range,
	                           percent_print, percent_takes },
	[SETTING_TYPE_SIZE] = { size_parse, codec_in_range, size_print,
	                        size_takes },
	[SETTING_TYPE_DURATION] = { duration_parse, codec_in_range,
	                            duration_print, duration_takes },
	[SETTING_TYPE_CPUS] = { cpus_parse, codec_in_range, interned_print,
	                        cpus_takes },
	[SETTING_TYPE_NAME] = { name_parse, codec_in_range, interned_print,
	                        name_takes },
};

/* The row's type chooses; a setting has no code of its own. */
static const struct codec *codec_of(enum setting s)
{
	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
		return &codec_sched;
	case SETTING_TYPE_IONICE:
		return &codec_ionice;
	case SETTING_TYPE_REALTIME:
		return &codec_realtime;
	default:
		return &plain_codecs[setting_rows[s].type];
	}
}

int setting_parse(enum setting s, const char *text, struct interned *sets,
                  int64_t *ret_value)
{
	if (strcmp(text, "untouched") == 0) {
		*ret_value = VALUE_UNTOUCHED;
		return 0;
	}
	return codec_of(s)->parse(&setting_rows[s], text, sets, ret_value);
}

bool setting_valid(enum setting s, int64_t value)
{
	return value == VALUE_UNTOUCHED ||
	       codec_of(s)->valid(&setting_rows[s], value);
}

/* A value without a text, which only a foreign writer can have set, is shown as
 * the number that it is. */
const char *setting_print(enum setting s, int64_t value,
                          const struct interned *sets, char *out, size_t size)
{
	if (value == VALUE_UNTOUCHED)
		text_copy(out, size, "untouched");
	else if (value == VALUE_UNREAD)
		text_copy(out, size, "unknown");
	else if (value == VALUE_UNLIMITED && !setting_valid(s, value))
		text_copy(out, size, "none");
	else if (!codec_of(s)->print(&setting_rows[s], value, sets, out, size))
		snprintf(out, size, "%" PRId64, value);
	return out;
}

const char *setting_takes(enum setting s, char *out, size_t size)
{
	codec_of(s)->takes(&setting_rows[s], out, size);
	return out;
}
