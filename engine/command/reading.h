/* reading.h -- rule files and pqs.yaml, read again while rules are in force. */
#ifndef COMMAND_READING_H
#define COMMAND_READING_H

#include "command/start.h"

struct reading_again;

/* From where that start has its rules and options; start is lent.  NULL: no
 * memory. */
struct reading_again *reading_again_new(const struct start *s);
void reading_again_free(struct reading_again *a);       /* NULL is fine       */

/* Where the generations are kept that were good. */
void reading_kept_folder(const struct start *s, char *out, size_t size);

/* Fills in what the engine needs to read them again. */
void reading_again_offer(struct reading_again *a, struct engine_options *o);

#endif
