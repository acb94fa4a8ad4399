/* groupfile.h -- the files of one group, which are read and written as text. */
#ifndef OS_LINUX_GROUP_GROUPFILE_H
#define OS_LINUX_GROUP_GROUPFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Without the newline at its end; bytes or -errno; adds NUL. */
int  groupfile_read(const char *folder, const char *file, char *out,
                    size_t size);
/* In one write, as the kernel takes it: 0 or -errno. */
int  groupfile_write(const char *folder, const char *file, const char *text);
bool groupfile_there(const char *folder, const char *file);

/* Whether a list with spaces between has the word. */
bool groupfile_has_word(const char *list, const char *word);
/* Of a file with a number a line ("frozen 1"): whether it has the word with a
 * number that is not 0. */
bool groupfile_is_set(const char *text, const char *word);

#endif
