/* log.h -- what the program says about itself, on standard error.
 *
 * The one piece of global state besides the clock.  Output never blocks: a line
 * that the other end does not take is dropped and counted.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_NOTE };

/* One line, with "pqs: " before it and control bytes made visible; errno stays
 * as it was. */
void log_say(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Lines that nobody took, so far. */
uint64_t log_dropped(void);

#define log_error(...) log_say(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_say(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_note(...)  log_say(LOG_LEVEL_NOTE, __VA_ARGS__)

/* Writes text whole to a descriptor that may be full; false: dropped, or cut
 * where it is longer than what a pipe takes at once. */
bool log_write(int fd, const char *text, uint32_t bytes);

#endif
