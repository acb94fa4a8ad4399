/* reader.h -- a YAML file, walked event by event; mistakes are collected.
 *
 * Between calls the present event is the first of a value, and after the value
 * was read its last.  Only the plain part of YAML is read: no anchors, aliases,
 * tags or second documents.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

struct reader {
	const char   *path;
	char         *text;             /* the whole file                     */
	size_t        bytes;
	yaml_parser_t parser;
	yaml_event_t  event;            /* the present one                    */
	int           depth;            /* of mappings and lists              */
	bool          over;             /* nothing more can be read           */
	char         *why;
	size_t        why_size, why_used;
	int           mistakes, untold; /* untold: for which why had no room  */
};

/* Reads the file and steps to its top value.  0, or -errno with why written;
 * reader_close() is due in both cases. */
int  reader_open(struct reader *r, const char *path, char *why,
                 size_t why_size);
/* 0, or -EINVAL when there were mistakes. */
int  reader_close(struct reader *r);

/* The line of the present event. */
size_t reader_line(const struct reader *r);
/* One mistake, at that line or another. */
void reader_complain(struct reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Line 0 is the file as a whole. */
void reader_complain_at(struct reader *r, size_t line, const char *sentence);
/* "'name' takes <takes>, not 'text'", with the nearest of n words if one is. */
void reader_refuse(struct reader *r, const char *name, const char *takes,
                   const char *const *words, size_t n);

/* Whether the present value is a mapping; an empty value is one without keys,
 * and anything else is complained of and skipped. */
bool reader_map(struct reader *r, const char *name);
/* The next of n known keys, its value being present then; unknown ones and
 * those in *seen are complained of and skipped.  False at the end. */
bool reader_map_next(struct reader *r, const char *const *known, size_t n,
                     uint64_t *seen, size_t *ret_index);

/* The next key whatever it is called, cut at size; its value is present then.
 * False at the end. */
bool reader_map_any(struct reader *r, char *ret_key, size_t size);

/* The text of a single value; NULL when it is not one, which was complained of
 * and skipped.  Lent until the next call. */
const char *reader_text(struct reader *r, const char *name, const char *takes);
/* Whether that text was written without quotes. */
/* Whether the present value has keys. */
bool reader_is_map(const struct reader *r);
/* Whether the scalar here is written without quotes. */
bool reader_is_plain(const struct reader *r);
/* Calls each for a single text, or for every one of a list of texts. */
void reader_texts(struct reader *r, const char *name, const char *takes,
                  void (*each)(void *ctx, const char *text), void *ctx);

#endif
