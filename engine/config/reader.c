/* reader.c -- a YAML file, walked event by event; mistakes are collected. */

#include "config/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/nearest.h"
#include "base/text.h"

#define SHOWN_MAX   60          /* bytes of a mistaken text that are repeated */
/* The parser's own cost grows with the square of the depth. */
#define DEPTH_MAX   16
#define UNTOLD_ROOM 48          /* kept free in why for the last line         */

/* Whole lines only; what has no room, or would take the room that is kept, is
 * counted. */
static void why_add(struct reader *r, size_t keep, const char *line)
{
	size_t n = strlen(line);

	if (r->why_used + n + 1 + keep > r->why_size) {
		r->untold++;
		return;
	}
	memcpy(r->why + r->why_used, line, n + 1);
	r->why_used += n;
}

/* Line 0 is the file as a whole. */
void reader_complain_at(struct reader *r, size_t line, const char *sentence)
{
	char place[32] = "";
	char text[1024];

	if (line > 0)
		snprintf(place, sizeof(place), ":%zu", line);
	snprintf(text, sizeof(text), "%.400s%s: %.500s", r->path, place,
	         sentence);
	text_clean(text);
	text_copy(text + strlen(text), 2, "\n");
	r->mistakes++;
	why_add(r, UNTOLD_ROOM, text);
}

size_t reader_line(const struct reader *r)
{
	return r->event.start_mark.line + 1;
}

void reader_complain(struct reader *r, const char *format, ...)
{
	char    sentence[512];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	reader_complain_at(r, reader_line(r), sentence);
}

static const char *scalar(const struct reader *r)
{
	return (const char *)r->event.data.scalar.value;
}

/* libyaml's own words, at the line where it gave up. */
static void complain_of_parser(struct reader *r)
{
	const char *what = r->parser.problem;
	size_t      at = r->parser.problem_mark.index;

	if (r->parser.error == YAML_MEMORY_ERROR || what == NULL)
		what = "no memory";
	else if (r->parser.error == YAML_SCANNER_ERROR && at < r->bytes &&
	         r->text[at] == '\t')
		what = "a tab stands where YAML takes only spaces";
	reader_complain_at(r, r->parser.problem_mark.line + 1, what);
}

/* What no value may have, whatever it is. */
static void check_plainness(struct reader *r)
{
	const yaml_event_t *e = &r->event;
	const yaml_char_t  *anchor = NULL, *tag = NULL;

	if (e->type == YAML_ALIAS_EVENT) {
		reader_complain(r, "aliases are not read here");
	} else if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		if (strlen(scalar(r)) != e->data.scalar.length)
			reader_complain(r, "a text may not hold a zero byte");
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	}
	if (anchor != NULL)
		reader_complain(r, "anchors are not read here");
	if (tag != NULL)
		reader_complain(r, "tags are not read here");
}

static bool at(const struct reader *r, yaml_event_type_t type)
{
	return r->event.type == type;
}

/* How many levels the present event goes down; -1: it goes up. */
static int descent(const struct reader *r)
{
	return (at(r, YAML_SEQUENCE_START_EVENT) ||
	        at(r, YAML_MAPPING_START_EVENT)) -
	       (at(r, YAML_SEQUENCE_END_EVENT) ||
	        at(r, YAML_MAPPING_END_EVENT));
}

/* To the next event.  After the last, or one that cannot be read, reading is
 * over: nothing is present then, and every loop here ends. */
static void advance(struct reader *r)
{
	if (r->over)
		return;
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event)) {
		complain_of_parser(r);
		r->over = true;
		return;
	}
	check_plainness(r);
	r->depth += descent(r);
	if (r->depth > DEPTH_MAX)
		reader_complain(r, "nested too deep");
	if (r->depth > DEPTH_MAX || at(r, YAML_STREAM_END_EVENT))
		r->over = true;
}

/* From the first to the last event of the present value. */
static void skip(struct reader *r)
{
	for (int depth = 0; !r->over; advance(r)) {
		depth += descent(r);
		if (depth == 0)
			return;
	}
}

/* A file is read whole and parsed from memory, so that one which grows or never
 * ends is bounded.  A full buffer means that it is too large. */
static int read_all(int fd, char *text, size_t size, size_t *ret_bytes)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, text + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*ret_bytes = used;
	return used == size ? -EFBIG : 0;
}

/* One byte more than may be is asked for, to know that there is more. */
static int load(struct reader *r)
{
	int         flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int         fd = open(r->path, flags), e;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	r->text = malloc(CONFIG_FILE_MAX + 1);
	e = r->text == NULL ? -ENOMEM :
	    read_all(fd, r->text, CONFIG_FILE_MAX + 1, &r->bytes);
	close(fd);
	return e;
}

/* What is wrong with the file as a whole has no line. */
static void complain_of_file(struct reader *r, int error)
{
	char sentence[128];

	if (error == -EFBIG)
		snprintf(sentence, sizeof(sentence), "larger than %u KiB",
		         CONFIG_FILE_MAX >> 10);
	else if (error == -EINVAL)
		snprintf(sentence, sizeof(sentence), "is no file");
	else
		snprintf(sentence, sizeof(sentence), "cannot be read: %s",
		         strerror(-error));
	reader_complain_at(r, 0, sentence);
}

int reader_open(struct reader *r, const char *path, char *why, size_t why_size)
{
	int e;

	*r = (struct reader){ .path = path, .why = why, .why_size = why_size };
	if (why_size > 0)
		why[0] = '\0';
	e = load(r);
	if (e == 0 && !yaml_parser_initialize(&r->parser))
		e = -ENOMEM;
	if (e < 0) {
		complain_of_file(r, e);
		r->over = true;
		return e;
	}
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (unsigned char *)r->text,
	                             r->bytes);
	do
		advance(r);
	while (at(r, YAML_STREAM_START_EVENT) ||
	       at(r, YAML_DOCUMENT_START_EVENT));
	return 0;
}

/* After the top value nothing but the end may come. */
static void finish(struct reader *r)
{
	if (r->over)
		return;
	advance(r);
	while (at(r, YAML_DOCUMENT_END_EVENT) && !r->over)
		advance(r);
	if (at(r, YAML_DOCUMENT_START_EVENT))
		reader_complain(r, "a second document is not read here");
}

int reader_close(struct reader *r)
{
	char line[UNTOLD_ROOM];

	finish(r);
	if (r->untold > 0) {
		snprintf(line, sizeof(line), "and %d more mistakes\n",
		         r->untold);
		why_add(r, 0, line);
	}
	yaml_event_delete(&r->event);
	yaml_parser_delete(&r->parser);
	free(r->text);
	return r->mistakes > 0 ? -EINVAL : 0;
}

/* An alias was complained of when it came. */
static void refuse_kind(struct reader *r, const char *name, const char *takes)
{
	if (!at(r, YAML_ALIAS_EVENT))
		reader_complain(r, "'%s' takes %s", name, takes);
	skip(r);
}

/* The text is the present one, so it need not be passed. */
void reader_refuse(struct reader *r, const char *name, const char *takes,
                   const char *const *words, size_t n)
{
	const char *meant = nearest(scalar(r), words, n);

	reader_complain(r, "'%s' takes %s, not '%.*s'%s%s%s", name, takes,
	                SHOWN_MAX, scalar(r),
	                meant == NULL ? "" : "; did you mean '",
	                meant == NULL ? "" : meant, meant == NULL ? "" : "'?");
}

bool reader_is_map(const struct reader *r)
{
	return at(r, YAML_MAPPING_START_EVENT);
}

bool reader_is_plain(const struct reader *r)
{
	return at(r, YAML_SCALAR_EVENT) &&
	       r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool reader_map(struct reader *r, const char *name)
{
	if (at(r, YAML_MAPPING_START_EVENT))
		return true;
	if (!r->over && !(reader_is_plain(r) && *scalar(r) == '\0'))
		refuse_kind(r, name, "keys with values");
	return false;
}

/* Steps on inside a mapping or list; false at its end. */
static bool more(struct reader *r, yaml_event_type_t end)
{
	advance(r);
	return !r->over && !at(r, end);
}

/* The index of the present key, or n when it is complained of. */
static size_t key_index(struct reader *r, const char *const *known, size_t n,
                        uint64_t seen)
{
	const char *meant;
	size_t      i = 0;

	if (!at(r, YAML_SCALAR_EVENT)) {
		reader_complain(r, "a key must be one word");
		return n;
	}
	while (i < n && strcmp(known[i], scalar(r)) != 0)
		i++;
	if (i < n && (seen >> i & 1) == 0)
		return i;
	meant = i < n ? NULL : nearest(scalar(r), known, n);
	if (i < n)
		reader_complain(r, "'%s' is given twice", known[i]);
	else if (meant != NULL)
		reader_complain(r, "unknown key '%.*s'; did you mean '%s'?",
		                SHOWN_MAX, scalar(r), meant);
	else
		reader_complain(r, "unknown key '%.*s'", SHOWN_MAX, scalar(r));
	return n;
}

bool reader_map_next(struct reader *r, const char *const *known, size_t n,
                     uint64_t *seen, size_t *ret_index)
{
	while (more(r, YAML_MAPPING_END_EVENT)) {
		size_t i = key_index(r, known, n, *seen);

		skip(r);                        /* the key */
		advance(r);
		if (i < n) {
			*seen |= UINT64_C(1) << i;
			*ret_index = i;
			return !r->over;
		}
		skip(r);                        /* its value */
	}
	return false;
}

bool reader_map_any(struct reader *r, char *ret_key, size_t size)
{
	while (more(r, YAML_MAPPING_END_EVENT)) {
		bool is_word = at(r, YAML_SCALAR_EVENT);

		if (is_word)
			text_copy(ret_key, size, scalar(r));
		else
			reader_complain(r, "a key must be one word");
		skip(r);
		advance(r);
		if (is_word)
			return !r->over;
		skip(r);
	}
	return false;
}

/* YAML knows numbers and truths; here every scalar is its text, and the key
 * decides what it means. */
const char *reader_text(struct reader *r, const char *name, const char *takes)
{
	if (at(r, YAML_SCALAR_EVENT))
		return scalar(r);
	refuse_kind(r, name, takes);
	return NULL;
}

void reader_texts(struct reader *r, const char *name, const char *takes,
                  void (*each)(void *ctx, const char *text), void *ctx)
{
	const char *text;

	if (!at(r, YAML_SEQUENCE_START_EVENT)) {
		text = reader_text(r, name, takes);
		if (text != NULL)
			each(ctx, text);
		return;
	}
	while (more(r, YAML_SEQUENCE_END_EVENT)) {
		text = reader_text(r, name, takes);
		if (text != NULL)
			each(ctx, text);
	}
}
