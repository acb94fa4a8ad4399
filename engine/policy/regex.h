/* regex.h -- patterns of one generation, compiled once each.
 *
 * A pattern is searched for anywhere in a text, as grep does, and speaks of
 * characters where it is valid UTF-8 and of bytes where not.  A text is no
 * line: '.' stands for a newline too and '$' for the very end alone.  Patterns
 * come from people who may mean ill: how long one is, how large it becomes, and
 * how many steps, how deep and in how much memory it is tried are all bounded.
 */
#ifndef POLICY_REGEX_H
#define POLICY_REGEX_H

#include <stddef.h>
#include <stdint.h>

/* Whether it is a pattern that a rule may have: 0, -ENOMEM, or -EINVAL with
 * what is wrong with it, and after how many bytes. */
int regex_try(const char *pattern, size_t bytes, char *why, size_t why_size,
              size_t *ret_offset);

struct regexes;

struct regexes *regexes_new(void);              /* NULL: no memory            */
void regexes_free(struct regexes *r);           /* NULL is fine               */

/* Compiles what is to be known by that key, unless it is there already.  0,
 * -ENOMEM, -E2BIG past REGEXES_MAX, or -EINVAL, each with why. */
int regexes_add(struct regexes *r, uint32_t key, const char *pattern,
                size_t bytes, char *why, size_t why_size);

/* Whether a part of the text fits: 1, 0, or -E2BIG when that would take too
 * long to say, or nothing is known by that key.  Adds the steps it took. */
int regexes_search(struct regexes *r, uint32_t key, const char *text,
                   size_t bytes, uint64_t *steps);

#endif
