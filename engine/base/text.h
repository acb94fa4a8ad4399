/* text.h -- small things with strings and written quantities. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Copies, cuts at size, always ends in NUL; returns to's length. */
size_t text_copy(char *to, size_t size, const char *from);
/* The same for bytes without NUL. */
size_t text_copy_bytes(char *to, size_t size, const char *from, size_t bytes);
/* Makes control bytes visible as '?', in place. */
void text_clean(char *text);

/* Bytes of the UTF-8 character there, or 0 where there is none: overlong forms
 * and surrogates are none either. */
size_t text_utf8(const void *character);

/* A whole number, nothing else around it.  0, -EINVAL, -ERANGE. */
int text_number(const char *text, int64_t *ret_value);
/* "5s", "20ms", "50us", "10ns", "2min", "1h", "1d", in nanoseconds. */
int text_duration(const char *text, int64_t *ret_ns);
/* "2GiB", "200MiB", "4KiB", "10B", in bytes. */
int text_size(const char *text, int64_t *ret_bytes);
/* "20%", "0.5%", in hundredths of a percent. */
int text_percent(const char *text, int64_t *ret_permyriad);
/* "20%", whole ones only. */
int text_whole_percent(const char *text, int64_t *ret_percent);
/* "22:00", "7:30", in minutes of the day, below 24 hours. */
int text_clock(const char *text, int64_t *ret_minutes);
/* "1.5", "4", in hundredths. */
int text_hundredths(const char *text, int64_t *ret_hundredths);
/* "1MiB/s", in bytes a second. */
int text_rate(const char *text, int64_t *ret_bytes);
/* "50%" of one core, "6 cores", "1.5 cores", in hundredths of a core. */
int text_cores(const char *text, int64_t *ret_hundredths);
/* "75% of host", in whole percents. */
int text_of_host(const char *text, int64_t *ret_percent);
/* The shortest exact way to write it: "50us", "2GiB".  Returns out. */
const char *text_print_duration(int64_t ns, char *out, size_t size);
const char *text_print_size(int64_t bytes, char *out, size_t size);

/* What ends a noun that there are n of: "s" or "". */
const char *text_plural(uint64_t n);

/* The last part of a path: points into it. */
const char *text_base_name(const char *path);
/* How many bytes the byte order mark of an editor has that it begins with. */
size_t text_mark_bytes(const char *text, size_t n);

uint32_t text_hash(const void *bytes, size_t n);        /* FNV-1a */
/* Eight bytes a step, for much at once.  Tells one accident from another, and
 * is no match for whoever wants two to look alike. */
uint64_t text_sum(const void *bytes, size_t n);
/* The CRC of IEEE 802.3 (0xedb88320, reflected), as zlib has it; seed 0, or the
 * CRC of the bytes before these. */
uint32_t text_crc32(uint32_t seed, const void *bytes, size_t n);

#endif
