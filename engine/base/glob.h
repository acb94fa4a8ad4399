/* glob.h -- file-name patterns: * ? [a-z] [!a-z] and \ before any of them.
 *
 * A star crosses '/'.  Matching never backtracks past the last star, so it
 * costs at most pattern times text.  Braces are not known here: whoever
 * compiles a pattern expands {a,b} into several.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the pattern takes the text whole. */
bool glob_match(const char *pattern, const char *text);
/* What a star took of the text. */
struct glob_part {
	const char *at;
	size_t      bytes;
};
/* The same, and what each star took, the first ones as little as they can: how
 * many stars, -ENOENT (no match) or -E2BIG (more than max). */
int glob_capture(const char *pattern, const char *text,
                 struct glob_part *ret_parts, int max);
/* The longest run of plain characters that any match must contain: its length,
 * with its place in *ret_at; 0 when there is none. */
size_t glob_literal(const char *pattern, size_t *ret_at);
/* Calls each with every expansion of the braces (nested ones too), at most max.
 * How many; -EINVAL: unbalanced; -E2BIG: more than max, 64 groups or TEXT_MAX.
 * On an error each is not called at all. */
int glob_expand(const char *pattern, int max,
                void (*each)(void *ctx, const char *plain), void *ctx);

#endif
