/* regex.c -- patterns of one generation, compiled once each.
 *
 * The library's own limits begin anew at each place of the text where a fit is
 * tried, so they alone would let a pattern run text times as long.  Therefore
 * every pattern is compiled with a callout before each of its items, and the
 * callouts are what is counted.
 */

#include "policy/regex.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/limits.h"

#define SHARED_OPTIONS (PCRE2_AUTO_CALLOUT | PCRE2_DOLLAR_ENDONLY | \
                        PCRE2_DOTALL | PCRE2_NEVER_BACKSLASH_C | \
                        PCRE2_NEVER_UCP)

struct pattern {
	uint32_t    key;
	bool        refers_back;        /* to what a group had: costs bytes   */
	pcre2_code *code;
};

/* Sorted by key. */
struct regexes {
	size_t               count;
	pcre2_match_data    *found;     /* room that searches use in turn     */
	pcre2_match_context *limits;
	struct pattern       pattern[REGEXES_MAX];
};

/* One search under way. */
struct search {
	uint64_t steps;
	size_t   each;                  /* what a callout counts at least     */
	size_t   at;
};

/* From one item to the next it may have walked over many bytes. */
static int count_step(pcre2_callout_block *b, void *search)
{
	struct search *s = search;
	size_t         at = b->current_position;
	size_t         walked = at > s->at ? at - s->at : s->at - at;

	s->at = at;
	s->steps += s->each + walked / 64;
	return s->steps > REGEX_STEPS_MAX ? PCRE2_ERROR_CALLOUT : 0;
}

static pcre2_code *compile(const char *pattern, size_t bytes, uint32_t utf,
                           pcre2_compile_context *limits, int *ret_error,
                           size_t *ret_offset)
{
	return pcre2_compile((PCRE2_SPTR)pattern, bytes, SHARED_OPTIONS | utf,
	                     ret_error, ret_offset, limits);
}

/* Errors of the text itself are below 0, all others above 100. */
static bool is_no_utf(int error)
{
	return error < 0;
}

static size_t compiled_bytes(const pcre2_code *code)
{
	size_t bytes = SIZE_MAX;

	pcre2_pattern_info(code, PCRE2_INFO_SIZE, &bytes);
	return bytes;
}

static int refuse(int error, char *why, size_t why_size)
{
	PCRE2_UCHAR message[160] = "it is too large";

	if (error == PCRE2_ERROR_HEAP_FAILED || error == PCRE2_ERROR_NOMEMORY)
		return -ENOMEM;
	if (error != 0)
		pcre2_get_error_message(error, message, sizeof message);
	snprintf(why, why_size, "%s", (const char *)message);
	return -EINVAL;
}

static int regex_compile(const char *pattern, size_t bytes, char *why,
                         size_t why_size, size_t *ret_offset,
                         pcre2_code **ret_code)
{
	pcre2_compile_context *limits = pcre2_compile_context_create(NULL);
	pcre2_code            *code = NULL;
	size_t                 offset = 0;
	int                    error = PCRE2_ERROR_NOMEMORY;

	if (limits != NULL) {
		pcre2_set_max_pattern_length(limits, REGEX_BYTES_MAX);
		pcre2_set_parens_nest_limit(limits, REGEX_PARENS_MAX);
		code = compile(pattern, bytes,
		               PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, limits,
		               &error, &offset);
		if (code == NULL && is_no_utf(error))
			code = compile(pattern, bytes, PCRE2_NEVER_UTF, limits,
			               &error, &offset);
	}
	pcre2_compile_context_free(limits);
	if (code != NULL && compiled_bytes(code) > REGEX_COMPILED_MAX) {
		pcre2_code_free(code);
		code = NULL;
		error = 0;
	}
	*ret_offset = offset;
	*ret_code = code;
	return code != NULL ? 0 : refuse(error, why, why_size);
}

int regex_try(const char *pattern, size_t bytes, char *why, size_t why_size,
              size_t *ret_offset)
{
	pcre2_code *code;
	int         r = regex_compile(pattern, bytes, why, why_size,
	                              ret_offset, &code);

	pcre2_code_free(code);
	return r;
}

struct regexes *regexes_new(void)
{
	struct regexes *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	/* Whether something fits is asked, never where. */
	r->found = pcre2_match_data_create(1, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (r->found == NULL || r->limits == NULL) {
		regexes_free(r);
		return NULL;
	}
	pcre2_set_match_limit(r->limits, REGEX_TRIES_MAX);
	pcre2_set_depth_limit(r->limits, REGEX_TRIES_MAX);
	pcre2_set_heap_limit(r->limits, REGEX_HEAP_KIB_MAX);
	return r;
}

void regexes_free(struct regexes *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		pcre2_code_free(r->pattern[i].code);
	pcre2_match_data_free(r->found);
	pcre2_match_context_free(r->limits);
	free(r);
}

/* Where the key is, or belongs. */
static size_t place_of(const struct regexes *r, uint32_t key)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (r->pattern[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_known(const struct regexes *r, size_t place, uint32_t key)
{
	return place < r->count && r->pattern[place].key == key;
}

static bool refers_back(const pcre2_code *code)
{
	uint32_t highest = 1;

	pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &highest);
	return highest > 0;
}

int regexes_add(struct regexes *r, uint32_t key, const char *pattern,
                size_t bytes, char *why, size_t why_size)
{
	size_t          place = place_of(r, key), unused;
	struct pattern *at = &r->pattern[place];
	pcre2_code     *code;
	int             s;

	if (is_known(r, place, key))
		return 0;
	if (r->count == REGEXES_MAX) {
		snprintf(why, why_size, "more than %d patterns", REGEXES_MAX);
		return -E2BIG;
	}
	s = regex_compile(pattern, bytes, why, why_size, &unused, &code);
	if (s < 0)
		return s;
	memmove(at + 1, at, (r->count - place) * sizeof(*at));
	*at = (struct pattern){ key, refers_back(code), code };
	r->count++;
	return 0;
}

int regexes_search(struct regexes *r, uint32_t key, const char *text,
                   size_t bytes, uint64_t *steps)
{
	size_t                place = place_of(r, key);
	const struct pattern *p = &r->pattern[place];
	struct search         s = { .each = 1, .steps = 1 + bytes / 64 };
	int                   found;

	if (!is_known(r, place, key))
		return -E2BIG;
	/* Comparing with what a group had may walk over as much again. */
	if (p->refers_back)
		s.each += bytes / 64;
	pcre2_set_callout(r->limits, count_step, &s);
	found = pcre2_match(p->code, (PCRE2_SPTR)text, bytes, 0, 0, r->found,
	                    r->limits);
	*steps += s.steps;
	if (found >= 0)
		return 1;
	return found == PCRE2_ERROR_NOMATCH ? 0 : -E2BIG;
}
