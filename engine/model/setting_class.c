/* setting_class.c -- the values that are packed: scheduling and I/O classes,
 * and the three times of a real-time task. */

#include "model/setting_codec.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"

#define RESET_ON_FORK "+reset_on_fork"
#define PRIORITY_LOW  1
#define PRIORITY_HIGH 99
#define LEVEL_HIGH    7         /* of I/O: the least urgent                   */
#define LEVEL_USUAL   4         /* what the kernel takes for nice 0           */
#define IONICE_IDLE   0
#define BEST_EFFORT   15        /* at level 0; each further level is 1 less   */
#define REALTIME      23
#define NS_PER_US     1000

static const char *const sched_names[SCHED_CLASSES] = {
	[SCHED_CLASS_IDLE]     = "idle",
	[SCHED_CLASS_BATCH]    = "batch",
	[SCHED_CLASS_OTHER]    = "other",
	[SCHED_CLASS_RR]       = "rr",
	[SCHED_CLASS_FIFO]     = "fifo",
	[SCHED_CLASS_DEADLINE] = "deadline",
};

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

	if (!codec_in_range(row, value) || c >= SCHED_CLASS_DEADLINE)
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
static bool sched_print(const struct setting_row *row, int64_t value,
                        const struct interned *sets, char *out, size_t size)
{
	enum sched_class c = sched_class_of(value);
	const char      *suffix = (value & SCHED_VALUE_RESET) != 0 ?
	                          RESET_ON_FORK : "";

	(void)row;
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
	return codec_in_range(row, value) && (value <= IONICE_IDLE ||
	                                value >= BEST_EFFORT - LEVEL_HIGH);
}

static bool ionice_print(const struct setting_row *row, int64_t value,
                         const struct interned *sets, char *out, size_t size)
{
	(void)sets;
	if (!ionice_valid(row, value))
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

const struct codec codec_sched = { sched_parse, sched_valid, sched_print,
                                   sched_takes };
const struct codec codec_ionice = { ionice_parse, ionice_valid, ionice_print,
                                    ionice_takes };

/* REALTIME: "5ms/1ms/4ms", the period, the computation, the constraint. */
struct times {
	int64_t period, computation, constraint;        /* microseconds       */
};

static struct times times_of(int64_t value)
{
	return (struct times){ realtime_us(value, 2), realtime_us(value, 1),
	                       realtime_us(value, 0) };
}

static bool times_fit(const struct times *t)
{
	return t->computation > 0 && t->computation <= t->constraint &&
	       t->constraint <= t->period && t->period <= REALTIME_US_HIGH;
}

static bool realtime_valid(const struct setting_row *row, int64_t value)
{
	struct times t = times_of(value);

	return codec_in_range(row, value) && times_fit(&t);
}

/* One of the three, up to the next slash, which is stepped over. */
static int time_read(const char **p, int64_t *ret_us)
{
	size_t  n = strcspn(*p, "/");
	char    text[32];
	int64_t ns;
	int     r;

	if (n >= sizeof(text))
		return -EINVAL;
	text_copy_bytes(text, sizeof(text), *p, n);
	*p += n + ((*p)[n] == '/');
	r = text_duration(text, &ns);
	if (r == 0 && ns % NS_PER_US != 0)
		r = -EINVAL;
	if (r == 0)
		*ret_us = ns / NS_PER_US;
	return r;
}

static int realtime_parse(const struct setting_row *row, const char *text,
                          struct interned *sets, int64_t *ret_value)
{
	struct times t = { 0 };
	int64_t     *part[] = { &t.period, &t.computation, &t.constraint };

	(void)row;
	(void)sets;
	for (size_t i = 0; i < 3; i++) {
		int r = time_read(&text, part[i]);

		if (r < 0)
			return r;
	}
	if (*text != '\0')
		return -EINVAL;
	if (!times_fit(&t))
		return -ERANGE;
	*ret_value = realtime_value(t.period, t.computation, t.constraint);
	return 0;
}

static bool realtime_print(const struct setting_row *row, int64_t value,
                           const struct interned *sets, char *out, size_t size)
{
	struct times t = times_of(value);
	char         text[3][32];

	if (value < 0)          /* it has no times, but that class            */
		return sched_print(row, ~value, sets, out, size);
	if (!realtime_valid(row, value))
		return false;
	text_print_duration(t.period * NS_PER_US, text[0], sizeof(text[0]));
	text_print_duration(t.computation * NS_PER_US, text[1],
	                    sizeof(text[1]));
	text_print_duration(t.constraint * NS_PER_US, text[2],
	                    sizeof(text[2]));
	snprintf(out, size, "%s/%s/%s", text[0], text[1], text[2]);
	return true;
}

static void realtime_takes(const struct setting_row *row, char *out,
                           size_t size)
{
	(void)row;
	text_copy(out, size, "period, computation and constraint, with "
	          "computation <= constraint <= period <= 2s");
}

const struct codec codec_realtime = { realtime_parse, realtime_valid,
                                      realtime_print, realtime_takes };
