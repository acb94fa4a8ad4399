/* setting_value.c -- how values are written, one codec for each type. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/interned.h"
#include "model/qos.h"
#include "model/setting.h"

#define RESET_ON_FORK "+reset_on_fork"
#define PRIORITY_LOW  1
#define PRIORITY_HIGH 99
#define LEVEL_HIGH    7         /* of I/O: the least urgent                   */
#define LEVEL_USUAL   4         /* what the kernel takes for nice 0           */
#define IONICE_IDLE   0
#define BEST_EFFORT   15        /* at level 0; each further level is 1 less   */
#define REALTIME      23

/* One for each type.  Text is never NULL; a value may be anything, since the
 * kernel and others write them too. */
struct codec {
	/* 0, -EINVAL (not such a value) or -ERANGE (one, but too large). */
	int  (*parse)(const struct setting_row *row, const char *text,
	              struct interned *sets, int64_t *ret_value);
	bool (*valid)(const struct setting_row *row, int64_t value);
	/* False for a value that there is no text for. */
	bool (*print)(int64_t value, const struct interned *sets, char *out,
	              size_t size);
	void (*takes)(const struct setting_row *row, char *out, size_t size);
};

static const char *const sched_names[SCHED_CLASSES] = {
	[SCHED_CLASS_IDLE]     = "idle",
	[SCHED_CLASS_BATCH]    = "batch",
	[SCHED_CLASS_OTHER]    = "other",
	[SCHED_CLASS_RR]       = "rr",
	[SCHED_CLASS_FIFO]     = "fifo",
	[SCHED_CLASS_DEADLINE] = "deadline",
};

static bool in_range(const struct setting_row *row, int64_t value)
{
	return value >= row->low && value <= row->high;
}

static int within(const struct setting_row *row, int64_t value,
                  int64_t *ret_value)
{
	if (!in_range(row, value))
		return -ERANGE;
	*ret_value = value;
	return 0;
}

/* Splits "word:5" in two.  Without a number *ret_number is as it was; 0,
 * -EINVAL or -ERANGE. */
static int word_split(const char *text, char *word, size_t size,
                      int64_t *ret_number)
{
	size_t n = strcspn(text, ":");

	if (n >= size)
		return -EINVAL;
	text_copy_bytes(word, size, text, n);
	return text[n] == ':' ? text_number(text + n + 1, ret_number) : 0;
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

static bool int_print(int64_t value, const struct interned *sets, char *out,
                      size_t size)
{
	(void)sets;
	snprintf(out, size, "%" PRId64, value);
	return true;
}

static void int_takes(const struct setting_row *row, char *out, size_t size)
{
	snprintf(out, size, "%" PRId64 " to %" PRId64, row->low, row->high);
}

/* SCHED: "fifo:10+reset_on_fork". */
static bool in_real_time(enum sched_class c)
{
	return c == SCHED_CLASS_RR || c == SCHED_CLASS_FIFO;
}

/* Only the real-time classes have a priority, and they must have one. */
static bool sched_valid(const struct setting_row *row, int64_t value)
{
	enum sched_class c = sched_class_of(value);
	int              priority = sched_priority_of(value);

	if (!in_range(row, value) || c >= SCHED_CLASS_DEADLINE)
		return false;
	return in_real_time(c) ? priority >= PRIORITY_LOW &&
	                         priority <= PRIORITY_HIGH : priority == 0;
}

/* A deadline needs parameters that a class alone does not carry, so it can be
 * read back from a task and not yet be wanted. */
static int sched_class_find(const char *word, enum sched_class *ret_class)
{
	for (int c = 0; c < SCHED_CLASS_DEADLINE; c++)
		if (strcmp(sched_names[c], word) == 0) {
			*ret_class = (enum sched_class)c;
			return 0;
		}
	return -EINVAL;
}

/* Makes a written priority, or INT64_MIN for none, the one that is meant. */
static int sched_priority_settle(enum sched_class c, int64_t *priority)
{
	if (*priority == INT64_MIN)
		*priority = in_real_time(c) ? PRIORITY_LOW : 0;
	else if (!in_real_time(c))
		return -EINVAL;
	else if (*priority < PRIORITY_LOW || *priority > PRIORITY_HIGH)
		return -ERANGE;
	return 0;
}

static int sched_parse(const struct setting_row *row, const char *text,
                       struct interned *sets, int64_t *ret_value)
{
	const char      *suffix = strchr(text, '+');
	size_t           n = strcspn(text, "+");
	char             plain[32], word[16];
	int64_t          priority = INT64_MIN;
	enum sched_class c;
	int              r;

	(void)row;
	(void)sets;
	if (n >= sizeof(plain) ||
	    (suffix != NULL && strcmp(suffix, RESET_ON_FORK) != 0))
		return -EINVAL;
	text_copy_bytes(plain, sizeof(plain), text, n);
	r = word_split(plain, word, sizeof(word), &priority);
	if (r == 0)
		r = sched_class_find(word, &c);
	if (r == 0)
		r = sched_priority_settle(c, &priority);
	if (r == 0)
		*ret_value = sched_value(c, (int)priority) |
		             (suffix != NULL ? SCHED_VALUE_RESET : 0);
	return r;
}

/* A deadline is printed although it cannot be read back. */
static bool sched_print(int64_t value, const struct interned *sets, char *out,
                        size_t size)
{
	enum sched_class c = sched_class_of(value);
	const char      *suffix = (value & SCHED_VALUE_RESET) != 0 ?
	                          RESET_ON_FORK : "";

	(void)sets;
	if (value < 0 || value > SCHED_HIGH || c >= SCHED_CLASSES)
		return false;
	if (in_real_time(c))
		snprintf(out, size, "%s:%d%s", sched_names[c],
		         sched_priority_of(value), suffix);
	else
		snprintf(out, size, "%s%s", sched_names[c], suffix);
	return true;
}

static void sched_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	text_copy(out, size, "idle, batch, other, rr, fifo");
}

/* IONICE: "best-effort:4".  The value of a class at level 0, which its other
 * levels are counted down from. */
static int ionice_class_find(const char *word, int64_t *ret_top)
{
	if (strcmp(word, "best-effort") == 0)
		*ret_top = BEST_EFFORT;
	else if (strcmp(word, "realtime") == 0)
		*ret_top = REALTIME;
	else
		return -EINVAL;
	return 0;
}

static int ionice_parse(const struct setting_row *row, const char *text,
                        struct interned *sets, int64_t *ret_value)
{
	int64_t top = 0, level = LEVEL_USUAL;
	char    word[16];
	int     r;

	(void)row;
	(void)sets;
	if (strcmp(text, "none") == 0 || strcmp(text, "idle") == 0) {
		*ret_value = *text == 'n' ? IONICE_NONE : IONICE_IDLE;
		return 0;
	}
	r = word_split(text, word, sizeof(word), &level);
	if (r == 0)
		r = ionice_class_find(word, &top);
	if (r < 0)
		return r;
	if (level < 0 || level > LEVEL_HIGH)
		return -ERANGE;
	*ret_value = top - level;
	return 0;
}

/* Idle has no levels, so the values from there to the least of best-effort
 * stand for nothing. */
static bool ionice_valid(const struct setting_row *row, int64_t value)
{
	return in_range(row, value) && (value <= IONICE_IDLE ||
	                                value >= BEST_EFFORT - LEVEL_HIGH);
}

static bool ionice_print(int64_t value, const struct interned *sets, char *out,
                         size_t size)
{
	(void)sets;
	if (!ionice_valid(&setting_rows[SETTING_ionice], value))
		return false;
	if (value <= IONICE_IDLE)
		text_copy(out, size, value == IONICE_IDLE ? "idle" : "none");
	else if (value <= BEST_EFFORT)
		snprintf(out, size, "best-effort:%d",
		         (int)(BEST_EFFORT - value));
	else
		snprintf(out, size, "realtime:%d", (int)(REALTIME - value));
	return true;
}

static void ionice_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	text_copy(out, size, "none, idle, best-effort:0-7, realtime:0-7");
}

/* QOS: the name of a class. */
static int qos_parse(const struct setting_row *row, const char *text,
                     struct interned *sets, int64_t *ret_value)
{
	enum qos q;

	(void)row;
	(void)sets;
	if (qos_find(text, &q) < 0)
		return -EINVAL;
	*ret_value = q;
	return 0;
}

static bool qos_print(int64_t value, const struct interned *sets, char *out,
                      size_t size)
{
	(void)sets;
	if (value < 0 || value >= QOS_COUNT)
		return false;
	text_copy(out, size, qos_name((enum qos)value));
	return true;
}

static void qos_takes(const struct setting_row *row, char *out, size_t size)
{
	size_t used = 0;

	(void)row;
	for (int q = 0; q < QOS_COUNT && used < size; q++) {
		const char *name = qos_name((enum qos)q);

		used += text_copy(out + used, size - used, q == 0 ? "" : ", ");
		used += text_copy(out + used, size - used, name);
	}
}

/* CPUS: an interned set, written as its list. */
static int cpus_parse(const struct setting_row *row, const char *text,
                      struct interned *sets, int64_t *ret_value)
{
	int64_t id = sets == NULL ? -EINVAL : interned_read_cpus(sets, text);

	return id < 0 ? (int)id : within(row, id, ret_value);
}

static bool cpus_print(int64_t value, const struct interned *sets, char *out,
                       size_t size)
{
	const char *list = sets == NULL ? "" : interned_text(sets, value);

	text_copy(out, size, list);
	return *list != '\0';
}

static void cpus_takes(const struct setting_row *row, char *out, size_t size)
{
	(void)row;
	text_copy(out, size, "a list of CPUs such as \"0-3,8\"");
}

/* DURATION: nanoseconds, written with the unit that makes it shortest. */
static int duration_parse(const struct setting_row *row, const char *text,
                          struct interned *sets, int64_t *ret_value)
{
	int64_t ns;
	int     r = text_duration(text, &ns);

	(void)sets;
	return r < 0 ? r : within(row, ns, ret_value);
}

static bool duration_print(int64_t value, const struct interned *sets,
                           char *out, size_t size)
{
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

static const struct codec codecs[] = {
	[SETTING_TYPE_INT] = { int_parse, in_range, int_print, int_takes },
	[SETTING_TYPE_SCHED] = { sched_parse, sched_valid, sched_print,
	                         sched_takes },
	[SETTING_TYPE_IONICE] = { ionice_parse, ionice_valid, ionice_print,
	                          ionice_takes },
	[SETTING_TYPE_QOS] = { qos_parse, in_range, qos_print, qos_takes },
	[SETTING_TYPE_CPUS] = { cpus_parse, in_range, cpus_print, cpus_takes },
	[SETTING_TYPE_DURATION] = { duration_parse, in_range, duration_print,
	                            duration_takes },
};

/* The row's type chooses; a setting has no code of its own. */
static const struct codec *codec_of(enum setting s)
{
	return &codecs[setting_rows[s].type];
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
	else if (!codec_of(s)->print(value, sets, out, size))
		snprintf(out, size, "%" PRId64, value);
	return out;
}

const char *setting_takes(enum setting s, char *out, size_t size)
{
	codec_of(s)->takes(&setting_rows[s], out, size);
	return out;
}
